"""Rows that the server gives to a query, in the place of a view or table function of Snowflake's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlglot import exp

Given: TypeAlias = str | int | float | bool | None
_MILLISECONDS = 1000


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
    """Build the query that gives these rows; it gives none where there are none."""
    names = [f"C{place}" for place in range(len(columns))]
    # VALUES must have a row: the one that stands in for none is left out again.
    written = rows or [[None] * len(columns)]
    tuples = [
        exp.Tuple(expressions=[_literal(cell, column) for cell, column in zip(row, columns, strict=True)])
        for row in written
    ]
    alias = exp.TableAlias(this=exp.to_identifier("_GIVEN"), columns=[exp.to_identifier(name) for name in names])
    shown = [
        exp.alias_(exp.cast(exp.column(name), _TYPES[column.type]), column.name, quoted=True)
        for name, column in zip(names, columns, strict=True)
    ]
    query = exp.select(*shown).from_(exp.Values(expressions=tuples, alias=alias))
    return query if rows else query.where(exp.false())


def put_in_place(node: exp.Expr, rows: exp.Select, name: str) -> None:
    """Put rows in the place of a table or a table function, under its alias or its name."""
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name))
    node.replace(exp.Subquery(this=rows, alias=alias.copy()))


def _literal(cell: Given, column: GivenColumn) -> exp.Expr:
    match cell:
        case None:
            return exp.null()
        case bool():
            return exp.true() if cell else exp.false()
        case int() if column.type == "TIMESTAMP":
            return exp.Literal.string(datetime.fromtimestamp(cell / _MILLISECONDS, UTC).isoformat())
        case int() | float():
            return exp.Literal.number(format(Decimal(str(cell)), "f"))
        case _:
            return exp.Literal.string(cell)
