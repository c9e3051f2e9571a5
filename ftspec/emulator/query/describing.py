"""Describing a statement's result without running it, as the drivers' `describe` asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from fakesnow.statement_type import statement_type_id
from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.query.compiling import describe_prepared
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.preparing import prepare_change, prepare_query
from ftspec.emulator.reading.statement import read_statement
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.result import SELECT, Answer, Column, EncodedResult
from ftspec.emulator.turn import Turn
from ftspec.emulator.wire import build_column

_REFUSED = "describing a statement that is neither a query nor a change"


_CHANGES: Mapping[type[exp.Expr], tuple[str, ...]] = {
    exp.Insert: ("number of rows inserted",),
    exp.Update: ("number of rows updated", "number of multi-joined rows updated"),
    exp.Delete: ("number of rows deleted",),
}


def describe_answer(turn: Turn, source: Source) -> Answer:
    """Give the columns of a query or a change, and no rows.

    The 5.x driver asks this before it binds many rows to an INSERT. Raises SnowflakeError 2 for other statements.
    """
    with turn.account.lock, turn.catalog.transaction():
        if read_statement(source) is not None:
            raise refusals.unsupported(_REFUSED)
        expression = parse_data_statement(source)
        binds = len(tuple(expression.find_all(exp.Placeholder)))
        if type(expression) in _CHANGES:
            prepare_change(turn, source, expression, dry=True)
            return _describe_change(expression, binds)
        if not isinstance(expression, exp.Query):
            raise refusals.unsupported(_REFUSED)
        prepared = prepare_query(turn, source, expression, dry=True)
    rowtype = describe_prepared(turn.session.data, prepared)
    return EncodedResult(tuple(rowtype), _no_rows(binds, array=False), 0, SELECT)


def _describe_change(expression: exp.Expr, binds: int) -> EncodedResult:
    columns = tuple(build_column(Column(name, "fixed")) for name in _CHANGES[type(expression)])
    body = _no_rows(binds, array=isinstance(expression, exp.Insert))
    return EncodedResult(columns, body, 0, statement_type_id(expression))


def _no_rows(binds: int, *, array: bool) -> dict[str, object]:
    return {"queryResultFormat": "json", "rowset": [], "numberOfBinds": binds, "arrayBindSupported": array}
