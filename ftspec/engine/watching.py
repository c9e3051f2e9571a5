"""Watching jobs until none runs: they are listed at each look, and all is read again once one has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

from ftspec.engine.jobs import Poll, glance_at_jobs
from ftspec.engine.session import Session
from ftspec.engine.status import ModelStatus
from ftspec.resources.base import Refusal
from ftspec.resources.finetune import Job

Statuses = tuple[ModelStatus, ...]


def watch(session: Session, read: Callable[[], Statuses], show: Callable[[Statuses], None], stop: Event) -> None:
    """Show how things stand at each look; ends when no job runs, or it is stopped from outside."""
    poll = Poll(sleep=stop.wait)
    statuses = read()
    show(statuses)
    while running := tuple(found.job for found in statuses if found.job and found.job.status.is_running):
        poll.wait()
        if stop.is_set():
            return
        told = _look(session, running, poll)
        ended = any(isinstance(job, Refusal) or not job.status.is_running for job in told.values())
        statuses = read() if ended else tuple(_update(found, told) for found in statuses)
        show(statuses)


def _look(session: Session, running: tuple[Job, ...], poll: Poll) -> dict[str, Job | Refusal]:
    seen = glance_at_jobs(session, tuple(job.id for job in running), poll)
    listed = {job.id: replace(job, status=seen.listed[job.id]) for job in running if job.id in seen.listed}
    return {**listed, **seen.described}


def _update(found: ModelStatus, told: dict[str, Job | Refusal]) -> ModelStatus:
    job = told.get(found.job.id) if found.job else None
    return replace(found, job=job) if isinstance(job, Job) else found
