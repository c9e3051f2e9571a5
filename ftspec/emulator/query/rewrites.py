"""Rewrites of functions that fakesnow does not carry over to DuckDB."""

from __future__ import annotations

from functools import cache

import duckdb
from sqlglot import exp, parse_one

# fakesnow computes sums of unknown types as DOUBLE; only text needs that, and numbers would lose digits by it.
_SUMS = (exp.Avg, exp.Median, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance, exp.VariancePop)
_OWN_CAST = "own_cast"

DIVISION_BY_ZERO = "Division by zero"
_MD5_LOWER = parse_one(
    "CAST(CAST('0x' || SUBSTRING(MD5(CAST(x AS TEXT)), 17) AS UBIGINT) AS DECIMAL(20, 0))", read="duckdb"
)

_GUARD = parse_one(f"CASE WHEN x = 0 THEN error('{DIVISION_BY_ZERO}') ELSE x END", read="duckdb")


def rewrite_for_duckdb(expression: exp.Expr) -> exp.Expr:
    """Replace what DuckDB has not got in an expression that fakesnow transformed already."""
    for identifier in expression.find_all(exp.Identifier):
        # A name that DuckDB keeps for itself and Snowflake does not, such as AT.
        if identifier.name.lower() in _read_keywords():
            identifier.set("quoted", True)  # noqa: FBT003  # sqlglot's own signature
    _guard_divisions(expression)
    for count in tuple(expression.find_all(exp.CountIf)):
        # DuckDB's COUNT_IF of no rows is NULL, Snowflake's is 0.
        count.replace(exp.Count(this=exp.Case().when(count.this.copy(), exp.Literal.number(1))))
    for node in tuple(expression.find_all(exp.MD5NumberLower64)):
        # 20 digits hold every unsigned 64-bit number; DuckDB sums DECIMAL(20, 0) into 38 digits.
        new = _MD5_LOWER.copy()
        for place in tuple(new.find_all(exp.Column)):
            place.replace(node.this.copy())
        if node is expression:
            return new
        node.replace(new)
    return expression


def _guard_divisions(expression: exp.Expr) -> None:
    """Make a division by zero an error: DuckDB gives infinity or NULL."""
    for node in tuple(expression.find_all(exp.Div, exp.Mod)):
        divisor = node.expression
        if isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.this):
            continue
        guard = _GUARD.copy()
        for place in tuple(guard.find_all(exp.Column)):
            place.replace(exp.paren(divisor.copy()))
        node.set("expression", guard)


@cache
def _read_keywords() -> frozenset[str]:
    rows = duckdb.sql("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'").fetchall()
    return frozenset(str(row[0]) for row in rows)


def mark_casts(expression: exp.Expr) -> None:
    """Mark the sums whose argument the statement itself casts, before fakesnow adds casts of its own.

    What is trimmed is cast here: where fakesnow does that, it forgets the side and the characters of the TRIM.
    """
    for node in expression.find_all(*_SUMS):
        node.meta[_OWN_CAST] = isinstance(node.this, exp.Cast)
    for trim in expression.find_all(exp.Trim):
        trim.set("this", exp.cast(trim.this, exp.DataType.Type.VARCHAR))


def drop_added_casts(expression: exp.Expr) -> bool:
    """Take fakesnow's casts of sums away again; say whether there was any."""
    added = [
        node
        for node in expression.find_all(*_SUMS)
        if not node.meta.get(_OWN_CAST) and isinstance(node.this, exp.TryCast)
    ]
    for node in added:
        node.set("this", node.this.this)
    return bool(added)
