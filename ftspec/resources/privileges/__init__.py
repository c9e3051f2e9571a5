"""Privileges: what a role or database role must hold, as a set of grants that is compared as a set."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.manifest.document import Document
from ftspec.model.address import Address
from ftspec.model.change import Change
from ftspec.model.diagnostics import Diagnostics
from ftspec.model.plan import Step
from ftspec.resources.base import Export, Exports, Query, Scope, Seen
from ftspec.resources.privileges.actual import Held
from ftspec.resources.privileges.bookkeeping import list_granted, list_still_held, list_taken, take_privileges
from ftspec.resources.privileges.decision import decide_privileges, privilege_steps
from ftspec.resources.privileges.desired import NOUN, Privileges, Wanted, declare_privileges, unite_roles
from ftspec.resources.privileges.reading import observe_privileges, read_privileges
from ftspec.resources.privileges.spelled import is_fit
from ftspec.resources.privileges.united import check_united

__all__ = [
    "NOUN",
    "Held",
    "Privileges",
    "PrivilegesKind",
    "Wanted",
    "check_united",
    "is_fit",
    "list_granted",
    "list_still_held",
    "list_taken",
    "take_privileges",
]


class PrivilegesKind:
    """Privileges."""

    name = "Privileges"
    noun = NOUN

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[Privileges | None, Diagnostics]:
        """Expand presets, and fold, qualify and check what is spelled out."""
        return declare_privileges(document, scope, exports)

    def combine(self, declared: tuple[Privileges, ...]) -> tuple[Privileges, ...]:
        """Unite the documents for one grantee under the first of their names."""
        return unite_roles(declared)

    def export(self, desired: Privileges) -> Export:
        """Let nothing be known: no kind builds on privileges."""
        return Export(desired.address)

    def read(self, desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Ask what each grantee, PUBLIC and the roles behind them hold, and what the running role may do about it."""
        return read_privileges(desired, scope, seen)

    def observe(self, desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[Address, Held]:
        """Parse the grants of each grantee; also of those that are declared no more and have what ftspec granted."""
        return observe_privileges(desired, scope, seen)

    def decide(self, address: Address, desired: Privileges | None, actual: Held, scope: Scope) -> Change:
        """Compare the sets."""
        return decide_privileges(address, desired, actual, scope)

    def steps(self, change: Change, desired: Privileges | None, actual: Held, scope: Scope) -> tuple[Step, ...]:
        """Write the GRANTs, then the REVOKEs."""
        del desired, scope
        return privilege_steps(change, actual)
