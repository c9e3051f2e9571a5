"""The one entry of data statements: an allow-list of parsed kinds, everything else is refused."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TypeAlias

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.duck import DataConnection
from ftspec.emulator.query.altering import perform_alter, perform_column_comment, perform_describe, perform_drop
from ftspec.emulator.query.defining import perform_create
from ftspec.emulator.query.faults import ENGINE_ERRORS, is_conflict, translate
from ftspec.emulator.query.merging import run_merge
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.preparing import Prepared, is_truncating_nothing, prepare_change, prepare_query
from ftspec.emulator.query.running import Batch, run_expression
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.result import SUCCESS, Answer, EncodedResult, status
from ftspec.emulator.turn import Turn

Later: TypeAlias = Callable[[], Answer]
"""What is left to do once the account's lock is released: the engine's own work."""

_ATTEMPTS, _PAUSE_SECONDS = 200, 0.02
_FIRST_WORD = re.compile(r"[^\s(]+")
_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)
_DEFINITIONS = (exp.Create, exp.Drop, exp.Alter)


def perform_data_statement(turn: Turn, source: Source, batch: Batch) -> Answer | Later:
    """Check and prepare a data statement under the account's lock.

    Definitions are done at once and answered; queries and changes are given back to run without the lock.
    """
    expression = parse_data_statement(source)
    match expression:
        case exp.Query():
            return _later(turn, prepare_query(turn, source, expression, batch))
        case _ if is_truncating_nothing(turn, expression):
            return status(SUCCESS)
        case _ if isinstance(expression, _CHANGES):
            return _later(turn, prepare_change(turn, source, expression, batch), changes=True)
        case _ if isinstance(expression, _DEFINITIONS):
            return _define(turn, source, expression)
        case exp.Comment() if str(expression.args.get("kind")).upper() == "COLUMN":
            return perform_column_comment(turn, expression)
        case exp.Describe():
            return perform_describe(turn, expression)
        case _:
            raise refusals.unsupported(_name(source))


def _name(source: Source) -> str:
    words = [token.text.upper() for token in source.tokens[:2]]
    # sqlglot keeps all that follows some words as one token; its first word is enough to name the statement.
    return " ".join(words[:1] + _FIRST_WORD.findall(words[1])[:1] if len(words) > 1 else words)


def _later(turn: Turn, prepared: Prepared, *, changes: bool = False) -> Later:
    connection = turn.session.data

    def run() -> Answer:
        try:
            with nullcontext() if prepared.calls is None else prepared.calls.running():
                result = _change(connection, prepared) if changes else _run(connection, prepared)
        except ENGINE_ERRORS as error:
            raise translate(error, prepared.source) from error
        return _override_types(result, prepared)

    return run


def _run(connection: DataConnection, prepared: Prepared) -> EncodedResult:
    if isinstance(prepared.expression, exp.Merge):
        return run_merge(connection, prepared.expression, prepared.batch)
    return run_expression(connection, prepared.expression, prepared.batch, prepared.names)


def _change(connection: DataConnection, prepared: Prepared) -> EncodedResult:
    """Run a change as a whole or not at all, and again where another session's change came in between.

    Snowflake makes the later change wait for the earlier; DuckDB refuses it, so it is tried again.
    """
    if connection.in_transaction or not connection.autocommit:
        connection.begin()
        return _run(connection, prepared)
    for attempt in range(_ATTEMPTS):
        connection.begin()
        try:
            result = _run(connection, prepared)
            connection.commit()
        except ENGINE_ERRORS as error:
            connection.rollback()
            if attempt == _ATTEMPTS - 1 or not is_conflict(error):
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return result
    raise AssertionError("unreachable: the last attempt returns or raises")


def _override_types(result: EncodedResult, prepared: Prepared) -> EncodedResult:
    """Write the documented types of FINETUNE's and COMPLETE's columns over those of the constants."""
    if all(type_ == "text" for type_ in prepared.types.values()):
        return result
    columns = [
        {**column, "type": prepared.types.get(place, column["type"])} for place, column in enumerate(result.rowtype)
    ]
    return replace(result, rowtype=tuple(columns))


def _define(turn: Turn, source: Source, expression: exp.Expr) -> Answer:
    # A definition commits what is open: https://docs.snowflake.com/en/sql-reference/transactions#ddl
    turn.session.data.commit()
    try:
        match expression:
            case exp.Create():
                return perform_create(turn, source, expression)
            case exp.Drop():
                return perform_drop(turn, expression)
            case exp.Alter():
                return perform_alter(turn, expression)
            case _:
                raise refusals.unsupported(_name(source))
    except ENGINE_ERRORS as error:
        raise translate(error, source) from error
