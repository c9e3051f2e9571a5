"""The live state of privileges: what each grantee holds of what matters, and what the running role can do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ftspec.resources.base import Refusal
from ftspec.resources.grant import Grant, Grantee, Holding
from ftspec.resources.privileges.desired import Wanted


class Stays(StrEnum):
    """Why something that ought to go cannot be taken away by the running role."""

    OWN = "own"
    GRANTOR = "grantor"
    UNSEEN = "unseen"
    GIVEN_ON = "given on"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Found:
    """How a wanted grant is held: '' directly, or through what; None: not as it is declared."""

    wanted: Wanted
    how: str | None


@dataclass(frozen=True, slots=True)
class Surplus:
    """A grant that is held and ought not to be, or its option alone; `stays` says why it cannot be taken away.

    `given_to` are those that have it from its holder; `owned`: it goes whoever granted it, as authoritative mode wants.
    """

    holding: Holding
    option_only: bool = False
    stays: Stays | None = None
    given_to: tuple[str, ...] = ()
    owned: bool = False

    @property
    def shown(self) -> Grant:
        """Give the grant with SHOW's own word for the type of a table or view, which REVOKE takes."""
        grant = self.holding.grant
        named = grant.object_type in {"TABLE", "VIEW"} and self.holding.shown
        return replace(grant, object_type=self.holding.shown) if named else grant


@dataclass(frozen=True, slots=True)
class Held:
    """What a grantee holds of what is declared, and what it holds beside.

    `found` has every wanted grant, views named as such; `forbidden` are missing ones that the running role may not
    grant, `absent` those on something that is not there, `mistyped` those on a table that is declared as a view or the
    other way about, and of `unseen` ones nobody knows, for the running role sees nothing of what they are on; `early`
    ones are on a model that is there, and held through another role as yet; `unverified`: what the running role may do
    could not be seen.
    """

    grantee: Grantee
    found: tuple[Found, ...] = ()
    surplus: tuple[Surplus, ...] = ()
    forbidden: frozenset[Grant] = frozenset()
    absent: frozenset[Grant] = frozenset()
    unseen: frozenset[Grant] = frozenset()
    mistyped: frozenset[Grant] = frozenset()
    early: frozenset[Grant] = frozenset()
    unverified: bool = False
    refusal: Refusal | None = None

    @property
    def missing(self) -> tuple[Wanted, ...]:
        """List what is declared and not held, as far as can be seen."""
        lacking = (entry.wanted for entry in self.found if entry.how is None)
        return tuple(wanted for wanted in lacking if wanted.grant not in self.unseen)

    @property
    def granted(self) -> tuple[Wanted, ...]:
        """List what is missing and can be granted."""
        kept = self.forbidden | self.absent | self.mistyped
        return tuple(wanted for wanted in self.missing if wanted.grant not in kept)

    @property
    def revoked(self) -> tuple[Surplus, ...]:
        """List what is held beside and can be taken away."""
        return tuple(entry for entry in self.surplus if entry.stays is None)
