"""The steps of a change of a fine-tuned model, in order, each with its SQL."""

from __future__ import annotations

from dataclasses import replace

from ftspec.model.address import ObjectName
from ftspec.model.change import Action, Change, State
from ftspec.model.plan import AwaitJob, Execute, Form, Hazard, Measure, Ref, SqlText, Step, Training
from ftspec.resources import finetune
from ftspec.resources.addressed import JobQueries
from ftspec.resources.base import Scope
from ftspec.resources.base_model import find_base_model
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import (
    find_begun,
    find_pruned,
    find_ready,
    list_held,
    own_live,
    running_others,
    running_wanted,
    submitted_name,
)
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import build_cost, list_rewritten
from ftspec.resources.fine_tuned_model.figures import ask_profile
from ftspec.resources.fine_tuned_model.owing import drop_in_place, owe_grants, restore_grants
from ftspec.resources.fine_tuned_model.removing import cancel_jobs, delete_all
from ftspec.resources.fine_tuned_model.returning import end_holds
from ftspec.resources.fine_tuned_model.swapping import drop_models, go_live, list_coming, swap_models
from ftspec.resources.finetune import Job
from ftspec.resources.marker import BESIDE, NONE, YES, Marker, check_marker, join_comment
from ftspec.resources.naming import name_beside, suffix_beside
from ftspec.resources.sql import block_comment, inside_literal


def model_steps(change: Change, desired: FineTunedModel | None, actual: Model, scope: Scope) -> tuple[Step, ...]:
    """List the steps of a change."""
    if change.action in {Action.NO_OP, Action.BLOCKED}:
        return ()
    if desired is None:
        return delete_all(change.address, actual, scope)
    first = _clear(change, desired, actual)
    after = _ids(first)
    match change.action:
        case Action.CREATE | Action.REPLACE:
            return (*first, *_train(desired, actual, scope, after))
        case Action.WAIT:
            return (*first, *_wait(desired, actual, scope, after))
        case _ if change.action is not Action.UPDATE and find_ready(desired, actual, scope) is not None:
            return (*first, *_bring(desired, actual, scope, after))
        case _:
            return (*first, *_settle(desired, actual, scope, after, held=change.state is State.HELD))


def _clear(change: Change, desired: FineTunedModel, actual: Model) -> tuple[Step, ...]:
    """Cancel jobs whose model nobody wants, but for an update; end the holds of rollbacks that are not completed."""
    others = () if change.action is Action.UPDATE else running_others(desired, actual)
    cancels = cancel_jobs(desired.address, others, desired.model.parent)
    completes = change.action is Action.PROMOTE and find_begun(desired, actual) is not None
    stays = completes or change.state is State.HELD
    return cancels if stays else (*cancels, *end_holds(desired.address, list_held(actual)))


def build_marker(desired: FineTunedModel, scope: Scope, *, data: str, job: str = NONE, tables: str = NONE) -> Marker:
    """Build the marker of the wanted model, as it stands in the training query: no job is known yet."""
    marker = Marker(
        scope.project,
        scope.environment,
        desired.address.name,
        desired.fingerprint,
        data,
        job=job,
        protect=YES if desired.protected else NONE,
        tables=tables,
    )
    check_marker(marker)
    return marker


def _train(desired: FineTunedModel, actual: Model, scope: Scope, after: tuple[str, ...]) -> tuple[Step, ...]:
    """Profile again, start a training and wait for it; what is made under a candidate's name is brought live."""
    live = own_live(desired, actual, scope)
    measure = _measure(desired, actual, scope, after)
    after = (measure.id,)
    dropped: tuple[Step, ...] = ()
    if desired.in_place and live is not None:
        before, actual = actual, drop_in_place(actual, live, desired, scope)
        noted = owe_grants(desired, before, actual, scope, after)
        granted = sorted(set(list_coming(desired.model, scope).values()))
        behind = (*(_ids(noted) or after), *granted)
        dropped = (*noted, *drop_models(desired.address, (live,), Hazard.DELETES, behind))
        after = (dropped[-1].id,)
    data = actual.data
    beside = bool(actual.live or actual.others or actual.running())
    name = name_beside(desired.model, desired.fingerprint, data, actual.taken) if beside else desired.model
    standing = f"{BESIDE}.{suffix_beside(name, desired.model)}" if beside else NONE
    marker = build_marker(desired, scope, data=data, tables=actual.queries.tables)
    create = _submit(desired, actual.queries, replace(marker, job=standing), name, measure, after)
    job = Ref(create.id, "job_id")
    wait = _await(desired, job, _training_of(desired, name, marker, measure), name, after=(create.id,))
    written = _put_measured(_written(desired, live, marker, job), marker, measure)
    passed = restore_grants(desired, actual, scope, name, (wait.id,))
    mark = _mark(desired, name, written, _ids(passed) or (wait.id,))
    return (measure, *dropped, create, wait, *passed, mark, *go_live(desired, actual, scope, name, (mark.id,)))


