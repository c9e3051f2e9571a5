"""The executor of statements: one entry for the drivers' requests, for setup files and for tests."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftspec.emulator import refusals, wire
from ftspec.emulator.account import OpenAccount
from ftspec.emulator.control.perform import perform_statement
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.query.describing import describe_answer
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.perform import perform_data_statement
from ftspec.emulator.query.running import read_bindings
from ftspec.emulator.reading.statement import read_statement
from ftspec.emulator.reading.tokens import Source, split_statements
from ftspec.emulator.result import Answer
from ftspec.emulator.session import Session
from ftspec.emulator.statement_log import StatementLog, hide_passwords
from ftspec.emulator.turn import Turn

_ANSWERS_KEPT = 200
# Statements that show what training has come to wait for it; all others leave it to its own clock.
_LOOKS_AT_TRAINING = ("FINETUNE", "MODEL", "COMPLETE")


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """One request: its text, and what came with it."""

    text: str
    request_id: str = ""
    bindings: Mapping[str, Any] | None = None
    statement_count: int = 1
    describe_only: bool = False
    asynchronous: bool = False


class Executor:
    """Executes statements of one open account."""

    def __init__(self, account: OpenAccount, folder: Path) -> None:
        self.account = account
        self.log = StatementLog(folder)
        self._answers: OrderedDict[tuple[int, str], dict[str, object]] = OrderedDict()

    def run(self, session: Session, request: StatementRequest) -> dict[str, object]:
        """Execute a request and give the body of its answer; every error is an answer too.

        A request id that was finished gets the answer it got, and nothing is executed again.
        """
        with session.lock:
            known = self._answers.get((session.number, request.request_id))
            if known is not None and request.request_id and self.account.settings.answer_requests_once:
                return known
            answer = self._run_logged(session, request)
            if request.request_id:
                self._keep_answer((session.number, request.request_id), answer)
        return answer

    def _keep_answer(self, place: tuple[int, str], answer: dict[str, object]) -> None:
        with self.account.lock:
            self._answers[place] = answer
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)

    def _run_logged(self, session: Session, request: StatementRequest) -> dict[str, object]:
        turn = self.account.turn(session)
        begin = time.perf_counter()
        error: SnowflakeError | None = None
        before = (session.role, session.tag)
        try:
            answer = self.execute(turn, request)
            body = wire.build_answer(answer, session, self._current_place(session), turn.query_id)
        except SnowflakeError as refused:
            error = refused
        except Exception:  # noqa: BLE001  # a fault of this server must not end the session
            traceback.print_exc()
            error = SnowflakeError("SQL execution internal error.", errno=603, sqlstate="XX000")
        if error is not None:
            body = wire.build_failure(error, turn.query_id)
        session.last_query_id = turn.query_id
        milliseconds = round((time.perf_counter() - begin) * 1000, 1)
        self.log.write(
            {
                "time": turn.now,
                "session": session.number,
                "user": session.user,
                "role": before[0],
                "tag": before[1],
                "request_id": request.request_id,
                "query_id": turn.query_id,
                "sql": hide_passwords(request.text),
                "outcome": "error" if error else "success",
                "errno": error.errno if error else None,
                "ms": milliseconds,
            }
        )
        return body

    def _current_place(self, session: Session) -> tuple[str | None, str | None]:
        """Give the database and schema that are current now: the statement may have changed roles or rights."""
        with self.account.lock:
            return self.account.turn(session).place

    def execute(self, turn: Turn, request: StatementRequest) -> Answer:
        """Execute one statement; raises SnowflakeError."""
        if request.asynchronous:
            raise refusals.unsupported("asynchronous execution")
        sources = split_statements(request.text)
        if not sources:
            raise refusals.empty_statement()
        if len(sources) != 1 or request.statement_count not in {0, 1}:
            _check_first(sources[0])
            raise refusals.statement_count(len(sources), max(request.statement_count, 1))
        self._let_training_move(sources[0])
        if request.describe_only:
            return describe_answer(turn, sources[0])
        return self._perform(turn, sources[0], request)

    def _perform(self, turn: Turn, source: Source, request: StatementRequest) -> Answer:
        batch = read_bindings(dict(request.bindings or {}))
        with self.account.lock, self.account.catalog.transaction():
            statement = read_statement(source)
            if statement is not None:
                return perform_statement(turn, statement)
            outcome = perform_data_statement(turn, source, batch)
        # Rows are read and written without the account's lock, so that sessions do not wait for each other.
        return outcome() if callable(outcome) else outcome

    def _let_training_move(self, source: Source) -> None:
        text = source.slice.upper()
        if any(word in text for word in _LOOKS_AT_TRAINING):
            self.account.service.advance()


def _check_first(source: Source) -> None:
    """Let a syntax error in the first statement come before the wrong number of statements."""
    if read_statement(source) is None:
        parse_data_statement(source)
