"""Walk the steps of a plan: the one interpreter of what the views explain."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ftspec.engine.jobs import Poll, describe_jobs, judge_job
from ftspec.engine.session import Fate, Session, SessionError
from ftspec.model.plan import (
    AwaitJob,
    Done,
    Event,
    Execute,
    Failed,
    Gate,
    LoadFile,
    Outcome,
    Plan,
    Skipped,
    Step,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from ftspec.resources.base import Refusal
from ftspec.resources.finetune import Job
from ftspec.resources.sql import bind

Emit = Callable[[Event], None]
Clock = Callable[[], float]


@dataclass(slots=True)
class Walk:
    """A plan under way: what became of each step, and the values that steps gave."""

    plan: Plan
    session: Session
    emit: Emit
    clock: Clock = time.monotonic
    poll: Poll = field(default_factory=Poll)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)
    waiting: dict[str, tuple[AwaitJob, str]] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)


def walk_steps(walk: Walk) -> Mapping[str, Outcome]:
    """Do every step whose time has come; wait for jobs only when nothing else is left to do.

    What depends on a step that did not succeed is skipped, the rest is done. Nothing is tried twice.
    """
    while len(walk.outcomes) < len(walk.plan.steps):
        step = _next_step(walk)
        if step is None:
            _poll_jobs(walk)
            continue
        hindrance = _hindrance(walk, step)
        if hindrance:
            _finish(walk, step, Skipped(hindrance))
            continue
        walk.started[step.id] = walk.clock()
        walk.emit(StepStarted(step))
        _do_step(walk, step)
    return walk.outcomes


def _next_step(walk: Walk) -> Step | None:
    for step in walk.plan.steps:
        if step.id in walk.outcomes or step.id in walk.waiting:
            continue
        if all(need in walk.outcomes for need in step.after):
            return step
    return None


def _hindrance(walk: Walk, step: Step) -> str:
    titles = {entry.id: entry.title for entry in walk.plan.steps}
    failed = [need for need in step.after if not isinstance(walk.outcomes[need], Done)]
    return f"could not {titles[failed[0]]}" if failed else ""


def _do_step(walk: Walk, step: Step) -> None:
    match step:
        case Execute():
            _finish(walk, step, _execute(walk, step))
        case AwaitJob():
            job = step.job if isinstance(step.job, str) else walk.outputs[step.job.step, step.job.output]
            walk.waiting[step.id] = (step, job)
        case Gate() | LoadFile():
            _finish(walk, step, Failed(f"this version of ftspec has no {type(step).__name__} steps yet"))


def _execute(walk: Walk, step: Execute) -> Outcome:
    try:
        rows = walk.session.execute(bind(step.sql, walk.outputs), once=step.once, schema=step.schema)
    except SessionError as error:
        if step.once and error.fate is Fate.LOST:
            return Failed(
                f"unknown outcome: the answer was lost ({error}); ftspec plan says whether a job was started",
                error.query_id,
            )
        return Failed(str(error), error.query_id)
    if not step.outputs:
        return Done()
    if not rows:
        return Failed("Snowflake gave no row where one was expected")
    return Done(dict(zip(step.outputs, (str(value) for value in rows[0].values()), strict=False)))


def _finish(walk: Walk, step: Step, outcome: Outcome) -> None:
    walk.waiting.pop(step.id, None)
    walk.outcomes[step.id] = outcome
    if isinstance(outcome, Done):
        walk.outputs.update({(step.id, name): value for name, value in outcome.outputs.items()})
    now = walk.clock()
    walk.emit(StepFinished(step, outcome, now - walk.started.get(step.id, now)))


def _poll_jobs(walk: Walk) -> None:
    waiting = tuple(walk.waiting.values())
    try:
        told = describe_jobs(walk.session, tuple(job for _, job in waiting), walk.poll)
    except SessionError as error:
        for step, job in waiting:
            _finish(walk, step, Failed(f"lost sight of job {job}, which trains on: {error}", error.query_id))
        return
    for step, job in waiting:
        _tell(walk, step, told.get(job))
    if walk.waiting:
        walk.poll.wait()


def _tell(walk: Walk, step: AwaitJob, told: Job | Refusal | None) -> None:
    outcome = None if told is None else judge_job(step, told)
    if outcome is not None:
        _finish(walk, step, outcome)
    elif isinstance(told, Job):
        elapsed = walk.clock() - walk.started[step.id]
        walk.emit(StepProgressed(step, told.status.value, told.progress, elapsed, told.training_loss))