def _measure(desired: FineTunedModel, actual: Model, scope: Scope, after: tuple[str, ...]) -> Measure:
    """Profile the training rows once more, as the job will read them: what is paid for is what is there then."""
    cost = build_cost(desired, actual, scope)
    if cost is None:
        message = "a training is planned from the profile of its rows"
        raise AssertionError(message)
    base = find_base_model(desired.base_model, scope.own_base_models)
    return Measure(
        id=f"measure {desired.address.name}",
        address=desired.address,
        title=f"profile {desired.training.address} again, before it is paid for",
        after=after,
        needs=desired.standing,
        sql=ask_profile(desired, actual.queries.training, scope).sql,
        tokens=cost.tokens,
        epochs=cost.epochs,
        most_rows=None if base is None else base.row_limit(1 if cost.epochs_assumed else cost.epochs),
        credit_rate=cost.credit_rate,
    )


def _put_measured(text: SqlText, marker: Marker, measure: Measure) -> SqlText:
    """Put the fingerprint that is measured in the place of the one that was planned with, in a marker's text."""
    planned = f" data={marker.data} "
    for index, part in enumerate(text):
        if isinstance(part, str) and planned in part:
            before, _, after = part.rpartition(planned)
            data = Ref(measure.id, "data", Form.INSIDE_LITERAL)
            return (*text[:index], f"{before} data=", data, f" {after}", *text[index + 1 :])
    message = "a marker tells the data"
    raise AssertionError(message)


def _submit(
    desired: FineTunedModel,
    queries: JobQueries,
    marker: Marker,
    name: ObjectName,
    measure: Measure,
    after: tuple[str, ...],
) -> Execute:
    query = f"{block_comment(str(marker))} {queries.training}"
    sql = finetune.submit(name, desired.base_model, query, queries.validation, dict(desired.options))
    return Execute(
        id=f"train {desired.address.name}",
        address=desired.address,
        title=f"start training {name}",
        hazards=(Hazard.BILLED,),
        after=after,
        needs=desired.standing,
        sql=_put_measured((sql,), marker, measure),
        outputs=("job_id",),
        once=True,
        training=_training_of(desired, name, marker, measure),
    )


def _training_of(
    desired: FineTunedModel, name: ObjectName, marker: Marker | None, measure: Measure | None = None
) -> Training:
    return Training(
        desired.address.name,
        desired.fingerprint,
        NONE if marker is None else marker.data,
        desired.base_model,
        str(name),
        measured_by="" if measure is None else measure.id,
        tables="" if marker is None else marker.tables.removeprefix(NONE),
    )


def _wait(desired: FineTunedModel, actual: Model, scope: Scope, after: tuple[str, ...]) -> tuple[Step, ...]:
    job = running_wanted(desired, actual)[0]
    name = submitted_name(desired, actual, job)
    training = _training_of(desired, name, job.marker)
    wait = _await(desired, job.id, training, name, after=after)
    passed = restore_grants(desired, actual, scope, name, (wait.id,))
    mark = _mark(desired, name, _made_by(desired, actual, scope, job), _ids(passed) or (wait.id,))
    return (wait, *passed, mark, *go_live(desired, actual, scope, name, (mark.id,)))


