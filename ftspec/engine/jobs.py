"""Waiting for training jobs: all of them in one loop, with back-off, surviving passing errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ftspec.engine.session import Fate, Session, SessionError
from ftspec.model.plan import AwaitJob, Done, Failed, Outcome
from ftspec.resources import finetune
from ftspec.resources.base import Answer, Query, Refusal
from ftspec.resources.finetune import Job, JobStatus

Sleep = Callable[[float], object]
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
MOST_FAULTS = 20
MOST_DESCRIBED = 4
"""Jobs of which one look asks how far they have come."""


@dataclass(slots=True)
class Poll:
    """The rhythm of the waiting: pauses grow from a quarter of a second to ten, and errors in a row are counted.

    `jitter` gives 0 to 1, so that many runs do not ask at the same moments; `turn` counts the jobs that were described
    because their turn had come.
    """

    sleep: Sleep = time.sleep
    jitter: Callable[[], float] = random.random
    pause: float = FIRST_PAUSE
    faults: int = field(default=0)
    turn: int = field(default=0)

    def wait(self) -> None:
        """Pause, and pause longer the next time."""
        self.sleep(self.pause * (0.5 + self.jitter() / 2))
        self.pause = min(self.pause * 1.5, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look told: the status of the jobs that are listed, and the jobs that were described."""

    listed: Mapping[str, JobStatus] = field(default_factory=dict)
    described: Mapping[str, Job | Refusal] = field(default_factory=dict)


def _describe_jobs(session: Session, jobs: tuple[str, ...], poll: Poll) -> dict[str, Job | Refusal]:
    """Describe jobs side by side; a lost connection gives nothing, until it was lost too often in a row."""
    answers = _read(session, tuple(finetune.describe_job(job) for job in jobs), poll)
    found: dict[str, Job | Refusal] = {}
    for job, answer in zip(jobs, answers, strict=False):
        told = answer if isinstance(answer, Refusal) else finetune.parse_job(answer)
        if told is not None:
            found[job] = told
    return found


def glance_at_jobs(session: Session, jobs: tuple[str, ...], poll: Poll) -> Glance:
    """Look how running jobs are doing: one statement lists all; those that ended are described, and a few others.

    The list has the status of every job, and only DESCRIBE how far one has come and what it made (Snowflake: FINETUNE
    ('SHOW'), FINETUNE ('DESCRIBE')). A job that is listed no more is described too; where the list is refused, each
    has its turn. A lost connection gives nothing, until it was lost too often in a row: SessionError.
    """
    answers = _read(session, (finetune.list_jobs(),), poll)
    if not answers:
        return Glance()
    if isinstance(answers[0], Refusal):
        return Glance({}, _describe_jobs(session, _take_turns(jobs, poll), poll))
    known = {entry.id: entry.status for entry in finetune.parse_jobs(answers[0])}
    listed = {job: known[job] for job in jobs if job in known}
    running = tuple(job for job, status in listed.items() if status.is_running)
    others = tuple(job for job in jobs if job not in running)
    return Glance(listed, _describe_jobs(session, (*others, *_take_turns(running, poll)), poll))


def _take_turns(jobs: tuple[str, ...], poll: Poll) -> tuple[str, ...]:
    count = min(len(jobs), MOST_DESCRIBED)
    chosen = tuple(jobs[(poll.turn + number) % len(jobs)] for number in range(count))
    poll.turn += count
    return chosen


def _read(session: Session, queries: tuple[Query, ...], poll: Poll) -> tuple[Answer, ...]:
    try:
        answers = session.read(queries)
    except SessionError as error:
        poll.faults += 1
        if error.fate is Fate.REFUSED or poll.faults > MOST_FAULTS:
            raise
        return ()
    poll.faults = 0
    return answers


def judge_job(step: AwaitJob, told: Job | Refusal) -> Outcome | None:
    """Say how waiting ended; None while the job may still make its model."""
    if isinstance(told, Refusal):
        return Failed(f"the job cannot be described any more: {told.message}", told.query_id)
    match told.status:
        case JobStatus.PENDING | JobStatus.IN_PROGRESS | JobStatus.UNKNOWN | JobStatus.FORGOTTEN:
            return None
        case JobStatus.ERROR:
            return Failed(f"job {told.id} failed: {told.error}")
        case JobStatus.CANCELLED:
            return Failed(f"job {told.id} was cancelled")
        case JobStatus.SUCCESS:
            return _judge_success(step, told)


def _judge_success(step: AwaitJob, job: Job) -> Outcome:
    if not finetune.same_model(job.model, step.model):
        return Failed(
            f"job {job.id} saved its model as {job.model}, because another model took the name {step.model} meanwhile; "
            "nothing was marked or granted"
        )
    results = {
        "model": job.model,
        "training_loss": job.training_loss,
        "validation_loss": job.validation_loss,
        "trained_tokens": job.trained_tokens,
    }
    return Done({name: str(value) for name, value in results.items() if value is not None})
