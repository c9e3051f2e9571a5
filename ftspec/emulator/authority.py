"""What a role may do, asked of the catalog; each refusal is Snowflake's own error."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ftspec.emulator import refusals
from ftspec.emulator.access import (
    ACCOUNTADMIN,
    PUBLIC,
    Grant,
    Grantee,
    Standing,
    find_grantor,
    holds,
    inherited_roles,
    is_visible,
)
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.names import ACCOUNT, AI_FUNCTIONS_USER, CORTEX_USER, Key, database_key, schema_key

# What a schema's record holds where it was made WITH MANAGED ACCESS.
MANAGED = "MANAGED"
_AI_FUNCTION, _AI_FUNCTIONS = "USE AI FUNCTION", "USE AI FUNCTIONS"
# AI_FUNCTIONS_USER gives every AI function but the services, fine-tuning among them (aisql-privileges-and-access).
_NOT_FOR_AI_FUNCTIONS_USER = frozenset({"SNOWFLAKE.CORTEX.FINETUNE"})


def build_standing(catalog: Catalog, *, user: str, role: str, secondary: str) -> Standing:
    """Close a session's roles over the hierarchy as it is now; `secondary` is ALL or NONE."""
    edges = catalog.hierarchy()
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
    return inherited_roles(granted_roles(catalog, user), catalog.hierarchy())


class Authority:
    """Checks of one statement, made with one standing."""

    def __init__(self, catalog: Catalog, standing: Standing) -> None:
        self.catalog = catalog
        self.standing = standing

    @cached_property
    def manages_grants(self) -> bool:
        """Say whether MANAGE GRANTS is held."""
        return holds(self.catalog.grants_on(ACCOUNT), None, self.standing.active, ("MANAGE GRANTS",))

    def allows(self, key: Key, privileges: Iterable[str], *, primary_only: bool = False) -> bool:
        """Say whether any of the privileges on the object is held, or its ownership."""
        roles = self.standing.primary if primary_only else self.standing.active
        return holds(self.catalog.grants_on(key), self._owner_of(key), roles, privileges, self.standing.user)

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
        owner = self._owner_of(key)
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

    def find_grantor(self, key: Key, privilege: str) -> str | None:
        """Name the role that would be shown as the grantor of a privilege, or None where it may not be given.

        In a managed access schema the schema's owner decides, not the object's
        (https://docs.snowflake.com/en/user-guide/security-access-control-configure). USE AI FUNCTIONS is
        ACCOUNTADMIN's to give (aisql-privileges-and-access).
        """
        managing = self.managing_owner(key)
        if managing is not None:
            return find_grantor((), managing, self.standing, privilege, manage_grants=self.manages_grants)
        manages = self.manages_grants
        if privilege.startswith(_AI_FUNCTION):
            manages = ACCOUNTADMIN in self.standing.active
        grants = self.catalog.grants_on(key)
        return find_grantor(grants, self._owner_of(key), self.standing, privilege, manage_grants=manages)

    def find_role_grantor(self, role: Entry) -> str | None:
        """Name the role that would be shown as the grantor of a role, or None where it may not be given.

        What Snowflake itself owns is given by ACCOUNTADMIN alone, or with the grant option.
        """
        manages = self.manages_grants if role.owner is not None else ACCOUNTADMIN in self.standing.active
        grants = self.catalog.grants_on(role.key)
        return find_grantor(grants, role.owner, self.standing, "USAGE", manage_grants=manages)

    def may_revoke(self, grant: Grant) -> bool:
        """Say whether a grant may be taken back: by its grantor, or by MANAGE GRANTS, which reaches every instance.

        https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege, "Security requirements".
        """
        managing = self.managing_owner(grant.on)
        return self.manages_grants or (grant.by if managing is None else managing) in self.standing.active

    def managing_owner(self, key: Key) -> str | None:
        """Name the owner of the managed access schema that holds the object; None in any other place."""
        if not key.schema:
            return None
        schema = self.catalog.find(schema_key(key.database, key.schema))
        return schema.owner if schema is not None and schema.extra.get(MANAGED) else None

    def _owner_of(self, key: Key) -> str | None:
        entry = self.catalog.find(key)
        return None if entry is None else entry.owner

    def require_cortex_user(self, function: str) -> None:
        """Demand a database role that gives a Cortex function: CORTEX_USER, or AI_FUNCTIONS_USER for most of them."""
        givers = [CORTEX_USER] if function in _NOT_FOR_AI_FUNCTIONS_USER else [CORTEX_USER, AI_FUNCTIONS_USER]
        if not any(".".join(giver.parts) in self.standing.active for giver in givers):
            raise refusals.unknown_function(function)

    def require_ai_functions(self, function: str) -> None:
        """Demand the account privilege USE AI FUNCTIONS, or the one for this function."""
        per_function = f"USE AI FUNCTION {function.rpartition('.')[2]}"
        if not self.allows(ACCOUNT, (_AI_FUNCTIONS, per_function)):
            raise refusals.insufficient("ACCOUNT", self.catalog.read_fact("account_name") or "")
