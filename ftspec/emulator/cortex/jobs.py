"""Training jobs as values: what is stored of one, and how it moves from PENDING to its end.

A job's status is what its facts say: not started, started, ended. Nothing happens by looking at it. Whoever
keeps jobs asks `is_read_due` and `is_due`, does what is due, and stores the job that `start`, `fail`, `succeed`
or `cancel` gives. All times are epoch milliseconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ftspec.emulator.cortex.failures import JobError
from ftspec.emulator.cortex.names import build_free_name, quote_identifier
from ftspec.emulator.cortex.training import Training, read_training
from ftspec.emulator.errors import SnowflakeError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ftspec.emulator.cortex.calls import CreateCall

_LONGEST_PENDING_MS = 1_000  # the documented failed job ended about a second after its creation
_PENDING_SHARE = 0.2  # of a training that takes less than five seconds


class Status(StrEnum):
    """The documented states of a job (finetune-show)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Creator:
    """Who created a job and where: its queries are read with these rights and in this database and schema."""

    user: str
    role: str
    database: str | None
    schema: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that is stored of a training job.

    `database`, `schema` and `name` are folded; `typed` is the last part of the name as the call wrote it.
    `validation_data` is "" and `max_epochs` None where the call gave none. `model` is the final qualified name.
    A job that stalled moves on no more until it is resumed.
    """

    id: str
    database: str
    schema: str
    name: str
    typed: str
    base_model: str
    training_data: str
    validation_data: str
    max_epochs: int | None
    created_on: int
    training_seconds: float
    creator: Creator
    started_on: int | None = None
    training: Training | None = None
    error: JobError | None = None
    cancelled_on: int | None = None
    finished_on: int | None = None
    model: str | None = None
    stalled_on: int | None = None

    @property
    def read_due_on(self) -> int:
        """Give the time at which the data is read and PENDING ends."""
        return self.created_on + min(_LONGEST_PENDING_MS, int(self.training_seconds * 1000 * _PENDING_SHARE))

    @property
    def due_on(self) -> int:
        """Give the time at which the training is over: `training_seconds` after creation, never before its start."""
        return max(self.created_on + int(self.training_seconds * 1000), self.started_on or 0)

    @property
    def status(self) -> Status:
        """Give the state that the facts amount to."""
        if self.cancelled_on is not None:
            return Status.CANCELLED
        if self.error is not None:
            return Status.ERROR
        if self.model is not None:
            return Status.SUCCESS
        return Status.PENDING if self.started_on is None else Status.IN_PROGRESS

    @property
    def is_over(self) -> bool:
        """Tell whether the job has ended, in whichever way."""
        return self.status in {Status.SUCCESS, Status.ERROR, Status.CANCELLED}

    def to_dict(self) -> dict[str, object]:
        """Give the job as JSON data."""
        training = None if self.training is None else self.training.to_dict()
        return asdict(self) | {"training": training}


def build_job(
    call: CreateCall, *, job_id: str, target: tuple[str, str], creator: Creator, now: int, training_seconds: float
) -> Job:
    """Build the job that a CREATE call makes; `target` is the folded database and schema of the model."""
    database, schema = target
    return Job(
        id=job_id,
        database=database,
        schema=schema,
        name=call.name.name,
        typed=call.name.typed,
        base_model=call.base_model,
        training_data=call.training_data,
        validation_data=call.validation_data,
        max_epochs=call.max_epochs,
        created_on=now,
        training_seconds=training_seconds,
        creator=creator,
    )


def read_job(saved: Mapping[str, object]) -> Job:
    """Read what `Job.to_dict` gave; raises KeyError or TypeError for anything else."""
    creator, training, error = saved["creator"], saved["training"], saved["error"]
    fields = {
        **saved,
        "creator": Creator(**creator),  # type: ignore[arg-type]  # a wrong shape is a TypeError, as documented
        "training": None if training is None else read_training(training),  # type: ignore[arg-type]  # the same
        "error": None if error is None else JobError(**error),  # type: ignore[arg-type]  # the same
    }
    return Job(**fields)  # type: ignore[arg-type]  # the same


def is_read_due(job: Job, now: int) -> bool:
    """Tell whether the data of a pending job is to be read now."""
    return job.status is Status.PENDING and job.stalled_on is None and now >= job.read_due_on


def is_due(job: Job, now: int) -> bool:
    """Tell whether a started job has trained for long enough to succeed."""
    return job.status is Status.IN_PROGRESS and job.stalled_on is None and now >= job.due_on


def start(job: Job, now: int, training: Training) -> Job:
    """Start the training of a pending job, its data read."""
    return replace(job, started_on=now, training=training)


def fail(job: Job, now: int, error: JobError) -> Job:
    """End a job in ERROR."""
    return replace(job, error=error, finished_on=max(now, job.created_on))


def succeed(job: Job, model: str) -> Job:
    """End a job in SUCCESS, at the time at which it was due however late that is noticed.

    `model` is the final qualified name of the model, as DESCRIBE shows it.
    """
    return replace(job, model=model, finished_on=job.due_on)


def cancel(job: Job, now: int) -> Job:
    """Cancel a job that has not ended.

    What CANCEL does to a job that has ended is not documented; it is refused here, so that no client takes a model
    that was trained and paid for as cancelled. Raises SnowflakeError 1008.
    """
    if job.is_over:
        message = f"Cortex Fine-tuning job '{job.id}' cannot be canceled: its status is {job.status}"
        raise SnowflakeError(message, errno=1008, sqlstate="22023")
    ended = max(now, job.created_on)
    return replace(job, cancelled_on=ended, finished_on=ended)


def stall(job: Job, now: int) -> Job:
    """Let a job neither move on nor end by itself."""
    return replace(job, stalled_on=now)


def resume(job: Job) -> Job:
    """Let a job that stalled go on: it ends when it would have ended, at once where that has passed."""
    return replace(job, stalled_on=None)


def hasten(job: Job, now: int) -> Job:
    """Let a job's training be over now."""
    return replace(job, stalled_on=None, training_seconds=max(0, now - job.created_on) / 1000)


def build_model_name(job: Job, taken: Collection[str]) -> tuple[str, str]:
    """Give the name that a job's model gets: folded, and qualified as DESCRIBE shows it.

    `taken` are the folded names of the models in the target schema: a name that is taken gets a suffix. The last
    part keeps the casing of the call, as in the samples of Snowflake's SDK.
    """
    folded, typed = build_free_name(job.name, job.typed, taken)
    return folded, f"{quote_identifier(job.database)}.{quote_identifier(job.schema)}.{typed}"


def build_cancel_message(job: Job) -> str:
    """Give what CANCEL answers (finetune-cancel)."""
    return f"Canceled Cortex Fine-tuning job: {job.id}"


def build_unknown_job(job_id: str) -> SnowflakeError:
    """Make the error for a job id that no job has; its text is this server's choice, none is documented."""
    return SnowflakeError(f"Cortex Fine-tuning job '{job_id}' does not exist", errno=2003, sqlstate="02000")
