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
    """Who holds a privilege: `kind` is ROLE, USER or DATABASE_ROLE."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege on one object, held by one grantee; `created` is epoch milliseconds."""

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

    @property
    def is_single(self) -> bool:
        """Say whether secondary roles add nothing."""
        return self.primary == self.active


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


def may_grant(
    grants: Iterable[Grant], owner: str | None, roles: frozenset[str], privilege: str, *, manage_grants: bool
) -> bool:
    """Say whether the roles may give the privilege: the owner, MANAGE GRANTS, or the grant option."""
    if manage_grants or (owner is not None and owner in roles):
        return True
    return any(grant.option and grant.privilege == privilege and _reaches(grant, roles, "") for grant in grants)


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
