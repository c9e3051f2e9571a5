"""Statements that must not run twice: what became of one whose answer was lost, told by the query history.

Running: wait. Succeeded: its effect is looked for. Failed: it may be sent again. Not found within a minute, or a
history that cannot be read: the outcome is unknown, and nothing is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ftspec.engine.session import Session, SessionError
from ftspec.resources import finetune, journal
from ftspec.resources.base import Query, Refusal
from ftspec.resources.finetune import Job
from ftspec.resources.marker import leading_marker

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that pass: how to read them, how to let them pass, and how many the query history may take."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    patience: float = PATIENCE_SECONDS


def find_fate(session: Session, database: str, tag: str, begins: str, clock: Clock) -> tuple[journal.Fate, str] | None:
    """Find out what became of the statement that was sent under a tag; None when it cannot be known."""
    query = journal.find_statement(database, tag, begins)
    start, pause = clock.now(), FIRST_PAUSE
    while True:
        fate, message = _ask(session, query)
        if fate in {journal.Fate.SUCCEEDED, journal.Fate.FAILED}:
            return fate, message
        if fate is not journal.Fate.RUNNING and clock.now() - start >= clock.patience:
            return None
        clock.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _ask(session: Session, query: Query) -> tuple[journal.Fate, str]:
    try:
        (answer,) = session.read((query,))
    except SessionError:
        return journal.Fate.NOT_FOUND, ""
    return journal.parse_statement(answer)


def find_job(session: Session, sql: str) -> Job | None:
    """Find the newest job that a statement has started, by the marker in its query."""
    marker = leading_marker(sql[max(sql.find("/*"), 0) :])
    (listing,) = session.read((finetune.list_jobs(),))
    listed = sorted(finetune.parse_jobs(listing), key=lambda job: job.created_on, reverse=True)
    for entry in listed:
        (answer,) = session.read((finetune.describe_job(entry.id),))
        job = None if isinstance(answer, Refusal) else finetune.parse_job(answer)
        if job is not None and marker is not None and job.marker == marker:
            return job
    return None
