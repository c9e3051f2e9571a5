"""Names of objects: one key for every kind, and Snowflake's rules for writing them.

https://docs.snowflake.com/en/sql-reference/identifiers-syntax
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TypeAlias

_START = frozenset(string.ascii_uppercase + "_")
_BODY = _START | frozenset(string.digits + "$")

ACCOUNT_KIND = "ACCOUNT"

Parts: TypeAlias = tuple[str, ...]
"""The folded parts of a name, as many as a statement wrote."""


def is_plain(part: str) -> bool:
    """Say whether an identifier needs no double quotes."""
    return bool(part) and part[0] in _START and all(letter in _BODY for letter in part)


def quote(part: str) -> str:
    """Write an identifier, in double quotes only where it needs them."""
    return part if is_plain(part) else '"' + part.replace('"', '""') + '"'


def fold_name(name: str) -> str:
    """Fold a name that stands in a string: upper case, unless it is in double quotes."""
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        return name[1:-1].replace('""', '"')
    return name.upper()


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What identifies an object: its kind, where it lives and its name, as stored (folded)."""

    kind: str
    name: str
    database: str = ""
    schema: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Give the parts of the qualified name."""
        return tuple(part for part in (self.database, self.schema, self.name) if part)

    @property
    def shown(self) -> str:
        """Give the qualified name as Snowflake prints it."""
        return ".".join(quote(part) for part in self.parts)

    @property
    def holders(self) -> tuple[Key, ...]:
        """Give the database and the schema that hold the object, outermost first."""
        if self.kind in {"SCHEMA", "DATABASE_ROLE"}:
            return (database_key(self.database),)
        if self.schema:
            return (database_key(self.database), schema_key(self.database, self.schema))
        return ()

    def as_kind(self, kind: str) -> Key:
        """Give the key of another kind at the same place."""
        return Key(kind, self.name, self.database, self.schema)


def database_key(name: str) -> Key:
    """Build the key of a database."""
    return Key("DATABASE", name)


def schema_key(database: str, name: str) -> Key:
    """Build the key of a schema."""
    return Key("SCHEMA", name, database)


def role_key(name: str) -> Key:
    """Build the key of an account role."""
    return Key("ROLE", name)


def user_key(name: str) -> Key:
    """Build the key of a user."""
    return Key("USER", name)


def warehouse_key(name: str) -> Key:
    """Build the key of a warehouse."""
    return Key("WAREHOUSE", name)


ACCOUNT = Key(ACCOUNT_KIND, "ACCOUNT")
CORTEX_USER = Key("DATABASE_ROLE", "CORTEX_USER", "SNOWFLAKE")
AI_FUNCTIONS_USER = Key("DATABASE_ROLE", "AI_FUNCTIONS_USER", "SNOWFLAKE")
