"""Grants: a privilege on an object, as a value that is compared, never as text; and the statements that change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ftspec.model.address import ObjectName, qualify, split_name

DATABASE_ROLE = "DATABASE_ROLE"
MODEL = "MODEL"
ACCOUNT = "ACCOUNT"
FUTURE = "FUTURE "
"""Begins the object type of what is still to come, as `FUTURE MODELS IN SCHEMA`; the name is then that of the place."""
CORTEX_USER = "SNOWFLAKE.CORTEX_USER"
AI_FUNCTIONS = "USE AI FUNCTIONS"
OWNERSHIP = "OWNERSHIP"
IMPORTED = "IMPORTED PRIVILEGES"
PUBLIC = "PUBLIC"
_OPTION = " WITH GRANT OPTION"
_OPTION_FOR = "GRANT OPTION FOR "


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """Who privileges are granted to: a role, or a database role; `name` as SQL writes it."""

    name: str
    of_database: bool = False

    @property
    def sql(self) -> str:
        """Write the grantee as GRANT does."""
        return f"{'DATABASE ROLE' if self.of_database else 'ROLE'} {self.name}"

    @property
    def database(self) -> str:
        """Give the database of a database role, as SQL writes it."""
        return container(DATABASE_ROLE, self.name) if self.of_database else ""

    def __str__(self) -> str:
        return f"{'database role' if self.of_database else 'role'} {self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One privilege on one object; `name` is qualified as SQL writes it, empty for the account."""

    object_type: str
    name: str
    privilege: str

    @property
    def target(self) -> str:
        """Name the object as people do."""
        if self.object_type == ACCOUNT:
            return "account"
        return f"{self.object_type.replace('_', ' ').lower()} {self.name}"

    @property
    def place(self) -> str:
        """Name what must be there for the grant: the object, or where those that are still to come will be."""
        return f"{self.object_type.rpartition(' ')[2].lower()} {self.name}" if self.is_future else self.target

    @property
    def is_future(self) -> bool:
        """Tell whether it is on objects that are still to come."""
        return self.object_type.startswith(FUTURE)

    @property
    def is_on_models(self) -> bool:
        """Tell whether it is on a model, or on models that are still to come."""
        return MODEL in self.object_type

    def __str__(self) -> str:
        return self.name if self.object_type == DATABASE_ROLE else f"{self.privilege} on {self.target}"


@dataclass(frozen=True, slots=True, order=True)
class Holding:
    """A grant that somebody holds; `grantor` as SQL writes it, empty for Snowflake itself; `shown` is SHOW's word."""

    grant: Grant
    option: bool = False
    grantor: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ModelGrant:
    """A privilege that a role or database role (`grantee_type`) holds on a model; `grantee` as SQL writes it."""

    grantee_type: str
    grantee: str
    privilege: str
    option: bool


def copy_grant(grant: ModelGrant, model: ObjectName) -> str:
    """Write the GRANT of the same privilege on another model."""
    behind = _OPTION if grant.option else ""
    return f"GRANT {grant.privilege} ON MODEL {model} TO {grant.grantee_type} {grant.grantee}{behind}"


def read_model_grants(statement: str, model: ObjectName) -> tuple[ModelGrant, ...]:
    """Read what a GRANT of this program gives on a model; one on something else gives nothing there."""
    what, found, who = statement.removeprefix("GRANT ").partition(f" ON MODEL {model} TO ")
    if not found:
        return ()
    kind = "DATABASE ROLE" if who.startswith("DATABASE ROLE ") else "ROLE"
    grantee = who.removeprefix(f"{kind} ").removesuffix(_OPTION)
    return tuple(ModelGrant(kind, grantee, privilege, who.endswith(_OPTION)) for privilege in what.split(", "))


def take_grant(grant: ModelGrant, model: ObjectName, *, option_only: bool = False) -> str:
    """Write the REVOKE of the same privilege, or only of the right to grant it, on a model."""
    option = _OPTION_FOR if option_only else ""
    return f"REVOKE {option}{grant.privilege} ON MODEL {model} FROM {grant.grantee_type} {grant.grantee}"


def grant_sql(grants: Iterable[Grant], grantee: Grantee, *, option: bool = False) -> str:
    """Write one GRANT for privileges on one and the same object (Snowflake: GRANT <privileges> … TO ROLE)."""
    behind = _OPTION if option else ""
    return f"GRANT {_what(tuple(sorted(grants)))} TO {grantee.sql}{behind}"


def revoke_sql(grants: Iterable[Grant], grantee: Grantee, *, option_only: bool = False) -> str:
    """Write one REVOKE for privileges on one and the same object (Snowflake: REVOKE <privileges> … FROM ROLE)."""
    option = _OPTION_FOR if option_only else ""
    return f"REVOKE {option}{_what(tuple(sorted(grants)))} FROM {grantee.sql}"


def _what(grants: tuple[Grant, ...]) -> str:
    first = grants[0]
    if first.object_type == DATABASE_ROLE:
        return f"DATABASE ROLE {first.name}"
    privileges = ", ".join(grant.privilege for grant in grants)
    return f"{privileges} ON {f'{first.object_type} {first.name}'.strip()}"


def group_by_object(grants: Iterable[Grant]) -> Mapping[tuple[str, str], tuple[Grant, ...]]:
    """Group grants by the object that they are on, in order."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for grant in sorted(grants):
        found.setdefault((grant.object_type, grant.name), []).append(grant)
    return {key: tuple(listed) for key, listed in found.items()}


def comparable(grant: Grant) -> Grant:
    """Give the form in which grants are compared: what differs only in the word that SHOW has for it is the same.

    Tables and views share their names, and IMPORTED PRIVILEGES is shown as USAGE (Snowflake: Shared databases).
    """
    if grant.object_type == "VIEW":
        return replace(grant, object_type="TABLE")
    if grant.privilege == IMPORTED:
        return replace(grant, privilege="USAGE")
    return grant


def owning(grant: Grant) -> Grant:
    """Give the ownership of the object that a grant is on."""
    return comparable(replace(grant, privilege=OWNERSHIP))


def container(object_type: str, name: str) -> str:
    """Name the database that an object lies in, as SQL writes it; empty for the account and a warehouse."""
    if object_type in {ACCOUNT, "WAREHOUSE"}:
        return ""
    return _first_part(name)


def schema_of(grant: Grant) -> str:
    """Name the schema that an object lies in, or will lie in, as SQL writes it; empty where it lies in none."""
    if grant.is_future:
        return grant.name if grant.object_type.endswith(" SCHEMA") else ""
    parts = split_name(grant.name) if "." in grant.name else ()
    return qualify(*parts[:2]) if len(parts) > len(("database", "schema")) else ""


def _first_part(name: str) -> str:
    if not name.startswith('"'):
        return name.partition(".")[0]
    end = 1
    while name[end : end + 2] == '""' or name[end] != '"':
        end += 2 if name[end : end + 2] == '""' else 1
    return name[: end + 1]
