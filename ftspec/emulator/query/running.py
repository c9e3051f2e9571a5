"""Running one prepared expression through fakesnow, and writing its rows for the wire."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.converter import from_binding
from fakesnow.expr import key_command
from fakesnow.rowtype import describe_as_rowtype
from fakesnow.statement_type import DML_TYPE_IDS, statement_type_id
from snowflake.connector.errors import ProgrammingError
from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.duck import DataConnection
from ftspec.emulator.query.chaining import Chain
from ftspec.emulator.query.naming import Names, apply_names
from ftspec.emulator.query.rewrites import drop_added_casts, mark_casts, rewrite_for_duckdb
from ftspec.emulator.result import SELECT, EncodedResult

Parameters: TypeAlias = list[Any] | dict[str, Any] | None
# What DuckDB's DESCRIBE gives beside name and type, and nobody reads.
_REST = (None, None, None, None)
_NO_MATCH = ("No function matches", "Could not choose a best candidate function")

Batch: TypeAlias = tuple[Parameters, ...]


def read_bindings(bindings: dict[str, Any] | None) -> Batch:
    """Read the bindings of a request: one set of parameters, or one a row for an array binding.

    Raises SnowflakeError 1008 for bindings that cannot be read.
    """
    try:
        return _read_bindings(bindings) if bindings else (None,)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise refusals.invalid_value(str(error), "bindings") from error


def _read_bindings(bindings: dict[str, Any]) -> Batch:
    if not all(name.isdigit() for name in bindings):
        return ({name: from_binding(binding) for name, binding in bindings.items()},)
    ordered = [bindings[str(at)] for at in range(1, len(bindings) + 1)]
    if any(isinstance(binding["value"], list) for binding in ordered):
        columns = [_read_column(binding) for binding in ordered]
        return tuple(list(row) for row in zip(*columns, strict=True))
    return ([_read_value(binding) for binding in ordered],)


def _read_column(binding: dict[str, Any]) -> list[object]:
    values: list[object] = binding["value"]
    if binding["type"] == "TEXT":
        return values
    if binding["type"] == "FIXED" and all(value is None or str(value).removeprefix("-").isdigit() for value in values):
        return [None if value is None else int(str(value)) for value in values]
    return [_read_value({**binding, "value": value}) for value in values]


def _read_value(binding: dict[str, Any]) -> object:
    value: object = None if binding["value"] is None else from_binding(binding)
    return value


def run_expression(
    connection: DataConnection, expression: exp.Expr, batch: Batch = (None,), names: Names = ()
) -> EncodedResult:
    """Run an expression whose names are complete; a batch runs once a row and reports the total.

    Raises what the engine raises (see faults.ENGINE_ERRORS).
    """
    type_id = SELECT if isinstance(expression, exp.Query) else statement_type_id(expression)
    cursor = connection.cursor()
    execute(cursor, expression.copy(), batch[0])
    result = encode_cursor(cursor, type_id, names)
    if len(batch) == 1:
        return result
    total = (cursor._rowcount or 0) + _run_rest(cursor, expression, batch[1:])  # noqa: SLF001  # the driver's count
    return EncodedResult(result.rowtype, {"queryResultFormat": "json", "rowset": [[str(total)]]}, 1, type_id)


def _run_rest(cursor: Any, expression: exp.Expr, rows: Batch) -> int:  # noqa: ANN401  # fakesnow's
    """Run the other rows of an array binding; a plain INSERT is translated only once."""
    values = expression.args.get("expression")
    if isinstance(expression, exp.Insert) and isinstance(values, exp.Values) and len(values.expressions) == 1:
        _insert_rows(cursor, cursor._last_transformed.copy(), rows)  # noqa: SLF001  # as DuckDB got it
        return len(rows)
    total = 0
    for parameters in rows:
        execute(cursor, expression.copy(), parameters)
        total += cursor._rowcount or 0  # noqa: SLF001  # what the driver's cursor would show
    return total


def _insert_rows(cursor: Any, insert: exp.Expr, rows: Batch) -> None:  # noqa: ANN401  # fakesnow's
    """Insert many rows at once: they are read as a table, its columns in place of the placeholders."""
    marks = list(insert.find_all(exp.Placeholder, bfs=False))
    [row] = insert.expression.expressions
    columns = list(zip(*(parameters for parameters in rows if isinstance(parameters, list)), strict=True))
    arrays = _build_arrays(columns) if len(columns) == len(marks) else None
    duck = cursor._duck_conn  # noqa: SLF001  # the same
    if arrays is None:
        duck.executemany(insert.sql(dialect="duckdb"), list(rows))
        return
    for at, mark in enumerate(marks):
        mark.replace(exp.column(f"p{at}"))
    insert.set("expression", exp.select(*row.expressions).from_("_bound_rows"))
    duck.register("_bound_rows", pa.Table.from_arrays(arrays, names=[f"p{at}" for at in range(len(arrays))]))
    try:
        duck.execute(insert.sql(dialect="duckdb"))
    finally:
        duck.unregister("_bound_rows")


def _build_arrays(columns: Sequence[Sequence[object]]) -> list[Any] | None:
    """Give the values of each column; None where a column mixes types that no array holds."""
    try:
        return [pa.array(column) for column in columns]
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return None


def execute(cursor: Any, expression: exp.Expr, parameters: Parameters) -> None:  # noqa: ANN401  # fakesnow's
    """Execute one expression on a fakesnow cursor, as its own `execute` does after parsing.

    Sums are tried on the values as they are, and on text only where DuckDB finds that they are text.
    """
    mark_casts(expression)
    try:
        _execute(cursor, expression.copy(), parameters, exact=True)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, duckdb.BinderException) or not any(
            text in str(error.__cause__) for text in _NO_MATCH
        ):
            raise
        _execute(cursor, expression, parameters, exact=False)


def _execute(cursor: Any, expression: exp.Expr, parameters: Parameters, *, exact: bool) -> None:  # noqa: ANN401
    for statement in cursor._transform_explode(expression):  # noqa: SLF001  # there is no public way in
        chain = cursor._transform(Chain(statement), parameters)  # noqa: SLF001  # the same
        transformed = rewrite_for_duckdb(chain.expression)
        if exact:
            drop_added_casts(transformed)
        given = parameters if transformed.find(exp.Placeholder) else None
        cursor._execute(transformed, given)  # noqa: SLF001  # the same


def encode_cursor(cursor: Any, type_id: int, names: Names = ()) -> EncodedResult:  # noqa: ANN401  # fakesnow's
    """Write what a cursor holds: counts as JSON, as the drivers read them, rows as Arrow."""
    table = cursor._arrow_table  # noqa: SLF001  # the rows before they become Python values
    described = describe_columns(cursor)
    shown = apply_names(names, [name for name, _ in described])
    table = table.rename_columns(shown)
    rowtype = describe_as_rowtype([(name, type_, *_REST) for name, (_, type_) in zip(shown, described, strict=True)])
    return encode_table(table, tuple(dict(column) for column in rowtype), type_id)


def encode_table(table: Any, rowtype: tuple[dict[str, object], ...], type_id: int) -> EncodedResult:  # noqa: ANN401
    """Write a pyarrow table whose columns `rowtype` describes."""
    if type_id in DML_TYPE_IDS:
        columns: Sequence[list[Any]] = [column.to_pylist() for column in table.columns]
        rows = [[None if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]
        body: dict[str, object] = {"queryResultFormat": "json", "rowset": rows}
    else:
        encoded = b64encode(to_ipc(keep_nulls(table, to_sf(table, list(rowtype))))).decode("ascii")
        body = {"queryResultFormat": "arrow", "rowsetBase64": encoded}
    return EncodedResult(rowtype, body, table.num_rows, type_id, table)


def keep_nulls(given: pa.Table, written: pa.Table) -> pa.Table:
    """Put back the NULLs of timestamps, which fakesnow writes as the first moment of 1970."""
    for place, column in enumerate(given.columns):
        if not pa.types.is_timestamp(column.type) or not column.null_count:
            continue
        parts = written.column(place).combine_chunks()
        field = written.schema.field(place)
        masked = pa.StructArray.from_arrays(
            parts.flatten(), fields=list(field.type), mask=column.combine_chunks().is_null()
        )
        written = written.set_column(place, field, masked)
    return written


def describe_columns(cursor: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # fakesnow's
    """Give the names and DuckDB types of the last statement's columns."""
    description = cursor._duck_conn.description or []  # noqa: SLF001  # kept by DuckDB, so nothing runs twice
    return [(str(column[0]), str(column[1])) for column in description]


def command_of(expression: exp.Expr) -> str:
    """Give the words that start a statement, for messages."""
    return str(key_command(expression))
