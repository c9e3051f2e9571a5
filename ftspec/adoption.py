"""Taking over what is there already: models that nobody manages, and what another project managed.

First the manifests are written, then the markers: a run that is cut off in between leaves models that are declared and
not taken over yet, which the next import does. The other way round they would be marked and not declared, and the next
apply would drop them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ftspec.engine.access import read_deeply
from ftspec.engine.apply import Emit
from ftspec.engine.choice import Applied, Run
from ftspec.engine.lock import Lock
from ftspec.engine.session import Fault, Session
from ftspec.errands import Errand, do_steps
from ftspec.manifest.writer import write_manifests
from ftspec.model.address import Address, ObjectName, SchemaName, quote, resolve_object
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Plan
from ftspec.operations import Loaded, check_place, plan
from ftspec.planning.importing import Drafts, derive_name, draft_models, draft_privileges, find_name
from ftspec.planning.renaming import check_marked, list_marked, plan_renaming, read_entries
from ftspec.resources.base import Answer, Query, Refusal, Scope
from ftspec.resources.fine_tuned_model import FineTunedModel, LiveModel, Sight, adopt_model, ask_sight, observe_sight
from ftspec.resources.grant import Grantee, ModelGrant
from ftspec.resources.journal import adopted_entry, count_entries, parse_schemas, read_attempts
from ftspec.resources.materialized.reading import show_objects
from ftspec.resources.profile import explain
from ftspec.resources.shown_grants import parse_model_grants, show_grants_on_model
from ftspec.resources.standing import Standing, observe_standing


@dataclass(frozen=True, slots=True)
class Survey:
    """What an import would take over, the text of the manifests that it would write, and what it leaves alone and why.

    `names` are those of the models in the manifests, in the old or the new ones.
    """

    models: tuple[LiveModel, ...]
    names: Mapping[ObjectName, str]
    text: str
    documents: tuple[str, ...]
    notes: Diagnostics


def survey(loaded: Loaded, session: Session, names: tuple[str, ...]) -> Survey:
    """Look at the models that are there, and draft manifests for those that are to be taken over."""
    check_place(loaded, session)
    seen: dict[Query, Answer] = {}
    schemas = _list_schemas(loaded, names)
    while asked := tuple(query for query in dict.fromkeys(ask_sight(schemas, seen)) if query not in seen):
        seen.update(zip(asked, session.read(asked), strict=True))
    sight = observe_sight(schemas, seen)
    models, notes = _choose(loaded, sight, names)
    models, unowned = _keep_owned(models, session, loaded, seen, named=bool(names))
    declared = {entry.model: entry.address.name for entry in list_models(loaded)}
    drafts = draft_models([model for model in models if model.name not in declared], loaded.desired, loaded.scope)
    known = {**declared, **drafts.names}
    _draft_grants(drafts, models, known, loaded, session, seen)
    text = write_manifests(drafts.contents)
    documents = tuple(f"{content['kind']} {_name_of(content)}" for content in drafts.contents)
    unread = _check_queries(drafts, session)
    found = (*sight.faults, *notes, *unowned, *drafts.notes, *unread, *_tell_running(sight, names))
    return Survey(models, {model.name: known[model.name] for model in models}, text, documents, found)


def plan_adoption(loaded: Loaded, session: Session, old: Scope) -> tuple[Plan, Diagnostics]:
    """Say what of another project, or of this one under another name, is declared here and would be carried over."""
    scope = loaded.scope
    if (old.project, old.environment) == (scope.project, scope.environment):
        hint = "name the project, or with --from-env the environment, as it was called before"
        raise Fault(Diagnostic("FT438", "this is that very project and environment", hint=hint))
    check_place(loaded, session)
    (tried,) = session.read((read_attempts(old),))
    schemas = {*_list_schemas(loaded, ()), *parse_schemas(tried)}
    seen: dict[Query, Answer] = {}
    while asked := tuple(query for query in dict.fromkeys(ask_sight(schemas, seen)) if query not in seen):
        seen.update(zip(asked, session.read(asked), strict=True))
    objects, counted = session.read((show_objects(scope.home), count_entries(old)))
    sight = observe_sight(schemas, seen)
    marked = list_marked(sight, objects, old)
    entries = read_entries(counted) if scope.journal else 0
    changes, steps = plan_renaming(marked, loaded.desired, old, scope, entries)
    identity = session.identity
    plan_ = Plan(scope.project, scope.environment, identity.account, identity.role, changes=changes, steps=steps)
    return plan_, (*sight.faults, *check_marked(marked, sight, loaded.desired, old))


@contextmanager
def exclude_old(loaded: Loaded, session: Session, old: Scope, run: Run) -> Iterator[None]:
    """Hold the lock of the project as it was called before: a run of it must not be under way."""
    if loaded.project is None or not loaded.project.environment.lock:
        yield
        return
    lock = Lock(session, old, run.who, f"{run.id}_old")
    lock.acquire(run.pace.lock_timeout, run.on_wait)
    try:
        yield
    finally:
        lock.release()


def list_models(loaded: Loaded) -> tuple[FineTunedModel, ...]:
    """List the models that are declared."""
    return tuple(entry for entry in loaded.desired.declared.get("model", ()) if isinstance(entry, FineTunedModel))


def plan_import(loaded: Loaded, session: Session, found: Survey) -> Plan:
    """Say what is written on each model that is taken over; `loaded` has the manifests that were drafted."""
    by_name = {entry.address.name: entry for entry in list_models(loaded)}
    pairs = [adopt_model(by_name[found.names[model.name]], model, loaded.scope) for model in found.models]
    identity = session.identity
    return Plan(
        loaded.scope.project,
        loaded.scope.environment,
        identity.account,
        identity.role,
        changes=tuple(change for change, _ in pairs),
        steps=tuple(step for _, step in pairs),
        diagnostics=tuple(note for change, _ in pairs for note in change.notes),
    )


def take_over(
    loaded: Loaded, session: Session, made: Plan, emit: Emit, run: Run, lock: Lock | None, *, verb: str = "import"
) -> Applied:
    """Write the markers, and plan again: nothing should be left."""
    names = ", ".join(dict.fromkeys(step.address.name for step in made.steps))
    taken = {step.address for step in made.steps}
    entries = tuple(adopted_entry(m.address.name, m.model, verb) for m in list_models(loaded) if m.address in taken)
    errand = Errand(verb, names, loaded.scope, lock, entries)
    outcomes = do_steps(errand, loaded, session, made.steps, emit, run)
    return Applied(outcomes, plan(loaded, session).plan)


def _name_of(content: Mapping[str, object]) -> str:
    metadata = content["metadata"]
    return str(metadata["name"]) if isinstance(metadata, Mapping) else ""


def _list_schemas(loaded: Loaded, names: tuple[str, ...]) -> tuple[SchemaName, ...]:
    """Name the schemas to look into: those that manifests name, and those of names that are qualified."""
    found = {loaded.scope.home, *(entry.model.parent for entry in list_models(loaded))}
    for name in names:
        try:
            found.add(resolve_object(name, loaded.scope.home).parent)
        except ValueError:
            continue
    return tuple(sorted(found))


def _choose(loaded: Loaded, sight: Sight, names: tuple[str, ...]) -> tuple[tuple[LiveModel, ...], Diagnostics]:
    """Choose the models to take over; what is asked for by name and cannot be is an error."""
    chosen: list[LiveModel] = []
    notes: list[Diagnostic] = []
    met: set[str] = set()
    declared = {entry.model: entry.address.name for entry in list_models(loaded)}
    for model in sight.models:
        known = (declared.get(model.name, ""), derive_name(model.name.name, ()))
        named = [name for name in names if find_name(known, name, loaded.scope.home, model.name)]
        met.update(named)
        if names and not named:
            continue
        why = _find_hindrance(model, loaded, named=bool(named))
        if why is None:
            chosen.append(model)
        elif named or why.code != "FT429":
            notes.append(why)
    for name in names:
        if name not in met:
            listed = ", ".join(str(model.name) for model in sight.models) or "none"
            hint = f"there are: {listed}; name one as Snowflake has it, or by its name in the manifests"
            notes.append(Diagnostic("FT402", f"there is no fine-tuned model {name!r} to import", hint=hint))
    return tuple(chosen), tuple(notes)


def _find_hindrance(model: LiveModel, loaded: Loaded, *, named: bool) -> Diagnostic | None:
    """Say why a model is not to be taken over; a note, or an error where it was asked for by name."""
    severity = Severity.ERROR if named else Severity.NOTE
    scope, marker = loaded.scope, model.marker
    if marker is not None and marker.is_of(scope):
        return Diagnostic("FT429", f"{model.name} is of this project already, as model {marker.resource}", severity)
    if marker is not None:
        whose = f"project {marker.project}, environment {marker.env}"
        hint = f"ftspec forget {marker.resource} there lets it go; ftspec adopt takes over all of a project"
        return Diagnostic("FT430", f"{model.name} is of {whose}: it is left alone", severity, hint=hint)
    job = model.maker.marker if model.maker else None
    if job is None:
        return None
    if job.is_of(scope) and loaded.desired.find(Address("model", job.resource)) is not None:
        message = f"{model.name} was made by this project for model {job.resource}: there is nothing to import"
        return Diagnostic("FT429", message, severity, hint="ftspec apply finishes it")
    if not job.is_of(scope) and not named:
        message = f"the job of {model.name} was started by project {job.project}, environment {job.env}"
        hint = f"where that project has let it go, import it by name: ftspec import {model.name}"
        return Diagnostic("FT430", message, severity, hint=hint)
    return None


def _keep_owned(
    models: tuple[LiveModel, ...], session: Session, loaded: Loaded, seen: dict[Query, Answer], *, named: bool
) -> tuple[tuple[LiveModel, ...], Diagnostics]:
    """Keep the models that the running role owns, itself or through a role behind it: nobody else may mark them."""
    role = Grantee(quote(session.identity.role))
    others = {model.owner for model in models} - {session.identity.role, ""}
    if not others:
        return models, ()
    databases = (quote(loaded.scope.home.database),)
    read_deeply(session, role, seen, databases)
    standing = observe_standing(role, seen, databases=databases)
    owners = {grantee.name for grantee in standing.roles}
    lost = tuple(model for model in models if standing.complete and quote(model.owner) not in owners)
    severity = Severity.ERROR if named else Severity.WARNING
    notes = tuple(
        Diagnostic(
            "FT431",
            f"{model.name} is owned by role {model.owner}, which role {session.identity.role} is not and has not",
            severity,
            hint=f"run the import as a role that has {quote(model.owner)}, or let its owner be changed",
        )
        for model in lost
    )
    return tuple(model for model in models if model not in lost), notes


def _draft_grants(
    drafts: Drafts,
    models: tuple[LiveModel, ...],
    known: Mapping[ObjectName, str],
    loaded: Loaded,
    session: Session,
    seen: dict[Query, Answer],
) -> None:
    asked = tuple(show_grants_on_model(model.name) for model in models)
    answers = session.read(asked)
    grants: dict[ObjectName, tuple[ModelGrant, ...]] = {
        model.name: parse_model_grants(answer) for model, answer in zip(models, answers, strict=True)
    }
    standings: dict[Grantee, Standing] = {}
    databases = (quote(loaded.scope.home.database),)
    for each in sorted({grant for listed in grants.values() for grant in listed}):
        grantee = Grantee(each.grantee, of_database=each.grantee_type == "DATABASE ROLE")
        if grantee not in standings:
            read_deeply(session, grantee, seen, databases)
            standings[grantee] = observe_standing(grantee, seen, databases=databases)
    draft_privileges(drafts, grants, known, standings, loaded.desired, loaded.scope)


def _check_queries(drafts: Drafts, session: Session) -> Diagnostics:
    """Say which queries cannot be read from where the project stands: names in them may be of another schema."""
    answers = session.read(tuple(explain(query) for query in drafts.queries.values()))
    hint = "the model stays as it is; before it is trained again, qualify the names in the query"
    return tuple(
        Diagnostic("FT435", f"Dataset {name} cannot be read: {answer.message}", Severity.WARNING, hint=hint)
        for name, answer in zip(drafts.queries, answers, strict=True)
        if isinstance(answer, Refusal)
    )


def _tell_running(sight: Sight, names: tuple[str, ...]) -> Diagnostics:
    """Say that jobs of nobody still train: what they make has no name yet."""
    jobs = [job for job in sight.running if job.marker is None]
    if names or not jobs:
        return ()
    listed = ", ".join(f"{job.id} ({job.base_model}, {job.status})" for job in jobs)
    message = f"jobs that ftspec did not start are training: {listed}"
    return (Diagnostic("FT432", message, Severity.NOTE, hint="import what they make once it is there"),)
