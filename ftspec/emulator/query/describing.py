"""Describing a statement's result without running it, as the drivers' `describe` asks for it."""

from __future__ import annotations

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.query.compiling import describe_prepared
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.preparing import prepare_query
from ftspec.emulator.reading.statement import read_statement
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.result import SELECT, Answer, EncodedResult
from ftspec.emulator.turn import Turn


def describe_answer(turn: Turn, source: Source) -> Answer:
    """Give the columns of a query, and no rows.

    Raises SnowflakeError 2 for other statements, which would have to run.
    """
    with turn.account.lock, turn.catalog.transaction():
        if read_statement(source) is not None:
            raise refusals.unsupported("describing a statement that is not a query")
        expression = parse_data_statement(source)
        if not isinstance(expression, exp.Query):
            raise refusals.unsupported("describing a statement that is not a query")
        prepared = prepare_query(turn, source, expression, dry=True)
    rowtype = describe_prepared(turn.session.data, prepared)
    body: dict[str, object] = {"queryResultFormat": "json", "rowset": []}
    return EncodedResult(tuple(rowtype), body, 0, SELECT)
