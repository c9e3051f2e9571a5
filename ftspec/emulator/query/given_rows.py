"""Rows that the server gives to a query, in the place of a view or table function of Snowflake's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlglot import exp

Given: TypeAlias = str | int | float | bool | None
_MILLISECONDS = 1000
_ROW = "_ROW"


@dataclass(frozen=True, slots=True)
class GivenColumn:
    """A column: `type` is TEXT, NUMBER, CREDITS, BOOLEAN, JSON or TIMESTAMP (epoch milliseconds)."""

    name: str
    type: str = "TEXT"


_TYPES = {
    "BOOLEAN": "BOOLEAN",
    "CREDITS": "DECIMAL(38, 9)",
    "JSON": "JSON",
    "NUMBER": "BIGINT",
    "TEXT": "TEXT",
    "TIMESTAMP": "TIMESTAMPTZ",
}


def build_given_rows(columns: Sequence[GivenColumn], rows: Sequence[Sequence[Given]]) -> exp.Select:
    """Build the query that gives these rows.

    They are written as one JSON text that the engine takes apart: thousands of rows of VALUES would be as many
    thousands of expressions to carry over to it.
    """
    written = [[_written(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]
    text = exp.Literal.string(json.dumps(written, ensure_ascii=False))
    parsed = exp.Anonymous(this="FROM_JSON", expressions=[text, exp.Literal.string('["JSON"]')])
    unnested = exp.select(exp.alias_(exp.Anonymous(this="UNNEST", expressions=[parsed]), _ROW, quoted=True))
    shown = [exp.alias_(_read(column, place), column.name, quoted=True) for place, column in enumerate(columns)]
    return exp.select(*shown).from_(unnested.subquery("_GIVEN"))


def _read(column: GivenColumn, place: int) -> exp.Expr:
    cell = [exp.column(_ROW, quoted=True), exp.Literal.string(f"$[{place}]")]
    return exp.cast(exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=cell), _TYPES[column.type])


def put_in_place(node: exp.Expr, rows: exp.Select, name: str) -> None:
    """Put rows in the place of a table or a table function, under its alias or its name."""
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name))
    node.replace(exp.Subquery(this=rows, alias=alias.copy()))


def _written(cell: Given, column: GivenColumn) -> Given:
    if isinstance(cell, int) and column.type == "TIMESTAMP":
        return datetime.fromtimestamp(cell / _MILLISECONDS, UTC).isoformat()
    # A float may be written with an exponent, which no NUMBER takes.
    return format(Decimal(str(cell)), "f") if isinstance(cell, float) else cell
