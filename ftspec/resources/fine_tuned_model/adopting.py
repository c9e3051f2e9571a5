"""Models that nobody manages: what is to be known of them, and how one is taken over as it is.

A marker says what a model was *made from*. So one whose job Snowflake still tells gets the fingerprint of that job's
spec, also where the manifest declares another; where the job is forgotten, nothing speaks against the manifest, and
the fingerprint is what it declares. Its rows are never known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ftspec.model.address import ObjectName, SchemaName
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Execute
from ftspec.resources import finetune
from ftspec.resources.addressed import build_queries
from ftspec.resources.base import Query, Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model.actual import LiveModel, find_maker, read_model
from ftspec.resources.fine_tuned_model.comparison import compare_job
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import list_declared
from ftspec.resources.fine_tuned_model.steps import build_marker
from ftspec.resources.finetune import Job, JobStatus, same_model
from ftspec.resources.marker import NONE, join_comment, spec_fingerprint
from ftspec.resources.query import read_query

_FINE_TUNED = "CORTEX_FINETUNED"
_SHOWN = 11
_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Sight:
    """The fine-tuned models of some schemas, each with the job that made it where one is told; `running` jobs."""

    models: tuple[LiveModel, ...]
    running: tuple[Job, ...]
    faults: Diagnostics


def ask_sight(schemas: Iterable[SchemaName], seen: Seen) -> tuple[Query, ...]:
    """Ask for models and jobs, then for the jobs that may have made those without a marker."""
    first = (finetune.list_jobs(), *(finetune.show_models(place.database, place.name) for place in sorted(schemas)))
    if any(query not in seen for query in first):
        return first
    listed = _list_models(schemas, seen)
    named = {model.marker.job for model in listed if model.marker}
    unmarked = [model for model in listed if model.marker is None]
    latest = max((model.created_on or _EVER for model in unmarked), default=0)
    return tuple(
        finetune.describe_job(job.id)
        for job in finetune.parse_jobs(seen[finetune.list_jobs()])
        if job.status.is_running
        or (job.status is JobStatus.SUCCESS and unmarked and job.id not in named and job.created_on <= latest)
    )


def observe_sight(schemas: Iterable[SchemaName], seen: Seen) -> Sight:
    """Parse the answers; what was refused is a fault."""
    answers = {str(place): seen[finetune.show_models(place.database, place.name)] for place in sorted(schemas)}
    answers["FINETUNE('SHOW')"] = seen[finetune.list_jobs()]
    faults = [
        Diagnostic("FT308", f"Snowflake refused to list what is in {place}: {answer.message}")
        for place, answer in answers.items()
        if isinstance(answer, Refusal)
    ]
    faults += [
        Diagnostic("FT423", f"SHOW MODELS ended at {finetune.SHOW_LIMIT:,} rows in {place}, and there may be more")
        for place, answer in answers.items()
        if not isinstance(answer, Refusal) and len(answer) >= finetune.SHOW_LIMIT
    ]
    told = (finetune.parse_job(answer) for query, answer in seen.items() if query.sql in _describing(seen))
    jobs = tuple(sorted((job for job in told if job is not None), key=lambda job: (job.created_on, job.id)))
    models = _list_models(schemas, seen)
    return Sight(
        tuple(_find_maker(model, jobs, [entry.name for entry in models]) for model in models),
        tuple(job for job in jobs if job.status.is_running),
        tuple(faults),
    )


def _describing(seen: Seen) -> frozenset[str]:
    jobs = finetune.parse_jobs(seen[finetune.list_jobs()])
    return frozenset(finetune.describe_job(job.id).sql for job in jobs)


def _list_models(schemas: Iterable[SchemaName], seen: Seen) -> tuple[LiveModel, ...]:
    answers = (seen[finetune.show_models(place.database, place.name)] for place in sorted(schemas))
    rows = (row for answer in answers if not isinstance(answer, Refusal) for row in answer)
    kinds = {_FINE_TUNED, ""}
    found = (read_model(row) for row in rows if str(row.get("model_type") or "") in kinds)
    return tuple(sorted(found, key=lambda model: model.name))


def _find_maker(model: LiveModel, jobs: tuple[Job, ...], listed: Collection[ObjectName]) -> LiveModel:
    """Say which job made a model; one that names it letter for letter goes before those that differ in case."""
    if model.marker is not None:
        return model
    exact = any(job.model == str(model.name) for job in jobs)
    others = {job.id for job in jobs if exact and job.model != str(model.name) and same_model(job.model, model.name)}
    return replace(model, maker=find_maker(model, tuple(job for job in jobs if job.id not in others), listed))


def fingerprint_job(job: Job, scope: Scope) -> str:
    """Fingerprint what a job was given, as a manifest of its queries would; `-` where they cannot be read."""
    sides = [_source_of(query, scope) for query in (job.training, job.validation) if query]
    if not sides or any(side is None for side in sides):
        return NONE
    options = {key: int(value) for key, value in job.options or () if value.isdecimal()}
    training, *validation = (side for side in sides if side is not None)
    return spec_fingerprint(job.base_model, options, training, validation[0] if validation else None)


def _source_of(query: str, scope: Scope) -> tuple[str, ...] | None:
    training, faults = read_query(query, scope.home, "")
    return None if training is None or faults else ("query", *training.tokens)


def adopt_model(desired: FineTunedModel, model: LiveModel, scope: Scope) -> tuple[Change, Execute]:
    """Write on a model that is nobody's whose it is now, and what it was made from; nothing else is changed."""
    job, altered = model.maker, _compare(desired, model.maker, scope)
    spec = fingerprint_job(job, scope) if job is not None and (altered or not desired.trains) else desired.fingerprint
    marker = replace(build_marker(desired, scope, data=NONE), spec=spec, job=NONE if job is None else job.id)
    words = model.comment if desired.comment is None else desired.comment
    made = "" if job is None else f", job {job.id}"
    differences = [Difference("marker", None, f"spec {spec[:_SHOWN]}{made}"), *list_declared(desired)]
    if words != model.comment:
        differences = [each for each in differences if each.path != "comment"]
        differences.append(Difference("comment", model.comment, words))
    change = Change(
        desired.address,
        Action.UPDATE,
        State.CONFLICT,
        6,
        f"{model.name} is taken over as it is",
        notes=_explain(desired, model, altered, scope),
        differences=tuple(differences),
    )
    step = Execute(
        id=f"adopt {desired.address.name}",
        address=desired.address,
        title=f"write on {model.name} that it is of this project",
        sql=(finetune.set_model_comment(model.name, join_comment(words, str(marker))),),
    )
    return change, step