def _bring(desired: FineTunedModel, actual: Model, scope: Scope, after: tuple[str, ...]) -> tuple[Step, ...]:
    ready = find_ready(desired, actual, scope)
    if ready is None:
        message = "there is no model to bring live"
        raise AssertionError(message)
    if ready == find_begun(desired, actual):
        return swap_models(desired, actual, scope, ready.name, after)
    passed = restore_grants(desired, actual, scope, ready.name, after)
    after = _ids(passed) or after
    marks: tuple[Step, ...] = ()
    if ready.maker is not None:
        marks = (_mark(desired, ready.name, _made_by(desired, actual, scope, ready.maker), after),)
    elif ready.marker is not None and list_rewritten(desired, ready):
        marks = (_mark(desired, ready.name, _rewritten(desired, ready, ready.marker), after, anew=True),)
    behind = _ids(marks) or after
    return (*passed, *marks, *go_live(desired, actual, scope, ready.name, behind, ready))


def _settle(
    desired: FineTunedModel, actual: Model, scope: Scope, after: tuple[str, ...], *, held: bool
) -> tuple[Step, ...]:
    """Bring the comment of a live model up to date, and drop what nobody keeps; beside a `held` one all is kept."""
    live = actual.live
    passed = restore_grants(desired, actual, scope, desired.model, after)
    after = _ids(passed) or after
    marks: tuple[Step, ...] = ()
    if live is not None and list_rewritten(desired, live, held=held):
        text = (
            _made_by(desired, actual, scope, live.maker)
            if live.maker is not None
            else _rewritten(desired, live, live.marker, held=held)
        )
        marks = (_mark(desired, desired.model, text, after, anew=live.maker is None),)
    pruned = () if held else find_pruned(desired, actual, scope)
    return (*passed, *marks, *drop_models(desired.address, pruned, Hazard.PRUNES, _ids(marks) or after))


def _ids(steps: tuple[Step, ...]) -> tuple[str, ...]:
    return tuple(step.id for step in steps)


def _await(
    desired: FineTunedModel, job: str | Ref, training: Training, model: ObjectName, *, after: tuple[str, ...]
) -> AwaitJob:
    return AwaitJob(
        id=f"await {desired.address.name}",
        address=desired.address,
        title=f"wait for the training of {model}",
        after=after,
        job=job,
        model=model,
        training=training,
    )


def _mark(
    desired: FineTunedModel, name: ObjectName, comment: SqlText, after: tuple[str, ...], *, anew: bool = False
) -> Execute:
    return Execute(
        id=f"mark {desired.address.name}",
        address=desired.address,
        title=f"bring the comment of {name} up to date" if anew else f"write on {name} what it was made from",
        after=after,
        sql=(f"ALTER MODEL {name} SET COMMENT = '", *comment, "'"),
    )


def _made_by(desired: FineTunedModel, actual: Model, scope: Scope, job: Job) -> SqlText:
    """Write the comment of a model that a job of ours has made, or is making."""
    if job.marker is None:
        message = "a job without our marker is never ours"
        raise AssertionError(message)
    marker = build_marker(desired, scope, data=job.marker.data, tables=job.marker.tables)
    marker = replace(marker, spec=job.marker.spec)
    return _written(desired, own_live(desired, actual, scope), marker, job.id)


def _written(desired: FineTunedModel, live: LiveModel | None, marker: Marker, job: str | Ref) -> SqlText:
    """Write a comment's text as it stands between quotes, the job's id put in where it becomes known.

    A user's own words that no manifest manages are kept, also when another model takes the place of the live one.
    """
    words = (live.comment if live else "") if desired.comment is None else desired.comment
    before, after = join_comment(words, str(marker)).rsplit(f"job={NONE}", 1)
    value = Ref(job.step, job.output, Form.INSIDE_LITERAL) if isinstance(job, Ref) else inside_literal(job)
    return (inside_literal(f"{before}job="), value, inside_literal(after))


def _rewritten(desired: FineTunedModel, model: LiveModel, marker: Marker | None, *, held: bool = False) -> SqlText:
    """Write the comment of a model anew, its marker as the manifest has it now."""
    if marker is None:
        message = "a model of ours has a marker, or a job that made it"
        raise AssertionError(message)
    words = model.comment if desired.comment is None else desired.comment
    protect = YES if desired.protected else NONE
    new = replace(marker, resource=desired.address.name, protect=protect, hold=marker.hold if held else NONE)
    return (inside_literal(join_comment(words, str(new))),)
