"""Taking grants back: whose, and what falls with them.

https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import Grantee, find_dependents
from ftspec.emulator.names import Key
from ftspec.emulator.turn import Turn


def revoke_grants(turn: Turn, key: Key, privilege: str, to: Grantee, *, option_only: bool, cascade: bool) -> None:
    """Take back every instance of a privilege that the role may take back, or its grant option alone.

    Instances of other grantors stay, and nothing to take back is no error. Raises SnowflakeError 3036 without
    CASCADE where the grantee gave the privilege on, and may not have done so any more.
    """
    before = tuple(grant for grant in turn.catalog.grants_on(key) if grant.privilege == privilege)
    chosen = frozenset(grant for grant in before if grant.to == to and turn.authority.may_revoke(grant))
    after = tuple(
        replace(grant, option=False) if grant in chosen else grant
        for grant in before
        if option_only or grant not in chosen
    )
    entry = turn.catalog.find(key)
    dependents = find_dependents(before, after, None if entry is None else entry.owner)
    if dependents and not cascade:
        raise refusals.grants_given_on(privilege, to.name)
    for grant in chosen:
        turn.catalog.drop_grant(grant, option_only=option_only)
    for grant in dependents:
        turn.catalog.drop_grant(grant)
