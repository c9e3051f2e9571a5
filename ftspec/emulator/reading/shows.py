"""Readers of SHOW.

https://docs.snowflake.com/en/sql-reference/sql/show
"""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.emulator import refusals
from ftspec.emulator.reading.sessions import read_show_parameters
from ftspec.emulator.reading.tokens import Reader
from ftspec.emulator.statements import BASE_MODELS, Show, ShowGrants, ShowParameters

_PLURALS = (
    "COLUMNS", "DATABASES", "MODELS", "OBJECTS", "ROLES", "SCHEMAS", "STAGES", "TABLES", "TAGS", "USERS", "VERSIONS",
    "VIEWS", "WAREHOUSES",
)  # fmt: skip
# Commands of more than one word, as they are called here.
_PHRASES = {"DATABASE ROLES": "DATABASE_ROLES", "PRIMARY KEYS": "PRIMARY_KEYS", "UNIQUE KEYS": "UNIQUE_KEYS"}
_ANYWHERE = ("ACCOUNT", "DATABASE", "SCHEMA")
_IN_ACCOUNT, _IN_MODEL = ("ACCOUNT",), ("MODEL",)
_IN_TABLE = (*_ANYWHERE, "TABLE", "VIEW")
# Where each command may look. What lies in no database takes IN ACCOUNT, as tools write it for every kind of object.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "COLUMNS": _IN_TABLE,
    "DATABASES": _IN_ACCOUNT,
    "DATABASE_ROLES": ("DATABASE",),
    "MODELS": _ANYWHERE,
    "OBJECTS": _ANYWHERE,
    "PRIMARY_KEYS": _IN_TABLE,
    "ROLES": _IN_ACCOUNT,
    "SCHEMAS": ("ACCOUNT", "DATABASE"),
    "STAGES": _ANYWHERE,
    "TABLES": _ANYWHERE,
    "TAGS": _ANYWHERE,
    "UNIQUE_KEYS": _IN_TABLE,
    "USERS": _IN_ACCOUNT,
    "VERSIONS": _IN_MODEL,
    "VIEWS": _ANYWHERE,
    "WAREHOUSES": _IN_ACCOUNT,
}
_TERSE = frozenset({"DATABASES", "OBJECTS", "ROLES", "SCHEMAS", "TABLES", "USERS", "VIEWS"})
_ALL_CLAUSES = ("LIKE", "STARTS", "LIMIT")
# What follows those commands that do not take all of them.
_CLAUSES: Mapping[str, tuple[str, ...]] = {
    "COLUMNS": ("LIKE",),
    "DATABASE_ROLES": ("LIMIT",),
    "PRIMARY_KEYS": (),
    "UNIQUE_KEYS": (),
}
_WITH_HISTORY = frozenset({"DATABASES", "SCHEMAS", "TABLES"})
_GRANT_KINDS = ("DATABASE", "MODEL", "ROLE", "SCHEMA", "STAGE", "TABLE", "USER", "VIEW", "WAREHOUSE")


def read_show(reader: Reader) -> Show | ShowGrants | ShowParameters:
    """Read what follows SHOW."""
    terse = reader.accept("TERSE")
    if reader.accept("GRANTS"):
        return _read_grants(reader)
    if reader.accept("FUTURE", "GRANTS"):
        return _read_future_grants(reader)
    if not terse and reader.accept("PARAMETERS"):
        return read_show_parameters(reader)
    if reader.accept("CORTEX", "BASE", "MODELS"):
        return _read_base_models(reader)
    plural = _read_plural(reader)
    history = reader.accept("HISTORY")
    if history and plural not in _WITH_HISTORY:
        raise refusals.unsupported(f"SHOW {plural} HISTORY")
    if terse and plural not in _TERSE:
        raise refusals.unsupported(f"SHOW TERSE {plural.replace('_', ' ')}")
    clauses = _CLAUSES.get(plural, _ALL_CLAUSES)
    like = reader.string() if "LIKE" in clauses and reader.accept("LIKE") else None
    place_kind, place = _read_place(reader, _PLACES.get(plural, ()))
    starts_with = reader.string() if "STARTS" in clauses and reader.accept("STARTS", "WITH") else None
    limit = _read_limit(reader) if "LIMIT" in clauses else None
    after = reader.string() if limit is not None and reader.accept("FROM") else None
    return Show(plural, terse, like, place_kind, place, starts_with, limit, after, history)


