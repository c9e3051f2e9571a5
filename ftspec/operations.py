"""What ftspec does, one function an operation: the file to read first.

An operation takes values and a session and gives values; it prints nothing and reads no file. The walk of a plan is
read → resolve → desire → refresh → decide → order, and an apply walks the steps of the very plan that was shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ftspec.engine.answer import Clock
from ftspec.engine.apply import Emit, Walk, walk_steps
from ftspec.engine.choice import CHOICES, Applied, Choices, Run
from ftspec.engine.granting import write_beginning, write_ending
from ftspec.engine.journal import Journal, writing_failure
from ftspec.engine.lock import Lock
from ftspec.engine.refresh import refresh
from ftspec.engine.rows import NoRows, Rows
from ftspec.engine.session import Fault, Session
from ftspec.engine.statement import Sender
from ftspec.engine.status import ModelStatus, read_status
from ftspec.manifest.document import SourceFile
from ftspec.manifest.environment import Limits
from ftspec.manifest.project import Project, resolve
from ftspec.manifest.reader import read_documents
from ftspec.manifest.variable import find_references
from ftspec.model.address import Address, SchemaName, quote
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors, sort_diagnostics
from ftspec.model.plan import Plan
from ftspec.planning.desired import DesiredState, build_desired
from ftspec.planning.guard import tell_lost
from ftspec.planning.planner import build_plan, declared_digests, digest_document, restrict_plan
from ftspec.planning.scope import build_scope, check_privileges
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel
from ftspec.resources.journal import parse_applied, read_applied
from ftspec.resources.lock import Lease, parse_lock, read_lock
from ftspec.resources.materialized.files import find_row_sources

Schemas = Mapping[str, Mapping[str, object]]
NO_ROWS = NoRows()
NOWHERE = Scope(project="-", environment="-", home=SchemaName("", ""))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project as its files declare it; `project` None when it cannot even be told where it lives.

    `references` are the variables that any manifest uses, `rows` those of the project's files.
    """

    project: Project | None
    desired: DesiredState
    scope: Scope
    diagnostics: Diagnostics
    ignored: tuple[str, ...]
    references: frozenset[str]
    rows: Rows = field(default_factory=NoRows)

    @property
    def is_faulty(self) -> bool:
        """Tell whether the manifests have a fault, so that nothing may be done."""
        return self.project is None or has_errors(self.diagnostics)

    @property
    def lost(self) -> Diagnostics:
        """What a plan of the project says is lost without a journal."""
        return () if self.project is None else tell_lost(self.project)

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


def load(
    files: tuple[SourceFile, ...],
    schemas: Schemas,
    *,
    environment: str | None,
    variables: Mapping[str, str],
    version: str,
    rows: Rows = NO_ROWS,
) -> Loaded:
    """Turn files into desired resources; every fault of every file is told at once, also of the rows in them."""
    reading = read_documents(files)
    resolution = resolve(reading.documents, schemas, environment=environment, variables=variables, version=version)
    project = resolution.project
    scope = NOWHERE if project is None else build_scope(project)
    scope = replace(scope, files=rows.read(find_row_sources(resolution.documents)))
    desired = build_desired(resolution.documents, schemas, scope)
    found = reading.diagnostics + resolution.diagnostics + desired.diagnostics
    found += () if project is None else check_privileges(project)
    references = find_references([document.content for document in reading.documents])
    diagnostics = sort_diagnostics(tuple(dict.fromkeys(found)))
    return Loaded(project, desired, scope, diagnostics, reading.ignored, references, rows)


def plan(loaded: Loaded, session: Session, choices: Choices = CHOICES) -> Planned:
    """Read the live state and decide."""
    check_place(loaded, session)
    check_choices(loaded, choices)
    scope = _choose(loaded, session, choices)
    desired = choices.choose_desired(loaded.desired)
    refreshed = refresh(session, desired, scope)
    made = build_plan(desired, refreshed.seen, scope, within=find_targets(loaded, choices))
    made = replace(made, diagnostics=loaded.lost + made.diagnostics)
    return Planned(made, refreshed.seen, scope, refreshed.rounds)


@contextmanager
def exclude_others(loaded: Loaded, session: Session, run: Run) -> Iterator[Lock | None]:
    """Hold the project's lock, where it has one; Fault FT501 when somebody else holds it for too long."""
    if loaded.project is None or not loaded.project.environment.lock:
        yield None
        return
    lock = Lock(session, _choose(loaded, session, CHOICES), run.who, run.id)
    lock.acquire(run.pace.lock_timeout, run.on_wait)
    try:
        yield lock
    finally:
        lock.release()


