"""What the journal adds to what Snowflake still tells: jobs that are listed no more, and trainings nobody has seen.

A training is written down before it is submitted. So one whose job is not to be found was never started, or is being
started this very moment, or was forgotten: the query history, which knows it by its tag, tells these apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftspec.model.address import SchemaName
from ftspec.resources import finetune
from ftspec.resources.base import Query, Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job, JobStatus, Listed
from ftspec.resources.journal import (
    Attempt,
    Event,
    Fate,
    find_statement,
    parse_attempts,
    parse_schemas,
    parse_statement,
    read_attempts,
)
from ftspec.resources.marker import NONE, Marker

_TOUCHES_MS = 5_000
"""How far the clocks of a journal's row and of a job may differ, in milliseconds."""
_ARRIVES_SECONDS = 60
"""When a statement that the query history does not know is held never to have arrived."""
_KNOWN_SECONDS = 7 * 86_400
"""How long the query history goes back (Snowflake: QUERY_HISTORY_BY_USER)."""


@dataclass(frozen=True, slots=True)
class Journaled:
    """What the journal says of one model: jobs that nothing else tells of, and why an outcome is not known."""

    jobs: tuple[Job, ...] = ()
    unresolved: str = ""


def seen_attempts(scope: Scope, seen: Seen) -> tuple[Attempt, ...]:
    """Give the attempts that were read, oldest first."""
    return parse_attempts(seen.get(read_attempts(scope), ())) if scope.journal else ()


def seen_schemas(scope: Scope, seen: Seen) -> frozenset[SchemaName]:
    """Name the schemas that models were made in, or taken over from, at one time or another."""
    return parse_schemas(seen.get(read_attempts(scope), ())) if scope.journal else frozenset()


def name_running(jobs: tuple[Job, ...], scope: Scope, seen: Seen) -> tuple[Job, ...]:
    """Say under which name jobs that still run were submitted: DESCRIBE tells it at their end."""
    trainings = [(attempt.job, attempt.training) for attempt in seen_attempts(scope, seen)]
    names = {(training.resource, training.spec): training.model for _, training in trainings}
    by_job = {job: training.model for job, training in trainings if job}
    return tuple(
        replace(job, model=by_job.get(job.id) or names.get((job.marker.resource, job.marker.spec), ""))
        if job.status.is_running and job.marker is not None and not job.model
        else job
        for job in jobs
    )


def ask_history(model: FineTunedModel, scope: Scope, attempts: tuple[Attempt, ...]) -> tuple[Query, ...]:
    """Ask what became of the last training of the wanted spec, where no job of it was ever told."""
    last = _last_of(model, attempts)
    return (_history_of(last, scope),) if last is not None and last.event is Event.SUBMITTED else ()


def read_journaled(
    model: FineTunedModel,
    scope: Scope,
    seen: Seen,
    jobs: tuple[Job, ...],
    listed: Mapping[str, Listed],
) -> Journaled:
    """Say what the journal adds to the jobs that were described."""
    attempts = tuple(
        attempt
        for attempt in seen_attempts(scope, seen)
        if attempt.training.resource in {model.address.name, model.renamed_from}
    )
    known = {job.id for job in jobs}
    added = tuple(_as_job(attempt, scope, listed) for attempt in attempts if attempt.job and attempt.job not in known)
    last = _last_of(model, attempts)
    if last is None or last.event is not Event.SUBMITTED or _was_found(last, jobs):
        return Journaled(added, _check_role(attempts, scope))
    return Journaled(added, _resolve(last, scope, seen) or _check_role(attempts, scope))


def _last_of(model: FineTunedModel, attempts: tuple[Attempt, ...]) -> Attempt | None:
    mine = [
        attempt
        for attempt in attempts
        if attempt.training.spec == model.fingerprint
        and attempt.training.resource in {model.address.name, model.renamed_from}
    ]
    return mine[-1] if mine else None


def _was_found(attempt: Attempt, jobs: tuple[Job, ...]) -> bool:
    """Tell whether a job of the same spec was made at the time of an attempt or later."""
    return any(
        job.marker is not None
        and job.marker.spec == attempt.training.spec
        and job.created_on >= attempt.at - _TOUCHES_MS
        for job in jobs
    )


def _resolve(attempt: Attempt, scope: Scope, seen: Seen) -> str:
    """Say why it is not known whether a training was started; empty where it was not."""
    answer = seen.get(_history_of(attempt, scope), ())
    how = f"by {attempt.user} (query tag {attempt.training.tag})"
    if isinstance(answer, Refusal):
        return f"a training was submitted {how}, and the query history cannot be read: {answer.message}"
    fate, _ = parse_statement(answer)
    match fate:
        case Fate.RUNNING:
            return f"a training is being started {how}"
        case Fate.FAILED:
            return ""
        case Fate.SUCCEEDED:
            return f"a training was started {how}, and its job is not listed"
        case Fate.NOT_FOUND:
            return _explain_absence(attempt, scope, how)


def _explain_absence(attempt: Attempt, scope: Scope, how: str) -> str:
    if attempt.user != scope.user:
        return f"a training was submitted {how}, whose queries {scope.user} does not see"
    if attempt.age > _KNOWN_SECONDS:
        return f"a training was submitted {how}, longer ago than the query history goes back"
    if attempt.age <= _ARRIVES_SECONDS:
        return f"a training was submitted {how}, and the query history does not know it yet"
    return ""


def _check_role(attempts: tuple[Attempt, ...], scope: Scope) -> str:
    last = attempts[-1] if attempts else None
    if last is None or last.role == scope.role or scope.role_change:
        return ""
    return f"the last training was started as role {last.role}, and what {scope.role} does not see may be there"


def _as_job(attempt: Attempt, scope: Scope, listed: Mapping[str, Listed]) -> Job:
    """Tell a job from the journal's words, and from the list of jobs where it is still there."""
    training = attempt.training
    status = JobStatus(attempt.state) if attempt.event is Event.ENDED else JobStatus.FORGOTTEN
    if attempt.job in listed:
        status = listed[attempt.job].status
    return Job(
        id=attempt.job,
        status=status,
        base_model=training.base_model,
        created_on=attempt.since,
        progress=0.0,
        marker=Marker(
            scope.project,
            scope.environment,
            training.resource,
            training.spec,
            training.data or NONE,
            tables=training.tables or NONE,
        ),
        model=training.model,
        error=attempt.error,
        finished_on=attempt.at if attempt.event is Event.ENDED else None,
    )


def _history_of(attempt: Attempt, scope: Scope) -> Query:
    return find_statement(scope.home.database, attempt.training.tag, finetune.SUBMITS)
