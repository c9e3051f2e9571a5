"""Running a query of the server's own for its rows, with the rights of the session it runs in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.query.compiling import compile_prepared
from ftspec.emulator.query.faults import ENGINE_ERRORS, translate
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.preparing import Prepared, prepare_query
from ftspec.emulator.query.running import execute
from ftspec.emulator.reading.tokens import position_of, split_statements

if TYPE_CHECKING:
    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.turn import Turn


def read_rows(account: OpenAccount, turn: Turn, text: str, columns: tuple[str, ...]) -> Sequence[tuple[object, ...]]:
    """Run `SELECT "A", "B" FROM (…)` and give its rows; the inner query must have these very columns.

    DuckDB would take "prompt" for PROMPT, Snowflake does not: the names are compared here. Raises SnowflakeError.
    """
    source = split_statements(text)[0]
    with account.lock, account.catalog.transaction():
        expression = parse_data_statement(source)
        if not isinstance(expression, exp.Query):
            raise refusals.unsupported("a training query that is not a SELECT")
        prepared = prepare_query(turn, source, expression, dry=True)
    inner = expression.find(exp.Subquery)
    if inner is not None:
        query = inner.this.copy()
        names = compile_prepared(turn.session.data, Prepared(query, source))
        for name in columns:
            if name not in names:
                line, position = position_of(text, text.index(f'"{name}"'))
                raise refusals.invalid_identifier(f'"{name}"', line, position)
    cursor = turn.session.data.cursor()
    try:
        with nullcontext() if prepared.calls is None else prepared.calls.running():
            execute(cursor, prepared.expression, None)
    except ENGINE_ERRORS as error:
        raise translate(error, source) from error
    rows: Sequence[tuple[object, ...]] = cursor.fetchall()
    return rows
