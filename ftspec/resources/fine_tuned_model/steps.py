"""The steps of a change of a fine-tuned model, in order, each with its SQL."""

from __future__ import annotations

from ftspec.model.change import Action, Change
from ftspec.model.plan import AwaitJob, Execute, Form, Hazard, Ref, SqlText, Step
from ftspec.resources import finetune
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.decision import making_job
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job, Profile
from ftspec.resources.marker import NONE, Marker, check_marker, join_comment
from ftspec.resources.sql import block_comment, inside_literal


def model_steps(change: Change, desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Step, ...]:
    """List the steps of a change."""
    match change.action:
        case Action.CREATE:
            return _create(desired, actual, scope)
        case Action.WAIT | Action.FINISH:
            job = making_job(desired, actual)
            return () if job is None else _finish(desired, actual, job)
        case Action.UPDATE:
            return (_set_comment(desired, actual),)
        case Action.NO_OP | Action.BLOCKED:
            return ()
        case Action.REPLACE | Action.DELETE | Action.SWAP | Action.PROMOTE | Action.CANCEL:
            message = f"no row of the decision table gives {change.action}"
            raise AssertionError(message)


def build_marker(desired: FineTunedModel, scope: Scope, *, data: str) -> Marker:
    """Build the marker of the wanted model, as it stands in the training query: no job is known yet."""
    marker = Marker(scope.project, scope.environment, desired.address.name, desired.fingerprint, data)
    check_marker(marker)
    return marker


def _create(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Step, ...]:
    profile = next((found for found in actual.profiles if isinstance(found, Profile)), None)
    marker = build_marker(desired, scope, data=profile.fingerprint if profile else NONE)
    query = f"{block_comment(str(marker))} {desired.training.query}"
    validation = desired.validation.query if desired.validation else None
    create = Execute(
        id=f"train {desired.address.name}",
        address=desired.address,
        title=f"start training {desired.model}",
        hazards=(Hazard.BILLED,),
        sql=(finetune.submit(desired.model, desired.base_model, query, validation, dict(desired.options)),),
        outputs=("job_id",),
        once=True,
    )
    job = Ref(create.id, "job_id")
    wait = _await(desired, job, after=(create.id,))
    words = desired.comment or ""
    return create, wait, _mark(desired, _comment(words, marker, job), after=(wait.id,))


def _finish(desired: FineTunedModel, actual: Model, job: Job) -> tuple[Step, ...]:
    if job.marker is None:
        message = "a job without our marker is never ours"
        raise AssertionError(message)
    kept = actual.live.comment if actual.live else ""
    words = kept if desired.comment is None else desired.comment
    comment = _comment(words, job.marker, job.id)
    if not job.status.is_running:
        return (_mark(desired, comment, after=()),)
    wait = _await(desired, job.id, after=())
    return wait, _mark(desired, comment, after=(wait.id,))


def _set_comment(desired: FineTunedModel, actual: Model) -> Step:
    marker = actual.live.marker if actual.live else None
    text = join_comment(desired.comment or "", str(marker))
    return Execute(
        id=f"comment {desired.address.name}",
        address=desired.address,
        title=f"set the comment of {desired.model}",
        sql=(finetune.set_model_comment(desired.model, text),),
    )


def _await(desired: FineTunedModel, job: str | Ref, *, after: tuple[str, ...]) -> AwaitJob:
    return AwaitJob(
        id=f"await {desired.address.name}",
        address=desired.address,
        title=f"wait for the training of {desired.model}",
        after=after,
        job=job,
        model=desired.model,
    )


def _mark(desired: FineTunedModel, comment: SqlText, *, after: tuple[str, ...]) -> Execute:
    return Execute(
        id=f"mark {desired.address.name}",
        address=desired.address,
        title=f"mark {desired.model} as made by this project",
        after=after,
        sql=(f"ALTER MODEL {desired.model} SET COMMENT = '", *comment, "'"),
    )


def _comment(words: str, marker: Marker, job: str | Ref) -> SqlText:
    """Write the comment's text as it stands between quotes, the job's id put in where it becomes known."""
    before, after = join_comment(words, str(marker)).rsplit(f"job={NONE}", 1)
    value = Ref(job.step, job.output, Form.INSIDE_LITERAL) if isinstance(job, Ref) else inside_literal(job)
    return (inside_literal(f"{before}job="), value, inside_literal(after))
