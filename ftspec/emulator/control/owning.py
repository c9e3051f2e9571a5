"""GRANT OWNERSHIP.

https://docs.snowflake.com/en/sql-reference/sql/grant-ownership
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import FutureGrant, Grantee
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.granting import check_holder, find_grantee, find_targets, require_future_right
from ftspec.emulator.privileges import OWNERSHIP
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import GiveOwnership
from ftspec.emulator.turn import Turn

# Their transfer is not blocked by grants, which keep their grantors.
_ROLES = frozenset({"DATABASE_ROLE", "ROLE"})


def perform_give_ownership(turn: Turn, statement: GiveOwnership) -> Result:
    """Transfer ownership of one object, of all objects of a kind in a place, or of those to come there.

    Raises SnowflakeError 3102 without the right to, 3036 where others hold grants that are neither copied nor revoked.
    """
    to = find_grantee(turn, statement.to_kind, statement.to)
    if statement.on.scope == "FUTURE":
        _give_future(turn, statement, to)
        return status(SUCCESS)
    for key in find_targets(turn, statement.on):
        check_holder(key, to)
        entry = turn.catalog.find(key)
        if entry is not None:
            _give(turn, entry, to, statement.current)
    return status(SUCCESS)


def _give(turn: Turn, entry: Entry, to: Grantee, current: str) -> None:
    authority = turn.authority
    if entry.owner is None or not (authority.owns(entry) or authority.manages_grants):
        raise refusals.grant_refused()
    if current == "COPY" and not (authority.manages_grants or to.name in authority.standing.active):
        raise refusals.grant_refused()
    grants = turn.catalog.grants_on(entry.key)
    if grants and not current and entry.key.kind not in _ROLES:
        raise refusals.dependent_grants()
    for grant in grants if current else ():
        turn.catalog.drop_grant(grant)
    for grant in grants if current == "COPY" else ():
        turn.catalog.put_grant(replace(grant, by=to.name))
    turn.catalog.put(replace(entry, owner=to.name))


def _give_future(turn: Turn, statement: GiveOwnership, to: Grantee) -> None:
    """Let one role own what appears in a place: a later statement takes the place of an earlier one."""
    if statement.current == "REVOKE":
        raise refusals.unsupported("GRANT OWNERSHIP ON FUTURE with REVOKE CURRENT GRANTS")
    place = require_future_right(turn, statement.on).key
    check_holder(place, to)
    for known in turn.catalog.future_grants():
        if (known.kind, known.place, known.privilege) == (statement.on.kind, place, OWNERSHIP):
            turn.catalog.drop_future_grant(known)
    turn.catalog.put_future_grant(FutureGrant(statement.on.kind, place, OWNERSHIP, to, option=False, created=turn.now))
