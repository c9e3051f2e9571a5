"""Writing the journal: what is about to be tried is told before it is tried."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ftspec.engine.session import Fate, Fault, Session, SessionError
from ftspec.model.diagnostics import Diagnostic
from ftspec.resources.base import Scope
from ftspec.resources.journal import Entry, Event, append_entry, create_journal

_REFUSED = frozenset({3001, 3041})
"""Snowflake's numbers for a privilege that is missing."""


class Journal:
    """The journal of one run; `run` is the run's own id. Entries may be written from several threads."""

    def __init__(self, scope: Scope, run: str) -> None:
        self.run = run
        self._scope = scope
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def open(self, session: Session) -> None:
        """Make the table where it is missing; Fault FT505 when the role may not."""
        try:
            session.execute(create_journal(self._scope.home))
        except SessionError as error:
            if error.fate is Fate.LOST:
                raise
            schema, role = self._scope.home, self._scope.role
            message = f"the journal in {schema} cannot be made: {error}"
            hint = f"GRANT CREATE TABLE ON SCHEMA {schema} TO ROLE {role}, or set journal: false in ftspec.yaml"
            raise Fault(Diagnostic("FT505", message, path="spec/journal", hint=hint)) from error

    def write(self, session: Session, entry: Entry) -> None:
        """Append one row; raises SessionError."""
        with self._lock:
            number = next(self._numbers)
        session.execute(append_entry(self._scope, self.run, number, entry))


@contextmanager
def writing_failure(journal: Journal | None, session: Session, errand: str = "") -> Iterator[None]:
    """Write down that an errand, or an apply, ended with a fault; the fault matters more than that it is written."""
    try:
        yield
    except Fault as fault:
        if journal is not None:
            with suppress(SessionError):
                journal.write(session, Entry(Event.FINISHED, state="failed", error=str(fault), detail=errand))
        raise
