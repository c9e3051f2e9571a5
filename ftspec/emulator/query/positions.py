"""Columns by their place: `$1` is the first column of what a query reads from.

https://docs.snowflake.com/en/sql-reference/constructs/values
"""

from __future__ import annotations

from sqlglot import exp


def replace_positions(expression: exp.Expr) -> None:
    """Write `$1`, `$2`, … as DuckDB's columns by place, where their query reads from one source alone."""
    for parameter in tuple(expression.find_all(exp.Parameter)):
        select = parameter.find_ancestor(exp.Select)
        if not parameter.name.isdecimal() or select is None or select.args.get("from_") is None:
            continue
        if not select.args.get("joins") and not select.args.get("laterals"):
            parameter.replace(exp.PositionalColumn(this=exp.Literal.number(parameter.name)))