def _compare(desired: FineTunedModel, job: Job | None, scope: Scope) -> tuple[Difference, ...]:
    """Compare what is declared with what made the model; how the rows are to reach a job does not count."""
    if job is None or not desired.trains:
        return ()
    training, validation = (
        None if source is None else replace(source, made=None) for source in (desired.training, desired.validation)
    )
    queries = build_queries(training or desired.training, validation, desired.holdout, {})
    return compare_job(desired, job, queries, scope)


def _explain(desired: FineTunedModel, model: LiveModel, altered: tuple[Difference, ...], scope: Scope) -> Diagnostics:
    path, notes = "metadata/name", []
    if altered:
        listed = "; ".join(f"{each.path} {each.before or 'unset'} -> {each.after or 'unset'}" for each in altered)
        message = f"it was made from something else than is declared ({listed}): the next apply trains it anew, paid"
        hint = "declare what it was made from, or set retrain_on: [], to keep it"
        notes.append(Diagnostic("FT424", message, Severity.WARNING, path=path, hint=hint))
    elif desired.retrains_on_data:
        message = (
            "the rows that it learnt from are not known: with data in retrain_on the next apply trains it anew, paid"
        )
        notes.append(Diagnostic("FT424", message, Severity.WARNING, path=path, hint="write retrain_on: [spec]"))
    if model.maker is None:
        told = "it is taken for what is declared" if desired.trains else "it is kept and granted, and never trained"
        message = f"no job tells what it was made from: {told}"
        notes.append(Diagnostic("FT425", message, Severity.NOTE, path=path))
    if model.maker is not None and model.maker.marker is not None and not model.maker.marker.is_of(scope):
        whose = model.maker.marker
        message = f"its job was started by project {whose.project}, environment {whose.env}, as model {whose.resource}"
        hint = "take it only where that project has let it go: its next apply may mark it, or train it anew"
        notes.append(Diagnostic("FT426", message, Severity.WARNING, path=path, hint=hint))
    return tuple(notes)
