"""SHOW of objects, with the columns that Snowflake documents, in its order.

One page a command below https://docs.snowflake.com/en/sql-reference/sql/show
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.showing_columns import COLUMNS, TERSE_COLUMNS, TERSE_OBJECT, read_columns
from ftspec.emulator.control.showing_parts import list_parts
from ftspec.emulator.control.showing_rows import ROWS, Cells, build_base_model_rows, build_object, build_version_rows
from ftspec.emulator.lifecycle import read_lifecycles
from ftspec.emulator.names import Key
from ftspec.emulator.result import SHOW, Result
from ftspec.emulator.statements import BASE_MODELS, Show
from ftspec.emulator.turn import Turn

ROW_LIMIT = 10_000

_KINDS = {
    "DATABASES": "DATABASE", "DATABASE_ROLES": "DATABASE_ROLE", "MODELS": "MODEL", "ROLES": "ROLE", "SCHEMAS": "SCHEMA",
    "STAGES": "STAGE", "TABLES": "TABLE", "TAGS": "TAG", "USERS": "USER", "VIEWS": "VIEW", "WAREHOUSES": "WAREHOUSE",
}  # fmt: skip
_IN_DATABASE = frozenset({"DATABASE_ROLE", "MODEL", "SCHEMA", "STAGE", "TABLE", "TAG", "VIEW"})
# Everybody may list these: knowing a name gives no access (show-roles, show-database-roles).
_LISTED_BY_ALL = frozenset({"DATABASE_ROLE", "ROLE", "USER"})


def perform_show(turn: Turn, statement: Show) -> Result:
    """List objects of one kind: those the role may see, filtered, at most 10,000."""
    rows = (cells for cells in _build_rows(turn, statement) if _matches(statement, str(cells[_named(statement)])))
    columns = read_columns(_choose_columns(statement))
    shown = tuple(tuple(cells.get(column.name) for column in columns) for cells in _limit(statement, rows))
    return Result(columns, shown, SHOW)


def _build_rows(turn: Turn, statement: Show) -> Iterable[Cells]:
    match statement.plural:
        case "COLUMNS" | "PRIMARY_KEYS" | "UNIQUE_KEYS":
            return list_parts(turn, statement.plural, _tables_of(turn, statement))
        case "OBJECTS":
            return (build_object(turn, entry) for entry in _list_relations(turn, statement))
        case "VERSIONS":
            return build_version_rows(_find_model(turn, statement))
        case one if one == BASE_MODELS:
            return build_base_model_rows(read_lifecycles(turn.account.settings.folder))
        case plural:
            return (ROWS[plural](turn, entry) for entry in _list_entries(turn, statement, _KINDS[plural]))


def _named(statement: Show) -> str:
    """Name the column that LIKE, STARTS WITH and FROM look at."""
    return _NAMED.get(statement.plural, "name")


_NAMED = {"COLUMNS": "column_name", "PRIMARY_KEYS": "table_name", "UNIQUE_KEYS": "table_name"}


def _choose_columns(statement: Show) -> str:
    if statement.terse:
        return TERSE_COLUMNS.get(statement.plural, TERSE_OBJECT)
    columns = COLUMNS[statement.plural]
    # Nothing that was dropped is kept, so the column is there and always empty.
    return (
        columns.replace(" retention_time", " retention_time dropped_on:timestamp_ltz") if statement.history else columns
    )


def _limit(statement: Show, rows: Iterable[Cells]) -> Iterator[Cells]:
    """Take the first rows, or with FROM those that follow the first one whose name begins so."""
    rows = iter(rows)
    if statement.after is not None:
        column, after = _named(statement), statement.after
        next((cells for cells in rows if str(cells[column]).startswith(after)), None)
    return islice(rows, min(ROW_LIMIT, ROW_LIMIT if statement.limit is None else statement.limit))


def _matches(statement: Show, name: str) -> bool:
    if statement.starts_with is not None and not name.startswith(statement.starts_with):
        return False
    return statement.like is None or is_like(name, statement.like)


def is_like(text: str, pattern: str) -> bool:
    r"""Match SHOW … LIKE: case-insensitive, `%` and `_` are wildcards, a backslash makes them plain."""
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        match letter:
            case "%":
                parts.append(".*")
            case "_":
                parts.append(".")
            case "\\":
                parts.append(re.escape(next(letters, "\\")))
            case _:
                parts.append(re.escape(letter))
    return re.fullmatch("".join(parts), text, re.IGNORECASE | re.DOTALL) is not None


def _list_entries(turn: Turn, statement: Show, kind: str) -> tuple[Entry, ...]:
    database, schema = _scope(turn, statement, kind)
    found = turn.catalog.list_objects(kind, database, schema)
    if kind in _LISTED_BY_ALL:
        return found
    return tuple(entry for entry in found if turn.authority.sees(entry))


def _list_relations(turn: Turn, statement: Show) -> list[Entry]:
    """List tables and views together, in the order of their names."""
    found = [*_list_entries(turn, statement, "TABLE"), *_list_entries(turn, statement, "VIEW")]
    return sorted(found, key=lambda entry: (entry.key.database, entry.key.schema, entry.key.name))


def _tables_of(turn: Turn, statement: Show) -> list[Entry]:
    """List what columns or keys are shown of: one table or view, or all of a place.

    Without a kind, IN names a table.
    """
    if not statement.place or statement.place_kind in {"DATABASE", "SCHEMA"}:
        return _list_relations(turn, statement)
    entry = turn.catalog.find(turn.table_or_view(statement.place, "SHOW"))
    if entry is None or not turn.authority.sees(entry):
        raise refusals.cannot_be_performed()
    return [entry]


def _scope(turn: Turn, statement: Show, kind: str) -> tuple[str | None, str | None]:
    """Give the database and schema to list; None stands for all of them."""
    database, schema = turn.place
    if kind not in _IN_DATABASE or statement.place_kind == "ACCOUNT":
        return None, None
    if kind == "DATABASE_ROLE" and not statement.place:
        raise refusals.unsupported("SHOW DATABASE ROLES without IN DATABASE and its name")
    if not statement.place_kind and not statement.place:
        return database, None if kind == "SCHEMA" else schema
    place_kind = statement.place_kind or ("DATABASE" if kind == "SCHEMA" or len(statement.place) == 1 else "SCHEMA")
    if not statement.place:
        missing_database = database is None
        if missing_database or (place_kind == "SCHEMA" and schema is None):
            raise refusals.no_current("database" if missing_database else "schema", "SHOW")
        return database, schema if place_kind == "SCHEMA" else None
    key = _require_place(turn, place_kind, statement.place)
    return (key.database, key.name) if key.kind == "SCHEMA" else (key.name, None)


def _require_place(turn: Turn, kind: str, name: tuple[str, ...]) -> Key:
    entry = turn.catalog.find(turn.resolve(kind, name, "SHOW"))
    if entry is None or not turn.authority.sees(entry):
        raise refusals.cannot_be_performed()
    return entry.key


def _find_model(turn: Turn, statement: Show) -> Entry:
    if not statement.place:
        raise refusals.unsupported("SHOW VERSIONS without IN MODEL")
    return turn.authority.require_entry(turn.resolve("MODEL", statement.place, "SHOW VERSIONS"))
