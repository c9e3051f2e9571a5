"""The live state of fine-tuned models: what to ask Snowflake, and what its answers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.resources import finetune
from ftspec.resources.base import Answer, Query, Refusal, Row, Scope, Seen
from ftspec.resources.fine_tuned_model.desired import NOUN, FineTunedModel
from ftspec.resources.finetune import Job, JobStatus, Profile
from ftspec.resources.marker import Marker, split_comment


@dataclass(frozen=True, slots=True)
class LiveModel:
    """A model object: the user's own words in its comment, and the marker behind them."""

    name: ObjectName
    owner: str
    comment: str
    marker: Marker | None


@dataclass(frozen=True, slots=True)
class Model:
    """All that is there of one declared model.

    `jobs` are those with our marker, oldest first; `candidates` and `kept` are models of ours under other names;
    `profiles` (training, validation) are read only where a training is near; `unknown` says what could not be seen;
    `unlisted` names a job that says it made a model which was not there when the models were listed: it may have ended
    between the two answers, so they are listed once more before the model is held to be gone.
    """

    live: LiveModel | None = None
    candidates: tuple[LiveModel, ...] = ()
    kept: tuple[LiveModel, ...] = ()
    jobs: tuple[Job, ...] = ()
    profiles: tuple[Profile | Refusal, ...] = ()
    unknown: str = ""
    unlisted: str = ""

    def jobs_of(self, fingerprint: str) -> tuple[Job, ...]:
        """Give the jobs of one spec, oldest first."""
        return tuple(job for job in self.jobs if job.marker is not None and job.marker.spec == fingerprint)

    def last_job(self, fingerprint: str) -> Job | None:
        """Give the job of one spec that counts: the newest that runs, else the newest."""
        found = self.jobs_of(fingerprint)
        return next((job for job in reversed(found) if job.status.is_running), found[-1] if found else None)

    def running(self) -> tuple[Job, ...]:
        """Give the jobs that may still make a model."""
        return tuple(job for job in self.jobs if job.status.is_running)


def read_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
    """Ask first for jobs and models, then for the jobs that explain something, then for the rows to be learnt."""
    first = (finetune.list_jobs(), *(_show(schema) for schema in _schemas(desired, scope)))
    if any(query not in seen for query in first):
        return first
    told = (*_unexplained_jobs(desired, scope, seen), *_outdated_makers(desired, scope, seen))
    jobs = tuple(finetune.describe_job(job) for job in told)
    if any(query not in seen for query in jobs):
        return jobs
    models = observe_models(desired, scope, seen)
    near = [model for model in desired if needs_training(model, models[model.address], scope)]
    again = {_show_again(model.model.parent) for model in desired if models[model.address].unlisted}
    return tuple(sorted(again.union(*(_profiles(model) for model in near))))


def observe_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> Mapping[Address, Model]:
    """Parse the answers; also models of this project that no document declares any more."""
    live = _live_models(desired, scope, seen)
    jobs, unseen = _jobs(desired, scope, seen)
    found = {model.address: _observe_one(model, live, jobs, scope, seen, unseen) for model in desired}
    declared = {address.name for address in found}
    strangers = {model.marker.resource for model in live.values() if model.marker and model.marker.is_of(scope)}
    strangers |= {job.marker.resource for job in jobs if job.marker and job.status.is_running}
    for name in sorted(strangers - declared):
        address = Address(NOUN, name)
        mine = tuple(entry for entry in live.values() if entry.marker and entry.marker.is_for(address, scope))
        found[address] = Model(live=next(iter(mine), None), kept=mine[1:], jobs=_of(address, jobs, scope))
    return found


def needs_training(model: FineTunedModel, actual: Model, scope: Scope) -> bool:
    """Tell whether nothing of the wanted model is there or on its way, so that a training would be planned."""
    if actual.live is not None or actual.unknown or actual.running() or actual.candidates or actual.kept:
        return False
    last = actual.last_job(model.fingerprint)
    return last is None or last.status is JobStatus.SUCCESS or scope.retry


def _observe_one(
    model: FineTunedModel,
    live: Mapping[ObjectName, LiveModel],
    jobs: tuple[Job, ...],
    scope: Scope,
    seen: Seen,
    unseen: str,
) -> Model:
    own = live.get(model.model)
    ours = [entry for entry in live.values() if entry.marker and entry.marker.is_for(model.address, scope)]
    mine = _of(model.address, jobs, scope)
    others = tuple(entry for entry in ours if entry.name != model.model)
    candidates = tuple(entry for entry in live.values() if entry.name != model.model and _was_made(entry, mine))
    return Model(
        live=own,
        candidates=candidates,
        kept=tuple(entry for entry in others if entry not in candidates),
        jobs=mine,
        profiles=tuple(finetune.parse_profile(seen[query]) for query in _profiles(model) if query in seen),
        unknown=_explain_unseen(model, own, seen, scope) or ("" if _is_explained(model, own, scope) else unseen),
        unlisted="" if own or _show_again(model.model.parent) in seen else _find_unlisted(mine, live),
    )


