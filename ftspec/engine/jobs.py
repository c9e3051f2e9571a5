"""Waiting for training jobs: all of them in one loop, with back-off, surviving passing errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ftspec.engine.session import Fate, Session, SessionError
from ftspec.model.plan import AwaitJob, Done, Failed, Outcome
from ftspec.resources import finetune
from ftspec.resources.base import Refusal
from ftspec.resources.finetune import Job, JobStatus

Sleep = Callable[[float], object]
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
MOST_FAULTS = 20


@dataclass(slots=True)
class Poll:
    """The rhythm of the waiting: pauses grow from a quarter of a second to ten, and errors in a row are counted."""

    sleep: Sleep = time.sleep
    pause: float = FIRST_PAUSE
    faults: int = field(default=0)

    def wait(self) -> None:
        """Pause, and pause longer the next time."""
        self.sleep(self.pause)
        self.pause = min(self.pause * 1.5, LONGEST_PAUSE)


def describe_jobs(session: Session, jobs: tuple[str, ...], poll: Poll) -> dict[str, Job | Refusal]:
    """Describe jobs side by side; a lost connection gives nothing, until it was lost too often in a row."""
    try:
        answers = session.read(tuple(finetune.describe_job(job) for job in jobs))
    except SessionError as error:
        poll.faults += 1
        if error.fate is Fate.REFUSED or poll.faults > MOST_FAULTS:
            raise
        return {}
    poll.faults = 0
    found: dict[str, Job | Refusal] = {}
    for job, answer in zip(jobs, answers, strict=True):
        told = answer if isinstance(answer, Refusal) else finetune.parse_job(answer)
        if told is not None:
            found[job] = told
    return found


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
