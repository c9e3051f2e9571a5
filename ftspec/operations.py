"""What ftspec does, one function an operation: the file to read first.

An operation takes values and a session and gives values; it prints nothing and reads no file. The walk of a plan is
read → resolve → desire → refresh → decide → order, and an apply walks the steps of the very plan that was shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftspec.engine.apply import Emit, Walk, walk_steps
from ftspec.engine.refresh import refresh
from ftspec.engine.session import Fault, Session, SessionError
from ftspec.engine.status import ModelStatus, read_status
from ftspec.manifest.document import SourceFile
from ftspec.manifest.project import Project, resolve
from ftspec.manifest.reader import read_documents
from ftspec.manifest.variable import find_references
from ftspec.model.address import SchemaName, quote
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors, sort_diagnostics
from ftspec.model.plan import AwaitJob, Execute, Failed, Hazard, Outcome, Plan, Skipped, Step
from ftspec.planning.desired import DesiredState, build_desired
from ftspec.planning.planner import build_plan
from ftspec.resources import finetune
from ftspec.resources.base import Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel
from ftspec.resources.finetune import first_cell

Schemas = Mapping[str, Mapping[str, object]]
_UNKNOWN_MODEL = "unknown model"
NOWHERE = Scope(project="-", environment="-", home=SchemaName("", ""))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project as its files declare it; `project` None when it cannot even be told where it lives.

    `references` are the variables that any manifest uses.
    """

    project: Project | None
    desired: DesiredState
    scope: Scope
    diagnostics: Diagnostics
    ignored: tuple[str, ...]
    references: frozenset[str]

    @property
    def is_faulty(self) -> bool:
        """Tell whether the manifests have a fault, so that nothing may be done."""
        return self.project is None or has_errors(self.diagnostics)

    def with_diagnostics(self, found: Diagnostics) -> Loaded:
        """Add diagnostics of files that could not be read; without a project file they are all that counts."""
        kept = () if any(each.code == "FT005" for each in found) else self.diagnostics
        return replace(self, diagnostics=sort_diagnostics(found + kept))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what was read to make it."""

    plan: Plan
    seen: Seen
    scope: Scope
    rounds: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each step, by id, and the plan that was made afterwards."""

    outcomes: Mapping[str, Outcome]
    after: Plan

    @property
    def failed(self) -> bool:
        """Tell whether any step failed or was skipped."""
        return any(isinstance(outcome, Failed | Skipped) for outcome in self.outcomes.values())


def load(
    files: tuple[SourceFile, ...],
    schemas: Schemas,
    *,
    environment: str | None,
    variables: Mapping[str, str],
    version: str,
) -> Loaded:
    """Turn files into desired resources; every fault of every file is told at once."""
    reading = read_documents(files)
    resolution = resolve(reading.documents, schemas, environment=environment, variables=variables, version=version)
    project = resolution.project
    scope = NOWHERE if project is None else _scope_of(project)
    desired = build_desired(resolution.documents, schemas, scope)
    found = reading.diagnostics + resolution.diagnostics + desired.diagnostics
    references = find_references([document.content for document in reading.documents])
    return Loaded(project, desired, scope, sort_diagnostics(tuple(dict.fromkeys(found))), reading.ignored, references)


def plan(loaded: Loaded, session: Session, *, retry: bool = False) -> Planned:
    """Read the live state and decide."""
    check_place(loaded, session)
    identity = session.identity
    scope = replace(loaded.scope, role=identity.role, account=identity.account, retry=retry)
    refreshed = refresh(session, loaded.desired, scope)
    made = build_plan(loaded.desired, refreshed.seen, scope)
    return Planned(made, refreshed.seen, scope, refreshed.rounds)


def apply(loaded: Loaded, planned: Planned, session: Session, emit: Emit) -> Applied:
    """Walk the steps of a plan, then plan again: nothing should be left."""
    outcomes = walk_steps(Walk(planned.plan, session, emit))
    return Applied(outcomes, plan(loaded, session).plan)


def status(loaded: Loaded, session: Session) -> tuple[ModelStatus, ...]:
    """Say of each model what is live, what trains, and what it came to."""
    planned = plan(loaded, session)
    return read_status(session, loaded.desired, planned.seen, planned.scope, planned.plan)


