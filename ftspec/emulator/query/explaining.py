"""EXPLAIN: the statement is compiled as it would run, and its outline is shown.

https://docs.snowflake.com/en/sql-reference/sql/explain
"""

from __future__ import annotations

import json

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.names import Key
from ftspec.emulator.query.compiling import compile_prepared
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.preparing import Prepared, prepare_query
from ftspec.emulator.result import SELECT, Cell, Column, Result
from ftspec.emulator.statements import Explain
from ftspec.emulator.turn import Turn

_TABULAR = (
    Column("step", "fixed"), Column("id", "fixed"), Column("parent", "fixed"), Column("operation"), Column("objects"),
    Column("alias"), Column("expressions"), Column("partitionsTotal", "fixed"), Column("partitionsAssigned", "fixed"),
    Column("bytesAssigned", "fixed"),
)  # fmt: skip


def perform_explain(turn: Turn, statement: Explain) -> Result:
    """Compile a query and outline it: its result, and a scan for each table it reads.

    The scans are those that the text names; the optimizer's operators, partitions and bytes of Snowflake are not
    known here, so the latter are empty.
    """
    expression = parse_data_statement(statement.statement)
    if not isinstance(expression, exp.Query):
        raise refusals.unsupported(f"EXPLAIN {type(expression).__name__.upper()}")
    prepared = prepare_query(turn, statement.statement, expression, dry=True)
    names = compile_prepared(turn.session.data, prepared)
    match statement.form:
        case "TABULAR":
            return Result(_TABULAR, _tabular(prepared, names), SELECT)
        case "JSON":
            return Result((Column("content"),), ((_json(prepared, names),),), SELECT)
        case _:
            return Result((Column("content"),), ((_text(prepared, names),),), SELECT)


def _scans(prepared: Prepared) -> tuple[Key, ...]:
    return tuple(sorted(set(prepared.reads)))


def _tabular(prepared: Prepared, names: tuple[str, ...]) -> tuple[tuple[Cell, ...], ...]:
    top: tuple[Cell, ...] = (None, None, None, "GlobalStats", None, None, None, None, None, None)
    result: tuple[Cell, ...] = (1, 0, None, "Result", None, None, ", ".join(names), None, None, None)
    scans = tuple(
        (1, at, 0, "TableScan", key.shown, None, None, None, None, None) for at, key in enumerate(_scans(prepared), 1)
    )
    return (top, result, *scans)


def _json(prepared: Prepared, names: tuple[str, ...]) -> str:
    operations: list[dict[str, object]] = [{"id": 0, "operation": "Result", "expressions": list(names)}]
    operations.extend(
        {"id": at, "operation": "TableScan", "objects": [key.shown], "parentOperators": [0]}
        for at, key in enumerate(_scans(prepared), 1)
    )
    stats = {"partitionsTotal": None, "partitionsAssigned": None, "bytesAssigned": None}
    return json.dumps({"GlobalStats": stats, "Operations": [operations]})


def _text(prepared: Prepared, names: tuple[str, ...]) -> str:
    lines = ["GlobalStats:", "Operations:", f"1:0     ->Result  {', '.join(names)}"]
    lines.extend(f"1:{at}          ->TableScan  {key.shown}" for at, key in enumerate(_scans(prepared), 1))
    return "\n".join(lines)
