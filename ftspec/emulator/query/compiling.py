"""Compiling a prepared query without running it."""

from __future__ import annotations

import duckdb
from fakesnow.rowtype import describe_as_rowtype
from sqlglot import exp

from ftspec.emulator.duck import DataConnection
from ftspec.emulator.query.faults import ENGINE_ERRORS, translate
from ftspec.emulator.query.naming import apply_names
from ftspec.emulator.query.preparing import Prepared
from ftspec.emulator.query.rewrites import drop_added_casts, mark_casts, rewrite_for_duckdb


def compile_prepared(connection: DataConnection, prepared: Prepared) -> tuple[str, ...]:
    """Bind every name and type of a query; give the names of its columns.

    Raises SnowflakeError as running it would.
    """
    return tuple(name for name, _ in _compile(connection, prepared))


def describe_prepared(connection: DataConnection, prepared: Prepared) -> list[dict[str, object]]:
    """Describe the columns of a query for the wire, without running it."""
    described = [(name, type_, None, None, None, None) for name, type_ in _compile(connection, prepared)]
    columns: list[dict[str, object]] = [dict(column) for column in describe_as_rowtype(described)]
    for place, type_ in prepared.types.items():
        columns[place]["type"] = type_
    return columns


def _compile(connection: DataConnection, prepared: Prepared) -> list[tuple[str, str]]:
    # A description carries no bindings; NULL in their place changes no column.
    expression = prepared.expression.transform(lambda node: exp.null() if isinstance(node, exp.Placeholder) else node)
    cursor = connection.cursor()
    mark_casts(expression)
    try:
        statements = cursor._transform_explode(expression)  # noqa: SLF001  # as in running.execute
        transformed = rewrite_for_duckdb(cursor._transform(statements[-1], None))  # noqa: SLF001  # the same
        rows = _describe(connection, transformed)
    except ENGINE_ERRORS as error:
        raise translate(error, prepared.source) from error
    names = apply_names(prepared.names, [str(row[0]) for row in rows])
    return [(name, str(row[1])) for name, row in zip(names, rows, strict=True)]


def _describe(connection: DataConnection, transformed: exp.Expr) -> list[tuple[object, ...]]:
    """Bind as running.execute does: sums of values as they are, then of text."""
    exact = transformed.copy()
    if drop_added_casts(exact):
        try:
            return _fetch(connection, exact)
        except duckdb.BinderException:
            pass
    return _fetch(connection, transformed)


def _fetch(connection: DataConnection, transformed: exp.Expr) -> list[tuple[object, ...]]:
    """Give name and type of each column: DESCRIBE names a column as its table does, whatever alias it has."""
    sql = transformed.sql(dialect="duckdb")
    types = connection.duck.execute(f"DESCRIBE {sql}").fetchall()
    named = connection.duck.execute(f"SELECT * FROM ({sql}) LIMIT 0").description or []
    return [(column[0], row[1]) for column, row in zip(named, types, strict=True)]
