"""One statement of a plan: sent, sent again where that is harmless, undone with what it belongs to, written down."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ftspec.engine.answer import Clock, find_fate, find_job
from ftspec.engine.journal import Journal
from ftspec.engine.session import Fate, Session, SessionError
from ftspec.model.plan import Done, Execute, Failed, Hazard, Outcome, Training
from ftspec.resources import journal
from ftspec.resources.base import Row
from ftspec.resources.journal import Entry, Event
from ftspec.resources.sql import bind

_TRIES = 4
_FIRST_PAUSE = 0.5
_ABSENT = frozenset({2003, 2043})
_BEGINNING = 40
TAG = "tag"
"""The output under which a step keeps the query tag of its statement."""

Outputs = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending takes beside a session: the run's id, the database whose query history is asked, the journal.

    `confirm` raises Fault where the run has lost its lock: it is asked each time before something is paid for.
    """

    run: str
    database: str
    journal: Journal | None = None
    confirm: Callable[[], None] | None = None
    clock: Clock = field(default_factory=Clock)


def send_step(sender: Sender, session: Session, step: Execute, outputs: Outputs) -> Outcome:
    """Execute a step; whatever goes wrong is its outcome, except that the lock was lost: that is a Fault."""
    sql = bind(step.sql, outputs)
    try:
        outcome = _send_once(sender, session, step, sql) if step.once else _send_repeatedly(sender, session, step, sql)
    except SessionError as error:
        outcome = Failed(str(error), error.query_id, unknown=error.fate is Fate.LOST)
    if isinstance(outcome, Failed) and not outcome.unknown and step.undo:
        return _undo(session, step, outcome)
    return outcome


def _send_repeatedly(sender: Sender, session: Session, step: Execute, sql: str) -> Outcome:
    """Send what does the same however often it runs, again after a lost answer."""
    for attempt in range(_TRIES):
        try:
            return _read_outputs(step, session.execute(sql, schema=step.schema))
        except SessionError as error:
            if attempt and error.errno in _ABSENT and sql.startswith("DROP "):
                return Done()  # the answer that was lost said that it was dropped
            if error.errno in _ABSENT and sql.startswith("REVOKE "):
                return Done()  # what is not there any more is held by nobody
            if error.fate is Fate.REFUSED or attempt == _TRIES - 1:
                return Failed(str(error), error.query_id, unknown=error.fate is Fate.LOST)
            pause = _FIRST_PAUSE * 2**attempt
            sender.clock.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable: the last try gives an outcome")


def _send_once(sender: Sender, session: Session, step: Execute, sql: str) -> Outcome:
    """Send what must not run twice; after a lost answer the query history says what became of it."""
    for attempt in (1, 2):
        if sender.confirm is not None and Hazard.BILLED in step.hazards:
            sender.confirm()
        tag = f"ftspec:{sender.run}:{step.id.replace(' ', '-')}:{attempt}"
        training = None if step.training is None else replace(step.training, tag=tag)
        _write(sender, session, Event.SUBMITTED, training)
        try:
            rows = session.execute(sql, once=True, schema=step.schema, tag=tag)
        except SessionError as error:
            outcome = _resolve(sender, session, step, sql, tag, error)
        else:
            outcome = _read_outputs(step, rows)
        if outcome is not None:
            return _written(sender, session, training, outcome)
    return Failed("the connection was lost twice while it was sent, and it did not run")


def _resolve(
    sender: Sender, session: Session, step: Execute, sql: str, tag: str, error: SessionError
) -> Outcome | None:
    """Say what became of a statement that failed; None: it did nothing, and may be sent again."""
    if error.fate is Fate.REFUSED:
        return Failed(str(error), error.query_id)
    found = find_fate(session, sender.database, tag, sql[:_BEGINNING], sender.clock)
    if found is None:
        reason = f"unknown outcome: the answer was lost ({error}), and the query history does not tell of it"
        return Failed(reason, error.query_id, unknown=True)
    fate, _ = found
    if fate is not journal.Fate.SUCCEEDED:
        return None
    if step.training is None:
        return Done()
    job = find_job(session, sql)
    if job is None:
        reason = "unknown outcome: the answer was lost, the statement ran, and its job is not listed"
        return Failed(reason, error.query_id, unknown=True)
    return Done({step.outputs[0]: job.id})


def _written(sender: Sender, session: Session, training: Training | None, outcome: Outcome) -> Outcome:
    """Write down what became of a training's start, and keep its tag for what follows."""
    if training is None:
        return outcome
    match outcome:
        case Done(outputs=outputs):
            _write(sender, session, Event.STARTED, training, job=next(iter(outputs.values()), ""))
            return Done({**outputs, TAG: training.tag})
        case Failed(error=error, unknown=False):
            _write(sender, session, Event.ENDED, training, state="REFUSED", error=error)
            return outcome
        case _:
            return outcome


def _write(sender: Sender, session: Session, event: Event, training: Training | None, **told: str) -> None:
    if sender.journal is not None and training is not None:
        sender.journal.write(session, Entry(event, training, **told))


def _read_outputs(step: Execute, rows: tuple[Row, ...]) -> Outcome:
    if not step.outputs:
        return Done()
    if not rows:
        return Failed("Snowflake gave no row where one was expected")
    return Done(dict(zip(step.outputs, (str(value) for value in rows[0].values()), strict=False)))


def _undo(session: Session, step: Execute, outcome: Failed) -> Outcome:
    """Put back what the steps before have changed; what cannot be put back is told."""
    for sql in step.undo:
        try:
            session.execute(sql)
        except SessionError as error:
            return Failed(f"{outcome.error}; and it could not be undone by {sql}: {error}", outcome.query_id)
    return Failed(f"{outcome.error}; what came before was undone", outcome.query_id)