def apply(
    loaded: Loaded,
    planned: Planned,
    session: Session,
    emit: Emit,
    run: Run,
    *,
    lock: Lock | None = None,
    choices: Choices = CHOICES,
) -> Applied:
    """Walk the steps of a plan that was made under the lock, then plan again: nothing should be left.

    Raises Fault when the lock was lost meanwhile, or could not be taken again: nothing more is done then.
    """
    journal = Journal(planned.scope, run.id) if planned.scope.journal else None
    desired = choices.choose_desired(loaded.desired)
    if journal is not None:
        write_beginning(journal, session, desired, (planned.scope, planned.seen), planned.plan)
    confirm = None if lock is None else lock.confirm
    walk = Walk(
        plan=planned.plan,
        session=session,
        emit=emit,
        sender=Sender(run.id, planned.scope.home.database, journal, confirm, Clock(patience=run.pace.answer_timeout)),
        pace=run.pace,
        lock=lock,
        on_wait=run.on_wait,
        rows=loaded.rows,
        limits=Limits() if loaded.project is None else loaded.project.environment.limits,
        plan_again=lambda: plan(loaded, session, choices.once()).plan,
        stop=run.stop,
    )
    with writing_failure(journal, session):
        outcomes = walk_steps(walk)
    again = plan(loaded, session, choices.once())
    applied = Applied(outcomes, again.plan)
    if journal is not None:
        digests = declared_digests(loaded.desired, applied.after)
        write_ending(journal, session, desired, (again.scope, again.seen), planned.seen, digests, failed=applied.failed)
    return applied


def find_holder(loaded: Loaded, session: Session) -> Lease | None:
    """Say who holds the project's lock, where somebody does; a lock that cannot be seen is none."""
    scope = _choose(loaded, session, CHOICES)
    if loaded.project is None or not loaded.project.environment.lock:
        return None
    (answer,) = session.read((read_lock(scope),))
    return None if isinstance(answer, Refusal) else parse_lock(answer, scope).lease


def keep_drift(loaded: Loaded, planned: Planned, session: Session) -> Plan:
    """Leave of a plan what moved by hand: changes of what is declared as it was when it was last applied."""
    scope = planned.scope
    if not scope.journal:
        hint = "set journal: true in ftspec.yaml, and apply once"
        raise Fault(Diagnostic("FT417", "what was applied last is not known without a journal", hint=hint))
    (answer,) = session.read((read_applied(scope),))
    applied = parse_applied(answer)
    documents = loaded.desired.documents()
    unmoved = frozenset(
        address for address, found in documents.items() if applied.get(str(address)) == digest_document(found)
    )
    return restrict_plan(planned.plan, unmoved)


def check_same_place(loaded: Loaded, session: Session, saved: Plan) -> None:
    """Raise Fault when a saved plan is of another project, environment, account or role."""
    identity = session.identity
    pairs = (
        ("project", saved.project, loaded.scope.project),
        ("environment", saved.environment, loaded.scope.environment),
        ("account", saved.account, identity.account),
        ("role", saved.role, identity.role),
    )
    for what, planned, present in pairs:
        if planned != present:
            message = f"the plan was made for {what} {planned}, and this is {what} {present}"
            raise Fault(Diagnostic("FT414", message, hint="apply it where it was made, or make a new one here"))


def status(loaded: Loaded, session: Session) -> tuple[ModelStatus, ...]:
    """Say of each model what is live, what trains, and what it came to."""
    planned = plan(loaded, session)
    return read_status(session, loaded.desired, planned.seen, planned.scope, planned.plan)


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
            path = f"spec/{what}" if loaded.project is None else loaded.project.path_of(what)
            raise Fault(Diagnostic(code, message, path=path, hint=hint))


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


def check_choices(loaded: Loaded, choices: Choices) -> None:
    """Raise Fault when something is asked for of what there is not."""
    for name in sorted(choices.replace):
        find_model(loaded, name)
    find_targets(loaded, choices)


def find_targets(loaded: Loaded, choices: Choices) -> frozenset[Address] | None:
    """Find what a run is limited to: the targets and what they depend on; None: everything."""
    if not choices.targets:
        return None
    declared = {entry.address: entry for listed in loaded.desired.declared.values() for entry in listed}
    found: set[Address] = set()
    todo = []
    for name in choices.targets:
        named = [address for address in declared if name in {address.name, f"{address.kind}.{address.name}"}]
        if not named:
            close = difflib.get_close_matches(name, [address.name for address in declared], n=1)
            hint = f"did you mean {close[0]!r}?" if close else "name a resource by its metadata.name"
            raise Fault(Diagnostic("FT416", f"--target {name!r} names nothing in this project", hint=hint))
        todo += named
    while todo:
        address = todo.pop()
        if address not in found:
            found.add(address)
            todo += declared[address].depends_on if address in declared else ()
    return frozenset(found)


def _choose(loaded: Loaded, session: Session, choices: Choices) -> Scope:
    """Complete the scope by the session's identity and by what was asked for."""
    identity = session.identity
    models = (entry for entry in loaded.desired.declared.get("model", ()) if isinstance(entry, FineTunedModel))
    return replace(
        loaded.scope,
        role=identity.role,
        account=identity.account,
        user=identity.user,
        retry=choices.retry,
        replace=choices.replace,
        role_change=choices.role_change,
        exact_tokens=choices.exact_tokens,
        learns_rate=choices.learn_rate,
        orphans=choices.orphans or choices.destroy,
        destroys=choices.destroy,
        schemas=tuple(sorted({model.model.parent for model in models})) if choices.destroy else (),
    )
