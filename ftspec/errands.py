"""Errands: what is done with one model, or a few, beside plan and apply."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ftspec.engine import watching
from ftspec.engine.access import ModelAccess, read_access
from ftspec.engine.apply import Emit, Walk, walk_steps
from ftspec.engine.choice import Run
from ftspec.engine.curves import read_curves
from ftspec.engine.doctor import Condition, Finding, examine
from ftspec.engine.journal import Journal, writing_failure
from ftspec.engine.lock import Lock, force_unlock
from ftspec.engine.session import Fault, Session, SessionError
from ftspec.engine.statement import Sender
from ftspec.engine.watching import Statuses
from ftspec.model.address import Address
from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.model.plan import AwaitJob, Done, Execute, Failed, Hazard, Outcome, Plan, Step
from ftspec.operations import Loaded, check_place, find_model, plan, status
from ftspec.planning.online import ask_online, judge_online
from ftspec.resources import finetune
from ftspec.resources.base import Refusal, Row, Scope
from ftspec.resources.fine_tuned_model import (
    FineTunedModel,
    FineTunedModelKind,
    Model,
    find_previous,
    forget_models,
    observe_marked,
    resume_model,
    roll_back,
)
from ftspec.resources.finetune import first_cell
from ftspec.resources.journal import Entry, Event, read_runs
from ftspec.resources.lock import Lease
from ftspec.resources.shown_grants import parse_model_grants, show_grants_on_model

_UNKNOWN_MODEL = "unknown model"


def validate_online(loaded: Loaded, session: Session) -> Diagnostics:
    """Say what Snowflake finds of the declared data and base models; figures alone are read, side by side."""
    check_place(loaded, session)
    queries = ask_online(loaded.desired, loaded.scope)
    seen = dict(zip(queries, session.read(queries), strict=True))
    return judge_online(loaded.desired, seen, loaded.scope)


def wait(loaded: Loaded, session: Session, names: tuple[str, ...], emit: Emit, run: Run) -> Mapping[str, Outcome]:
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
    return _walk(loaded, session, steps, emit, run)


def show_status(loaded: Loaded, session: Session, wanted: Address | None = None, *, curves: bool) -> Statuses:
    """Say how the models, or one, stand; with `curves` also what the trainings of those that are there recorded."""
    statuses = tuple(found for found in status(loaded, session) if wanted in {None, found.address})
    return read_curves(session, statuses) if curves else statuses


def watch(loaded: Loaded, session: Session, wanted: Address | None, show: Callable[[Statuses], None], run: Run) -> None:
    """Show how the models, or one, stand at each look, until no job runs or the run is stopped."""

    def read() -> Statuses:
        return show_status(loaded, session, wanted, curves=False)

    watching.watch(session, read, show, run.stop)


def cancel(loaded: Loaded, session: Session, name: str, emit: Emit, run: Run) -> Mapping[str, Outcome]:
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
    return do_steps(Errand("cancel", name, loaded.scope), loaded, session, steps, emit, run)


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


def rollback(
    loaded: Loaded, session: Session, name: str, emit: Emit, run: Run, lock: Lock | None = None
) -> Mapping[str, Outcome]:
    """Bring the newest earlier model back; Fault FT420 when there is none."""
    model = find_model(loaded, name)
    actual, scope = _observe(loaded, session, model.address)
    previous = find_previous(actual)
    if previous is None:
        hint = "keep_previous in the manifest says how many are kept when a new one goes live"
        if actual.live is not None and actual.live.hold:
            hint = f"ftspec resume {name}, and the next apply brings what is declared live again"
        raise Fault(Diagnostic("FT420", f"there is no earlier model of {name} to go back to", hint=hint))
    (answer,) = session.read((show_grants_on_model(model.model),))
    actual = replace(actual, grants=parse_model_grants(answer))
    errand = Errand("rollback", name, scope, lock)
    return do_steps(errand, loaded, session, roll_back(model, actual, scope, previous), emit, run)


def resume(
    loaded: Loaded, session: Session, name: str, emit: Emit, run: Run, lock: Lock | None = None
) -> Mapping[str, Outcome]:
    """End the hold that a rollback left, also one that was cut off; nothing to do is no outcome."""
    model = find_model(loaded, name)
    actual, scope = _observe(loaded, session, model.address)
    errand = Errand("resume", name, scope, lock)
    return do_steps(errand, loaded, session, resume_model(model, actual, scope), emit, run)


def forget(
    loaded: Loaded, session: Session, name: str, emit: Emit, run: Run, lock: Lock | None = None
) -> Mapping[str, Outcome]:
    """Let the models of a resource go without dropping them; Fault FT421 while declared, FT440 while one trains.

    Fault FT402 for a name that nothing which this project made bears.
    """
    address = Address("model", name)
    if loaded.desired.find(address) is not None:
        message = f"{name} is still declared: the next plan would find its model in the way"
        raise Fault(Diagnostic("FT421", message, hint="remove its manifest first"))
    observed, scope = _observe_all(loaded, session)
    if address not in observed:
        # It may lie in a schema that neither a manifest nor the journal names: a plan looks into none of those.
        (answer,) = session.read((finetune.show_all_models(),))
        observed = {**observe_marked(answer, scope), **observed}
    if address not in observed:
        raise Fault(_refuse_unknown(name, loaded, observed))
    actual = observed[address]
    for job in actual.running():
        message = f"job {job.id} of {name} still trains, and nothing takes a marker off a job"
        hint = "wait until it has ended; an apply would cancel it"
        raise Fault(Diagnostic("FT440", message, hint=hint))
    return do_steps(Errand("forget", name, scope, lock), loaded, session, forget_models(address, actual), emit, run)


def show_access(loaded: Loaded, session: Session) -> tuple[ModelAccess, ...]:
    """Say of each model who can call it, and who can train it on which data."""
    planned = plan(loaded, session)
    return read_access(session, loaded.desired, planned.seen, planned.scope)


def diagnose(loaded: Loaded, session: Session) -> tuple[Finding, ...]:
    """Say what the running role can and cannot do, and what ftspec can see; what a plan would stop at is a finding."""
    found = examine(session, loaded.desired, loaded.scope)
    try:
        check_place(loaded, session)
    except Fault as fault:
        told = fault.diagnostic
        return (*found, Finding(Condition.MISSING, "place", told.message, told.hint))
    warehouse = loaded.scope.warehouse or session.identity.warehouse
    return (*found, Finding(Condition.OK, "place", f"warehouse {warehouse}, schema {loaded.scope.home}"))


def history(loaded: Loaded, session: Session, limit: int) -> tuple[Row, ...]:
    """Give the newest rows of the journal, oldest first; Fault FT422 when there is none."""
    scope = loaded.scope
    (answer,) = session.read((read_runs(scope, limit),))
    if isinstance(answer, Refusal):
        message = f"there is no journal in {scope.home}, or this role may not read it: {answer.message}"
        raise Fault(Diagnostic("FT422", message, hint="the first apply makes it, unless journal is false"))
    return tuple(reversed(answer))


def unlock(loaded: Loaded, session: Session, lease_id: str) -> Lease:
    """Remove the lock that a dead run left, by the id that was shown; Fault FT504 when it is another one's."""
    return force_unlock(session, loaded.scope, lease_id)


