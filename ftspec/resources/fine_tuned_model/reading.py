"""What to ask Snowflake about fine-tuned models, and what its answers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ftspec.model.address import Address, ObjectName, SchemaName, quote
from ftspec.resources import finetune
from ftspec.resources.addressed import build_queries
from ftspec.resources.base import Answer, Query, Refusal, Scope, Seen, rows_of
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model, find_maker, is_ours, read_model
from ftspec.resources.fine_tuned_model.attempts import (
    ask_history,
    name_running,
    read_journaled,
    seen_attempts,
    seen_schemas,
)
from ftspec.resources.fine_tuned_model.choosing import is_wanted
from ftspec.resources.fine_tuned_model.decision import is_grants_needed, is_profile_needed
from ftspec.resources.fine_tuned_model.desired import NOUN, FineTunedModel
from ftspec.resources.fine_tuned_model.figures import ask_lives, ask_moved, ask_training, read_figures
from ftspec.resources.fine_tuned_model.moving import explain_keeping
from ftspec.resources.fine_tuned_model.owing import ask_grantees, find_due, list_declared_grants, read_owed
from ftspec.resources.fine_tuned_model.preflight import find_lacking, read_role
from ftspec.resources.finetune import Job, JobStatus, Listed
from ftspec.resources.journal import read_attempts
from ftspec.resources.ledger import read_ledger
from ftspec.resources.naming import looks_like_candidate
from ftspec.resources.shown_grants import parse_model_grants, show_grants_on_model, show_schemas

Models = Mapping[ObjectName, LiveModel]


def read_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
    """Ask first for jobs and models, then for the jobs that explain something, then for what a training will need."""
    first = (finetune.list_jobs(), *(_show(schema) for schema in _own_schemas(desired, scope)))
    if scope.journal:
        first = (*first, read_attempts(scope))
    if desired:
        first = (*first, *ask_lives(desired), *sorted(read_role(desired, scope, seen, deep=False)))
    if any(query not in seen for query in first):
        return first
    second = {_show(schema) for schema in seen_schemas(scope, seen)} | _ask_explaining(desired, scope, seen, {})
    listed = _list_models(desired, scope, seen)
    # The roles behind the running one are followed as far as the rounds go, and nothing waits for them.
    is_whole = all(_is_explained(model, listed.get(model.model), scope, {}) for model in desired)
    roles = set[Query]() if is_whole else read_role(desired, scope, seen, deep=True)
    for model in desired:
        second |= {*ask_moved(model, scope), *ask_grantees(model, listed.get(model.model), scope, seen)}
    if any(query not in seen for query in second):
        return tuple(sorted(second | roles))
    # Where rows have moved, what explains that and what a training takes are asked at once.
    models = _observe(desired, scope, seen, {})
    wanted = roles | {_show_again(model.model.parent) for model in desired if models[model.address].unlisted}
    for model in desired:
        actual = models[model.address]
        if is_profile_needed(model, actual, scope):
            wanted.update(ask_training(model, scope))
            wanted |= read_role(desired, scope, seen, deep=True)
        if is_grants_needed(model, actual, scope):
            wanted |= {show_grants_on_model(model.model), show_schemas(quote(model.model.database))}
            wanted |= {read_ledger(scope)} if scope.journal else set()
    return tuple(sorted(wanted | _ask_moved_jobs(desired, scope, seen)))


def _ask_explaining(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen, rows: Seen) -> set[Query]:
    """Ask for the jobs that explain something, and what became of trainings that no job tells of."""
    listed, attempts = _list_models(desired, scope, seen), seen_attempts(scope, seen)
    told = (*_unexplained_jobs(desired, scope, seen, rows), *_outdated_makers(desired, scope, seen))
    found = {finetune.describe_job(job) for job in told}
    for model in desired:
        if not _is_explained(model, listed.get(model.model), scope, rows):
            found.update(ask_history(model, scope, attempts))
    return found


def _ask_moved_jobs(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> set[Query]:
    """Ask for what explains models whose rows have moved; one of a job that ended just now may be listed only then."""
    asked = {query for query in _ask_explaining(desired, scope, seen, seen) if query not in seen}
    return asked | {_show_again(model.model.parent) for model in desired if asked and model.retrains_on_data}


def observe_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> Mapping[Address, Model]:
    """Parse the answers; also models of this project that no document declares any more."""
    return _observe(desired, scope, seen, seen)


def _observe(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen, rows: Seen) -> Mapping[Address, Model]:
    listed = _list_models(desired, scope, seen)
    jobs, unseen = _jobs(desired, scope, seen, rows)
    found = {model.address: _observe_one(model, listed, jobs, scope, seen, unseen, rows) for model in desired}
    named = _own_schemas(desired, scope)
    declared = {name for model in desired for name in (model.address.name, model.renamed_from)}
    marked = (model.marker for model in listed.values())
    running = (job.marker for job in jobs if job.status.is_running)
    resources = {marker.resource for marker in (*marked, *running) if marker and marker.is_of(scope)}
    for name in sorted(resources - declared):
        address = Address(NOUN, name)
        undeclared = _observe_undeclared(address, listed, jobs, scope)
        orphan = bool(undeclared.others) and all(entry.name.parent not in named for entry in undeclared.others)
        found[address] = replace(undeclared, orphan=orphan)
    return found


def observe_marked(answer: Answer, scope: Scope) -> Mapping[Address, Model]:
    """Gather what SHOW MODELS lists of this project by the markers alone, in whatever schema it lies."""
    found: dict[Address, Model] = {}
    for model in _by_age(tuple(map(read_model, rows_of(answer)))):
        if model.marker is not None and model.marker.is_of(scope):
            address = Address(NOUN, model.marker.resource)
            found[address] = Model(others=(*found.get(address, Model()).others, model))
    return found


def _observe_one(
    model: FineTunedModel, listed: Models, jobs: tuple[Job, ...], scope: Scope, seen: Seen, unseen: str, rows: Seen
) -> Model:
    mine = tuple(job for job in jobs if is_ours(job.marker, model.address, scope, model.renamed_from))
    journaled = read_journaled(model, scope, seen, mine, _listed_jobs(seen))
    mine = _in_time((*mine, *journaled.jobs))
    explained = {name: _explain(entry, mine, listed) for name, entry in listed.items()}
    live = explained.get(model.model)
    others = tuple(
        entry
        for entry in explained.values()
        if entry.name != model.model and is_ours(entry.identity, model.address, scope, model.renamed_from)
    )
    again = _show_again(model.model.parent)
    doubtful = _doubtful_jobs(model, live, mine, scope)
    missing = "" if again in seen else _find_unlisted(doubtful, explained)
    figures = read_figures(model, scope, seen)
    explained_live = _is_explained(model, live, scope, rows)
    grants = parse_model_grants(seen.get(show_grants_on_model(model.model), ()))
    owed = read_owed(model, scope, seen)
    return Model(
        live=live,
        others=_by_age(others),
        jobs=mine,
        grants=grants,
        declared=list_declared_grants(grants, model.model, scope, seen),
        owed=owed,
        due=find_due(owed, live, seen),
        figures=figures,
        taken=frozenset(listed),
        unknown=_explain_unseen(model, live, seen, scope, rows) or ("" if explained_live else unseen),
        unresolved="" if explained_live else journaled.unresolved,
        unlisted=missing,
        queries=build_queries(model.training, model.validation, model.holdout, seen),
        lacking=None if explained_live and not figures.profiles else find_lacking(model, figures, scope, seen),
    )


def _observe_undeclared(address: Address, listed: Models, jobs: tuple[Job, ...], scope: Scope) -> Model:
    mine = tuple(job for job in jobs if is_ours(job.marker, address, scope))
    explained = (_explain(entry, mine, listed) for entry in listed.values())
    ours = _by_age(tuple(entry for entry in explained if is_ours(entry.identity, address, scope)))
    return Model(others=ours, jobs=mine, taken=frozenset(listed))


def _by_age(models: tuple[LiveModel, ...]) -> tuple[LiveModel, ...]:
    return tuple(sorted(models, key=lambda entry: (entry.created_on, entry.name)))


def _explain(model: LiveModel, jobs: tuple[Job, ...], listed: Models) -> LiveModel:
    """Say which job of ours made a model that bears no marker: none that made another, which has another name now."""
    if model.marker is not None:
        return model
    named = {entry.marker.job for entry in listed.values() if entry.marker}
    return replace(model, maker=find_maker(model, tuple(job for job in jobs if job.id not in named), listed))


def _doubtful_jobs(
    model: FineTunedModel, live: LiveModel | None, jobs: tuple[Job, ...], scope: Scope
) -> tuple[Job, ...]:
    """Give the jobs whose model may matter: with a live one of the wanted spec only those of newer rows do."""
    if not _is_explained(model, live, scope, {}):
        return jobs
    since = live.created_on if live else 0
    return tuple(job for job in jobs if model.retrains_on_data and job.created_on > since)


def _find_unlisted(jobs: tuple[Job, ...], listed: Models) -> str:
    """Name a job that has made a model which nothing listed is: neither by its marker nor by its name."""
    known = {entry.job for entry in listed.values()}
    made = [job for job in jobs if job.status is JobStatus.SUCCESS and job.id not in known]
    return next((job.id for job in made if not any(finetune.same_model(job.model, name) for name in listed)), "")


def _explain_unseen(model: FineTunedModel, live: LiveModel | None, seen: Seen, scope: Scope, rows: Seen) -> str:
    """Say why absence cannot be concluded, where it cannot."""
    answer = seen.get(_show_again(model.model.parent), seen.get(_show(model.model.parent), ()))
    if isinstance(answer, Refusal):
        return f"SHOW MODELS was refused: {answer.message}"
    if live is None and len(answer) >= finetune.SHOW_LIMIT:
        return f"SHOW MODELS ended at {finetune.SHOW_LIMIT:,} rows, so the model may be there unseen"
    listing = seen.get(finetune.list_jobs(), ())
    if isinstance(listing, Refusal) and not _is_explained(model, live, scope, rows):
        return f"the training jobs cannot be listed: {listing.message}"
    return ""


def _is_explained(model: FineTunedModel, live: LiveModel | None, scope: Scope, rows: Seen) -> bool:
    """Tell whether what is live is to stay, and says why it is there: its spec, and its rows as far as they were read.

    `rows` are the answers that tell of them; none, where the spec alone is asked about.
    """
    if live is None or live.marker is None or not is_ours(live.marker, model.address, scope, model.renamed_from):
        return False
    known = Model(live=live, figures=read_figures(model, scope, rows))
    return not model.trains or is_wanted(model, known, live) or bool(explain_keeping(model, known, live))


def _jobs(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen, rows: Seen) -> tuple[tuple[Job, ...], str]:
    found, unseen = [], ""
    unexplained = _unexplained_jobs(desired, scope, seen, rows)
    for identity in (*unexplained, *_outdated_makers(desired, scope, seen)):
        answer = seen.get(finetune.describe_job(identity))
        job = None if answer is None else finetune.parse_job(answer)
        if isinstance(answer, Refusal) and identity in unexplained:
            unseen = f"job {identity} cannot be described: {answer.message}"
        elif job is not None and job.marker is not None and job.marker.is_of(scope):
            found.append(job)
    return name_running(_in_time(found), scope, seen), unseen


def _in_time(jobs: Iterable[Job]) -> tuple[Job, ...]:
    return tuple(sorted(jobs, key=lambda job: (job.created_on, job.id)))


def _listed_jobs(seen: Seen) -> Mapping[str, Listed]:
    return {job.id: job for job in finetune.parse_jobs(seen.get(finetune.list_jobs(), ()))}


def _unexplained_jobs(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen, rows: Seen) -> tuple[str, ...]:
    """Name the running jobs, and the ended ones that no marker names while a declared model is unexplained."""
    listed = _list_models(desired, scope, seen)
    named = {model.marker.job for model in listed.values() if model.marker}
    bases = {model.base_model for model in desired if not _is_explained(model, listed.get(model.model), scope, rows)}
    # A model that may be a candidate of ours and bears no marker can have been made from any base model.
    unmarked = [entry.name for entry in listed.values() if entry.marker is None]
    puzzling = "" in bases or any(looks_like_candidate(name, model.model) for name in unmarked for model in desired)
    return tuple(
        job.id
        for job in _listed_jobs(seen).values()
        if job.status.is_running or (job.id not in named and (puzzling or job.base_model in bases))
    )


def _outdated_makers(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[str, ...]:
    """Name the jobs, of those that are still listed, that made what is live of another spec: they tell what differs."""
    listed = _listed_jobs(seen)
    live = _list_models(desired, scope, seen)
    markers = ((model, live[model.model].marker) for model in desired if model.model in live)
    return tuple(
        marker.job
        for model, marker in markers
        if marker is not None and marker.job in listed and marker.spec != model.fingerprint and model.trains
        if is_ours(marker, model.address, scope, model.renamed_from)
    )


def _list_models(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> Models:
    found = {}
    for schema in _all_schemas(desired, scope, seen):
        latest = seen.get(_show_again(schema), seen.get(_show(schema), ()))
        for row in rows_of(latest):
            model = read_model(row)
            found[model.name] = model
    return dict(sorted(found.items()))


def _own_schemas(desired: tuple[FineTunedModel, ...], scope: Scope) -> tuple[SchemaName, ...]:
    return tuple(sorted({scope.home, *scope.schemas, *(model.model.parent for model in desired)}))


def _all_schemas(desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[SchemaName, ...]:
    """Name the schemas that manifests name, and those that the journal says models were made in, or taken over from."""
    return tuple(sorted({*_own_schemas(desired, scope), *seen_schemas(scope, seen)}))


def _show(schema: SchemaName) -> Query:
    return finetune.show_models(schema.database, schema.name)


def _show_again(schema: SchemaName) -> Query:
    return finetune.show_models_again(schema.database, schema.name)
