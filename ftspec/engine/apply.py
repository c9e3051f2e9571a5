"""Walk the steps of a plan: the one interpreter of what the views explain.

Statements whose time has come run side by side; jobs are waited for when nothing else is left to do, without the lock.
What depends on a step that did not succeed is skipped, the rest is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from ftspec.engine.answer import PATIENCE_SECONDS
from ftspec.engine.comparison import find_moved
from ftspec.engine.jobs import Poll, glance_at_jobs, judge_job
from ftspec.engine.lock import Lock
from ftspec.engine.measuring import check_limits, settle_training
from ftspec.engine.rows import NoRows, Rows, send_any
from ftspec.engine.session import Fault, Session, SessionError
from ftspec.engine.sessions import Sessions
from ftspec.engine.statement import TAG, Sender
from ftspec.manifest.environment import Limits
from ftspec.model.diagnostics import Diagnostic
from ftspec.model.plan import (
    AwaitJob,
    Confirm,
    Done,
    Event,
    Execute,
    Failed,
    Gate,
    LoadFile,
    Measure,
    Outcome,
    Plan,
    Skipped,
    Step,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from ftspec.resources import journal
from ftspec.resources.base import Refusal
from ftspec.resources.finetune import Job

Emit = Callable[[Event], None]
Statement = Execute | Measure | LoadFile | Confirm
_GLANCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How an apply goes: statements side by side, whether jobs are waited for, and for how many seconds at most.

    `lock_timeout` is how many seconds it waits for somebody else's lock, `answer_timeout` how many the query history
    has to tell of a statement whose answer was lost.
    """

    parallelism: int = 4
    waits: bool = True
    timeout: float | None = None
    lock_timeout: float = 60.0
    answer_timeout: float = PATIENCE_SECONDS


@dataclass(slots=True)
class Walk:
    """A plan under way: what became of each step, and the values that steps gave.

    `stop` is set from outside to end the walk after the statements in flight; `plan_again` reads the state anew once a
    job has ended. `lock` is not held while jobs train; `on_wait` is told for whom it must be waited, and `loss` says
    that it was lost while it was needed. `rows` are those of the project's files, `limits` what no apply may exceed.
    `moves` is how far statements have come, as their threads tell it.
    """

    plan: Plan
    session: Session
    emit: Emit
    sender: Sender
    pace: Pace = field(default_factory=Pace)
    lock: Lock | None = None
    on_wait: Callable[[Diagnostic], None] | None = None
    loss: Diagnostic | None = None
    rows: Rows = field(default_factory=NoRows)
    plan_again: Callable[[], Plan] | None = None
    limits: Limits = field(default_factory=Limits)
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    poll: Poll = field(default_factory=Poll)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)
    waiting: dict[str, tuple[AwaitJob, str]] = field(default_factory=dict)
    moves: SimpleQueue[tuple[Step, str, float | None]] = field(default_factory=SimpleQueue)
    started: dict[str, float] = field(default_factory=dict)


def walk_steps(walk: Walk) -> Mapping[str, Outcome]:
    """Do every step whose time has come, and give what became of each, by id.

    Raises Fault FT503 once the lock was lost: what is in flight by then is finished, and nothing more is begun.
    """
    begin = walk.clock()
    sessions = Sessions(walk.session)
    flying: dict[Future[Outcome], Statement] = {}
    with ThreadPoolExecutor(max(walk.pace.parallelism, 1), thread_name_prefix="step") as pool:
        try:
            while len(walk.outcomes) < len(walk.plan.steps):
                _launch(walk, pool, sessions, flying)
                if flying:
                    _collect(walk, flying)
                elif walk.loss is not None:
                    _give_up(walk, "the lock was lost")
                elif walk.stop.is_set():
                    _give_up(walk, "interrupted")
                elif walk.waiting:
                    _wait_for_jobs(walk, begin)
        finally:
            sessions.close()
    if walk.loss is not None:
        raise Fault(walk.loss)
    return walk.outcomes


