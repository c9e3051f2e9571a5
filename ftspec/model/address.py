"""Addresses of resources, and Snowflake identifiers: fold, quote, qualify.

Unquoted identifiers fold to upper case, identifiers in double quotes are kept as they are written
(Snowflake: Identifier requirements).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")
_PART = re.compile(r'"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*')
_LONGEST = 255

# Words that Snowflake does not take as an unquoted object name (Snowflake: Reserved & limited keywords).
_RESERVED = frozenset(
    """ACCOUNT ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONNECTION CONSTRAINT CREATE CROSS
    CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DELETE DISTINCT DROP ELSE EXISTS
    FALSE FOLLOWING FOR FROM FULL GRANT GROUP GSCLUSTER HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS
    ISSUE JOIN LATERAL LEFT LIKE LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF ON OR ORDER ORGANIZATION
    QUALIFY REGEXP REVOKE RIGHT RLIKE ROW ROWS SAMPLE SCHEMA SELECT SET SOME START TABLE TABLESAMPLE THEN TO
    TRIGGER TRUE TRY_CAST UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHENEVER WHERE WITH""".split(),
)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a resource stands in a project: the noun of its kind, and its name in the manifests."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """A folded, fully qualified name of an object in a schema."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        return qualify(self.database, self.schema, self.name)

    @property
    def parent(self) -> SchemaName:
        """The schema that holds the object."""
        return SchemaName(self.database, self.schema)


@dataclass(frozen=True, slots=True, order=True)
class SchemaName:
    """A folded, fully qualified name of a schema."""

    database: str
    name: str

    def __str__(self) -> str:
        return qualify(self.database, self.name)

    def join(self, name: str) -> ObjectName:
        """Name an object of this schema; `name` is folded already."""
        return ObjectName(self.database, self.name, name)


def is_identifier(text: str) -> bool:
    """Tell whether `text` is one identifier, quoted or not, of at most 255 characters as it is stored."""
    return _PART.fullmatch(text) is not None and len(_unquote(text)) <= _LONGEST


def fold(text: str) -> str:
    """Fold one identifier to the name that Snowflake stores; ValueError when it is none."""
    if not is_identifier(text):
        message = f"{text!r} is not a Snowflake identifier"
        raise ValueError(message)
    return _unquote(text)


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.upper()


def quote(name: str) -> str:
    """Write a stored name so that Snowflake reads it back as it is, quoted only where it must be."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def qualify(*parts: str) -> str:
    """Join stored names with dots, each quoted where it must be."""
    return ".".join(quote(part) for part in parts)


def split_name(text: str) -> tuple[str, ...]:
    """Split a dotted name into its folded parts; ValueError when a part is not an identifier."""
    parts = []
    rest = text
    while True:
        match = _PART.match(rest)
        if match is None:
            break
        parts.append(fold(match.group()))
        rest = rest[match.end() :]
        if not rest:
            return tuple(parts)
        if not rest.startswith("."):
            break
        rest = rest[1:]
    message = f"{text!r} is not a Snowflake name"
    raise ValueError(message)


def resolve_object(text: str, home: SchemaName) -> ObjectName:
    """Qualify `NAME`, `SCHEMA.NAME` or `DATABASE.SCHEMA.NAME` with the schema that unqualified names live in."""
    match split_name(text):
        case (name,):
            return home.join(name)
        case (schema, name):
            return ObjectName(home.database, schema, name)
        case (database, schema, name):
            return ObjectName(database, schema, name)
        case _:
            message = f"{text!r} has more than three parts"
            raise ValueError(message)


def resolve_schema(text: str, home: SchemaName) -> SchemaName:
    """Qualify `SCHEMA` or `DATABASE.SCHEMA` with the database that unqualified names live in."""
    match split_name(text):
        case (name,):
            return SchemaName(home.database, name)
        case (database, name):
            return SchemaName(database, name)
        case _:
            message = f"{text!r} has more than two parts"
            raise ValueError(message)
