"""Rewrites of functions that fakesnow does not carry over to DuckDB."""

from __future__ import annotations

from sqlglot import exp, parse_one

_MD5_LOWER = parse_one(
    "CAST(CAST('0x' || SUBSTRING(MD5(CAST(x AS TEXT)), 17) AS UBIGINT) AS DECIMAL(20, 0))", read="duckdb"
)


def rewrite_for_duckdb(expression: exp.Expression) -> exp.Expression:
    """Replace what DuckDB has not got in an expression that fakesnow transformed already."""
    return expression.transform(_rewrite, copy=False)


def _rewrite(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.MD5NumberLower64):
        # 20 digits hold every unsigned 64-bit number; DuckDB sums DECIMAL(20, 0) into 38 digits.
        return _MD5_LOWER.transform(lambda part: node.this if isinstance(part, exp.Column) else part)
    return node