def _launch(walk: Walk, pool: ThreadPoolExecutor, sessions: Sessions, flying: dict[Future[Outcome], Statement]) -> None:
    """Start what can be started; steps that are hindered, and waits, need no session."""
    under_way = {step.id for step in flying.values()}
    for step in walk.plan.steps:
        if step.id in walk.outcomes or step.id in walk.waiting or step.id in under_way:
            continue
        if walk.stop.is_set() or not all(need in walk.outcomes for need in step.after):
            continue
        hindrance = _hindrance(walk, step)
        if hindrance is not None:
            _finish(walk, step, hindrance)
        elif isinstance(step, Statement):
            if len(flying) >= walk.pace.parallelism or not _holds_lock(walk):
                continue
            _begin(walk, step)
            flying[pool.submit(_send, walk, sessions, step)] = step
        else:
            _begin_waiting(walk, step)


def _holds_lock(walk: Walk) -> bool:
    """Tell whether statements may be begun, as far as the lock goes; once it was lost they may not."""
    try:
        if walk.lock is not None:
            walk.lock.check()
    except Fault as fault:
        walk.loss = walk.loss or fault.diagnostic
    return walk.loss is None


def _send(walk: Walk, sessions: Sessions, step: Statement) -> Outcome:
    if isinstance(step, Execute):
        step = replace(step, training=settle_training(step.training, walk.outputs))
    try:
        with sessions.borrow() as session:
            return send_any(
                walk.sender, session, walk.rows, step, walk.outputs, lambda *move: walk.moves.put((step, *move))
            )
    except Fault as fault:
        walk.loss = fault.diagnostic
        return Skipped("the lock was lost")
    except SessionError as error:
        return Failed(str(error), error.query_id)


def _collect(walk: Walk, flying: dict[Future[Outcome], Statement]) -> None:
    done, _ = wait(flying, timeout=_GLANCE_SECONDS, return_when=FIRST_COMPLETED)
    while not walk.moves.empty():
        moved, status, share = walk.moves.get()
        walk.emit(StepProgressed(moved, status, share, walk.clock() - walk.started[moved.id]))
    for future in sorted(done, key=lambda found: flying[found].id):
        step, outcome = flying.pop(future), future.result()
        if isinstance(step, Measure):
            outcome = check_limits(step, outcome, walk.plan, walk.outcomes, walk.limits)
        _finish(walk, step, outcome)


def _hindrance(walk: Walk, step: Step) -> Skipped | None:
    titles = {entry.id: entry.title for entry in walk.plan.steps}
    failed = [need for need in step.after if not isinstance(walk.outcomes[need], Done)]
    if not failed:
        return None
    waits = all(_still_waits(walk.outcomes[need]) for need in failed)
    return Skipped(f"could not {titles[failed[0]]}", waits=waits)


def _still_waits(outcome: Outcome) -> bool:
    return isinstance(outcome, Skipped) and outcome.waits


def _begin(walk: Walk, step: Step) -> None:
    walk.started[step.id] = walk.clock()
    walk.emit(StepStarted(step))


def _begin_waiting(walk: Walk, step: Step) -> None:
    match step:
        case AwaitJob():
            job = step.job if isinstance(step.job, str) else walk.outputs[step.job.step, step.job.output]
            if not walk.pace.waits:
                _finish(walk, step, Skipped(f"job {job} trains on; the next apply goes on from there", waits=True))
                return
            _begin(walk, step)
            walk.waiting[step.id] = (step, job)
        case Gate() | LoadFile() | Confirm() | Execute() | Measure():
            _finish(walk, step, Failed(f"this version of ftspec has no {type(step).__name__} steps yet"))


