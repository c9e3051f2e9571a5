"""Statements that were received: running ones, which can be cancelled, and the answers of the latest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftspec.emulator.session import Session
    from ftspec.emulator.statement_request import StatementRequest

_KEPT = 500
_AGAIN_SECONDS = 0.1


@dataclass(slots=True)
class Execution:
    """One statement of a session, from its request to its answer.

    `session` is the one that it runs in: for an asynchronous statement one of its own.
    """

    query_id: str
    session: Session
    request: StatementRequest
    answer: dict[str, object] | None = None
    cancelled: bool = False
    after: int | None = None
    _started: bool = False
    _is_running: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> bool:
        """Say whether the caller is the one to execute it: the first who asks."""
        with self._lock:
            started, self._started = self._started, True
        return not started

    def cancel(self, after: int | None = None) -> None:
        """Stop the statement, or keep it from starting; `after` says that so many seconds are over.

        The engine forgets an interrupt that comes before it has begun, so it is told until the statement is over.
        """
        self.cancelled, self.after = True, after
        with self._lock:
            if not self._is_running:
                return
            self.session.data.interrupt()
        again = threading.Timer(_AGAIN_SECONDS, self.cancel, (after,))
        again.daemon = True
        again.start()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the block be interrupted, and nothing after it."""
        self._is_running = True
        try:
            yield
        finally:
            with self._lock:
                self._is_running = False

    def finish(self, answer: dict[str, object]) -> None:
        """Give the answer to everybody who waits for it."""
        self.answer = answer
        self.done.set()


class Executions:
    """The latest executions, by query id and by request id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_query: OrderedDict[str, Execution] = OrderedDict()
        self._by_request: dict[tuple[int, str], Execution] = {}

    def add(self, execution: Execution, *, once: bool) -> Execution:
        """Keep an execution, or give the one that the session's very request has already (where `once`)."""
        place = (execution.session.number, execution.request.request_id)
        with self._lock:
            known = self._by_request.get(place)
            if once and known is not None and execution.request.request_id:
                return known
            self._by_query[execution.query_id] = execution
            self._by_request[place] = execution
            self._forget_oldest()
        return execution

    def _forget_oldest(self) -> None:
        while len(self._by_query) > _KEPT:
            oldest = next((found for found in self._by_query.values() if found.done.is_set()), None)
            if oldest is None:
                return
            del self._by_query[oldest.query_id]
            place = (oldest.session.number, oldest.request.request_id)
            if self._by_request.get(place) is oldest:
                del self._by_request[place]

    def find(self, query_id: str) -> Execution | None:
        """Give the execution with a query id."""
        with self._lock:
            return self._by_query.get(query_id)

    def find_request(self, session: int, request_id: str) -> Execution | None:
        """Give the execution of a session's request."""
        with self._lock:
            return self._by_request.get((session, request_id))

    def list_running(self) -> tuple[Execution, ...]:
        """List the executions without an answer."""
        with self._lock:
            return tuple(found for found in self._by_query.values() if not found.done.is_set())
