"""What goes into the ledger: what a plan grants, and what of it is still held later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ftspec.model.address import Address
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.grant import Grant, Grantee, comparable
from ftspec.resources.ledger import Granted, Ledger
from ftspec.resources.privileges.actual import Stays
from ftspec.resources.privileges.desired import Privileges
from ftspec.resources.privileges.reading import list_held, observe_privileges
from ftspec.resources.shown_grants import show_grants_to

Taken = Mapping[Grantee, frozenset[Grant]]
"""Grants in the form in which they are compared, by who holds them."""


def list_granted(declared: tuple[Privileges, ...], addresses: Collection[Address], scope: Scope, seen: Seen) -> Ledger:
    """List what a plan that changes some resources grants, by grantee."""
    observed = observe_privileges(declared, scope, seen)
    return {
        held.grantee: frozenset((wanted.grant, wanted.option) for wanted in held.granted)
        for address, held in observed.items()
        if address in addresses
    }


def list_taken(declared: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Taken:
    """List what a plan takes away, by grantee, in the form in which grants are compared."""
    observed = observe_privileges(declared, scope, seen)
    return {
        held.grantee: frozenset(comparable(entry.holding.grant) for entry in held.revoked) for held in observed.values()
    }


def list_still_held(declared: tuple[Privileges, ...], scope: Scope, seen: Seen, ledger: Ledger, taken: Taken) -> Ledger:
    """Leave of the ledger what is still held; where that cannot be read, everything.

    What ftspec has `taken` away, and somebody else granted by hand as well, is not ftspec's any more.
    """
    held = list_held(declared, scope, seen)
    others = _list_by_hand(declared, scope, seen)
    return {
        grantee: frozenset(
            (grant, option)
            for grant, option in _keep(grantee, granted, held.get(grantee), seen)
            if comparable(grant) not in taken.get(grantee, frozenset()) & others.get(grantee, frozenset())
        )
        for grantee, granted in ledger.items()
    }


def _list_by_hand(declared: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Taken:
    """List what is held from others alone and stays."""
    found = {}
    for held in observe_privileges(declared, scope, seen).values():
        left = {comparable(entry.holding.grant) for entry in held.surplus if entry.stays is Stays.BY_HAND}
        found[held.grantee] = frozenset(left - {comparable(entry.holding.grant) for entry in held.revoked})
    return found


def _keep(
    grantee: Grantee, granted: frozenset[Granted], held: Iterable[object] | None, seen: Seen
) -> frozenset[Granted]:
    answer = seen.get(show_grants_to(grantee))
    if held is None or answer is None or isinstance(answer, Refusal):
        return granted
    forms = frozenset(held)
    return frozenset((grant, option) for grant, option in granted if comparable(grant) in forms)


def take_privileges(entries: Iterable[object]) -> tuple[Privileges, ...]:
    """Take the privileges out of desired resources of any kind."""
    return tuple(entry for entry in entries if isinstance(entry, Privileges))