def _observe(loaded: Loaded, session: Session, address: Address) -> tuple[Model, Scope]:
    """Read what is there of one model; one that was never seen is empty."""
    observed, scope = _observe_all(loaded, session)
    return observed.get(address, Model()), scope


def _observe_all(loaded: Loaded, session: Session) -> tuple[Mapping[Address, Model], Scope]:
    """Read what is there of every declared model, and of those that this project made and declares no more."""
    planned = plan(loaded, session)
    kind = FineTunedModelKind()
    declared = tuple(entry for entry in loaded.desired.declared[kind.noun] if isinstance(entry, FineTunedModel))
    return kind.observe(declared, planned.scope, planned.seen), planned.scope


def _refuse_unknown(name: str, loaded: Loaded, observed: Mapping[Address, Model]) -> Diagnostic:
    known = sorted(address.name for address in observed)
    left = [address.name for address in sorted(observed) if loaded.desired.find(address) is None]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"to be forgotten there {'is' if len(left) == 1 else 'are'}: {', '.join(left) or 'nothing'}"
    hint = f"did you mean {close[0]!r}?" if close else hint
    return Diagnostic("FT402", f"this project has made no model of the name {name!r}, or let it go already", hint=hint)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is done by hand with which model, as the journal tells it, and the lock under which it is done.

    `entries` are what the journal is told beside, before anything is done.
    """

    verb: str
    name: str
    scope: Scope
    lock: Lock | None = None
    entries: tuple[Entry, ...] = ()


def do_steps(
    errand: Errand, loaded: Loaded, session: Session, steps: tuple[Step, ...], emit: Emit, run: Run
) -> Mapping[str, Outcome]:
    """Walk the steps of an errand, which is written down where the project keeps a journal."""
    if not steps or not errand.scope.journal:
        return _walk(loaded, session, steps, emit, run, errand.lock)
    journal = Journal(replace(errand.scope, role=session.identity.role), run.id)
    journal.open(session)
    for entry in (Entry(Event.ERRAND, resource=errand.name, detail=errand.verb), *errand.entries):
        journal.write(session, entry)
    with writing_failure(journal, session, errand.verb):
        outcomes = _walk(loaded, session, steps, emit, run, errand.lock)
    errors = [outcome.error for outcome in outcomes.values() if isinstance(outcome, Failed)]
    state = "done" if all(isinstance(outcome, Done) for outcome in outcomes.values()) else "failed"
    journal.write(session, Entry(Event.FINISHED, state=state, error="; ".join(errors), detail=errand.verb))
    return outcomes


def _walk(
    loaded: Loaded, session: Session, steps: tuple[Step, ...], emit: Emit, run: Run, lock: Lock | None = None
) -> Mapping[str, Outcome]:
    identity = session.identity
    errand = Plan(loaded.scope.project, loaded.scope.environment, identity.account, identity.role, steps=steps)
    sender = Sender(run.id, loaded.scope.home.database)
    return walk_steps(Walk(errand, session, emit, sender, pace=run.pace, lock=lock, stop=run.stop))