def _find_unlisted(jobs: tuple[Job, ...], live: Mapping[ObjectName, LiveModel]) -> str:
    made = [job for job in jobs if job.status is JobStatus.SUCCESS]
    return next((job.id for job in made if not any(finetune.same_model(job.model, name) for name in live)), "")


def _was_made(entry: LiveModel, jobs: tuple[Job, ...]) -> bool:
    return any(job.status is JobStatus.SUCCESS and finetune.same_model(job.model, entry.name) for job in jobs)


def _explain_unseen(model: FineTunedModel, own: LiveModel | None, seen: Seen, scope: Scope) -> str:
    """Say why absence cannot be concluded, where it cannot."""
    answer = seen.get(_show_again(model.model.parent), seen.get(_show(model.model.parent), ()))
    if isinstance(answer, Refusal):
        return f"SHOW MODELS was refused: {answer.message}"
    if own is None and len(answer) >= finetune.SHOW_LIMIT:
        return f"SHOW MODELS ended at {finetune.SHOW_LIMIT:,} rows, so the model may be there unseen"
    listing = seen.get(finetune.list_jobs(), ())
    if isinstance(listing, Refusal) and not _is_explained(model, own, scope):
        return f"the training jobs cannot be listed: {listing.message}"
    return ""


def _is_explained(model: FineTunedModel, own: LiveModel | None, scope: Scope) -> bool:
    marker = own.marker if own else None
    return marker is not None and marker.is_for(model.address, scope) and marker.spec == model.fingerprint


def _jobs(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[tuple[Job, ...], str]:
    found, unseen = [], ""
    unexplained = _unexplained_jobs(desired, scope, seen)
    for identity in (*unexplained, *_outdated_makers(desired, scope, seen)):
        answer = seen.get(finetune.describe_job(identity))
        job = None if answer is None else finetune.parse_job(answer)
        if isinstance(answer, Refusal) and identity in unexplained:
            unseen = f"job {identity} cannot be described: {answer.message}"
        elif job is not None and job.marker is not None and job.marker.is_of(scope):
            found.append(job)
    return tuple(sorted(found, key=lambda job: (job.created_on, job.id))), unseen


def _unexplained_jobs(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[str, ...]:
    """Name the running jobs that no marker names, and the ended ones while a declared model is unexplained."""
    live = _live_models(desired, scope, seen)
    named = {model.marker.job for model in live.values() if model.marker}
    bases = {model.base_model for model in desired if not _is_explained(model, live.get(model.model), scope)}
    listed = finetune.parse_jobs(seen.get(finetune.list_jobs(), ()))
    return tuple(job.id for job in listed if job.id not in named and (job.status.is_running or job.base_model in bases))


def _outdated_makers(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[str, ...]:
    """Name the jobs, of those that are still listed, that made what is live of another spec: they tell what differs."""
    listed = {job.id for job in finetune.parse_jobs(seen.get(finetune.list_jobs(), ()))}
    live = _live_models(desired, scope, seen)
    markers = ((model, live[model.model].marker) for model in desired if model.model in live)
    return tuple(
        marker.job
        for model, marker in markers
        if marker is not None and marker.is_for(model.address, scope) and marker.job in listed
        if marker.spec != model.fingerprint
    )


def list_suffixed(
    desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen
) -> Mapping[Address, tuple[ObjectName, ...]]:
    """List, by declared model, the unmarked models whose names begin with its own: its jobs may have made them."""
    live = [entry.name for entry in _live_models(desired, scope, seen).values() if entry.marker is None]
    found = {
        model.address: tuple(
            name for name in live if name.parent == model.model.parent and name.name.startswith(f"{model.model.name}_")
        )
        for model in desired
    }
    return {address: names for address, names in found.items() if names}


def _live_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> Mapping[ObjectName, LiveModel]:
    found = {}
    for schema in _schemas(desired, scope):
        latest = seen.get(_show_again(schema), seen.get(_show(schema), ()))
        for row in _rows(latest):
            model = _live_model(row)
            found[model.name] = model
    return dict(sorted(found.items()))


def _live_model(row: Row) -> LiveModel:
    words, marker = split_comment(str(row.get("comment") or ""))
    name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
    return LiveModel(name, str(row.get("owner") or ""), words, marker)


def _of(address: Address, jobs: tuple[Job, ...], scope: Scope) -> tuple[Job, ...]:
    return tuple(job for job in jobs if job.marker is not None and job.marker.is_for(address, scope))


def _rows(answer: Answer) -> tuple[Row, ...]:
    return () if isinstance(answer, Refusal) else answer


def _schemas(desired: tuple[FineTunedModel, ...], scope: Scope) -> tuple[SchemaName, ...]:
    return tuple(sorted({scope.home, *(model.model.parent for model in desired)}))


def _show(schema: SchemaName) -> Query:
    return finetune.show_models(schema.database, schema.name)


def _show_again(schema: SchemaName) -> Query:
    return finetune.show_models_again(schema.database, schema.name)


def _profiles(model: FineTunedModel) -> tuple[Query, ...]:
    sources = (model.training,) if model.validation is None else (model.training, model.validation)
    return tuple(finetune.profile(source.query) for source in sources)
