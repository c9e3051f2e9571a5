"""The executor of statements: one entry for the drivers' requests, for setup files and for tests."""

from __future__ import annotations

import re
import threading
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ftspec.emulator import refusals, wire
from ftspec.emulator.account import OpenAccount
from ftspec.emulator.control.perform import perform_statement
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.executions import Execution
from ftspec.emulator.query.describing import describe_answer
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.perform import perform_data_statement
from ftspec.emulator.query.running import read_bindings
from ftspec.emulator.reading.statement import read_statement
from ftspec.emulator.reading.tokens import Source, split_statements
from ftspec.emulator.result import DML_COUNTS, Answer, Result
from ftspec.emulator.session import Session
from ftspec.emulator.statement_log import StatementLog, hide_passwords
from ftspec.emulator.statement_request import StatementRequest
from ftspec.emulator.turn import Turn

# Statements that show what training has come to wait for it; all others leave it to its own clock.
_LOOKS_AT_TRAINING = ("FINETUNE", "MODEL", "COMPLETE")
# What reads and writes the catalog alone, one statement at a time.
_BRIEF = re.compile(r"\s*(USE|SHOW|GRANT|REVOKE|ALTER\s+SESSION|ALTER\s+MODEL)\s[^;]*;?\s*$", re.IGNORECASE)
_BRIEF_LENGTH = 2000


