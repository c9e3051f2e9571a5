"""GRANT and REVOKE of privileges.

https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.access import FutureGrant, Grant, Grantee
from ftspec.emulator.authority import MANAGED
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.revoking import revoke_grants
from ftspec.emulator.names import Key, Parts
from ftspec.emulator.privileges import OWNERSHIP, all_of, is_known
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import ChangeGrant, Target
from ftspec.emulator.turn import Turn


def perform_change_grant(turn: Turn, statement: ChangeGrant) -> Result:
    """Grant or revoke privileges; revoking what is not there succeeds, as Snowflake documents."""
    to = find_grantee(turn, statement.to_kind, statement.to)
    privileges = _read_privileges(statement)
    if statement.on.scope == "FUTURE":
        _change_future(turn, statement, privileges, to)
        return status(SUCCESS)
    for key in find_targets(turn, statement.on):
        check_holder(key, to)
        if statement.revoke:
            _revoke(turn, statement, key, privileges, to)
        else:
            _grant(turn, statement, key, privileges, to)
    return status(SUCCESS)


def _read_privileges(statement: ChangeGrant) -> tuple[str, ...]:
    kind = statement.on.kind
    if statement.privileges == ("ALL",):
        return all_of(kind)
    for privilege in statement.privileges:
        if privilege == OWNERSHIP and statement.revoke and statement.on.scope == "FUTURE":
            continue
        if privilege == OWNERSHIP:
            raise refusals.unsupported(f"{'REVOKE' if statement.revoke else 'GRANT'} OWNERSHIP with other privileges")
        if not is_known(kind, privilege):
            raise refusals.unknown_privilege(privilege, kind)
    return statement.privileges


def find_targets(turn: Turn, target: Target) -> tuple[Key, ...]:
    """Find what is granted on: one object that must be there, or those of a kind in a place."""
    if target.scope == "ALL":
        return _all_in(turn, target)
    key = turn.resolve(target.kind, target.name, "GRANT")
    if target.kind != "ACCOUNT":
        turn.authority.require_entry(key)
    return (key,)


def _all_in(turn: Turn, target: Target) -> tuple[Key, ...]:
    place = turn.authority.require_entry(turn.resolve(target.place_kind, target.name, "GRANT")).key
    if place.kind == "SCHEMA":
        found = turn.catalog.list_objects(target.kind, place.database, place.name)
    else:
        found = turn.catalog.list_objects(target.kind, place.name)
    return tuple(entry.key for entry in found if turn.authority.sees(entry))


def check_holder(key: Key, to: Grantee) -> None:
    """Keep a database role to what lies in its own database (user-guide/security-access-control-overview)."""
    place = key.name if key.kind == "DATABASE" else key.database
    if to.kind == "DATABASE_ROLE" and to.name.partition(".")[0] != place:
        raise refusals.other_database(to.name, key.shown)


def _grant(turn: Turn, statement: ChangeGrant, key: Key, privileges: tuple[str, ...], to: Grantee) -> None:
    """Give the privileges; of ALL those that the role may give, if there is any.

    Raises SnowflakeError 3102 where one that is named may not be given.
    """
    grantors = {privilege: turn.authority.find_grantor(key, privilege) for privilege in privileges}
    given = {privilege: by for privilege, by in grantors.items() if by is not None}
    if len(given) < len(grantors) and (statement.privileges != ("ALL",) or not given):
        raise refusals.grant_refused()
    for privilege, by in sorted(given.items()):
        _check_imported(turn, key, privilege)
        _check_readable(turn, key, privilege, to)
        turn.catalog.put_grant(Grant(key, privilege, to, statement.option, by, turn.now))


def _revoke(turn: Turn, statement: ChangeGrant, key: Key, privileges: tuple[str, ...], to: Grantee) -> None:
    for privilege in privileges:
        _check_imported(turn, key, privilege)
        revoke_grants(turn, key, privilege, to, option_only=statement.option, cascade=statement.cascade)


def _check_imported(turn: Turn, key: Key, privilege: str) -> None:
    """Let IMPORTED PRIVILEGES, and nothing else, be granted on a database that Snowflake itself owns."""
    if key.kind != "DATABASE":
        return
    entry = turn.catalog.find(key)
    is_imported = entry is not None and entry.owner is None
    if is_imported != (privilege == "IMPORTED PRIVILEGES"):
        raise refusals.unknown_privilege(privilege, "imported DATABASE" if is_imported else "DATABASE")


def _check_readable(turn: Turn, key: Key, privilege: str, to: Grantee) -> None:
    """Let WRITE on a stage be granted only to who has READ: it "must first be granted" (grant-privilege)."""
    if key.kind != "STAGE" or privilege != "WRITE":
        return
    if not any(grant.privilege == "READ" and grant.to == to for grant in turn.catalog.grants_on(key)):
        raise refusals.grants_needed("READ", key.shown, to.name)


def _change_future(turn: Turn, statement: ChangeGrant, privileges: tuple[str, ...], to: Grantee) -> None:
    place = require_future_right(turn, statement.on)
    check_holder(place.key, to)
    for privilege in privileges:
        grant = FutureGrant(statement.on.kind, place.key, privilege, to, statement.option, turn.now)
        if statement.revoke:
            turn.catalog.drop_future_grant(grant, option_only=statement.option)
        else:
            turn.catalog.put_future_grant(grant)


def require_future_right(turn: Turn, target: Target) -> Entry:
    """Give the place of future grants, for MANAGE GRANTS or for the owner of a managed access schema.

    Raises SnowflakeError 3102 for anybody else (grant-privilege, "Future grants").
    """
    place = turn.authority.require_entry(turn.resolve(target.place_kind, target.name, "GRANT"))
    is_managing = place.extra.get(MANAGED) and turn.authority.owns(place)
    if not turn.authority.manages_grants and not is_managing:
        raise refusals.grant_refused()
    return place


def find_grantee(turn: Turn, kind: str, name: Parts) -> Grantee:
    """Find who is granted to; a role that does not exist is refused."""
    key = turn.resolve(kind, name, "GRANT")
    if turn.catalog.find(key) is None:
        raise refusals.missing(kind, key.shown)
    return Grantee(kind, ".".join(key.parts))