def _read_plural(reader: Reader) -> str:
    for phrase, plural in _PHRASES.items():
        if reader.accept(*phrase.split()):
            return plural
    plural = reader.accept_one(*_PLURALS)
    if not plural:
        raise refusals.unsupported(f"SHOW {reader.word()}")
    return plural


def _read_base_models(reader: Reader) -> Show:
    """Read what follows SHOW CORTEX BASE MODELS: LIKE may come before or after IN, which names one schema."""
    like = reader.string() if reader.accept("LIKE") else None
    if reader.accept("IN"):
        reader.accept("SCHEMA")
        place = reader.name()
        if place != ("SNOWFLAKE", "MODELS"):
            raise refusals.cannot_be_performed()
    if like is None and reader.accept("LIKE"):
        like = reader.string()
    starts_with = reader.string() if reader.accept("STARTS", "WITH") else None
    return Show(BASE_MODELS, like=like, starts_with=starts_with, limit=_read_limit(reader))


def _read_place(reader: Reader, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if not kinds or not reader.accept("IN"):
        return "", ()
    if kinds == _IN_ACCOUNT:
        reader.expect("ACCOUNT")
        return "ACCOUNT", ()
    if kinds == _IN_MODEL:
        reader.expect("MODEL")
        return "MODEL", reader.name()
    kind = reader.accept_one(*kinds)
    ends = reader.at_end or reader.peek() in {"STARTS", "LIMIT"}
    if not kind and reader.peek() in {"DATABASE", "SCHEMA", "MODEL", "TABLE", "VIEW", "ACCOUNT"}:
        raise reader.unexpected()
    if kind == "ACCOUNT" or (kind in {"DATABASE", "SCHEMA"} and ends):
        return kind, ()
    return kind, reader.name()


def _read_limit(reader: Reader) -> int | None:
    if reader.peek() == "INCLUDE":
        raise refusals.unsupported("INCLUDE HIERARCHY")
    if not reader.accept("LIMIT"):
        return None
    rows = reader.value()
    if not rows.isdigit():
        raise refusals.invalid_value(rows, "LIMIT")
    return int(rows)


def _read_grants(reader: Reader) -> ShowGrants:
    if reader.at_end or reader.peek() == "LIMIT":
        return ShowGrants("TO", "", (), _read_limit(reader))
    way = reader.expect_one("ON", "TO", "OF")
    if way == "ON" and reader.accept("ACCOUNT"):
        return ShowGrants("ON", "ACCOUNT", (), _read_limit(reader))
    if reader.accept("DATABASE", "ROLE"):
        return ShowGrants(way, "DATABASE_ROLE", reader.name(), _read_limit(reader))
    kinds = _GRANT_KINDS if way == "ON" else ("ROLE", "USER")
    kind = reader.accept_one(*kinds)
    if not kind:
        raise refusals.unsupported(f"SHOW GRANTS {way} {reader.word()}")
    return ShowGrants(way, kind, reader.name(), _read_limit(reader))


def _read_future_grants(reader: Reader) -> ShowGrants:
    if reader.accept("TO"):
        kind = "DATABASE_ROLE" if reader.accept("DATABASE", "ROLE") else "ROLE"
        if kind == "ROLE":
            reader.expect("ROLE")
        return ShowGrants("FUTURE TO", kind, reader.name(), _read_limit(reader))
    reader.expect("IN")
    kind = reader.expect_one("DATABASE", "SCHEMA")
    return ShowGrants("FUTURE IN", kind, reader.name(), _read_limit(reader))
