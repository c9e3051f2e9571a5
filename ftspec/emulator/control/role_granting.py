"""GRANT and REVOKE of roles and database roles.

https://docs.snowflake.com/en/sql-reference/sql/grant-role,
https://docs.snowflake.com/en/sql-reference/sql/grant-database-role
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.access import PUBLIC, Grant, Grantee, would_cycle
from ftspec.emulator.control.granting import find_grantee
from ftspec.emulator.control.revoking import revoke_grants
from ftspec.emulator.names import Key
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import ChangeRoleGrant
from ftspec.emulator.turn import Turn


def perform_change_role_grant(turn: Turn, statement: ChangeRoleGrant) -> Result:
    """Grant a role or database role to a role or user, or revoke it."""
    key = turn.resolve(statement.role_kind, statement.role, "GRANT")
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing(key.kind, key.shown)
    to = find_grantee(turn, statement.to_kind, statement.to)
    _check_holder(key, to)
    by = turn.authority.find_role_grantor(entry)
    if by is None:
        raise refusals.grant_refused()
    if statement.revoke:
        revoke_grants(turn, key, "USAGE", to, option_only=statement.option, cascade=statement.cascade)
        return status(SUCCESS)
    _refuse_circle(turn, key, to)
    turn.catalog.put_grant(Grant(key, "USAGE", to, statement.option, by, turn.now))
    return status(SUCCESS)


def _check_holder(key: Key, to: Grantee) -> None:
    """Keep a database role to account roles and to database roles of its own database."""
    if key.kind == "DATABASE_ROLE" and to.kind == "USER":
        raise refusals.unsupported("GRANT DATABASE ROLE TO USER")
    if to.kind == "DATABASE_ROLE" and to.name.partition(".")[0] != key.database:
        raise refusals.other_database(to.name, key.shown)


def _refuse_circle(turn: Turn, key: Key, to: Grantee) -> None:
    if to.kind == "USER" or (key.kind, key.name) == ("ROLE", PUBLIC):
        return
    if would_cycle(turn.catalog.hierarchy(), granted=".".join(key.parts), to=to.name):
        raise refusals.role_circle(key.shown, to.name)
