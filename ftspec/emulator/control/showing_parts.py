"""SHOW COLUMNS, PRIMARY KEYS and UNIQUE KEYS: what tables and views are made of, as the data has it.

https://docs.snowflake.com/en/sql-reference/sql/show-columns,
https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.showing_rows import Cells
from ftspec.emulator.duck import ColumnFacts
from ftspec.emulator.turn import Turn

_KEYS = {"PRIMARY_KEYS": "PRIMARY KEY", "UNIQUE_KEYS": "UNIQUE"}
_SHAPES = ("precision", "scale", "length", "byteLength")


def list_parts(turn: Turn, plural: str, entries: Sequence[Entry]) -> Iterator[Cells]:
    """List the columns or the keys of tables and views, each table's in its own order."""
    for entry in entries:
        yield from _columns(turn, entry) if plural == "COLUMNS" else _keys(turn, entry, _KEYS[plural])


def _columns(turn: Turn, entry: Entry) -> Iterator[Cells]:
    for column in turn.account.duck.describe_columns(entry.key):
        yield {
            **_place(entry),
            "column_name": column.name,
            "data_type": json.dumps(_describe_type(column)),
            "null?": "true" if column.nullable else "NOT_NULL",
            "default": column.default,
            "kind": "COLUMN",
            "expression": "",
            "comment": "",
            "autoincrement": "",
        }


def _describe_type(column: ColumnFacts) -> dict[str, object]:
    shape = {name: column.rowtype[name] for name in _SHAPES if column.rowtype[name] is not None}
    return {"type": str(column.rowtype["type"]).upper(), **shape, "nullable": column.nullable}


def _keys(turn: Turn, entry: Entry, kind: str) -> Iterator[Cells]:
    for name, columns in turn.account.duck.list_keys(entry.key, kind):
        for sequence, column in enumerate(columns, 1):
            yield {
                **_place(entry),
                "created_on": entry.created,
                "column_name": column,
                "key_sequence": sequence,
                "constraint_name": name,
                "rely": "false",
                "comment": None,
            }


def _place(entry: Entry) -> Cells:
    return {"table_name": entry.key.name, "schema_name": entry.key.schema, "database_name": entry.key.database}
