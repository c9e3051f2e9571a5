"""Sessions for statements that run side by side: each at a time in the hands of one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ftspec.engine.session import Session


class Sessions:
    """The main session, and others like it that are opened when they are needed and closed in the end."""

    def __init__(self, main: Session) -> None:
        self._main = main
        self._idle: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._idle.put(main)
        self._opened: list[Session] = []
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self) -> Iterator[Session]:
        """Lend a session that nobody else uses meanwhile."""
        session = self._take()
        try:
            yield session
        finally:
            self._idle.put(session)

    def close(self) -> None:
        """Close all but the main session."""
        for session in self._opened:
            session.close()

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            session = self._main.fork()
            with self._lock:
                self._opened.append(session)
            return session