class Executor:
    """Executes statements of one open account."""

    def __init__(self, account: OpenAccount, folder: Path) -> None:
        self.account = account
        self.log = StatementLog(folder)

    def run(self, session: Session, request: StatementRequest) -> dict[str, object]:
        """Execute a request and give the body of its answer; every error is an answer too."""
        return self.perform(self.receive(session, request))

    def receive(self, session: Session, request: StatementRequest) -> Execution:
        """Give a request its query id, or find the execution that a request sent again has already."""
        execution = Execution(str(uuid.uuid4()), session, request)
        return self.account.executions.add(execution, once=self.account.settings.answer_requests_once)

    def perform(self, execution: Execution) -> dict[str, object]:
        """Execute what was received, and give the body of its answer; one that is executed already is waited for."""
        if not execution.start():
            execution.done.wait()
            return execution.answer or {}
        if execution.request.asynchronous:
            self._separate(execution)
        session = execution.session
        with session.lock, self._limit(execution), execution.running():
            answer = self._run_logged(execution)
        if execution.request.asynchronous and session.is_beside:
            session.data.close()
        execution.finish(answer)
        return answer

    def perform_brief(self, execution: Execution) -> None:
        """Execute what is over in a moment and needs to wait for nobody; leave all else as it is.

        The caller makes sure that nobody else performs it.
        """
        text, session = execution.request.text, execution.session
        if len(text) > _BRIEF_LENGTH or not _BRIEF.match(text) or self._looks_at_training(text):
            return
        if session.lock.acquire(blocking=False):
            try:
                if self.account.lock.acquire(blocking=False):
                    try:
                        self.perform(execution)
                    finally:
                        self.account.lock.release()
            finally:
                session.lock.release()

    @contextmanager
    def _limit(self, execution: Execution) -> Iterator[None]:
        """Cancel the statement once STATEMENT_TIMEOUT_IN_SECONDS of the request or the session are over."""
        set_ = execution.session.parameters.get("STATEMENT_TIMEOUT_IN_SECONDS")
        seconds = execution.request.timeout or int(set_ or 0)
        timer = threading.Timer(seconds, execution.cancel, (seconds,)) if seconds else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()

    def _separate(self, execution: Execution) -> None:
        """Let an asynchronous statement run beside its session, unless it belongs to an open transaction."""
        session = execution.session
        if session.data.in_transaction or not session.data.autocommit:
            return
        session.last_query_id = execution.query_id
        data = self.account.duck.connect()
        data.use(session.database, session.schema)
        execution.session = replace(session, data=data, lock=threading.RLock(), is_beside=True)

    def _run_logged(self, execution: Execution) -> dict[str, object]:
        session, request = execution.session, execution.request
        turn = Turn(self.account, session, execution.query_id, self.account.clock.now_ms())
        begin = time.perf_counter()
        error: SnowflakeError | None = None
        before, known = (session.role, session.tag), self._standing(session)
        try:
            answer = self.execute(turn, request, execution)
            body = wire.build_answer(answer, session, self._current_place(turn, known), turn.query_id)
        except SnowflakeError as refused:
            is_late = execution.after is not None and refused.errno == refusals.canceled().errno
            error = refusals.timed_out(execution.after or 0) if is_late else refused
        except Exception:  # noqa: BLE001  # a fault of this server must not end the session
            traceback.print_exc()
            error = SnowflakeError("SQL execution internal error.", errno=603, sqlstate="XX000")
        session.data.forget_registered()
        if error is not None:
            body = wire.build_failure(error, turn.query_id)
            self._finish(turn, execution, error=error)
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

    def begin(self, execution: Execution) -> None:
        """Write the statement into the history, once, before it is answered or anything of it takes effect."""
        turn = Turn(self.account, execution.session, execution.query_id, self.account.clock.now_ms())
        with self.account.lock, self.account.catalog.transaction():
            self._write_begin(turn, execution)

    def _write_begin(self, turn: Turn, execution: Execution) -> None:
        """Write it in the transaction that is open; again changes nothing."""
        self.account.history.begin(turn, execution.request.text, internal=execution.request.internal)

    def _finish(
        self, turn: Turn, execution: Execution, *, answer: Answer | None = None, error: SnowflakeError | None = None
    ) -> None:
        with self.account.lock, self.account.catalog.transaction():
            # What was refused may have taken the first line back with it.
            self._write_begin(turn, execution)
            self._record(turn, answer, error)

    def _record(self, turn: Turn, answer: Answer | None, error: SnowflakeError | None = None) -> None:
        rows = None if answer is None else count_rows(answer)
        self.account.history.finish(turn.query_id, self.account.clock.now_ms(), rows=rows, error=error)

    def _current_place(self, turn: Turn, known: tuple[object, ...]) -> tuple[str | None, str | None]:
        """Give the database and schema that are current now: the statement may have changed roles or rights."""
        with self.account.lock:
            if known == self._standing(turn.session):
                return turn.place
            return self.account.turn(turn.session).place

    def _standing(self, session: Session) -> tuple[object, ...]:
        """Give what decides which database and schema are current."""
        chosen = (session.role, session.secondary, session.database, session.schema)
        return (*chosen, self.account.catalog.memory.forgotten)

    def execute(self, turn: Turn, request: StatementRequest, execution: Execution) -> Answer:
        """Execute one statement; raises SnowflakeError."""
        sources = split_statements(request.text)
        if not sources:
            raise refusals.empty_statement()
        count = request.statement_count
        if count is None:
            count = int(turn.session.parameters.get("MULTI_STATEMENT_COUNT", 1))
        if count not in {0, len(sources)}:
            _check_first(sources[0])
            raise refusals.statement_count(len(sources), count)
        if len(sources) > 1:
            self.begin(execution)
            answer = self._execute_all(turn, request, sources)
            self._finish(turn, execution, answer=answer)
            return answer
        self._let_training_move(sources[0], execution)
        if request.describe_only:
            answer = describe_answer(turn, sources[0])
            self._finish(turn, execution, answer=answer)
            return answer
        answer = self._perform(turn, sources[0], execution)
        self.account.results.keep(turn.query_id, turn.session.user, answer)
        return answer

    def _execute_all(self, turn: Turn, request: StatementRequest, sources: tuple[Source, ...]) -> Answer:
        """Execute several statements, each with a query id of its own; the first that fails ends the request.

        https://docs.snowflake.com/en/developer-guide/sql-api/submitting-multiple-statements
        """
        if request.bindings or request.describe_only:
            raise refusals.unsupported("several statements with bindings, or to be described")
        ids: list[str] = []
        types: list[str] = []
        for source in sources:
            part = StatementRequest(source.slice, statement_count=1)
            child = self.account.executions.add(Execution(str(uuid.uuid4()), turn.session, part), once=False)
            child.start()
            child.finish(self._run_logged(child))
            body: Any = child.answer
            if not body["success"]:
                state = body["data"]["sqlState"]
                raise SnowflakeError(body["message"], errno=int(body["code"]), sqlstate=state)
            ids.append(child.query_id)
            types.append(str(body["data"]["statementTypeId"]))
        return wire.build_multiple(ids, types)

    def _perform(self, turn: Turn, source: Source, execution: Execution) -> Answer:
        batch = read_bindings(dict(execution.request.bindings or {}))
        catalog = self.account.catalog
        with self.account.lock, catalog.transaction():
            if execution.cancelled:
                raise refusals.canceled()
            self._write_begin(turn, execution)
            before = catalog.connection.total_changes
            statement = read_statement(source)
            outcome = (
                perform_data_statement(turn, source, batch) if statement is None else perform_statement(turn, statement)
            )
            if callable(outcome) and catalog.connection.total_changes > before:
                # A query that changed the catalog, as FINETUNE does, is done as a whole or not at all.
                outcome = outcome()
            if not callable(outcome):
                self._record(turn, outcome)
                return outcome
        # Rows are read and written without the account's lock, so that sessions do not wait for each other.
        answer = outcome()
        self._finish(turn, execution, answer=answer)
        return answer

    def _let_training_move(self, source: Source, execution: Execution) -> None:
        if self._looks_at_training(source.slice):
            self.begin(execution)
            self.account.service.advance()

    def _looks_at_training(self, text: str) -> bool:
        shown = text.upper()
        return any(word in shown for word in _LOOKS_AT_TRAINING) and self.account.service.is_training()


def count_rows(answer: Answer) -> int:
    """Count the rows that a statement produced, for a change those that it changed."""
    if isinstance(answer, Result):
        return len(answer.rows)
    rowset = answer.body.get("rowset")
    if answer.statement_type in DML_COUNTS and isinstance(rowset, list) and rowset:
        return sum(int(cell) for cell in rowset[0] if cell is not None)
    return answer.total


def _check_first(source: Source) -> None:
    """Let a syntax error in the first statement come before the wrong number of statements."""
    if read_statement(source) is None:
        parse_data_statement(source)
