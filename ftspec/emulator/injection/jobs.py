"""What is done to training jobs on request: they stall, fail, finish at once, or are forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ftspec.emulator.cortex import jobs as job_rules
from ftspec.emulator.cortex.failures import JobError
from ftspec.emulator.cortex.jobs import Job
from ftspec.emulator.injection.rules import RuleError

if TYPE_CHECKING:
    from ftspec.emulator.account import OpenAccount

_FAILURE = ("INTERNAL_ERROR", "The training failed on request.")


class UnknownJobError(Exception):
    """There is no such job; the message names it."""


def change_job(account: OpenAccount, job_id: str, body: Mapping[str, object]) -> Job:
    """Do to an open job what `do` says, and give the job as it is then.

    Raises UnknownJobError, and RuleError where the job is over or the request is not understood.
    """
    change = _read_change(body, account.clock.now_ms())
    with account.lock, account.catalog.transaction():
        job = _find(account, job_id)
        if job.is_over:
            raise RuleError(f"job {job_id!r} is over: its status is {job.status}")
        account.service.jobs.put(change(job))
    account.service.advance()
    with account.lock:
        return _find(account, job_id)


def forget_job(account: OpenAccount, job_id: str) -> None:
    """Forget a job, as if it were too old to be shown; raises UnknownJobError."""
    with account.lock, account.catalog.transaction():
        account.service.jobs.forget(_find(account, job_id).id)


def forget_old_jobs(account: OpenAccount, older_than_seconds: int) -> tuple[str, ...]:
    """Forget the jobs that ended at least so long ago, and give their ids."""
    latest = account.clock.now_ms() - older_than_seconds * 1000
    with account.lock, account.catalog.transaction():
        jobs = account.service.jobs.list_all()
        old = tuple(job.id for job in jobs if job.finished_on is not None and job.finished_on <= latest)
        for job_id in old:
            account.service.jobs.forget(job_id)
    return old


def _find(account: OpenAccount, job_id: str) -> Job:
    job = account.service.jobs.find(job_id)
    if job is None:
        raise UnknownJobError(f"there is no job {job_id!r}")
    return job


def _read_change(body: Mapping[str, object], now: int) -> Callable[[Job], Job]:
    known = {"do", "code", "message"} if body.get("do") == "fail" else {"do"}
    unknown = sorted(body.keys() - known)
    if unknown:
        raise RuleError(f"unknown key {unknown[0]!r}")
    match body.get("do"):
        case "stall":
            return lambda job: job_rules.stall(job, now)
        case "resume":
            return job_rules.resume
        case "finish":
            return lambda job: job_rules.hasten(job, now)
        case "fail":
            code, message = (str(body.get(key, word)) for key, word in zip(("code", "message"), _FAILURE, strict=True))
            return lambda job: job_rules.fail(job, now, JobError(code, message))
        case other:
            raise RuleError(f"'do' must be one of stall, resume, finish, fail, not {other!r}")
