"""The rules of access control, as functions of values: no store, no session.

https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ftspec.emulator.names import Key
from ftspec.emulator.privileges import OWNERSHIP

PUBLIC = "PUBLIC"
ACCOUNTADMIN = "ACCOUNTADMIN"
SECURITYADMIN = "SECURITYADMIN"
USERADMIN = "USERADMIN"
SYSADMIN = "SYSADMIN"

SYSTEM_ROLES = (ACCOUNTADMIN, PUBLIC, SECURITYADMIN, SYSADMIN, USERADMIN)
# Who inherits whom in a new account: (inheriting role, inherited role).
SYSTEM_HIERARCHY = (
    (ACCOUNTADMIN, SECURITYADMIN),
    (ACCOUNTADMIN, SYSADMIN),
    (SECURITYADMIN, USERADMIN),
)


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """Who holds a privilege: `kind` is ROLE, USER or DATABASE_ROLE.

    A database role's name holds its database: `DB.ROLE`. No account role has a dot in its name, so a role's name
    alone says which kind it is (see `role_kind`).
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege on one object, given by one role to one grantee; `created` is epoch milliseconds."""

    on: Key
    privilege: str
    to: Grantee
    option: bool
    by: str
    created: int


@dataclass(frozen=True, slots=True)
class FutureGrant:
    """A privilege that objects of `kind` get when they appear in `place` (a database or a schema)."""

    kind: str
    place: Key
    privilege: str
    to: Grantee
    option: bool
    created: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a session acts with: `primary` and `active` are closures over the role hierarchy.

    Only the primary role's closure authorises CREATE; `active` adds the secondary roles.
    """

    user: str
    role: str
    primary: frozenset[str]
    active: frozenset[str]


def role_kind(role: str) -> str:
    """Say whether a role's name is that of an account role or of a database role."""
    return "DATABASE_ROLE" if "." in role else "ROLE"


def inherited_roles(roles: Iterable[str], edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Close roles over the hierarchy: `edges` maps a role to those granted to it; PUBLIC is always in."""
    found: set[str] = set()
    waiting = [PUBLIC, *roles]
    while waiting:
        role = waiting.pop()
        if role not in found:
            found.add(role)
            waiting.extend(edges.get(role, ()))
    return frozenset(found)


def role_edges(role_grants: Iterable[Grant]) -> dict[str, tuple[str, ...]]:
    """Read the hierarchy out of grants on roles and on database roles; other grants are ignored."""
    edges: dict[str, tuple[str, ...]] = {}
    for grant in role_grants:
        if grant.on.kind in {"ROLE", "DATABASE_ROLE"} and grant.to.kind != "USER":
            edges[grant.to.name] = (*edges.get(grant.to.name, ()), ".".join(grant.on.parts))
    return edges


def would_cycle(edges: Mapping[str, tuple[str, ...]], *, granted: str, to: str) -> bool:
    """Say whether granting a role to another would close a circle."""
    return to in inherited_roles((granted,), edges) and to != PUBLIC


def holds(
    grants: Iterable[Grant], owner: str | None, roles: frozenset[str], privileges: Iterable[str], user: str = ""
) -> bool:
    """Say whether one of the roles owns the object or holds any of the privileges on it."""
    if owner is not None and owner in roles:
        return True
    wanted = frozenset(privileges) - {OWNERSHIP}
    return any(grant.privilege in wanted and _reaches(grant, roles, user) for grant in grants)


def is_visible(grants: Iterable[Grant], owner: str | None, roles: frozenset[str], user: str = "") -> bool:
    """Say whether the roles have any privilege at all on the object."""
    return (owner is not None and owner in roles) or any(_reaches(grant, roles, user) for grant in grants)


def find_grantor(
    grants: Iterable[Grant], owner: str | None, standing: Standing, privilege: str, *, manage_grants: bool
) -> str | None:
    """Name the role that gives the privilege, or None where the standing may not give it.

    The owner comes first, then a role that holds the grant option, then MANAGE GRANTS, which acts for the owner
    (https://docs.snowflake.com/en/sql-reference/sql/show-grants, usage notes).
    """
    if owner is not None and owner in standing.active:
        return owner
    givers = sorted(
        grant.to.name
        for grant in grants
        if grant.option and grant.privilege == privilege and _reaches(grant, standing.active, "")
    )
    if givers:
        return standing.role if standing.role in givers else givers[0]
    return (owner or standing.role) if manage_grants else None


def find_dependents(before: Iterable[Grant], after: Iterable[Grant], owner: str | None) -> tuple[Grant, ...]:
    """Find the grants of one privilege that lose their footing when `before` becomes `after`.

    A grant stands as long as its grantor may still give it: the owner, or a role whose own grant option stands. So
    a parallel grant keeps what was given on, and a circle of grants does not keep itself.
    """
    before, after = tuple(before), tuple(after)
    given = {grant.to.name for grant in before if grant.option and grant.to.kind != "USER"}
    roots = frozenset({owner or "", ""} | {grant.by for grant in before} - given)
    stood, stand = _standing_grants(before, roots), _standing_grants(after, roots)
    return tuple(grant for grant in after if grant in stood and grant not in stand)


def _standing_grants(grants: tuple[Grant, ...], roots: frozenset[str]) -> frozenset[Grant]:
    able, found = set(roots), set[Grant]()
    while True:
        new = {grant for grant in grants if grant.by in able} - found
        if not new:
            return frozenset(found)
        found |= new
        able |= {grant.to.name for grant in new if grant.option and grant.to.kind != "USER"}


def _reaches(grant: Grant, roles: frozenset[str], user: str) -> bool:
    if grant.to.kind == "USER":
        return bool(user) and grant.to.name == user
    return grant.to.name in roles


def future_grants_for(grants: Iterable[FutureGrant], key: Key) -> tuple[FutureGrant, ...]:
    """Choose the future grants that a new object gets: a schema's override its database's.

    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege: "future grants defined at the schema
    level take precedence" for the same kind of object.
    """
    matching = [grant for grant in grants if grant.kind == key.kind]
    in_schema = [grant for grant in matching if (grant.place.database, grant.place.name) == (key.database, key.schema)]
    in_database = [grant for grant in matching if grant.place.kind == "DATABASE" and grant.place.name == key.database]
    return tuple(in_schema or in_database)
