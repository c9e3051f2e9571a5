"""What FINETUNE('DESCRIBE') and FINETUNE('SHOW') answer about jobs, key by key as documented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftspec.emulator.cortex.jobs import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ftspec.emulator.cortex.jobs import Job

_MOST_WHILE_TRAINING = 0.99  # 1.0 is kept for SUCCESS


def describe_job(job: Job, now: int) -> dict[str, object]:
    """Describe a job at a time, its keys in alphabetical order as in the samples of Snowflake's SDK.

    `error` is there for ERROR alone; `model`, `trained_tokens` and `training_result` for SUCCESS alone;
    `finished_on` for every job that ended (documented for SUCCESS, seen for ERROR, assumed for CANCELLED);
    `options` where the call gave any (finetune-describe; the samples of jobs without options have no such key).
    """
    answer: dict[str, object] = {
        "base_model": job.base_model,
        "created_on": job.created_on,
        "id": job.id,
        "progress": compute_progress(job, now),
        "status": job.status.value,
        "training_data": job.training_data,
        "validation_data": job.validation_data,
    }
    if job.max_epochs is not None:
        answer["options"] = {"max_epochs": job.max_epochs}
    if job.finished_on is not None:
        answer["finished_on"] = job.finished_on
    if job.error is not None and job.status is Status.ERROR:
        answer["error"] = {"code": job.error.code, "message": job.error.message}
    if job.training is not None and job.status is Status.SUCCESS:
        answer["model"] = job.model
        answer["trained_tokens"] = job.training.trained_tokens
        answer["training_result"] = {
            "training_loss": job.training.training_loss,
            "validation_loss": job.training.validation_loss,
        }
    return dict(sorted(answer.items()))


def list_jobs(jobs: Iterable[Job]) -> list[dict[str, object]]:
    """List jobs, newest first as in the sample of finetune-show; jobs of one millisecond by their id."""
    ordered = sorted(jobs, key=lambda job: (-job.created_on, job.id))
    return [
        {"base_model": job.base_model, "created_on": job.created_on, "id": job.id, "status": job.status.value}
        for job in ordered
    ]


def compute_progress(job: Job, now: int) -> float:
    """Give the progress from 0.0 to 1.0: linear in time while it trains, and kept where it ended.

    1.0 is given for SUCCESS alone; a training that is due but not yet ended shows 0.99.
    """
    if job.status is Status.SUCCESS:
        return 1.0
    if job.started_on is None:
        return 0.0
    end = next((moment for moment in (job.finished_on, job.stalled_on) if moment is not None), now)
    passed = end - job.started_on
    whole = job.due_on - job.started_on
    share = passed / whole if whole else 1.0
    return min(_MOST_WHILE_TRAINING, max(0.0, int(share * 100) / 100))
