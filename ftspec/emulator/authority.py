"""What a role may do, asked of the catalog; each refusal is Snowflake's own error."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.emulator import refusals
from ftspec.emulator.access import (
    PUBLIC,
    Grantee,
    Standing,
    holds,
    inherited_roles,
    is_visible,
    may_grant,
    role_edges,
)
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.names import ACCOUNT, CORTEX_USER, Key, database_key, schema_key
from ftspec.emulator.privileges import OWNERSHIP

_AI_FUNCTIONS = "USE AI FUNCTIONS"


def build_standing(catalog: Catalog, *, user: str, role: str, secondary: str) -> Standing:
    """Close a session's roles over the hierarchy as it is now; `secondary` is ALL or NONE."""
    edges = role_edges(catalog.role_grants())
    primary = inherited_roles((role,), edges)
    active = primary
    if secondary == "ALL":
        active = inherited_roles((role, *granted_roles(catalog, user)), edges)
    return Standing(user, role, primary, active)


def granted_roles(catalog: Catalog, user: str) -> tuple[str, ...]:
    """List the roles granted to a user directly, and PUBLIC."""
    held = catalog.grants_to(Grantee("USER", user))
    return (*(grant.on.name for grant in held if grant.on.kind == "ROLE"), PUBLIC)


def assumable_roles(catalog: Catalog, user: str) -> frozenset[str]:
    """Give every role that the user may make primary: those granted, and what these inherit."""
    return inherited_roles(granted_roles(catalog, user), role_edges(catalog.role_grants()))


class Authority:
    """Checks of one statement, made with one standing."""

    def __init__(self, catalog: Catalog, standing: Standing) -> None:
        self.catalog = catalog
        self.standing = standing

    @property
    def manages_grants(self) -> bool:
        """Say whether MANAGE GRANTS is held."""
        return holds(self.catalog.grants_on(ACCOUNT), None, self.standing.active, ("MANAGE GRANTS",))

    def allows(self, key: Key, privileges: Iterable[str], *, primary_only: bool = False) -> bool:
        """Say whether any of the privileges on the object is held, or its ownership."""
        roles = self.standing.primary if primary_only else self.standing.active
        entry = self.catalog.find(key)
        owner = None if entry is None else entry.owner
        return holds(self.catalog.grants_on(key), owner, roles, privileges, self.standing.user)

    def owns(self, entry: Entry) -> bool:
        """Say whether an active role owns the object."""
        return entry.owner in self.standing.active

    def sees(self, entry: Entry) -> bool:
        """Say whether the object may be listed: any privilege on it and on what holds it, or MANAGE GRANTS.

        "The MANAGE GRANTS access privilege implicitly allows its holder to see every object in the account"
        (https://docs.snowflake.com/en/sql-reference/sql/show-databases).
        """
        return self.manages_grants or all(self._sees_key(key) for key in (*entry.key.holders, entry.key))

    def _sees_key(self, key: Key) -> bool:
        entry = self.catalog.find(key)
        owner = None if entry is None else entry.owner
        return is_visible(self.catalog.grants_on(key), owner, self.standing.active, self.standing.user)

    def require_entry(self, key: Key) -> Entry:
        """Give the object, or refuse as if it were not there where it may not be seen."""
        self.require_place(key)
        entry = self.catalog.find(key)
        if entry is None or not (self.manages_grants or self._sees_key(key)):
            raise refusals.missing(key.kind, key.shown)
        return entry

    def require_place(self, key: Key) -> None:
        """Make sure that what holds the object exists and may be used."""
        for holder in key.holders:
            entry = self.catalog.find(holder)
            if entry is None or not (self.allows(holder, ("USAGE",)) or self.manages_grants):
                raise refusals.missing(holder.kind, holder.shown)

    def require_usage(self, database: str, schema: str) -> None:
        """Demand USAGE (or ownership) of a schema and its database, as every access to data does."""
        for key in (database_key(database), schema_key(database, schema)):
            if self.catalog.find(key) is None or not self.allows(key, ("USAGE",)):
                raise refusals.missing(key.kind, key.shown)

    def require(self, entry: Entry, privileges: Iterable[str]) -> None:
        """Demand one of the privileges on an object that exists, or its ownership."""
        if self.allows(entry.key, privileges):
            return
        if not self._sees_key(entry.key):
            raise refusals.missing(entry.key.kind, entry.key.shown)
        raise refusals.insufficient(entry.key.kind, entry.key.name)

    def require_ownership(self, entry: Entry) -> None:
        """Demand the ownership of an object that is visible."""
        if not self.owns(entry):
            raise refusals.insufficient(entry.key.kind, entry.key.name)

    def require_create(self, kind: str, database: str, schema: str) -> None:
        """Demand CREATE of a kind in a schema, of the primary role alone."""
        self.require_usage(database, schema)
        key = schema_key(database, schema)
        if not self.allows(key, (f"CREATE {kind}",), primary_only=True):
            raise refusals.insufficient("SCHEMA", schema)

    def require_on_account(self, privilege: str) -> None:
        """Demand a privilege on the account, of the primary role alone."""
        if not self.allows(ACCOUNT, (privilege,), primary_only=True):
            raise refusals.insufficient("ACCOUNT", self.catalog.read_fact("account_name") or "")

    def require_grant_right(self, key: Key, privilege: str) -> None:
        """Demand the right to grant a privilege on an object."""
        entry = self.catalog.find(key)
        owner = None if entry is None else entry.owner
        grants = self.catalog.grants_on(key)
        manage = self.manages_grants
        if privilege == OWNERSHIP:
            grants = ()
        if not may_grant(grants, owner, self.standing.active, privilege, manage_grants=manage):
            raise refusals.grant_refused()

    @property
    def is_cortex_user(self) -> bool:
        """Say whether SNOWFLAKE.CORTEX_USER is held."""
        return ".".join(CORTEX_USER.parts) in self.standing.active

    def require_cortex_user(self, function: str) -> None:
        """Demand the database role SNOWFLAKE.CORTEX_USER, which every Cortex function takes."""
        if not self.is_cortex_user:
            raise refusals.unknown_function(function)

    def require_ai_functions(self, function: str) -> None:
        """Demand the account privilege USE AI FUNCTIONS, or the one for this function."""
        per_function = f"USE AI FUNCTION {function.rpartition('.')[2]}"
        if not self.allows(ACCOUNT, (_AI_FUNCTIONS, per_function)):
            raise refusals.insufficient("ACCOUNT", self.catalog.read_fact("account_name") or "")