def _finish(walk: Walk, step: Step, outcome: Outcome) -> None:
    walk.waiting.pop(step.id, None)
    walk.outcomes[step.id] = outcome
    if isinstance(outcome, Done):
        walk.outputs.update({(step.id, name): value for name, value in outcome.outputs.items()})
    now = walk.clock()
    walk.emit(StepFinished(step, outcome, now - walk.started.get(step.id, now)))


def _give_up(walk: Walk, why: str) -> None:
    """End the walk: jobs train on, and nothing more is begun."""
    for waiting, job in tuple(walk.waiting.values()):
        _finish(walk, waiting, Skipped(f"{why}: job {job} trains on", waits=True))
    for step in walk.plan.steps:
        if step.id not in walk.outcomes:
            _finish(walk, step, _hindrance_of_rest(walk, step, why))


def _hindrance_of_rest(walk: Walk, step: Step, why: str) -> Skipped:
    known = [walk.outcomes[need] for need in step.after if need in walk.outcomes]
    waits = bool(known) and all(isinstance(outcome, Done) or _still_waits(outcome) for outcome in known)
    return Skipped(why, waits=waits)


def _wait_for_jobs(walk: Walk, begin: float) -> None:
    """Ask once how the jobs are doing, without the lock; go on with it once one has ended."""
    if walk.pace.timeout is not None and walk.clock() - begin >= walk.pace.timeout:
        _give_up(walk, f"not waited for any longer than {walk.pace.timeout:g} s")
        return
    if walk.lock is not None:
        walk.lock.release()
    ended = _poll_jobs(walk)
    if not ended:
        walk.poll.wait()
        return
    if walk.lock is not None:
        walk.lock.acquire(walk.pace.lock_timeout, walk.on_wait)
    _compare_again(walk, ended)


def _poll_jobs(walk: Walk) -> tuple[AwaitJob, ...]:
    """Ask for all jobs by one statement, and more of a few; gives the waits that ended well."""
    waiting = tuple(walk.waiting.values())
    try:
        told = glance_at_jobs(walk.session, tuple(job for _, job in waiting), walk.poll).described
    except SessionError as error:
        for step, job in waiting:
            _finish(walk, step, Failed(f"lost sight of job {job}, which trains on: {error}", error.query_id))
        return ()
    return tuple(step for step, job in waiting if _tell(walk, step, told.get(job)))


def _tell(walk: Walk, step: AwaitJob, told: Job | Refusal | None) -> bool:
    outcome = None if told is None else judge_job(step, told)
    if outcome is not None:
        _finish(walk, step, _write_end(walk, step, told, outcome) if isinstance(told, Job) else outcome)
    elif isinstance(told, Job):
        elapsed = walk.clock() - walk.started[step.id]
        walk.emit(StepProgressed(step, told.status.value, told.progress, elapsed, told.training_loss))
    return isinstance(outcome, Done)


def _write_end(walk: Walk, step: AwaitJob, job: Job, outcome: Outcome) -> Outcome:
    """Write down how a training ended, under the tag that it was started with where that is known."""
    training = settle_training(step.training, walk.outputs)
    if walk.sender.journal is None or training is None:
        return outcome
    started = step.job.step if not isinstance(step.job, str) else ""
    tag = walk.outputs.get((started, TAG)) or training.tag or job.id
    try:
        walk.sender.journal.write(walk.session, journal.ended_entry(training, tag, job))
    except SessionError as error:
        return Failed(f"job {job.id} ended, and its end could not be written into the journal: {error}")
    return outcome


def _compare_again(walk: Walk, ended: tuple[AwaitJob, ...]) -> None:
    """Read the state again after a training: what the plan was going to do must still be what there is to do."""
    if walk.plan_again is None:
        return
    fresh, addresses = walk.plan_again(), {step.address for step in ended}
    left = [step for step in walk.plan.steps if step.id not in walk.outcomes and step.address in addresses]
    for step, outcome in find_moved(left, fresh, walk.outputs):
        _finish(walk, step, outcome)