def wait(loaded: Loaded, session: Session, names: tuple[str, ...], emit: Emit) -> Mapping[str, Outcome]:
    """Wait for the running jobs of some models, or of all."""
    wanted = {find_model(loaded, name).address for name in names}
    steps = tuple(
        AwaitJob(
            id=f"await {found.address.name}",
            address=found.address,
            title=f"wait for the training of {found.model}",
            job=found.job.id,
            model=found.model,
        )
        for found in status(loaded, session)
        if found.job is not None and found.job.status.is_running and found.model is not None
        if not wanted or found.address in wanted
    )
    return _walk(loaded, session, steps, emit)


def cancel(loaded: Loaded, session: Session, name: str, emit: Emit) -> Mapping[str, Outcome]:
    """Cancel the running job of a model; nothing to do is no outcome."""
    address = find_model(loaded, name).address
    steps = tuple(
        Execute(
            id=f"cancel {name}",
            address=address,
            title=f"cancel job {found.job.id} of {found.model}",
            hazards=(Hazard.CANCELS,),
            sql=(finetune.cancel(found.job.id),),
            schema=found.model.parent,
        )
        for found in status(loaded, session)
        if found.address == address and found.model is not None
        if found.job is not None and found.job.status.is_running
    )
    return _walk(loaded, session, steps, emit)


def ask(loaded: Loaded, session: Session, name: str, prompt: str) -> str:
    """Ask the live model; where it cannot be asked, the error says what is there instead."""
    model = find_model(loaded, name)
    function = loaded.project.inference if loaded.project else "ai_complete"
    try:
        rows = session.execute(finetune.ask(function, model.model, prompt))
    except SessionError as error:
        if _UNKNOWN_MODEL not in error.message.lower():
            raise
        raise error.with_hint(_explain_unknown(loaded, session, model)) from error
    return str(first_cell(rows[0])) if rows else ""


def _explain_unknown(loaded: Loaded, session: Session, model: FineTunedModel) -> str:
    """Say why a model may be unknown: Snowflake says the same of one that is not there and of one that is not yours."""
    name = model.address.name
    try:
        found = next((entry for entry in status(loaded, session) if entry.address == model.address), None)
    except (Fault, SessionError):
        found = None
    if found is not None and found.job is not None and found.job.status.is_running:
        return f"its job {found.job.id} trains it ({found.job.status} {found.job.progress:.0%}): `ftspec wait {name}`"
    reason = f"it is not there, or role {session.identity.role} may not use it"
    return f"{reason}: `ftspec status {name}` shows it, `ftspec apply` makes it"


def check_place(loaded: Loaded, session: Session) -> None:
    """Raise Fault when the project's database, schema or warehouse is not there, or may not be used."""
    identity, home = session.identity, loaded.scope.home
    warehouse = loaded.scope.warehouse or identity.warehouse
    checks = (
        ("FT304", "database", identity.database == home.database, quote(home.database)),
        ("FT305", "schema", identity.schema == home.name, str(home)),
        ("FT306", "warehouse", identity.warehouse == warehouse, quote(warehouse)),
    )
    for code, what, holds, name in checks:
        if not holds:
            message = f"{what} {name} does not exist, or role {identity.role} may not use it"
            hint = f"create it, or GRANT USAGE ON {what.upper()} {name} TO ROLE {quote(identity.role)}"
            raise Fault(Diagnostic(code, message, path=_setting_path(loaded, what), hint=hint))


def _setting_path(loaded: Loaded, name: str) -> str:
    """Give the place of a setting: in the environment where it is set there, else in the project's own."""
    own = f"spec/environments/{loaded.scope.environment}/{name}"
    return own if loaded.project is None or own in loaded.project.document.spans else f"spec/{name}"


def find_model(loaded: Loaded, name: str) -> FineTunedModel:
    """Find a declared model by its name in the manifests; Fault when there is none."""
    declared = [entry for entry in loaded.desired.declared.get("model", ()) if isinstance(entry, FineTunedModel)]
    for entry in declared:
        if entry.address.name == name:
            return entry
    names = [entry.address.name for entry in declared]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"declared are: {', '.join(names) or 'none'}"
    raise Fault(Diagnostic("FT402", f"there is no FineTunedModel {name!r} in this project", hint=hint))


def _walk(loaded: Loaded, session: Session, steps: tuple[Step, ...], emit: Emit) -> Mapping[str, Outcome]:
    identity = session.identity
    errand = Plan(loaded.scope.project, loaded.scope.environment, identity.account, identity.role, steps=steps)
    return walk_steps(Walk(errand, session, emit))


def _scope_of(project: Project) -> Scope:
    return Scope(project.name, project.environment.name, project.home, project.environment.warehouse)
