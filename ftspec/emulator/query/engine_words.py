"""What DuckDB knows and Snowflake does not: refused, lest a statement works here alone."""

from __future__ import annotations

from functools import cache

import duckdb
from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.reading.tokens import position_of

# Snowflake has these too, but DuckDB's give other values, or are of other types.
_DIFFERENT = frozenset({"GETVARIABLE", "HASH", "ST_ASGEOJSON", "ST_ASTEXT", "ST_ASWKB", "ST_ASWKT"})
# DuckDB answers these names where no column has them; Snowflake looks for a column alone.
_NAMES = frozenset({"CURRENT_CATALOG", "CURRENT_DATABASE", "CURRENT_ROLE", "CURRENT_SCHEMA", "SESSION_USER", "USER"})


def check_engine_words(expression: exp.Expr, text: str) -> None:
    """Refuse functions of DuckDB that no Snowflake has, and names that DuckDB answers by itself.

    Those are the functions that sqlglot does not know in Snowflake's dialect and that DuckDB has built in. Raises
    SnowflakeError 2140 or 904, or 2 for a function that Snowflake has and that DuckDB cannot stand in for.
    """
    for call in expression.find_all(exp.Anonymous):
        name = call.name.upper()
        if name in _DIFFERENT:
            raise refusals.unsupported(name)
        if name in _read_functions():
            raise refusals.unknown_function(name)
    for column in expression.find_all(exp.Column):
        select = column.find_ancestor(exp.Select)
        if column.name.upper() in _NAMES and (select is None or select.args.get("from_") is None):
            line, position = position_of(text, int(column.this.meta.get("start", 0)))
            raise refusals.invalid_identifier(column.sql(dialect="snowflake").upper(), line, position)


@cache
def _read_functions() -> frozenset[str]:
    rows = duckdb.sql("SELECT DISTINCT upper(function_name) FROM duckdb_functions() WHERE internal").fetchall()
    return frozenset(str(row[0]) for row in rows)
