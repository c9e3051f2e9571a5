"""GRANT and REVOKE of privileges, roles and ownership.

https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import PUBLIC, FutureGrant, Grant, Grantee, role_edges, would_cycle
from ftspec.emulator.catalog import Entry
from ftspec.emulator.names import Key, Parts
from ftspec.emulator.privileges import OWNERSHIP, all_of, is_known
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import ChangeGrant, ChangeRoleGrant, GiveOwnership, Target
from ftspec.emulator.turn import Turn


def perform_change_grant(turn: Turn, statement: ChangeGrant) -> Result:
    """Grant or revoke privileges; revoking what is not there succeeds, as Snowflake documents."""
    to = find_grantee(turn, statement.to_kind, statement.to)
    privileges = _read_privileges(statement)
    if statement.on.scope == "FUTURE":
        _change_future(turn, statement, privileges, to)
        return status(SUCCESS)
    for key in _targets(turn, statement.on):
        _check_holder(key, to)
        for privilege in privileges:
            _check_imported(turn, key, privilege)
            _change_one(turn, statement, key, privilege, to)
    return status(SUCCESS)


def _read_privileges(statement: ChangeGrant) -> tuple[str, ...]:
    kind = statement.on.kind
    if statement.privileges == ("ALL",):
        return all_of(kind)
    for privilege in statement.privileges:
        if privilege == OWNERSHIP:
            raise refusals.unsupported(f"{'REVOKE' if statement.revoke else 'GRANT'} OWNERSHIP with other privileges")
        if not is_known(kind, privilege):
            raise refusals.unknown_privilege(privilege, kind)
    return statement.privileges


def _targets(turn: Turn, target: Target) -> tuple[Key, ...]:
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


def _change_one(turn: Turn, statement: ChangeGrant, key: Key, privilege: str, to: Grantee) -> None:
    turn.authority.require_grant_right(key, privilege)
    if statement.revoke:
        _revoke_given_on(turn, key, privilege, to, cascade=statement.cascade)
        turn.catalog.drop_grant(key, privilege, to, option_only=statement.option)
    else:
        turn.catalog.put_grant(Grant(key, privilege, to, statement.option, _granted_by(turn, key), turn.now))


def _check_holder(key: Key, to: Grantee) -> None:
    """Keep a database role to what lies in its own database (user-guide/security-access-control-overview)."""
    place = key.name if key.kind == "DATABASE" else key.database
    if to.kind == "DATABASE_ROLE" and to.name.partition(".")[0] != place:
        raise refusals.other_database(to.name, key.shown)


def _check_imported(turn: Turn, key: Key, privilege: str) -> None:
    """Let IMPORTED PRIVILEGES, and nothing else, be granted on a database that Snowflake itself owns."""
    if key.kind != "DATABASE":
        return
    entry = turn.catalog.find(key)
    is_imported = entry is not None and entry.owner is None
    if is_imported != (privilege == "IMPORTED PRIVILEGES"):
        raise refusals.unknown_privilege(privilege, "imported DATABASE" if is_imported else "DATABASE")


def _revoke_given_on(turn: Turn, key: Key, privilege: str, to: Grantee, *, cascade: bool) -> None:
    """Revoke what the grantee gave on with its grant option; without CASCADE that stands in the way."""
    entry = turn.catalog.find(key)
    if entry is not None and entry.owner == to.name:
        return
    for grant in turn.catalog.grants_on(key):
        if grant.privilege != privilege or grant.by != to.name or grant.to == to:
            continue
        if not cascade:
            raise refusals.grants_given_on(privilege, to.name)
        turn.catalog.drop_grant(key, privilege, grant.to)
        _revoke_given_on(turn, key, privilege, grant.to, cascade=True)


def _granted_by(turn: Turn, key: Key) -> str:
    """Name who is shown as the grantor: the owner, also where MANAGE GRANTS was used; else who has the grant option."""
    entry = turn.catalog.find(key)
    owner = None if entry is None else entry.owner
    by_right = turn.authority.manages_grants or owner in turn.authority.standing.active
    return owner if owner is not None and by_right else turn.session.role


def _change_future(turn: Turn, statement: ChangeGrant, privileges: tuple[str, ...], to: Grantee) -> None:
    if not turn.authority.manages_grants:
        raise refusals.grant_refused()
    place = turn.authority.require_entry(turn.resolve(statement.on.place_kind, statement.on.name, "GRANT")).key
    for privilege in privileges:
        grant = FutureGrant(statement.on.kind, place, privilege, to, statement.option, turn.now)
        if statement.revoke:
            turn.catalog.drop_future_grant(grant)
        else:
            turn.catalog.put_future_grant(grant)


def find_grantee(turn: Turn, kind: str, name: Parts) -> Grantee:
    """Find who is granted to; a role that does not exist is refused."""
    key = turn.resolve(kind, name, "GRANT")
    if turn.catalog.find(key) is None:
        raise refusals.missing(kind, key.shown)
    return Grantee(kind, ".".join(key.parts))


def perform_change_role_grant(turn: Turn, statement: ChangeRoleGrant) -> Result:
    """Grant a role or database role to a role or user, or revoke it."""
    key = turn.resolve(statement.role_kind, statement.role, "GRANT")
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing(key.kind, key.shown)
    to = find_grantee(turn, statement.to_kind, statement.to)
    if key.kind == "DATABASE_ROLE" and to.kind == "USER":
        raise refusals.unsupported("GRANT DATABASE ROLE TO USER")
    _require_role_right(turn, entry)
    if statement.revoke:
        turn.catalog.drop_grant(key, "USAGE", to)
        return status(SUCCESS)
    _refuse_circle(turn, key, to)
    turn.catalog.put_grant(Grant(key, "USAGE", to, option=False, by=_role_granted_by(turn, entry), created=turn.now))
    return status(SUCCESS)


def _require_role_right(turn: Turn, entry: Entry) -> None:
    # What Snowflake itself owns (owner None) is granted by the account administrator alone.
    authority = turn.authority
    if entry.owner is None and "ACCOUNTADMIN" in authority.standing.active:
        return
    if not authority.owns(entry) and not (entry.owner is not None and authority.manages_grants):
        raise refusals.grant_refused()


def _role_granted_by(turn: Turn, entry: Entry) -> str:
    return entry.owner or turn.session.role


def _refuse_circle(turn: Turn, key: Key, to: Grantee) -> None:
    if to.kind == "USER" or key.name == PUBLIC:
        return
    if would_cycle(role_edges(turn.catalog.role_grants()), granted=".".join(key.parts), to=to.name):
        raise refusals.role_circle(key.shown, to.name)


def perform_give_ownership(turn: Turn, statement: GiveOwnership) -> Result:
    """Transfer ownership of one object.

    Grants that others hold must be copied or revoked with it, unless there are none.
    """
    if statement.on.scope:
        raise refusals.unsupported(f"GRANT OWNERSHIP ON {statement.on.scope}")
    to = find_grantee(turn, "ROLE", statement.to)
    entry = turn.authority.require_entry(turn.resolve(statement.on.kind, statement.on.name, "GRANT"))
    if entry.owner is None or not (turn.authority.owns(entry) or turn.authority.manages_grants):
        raise refusals.grant_refused()
    grants = turn.catalog.grants_on(entry.key)
    if grants and not statement.current:
        raise refusals.dependent_grants()
    for grant in grants:
        turn.catalog.drop_grant(grant.on, grant.privilege, grant.to)
        if statement.current == "COPY":
            turn.catalog.put_grant(replace(grant, by=to.name))
    turn.catalog.put(replace(entry, owner=to.name))
    return status(SUCCESS)
