"""The bodies of plan, apply and destroy."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from ftspec import operations
from ftspec.backends.planfile import check_writable, read_plan_file, write_plan_file, write_text_file
from ftspec.cli.consent import require_yes
from ftspec.cli.reporting import write_plan_report
from ftspec.cli.run import Exit, Stop, exit_for, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Applied, Choices, Run
from ftspec.engine.lock import Lock
from ftspec.engine.session import Fault, Session
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, has_errors
from ftspec.model.plan import Hazard, Plan
from ftspec.operations import Loaded, Planned
from ftspec.planning.guard import APPROVED, check_denied, check_hazards, check_limits, check_saved, list_hazards
from ftspec.planning.handover import list_handover, write_handover
from ftspec.planning.planfile import SavedPlan
from ftspec.resources.journal import journal_of
from ftspec.resources.lock import Lease

_STOPPING = "stopping: the statement in flight is finished first; Ctrl-C again stops at once"
TRAIN_ON = "interrupted: jobs that were started train on; `ftspec apply` goes on from there"


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be done without being asked."""

    auto_approve: bool = False
    allowed: frozenset[Hazard] = frozenset()
    denied: frozenset[Hazard] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """How a plan is shown: an exit code that tells of changes, drift alone; files for it and for what may not be."""

    detailed: bool = False
    drift: bool = False
    out: Path | None = None
    emit: Path | None = None
    html: Path | None = None


def run_plan(settings: Settings, choices: Choices, consent: Consent, how: Shown) -> Exit:
    """Show a plan, and save it where that is asked for, with what an apply of it may do."""

    def body(view: View) -> Exit:
        check_writable(how.html)
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            planned = operations.plan(loaded, session, choices)
            plan = operations.keep_drift(loaded, planned, session) if how.drift else planned.plan
            holder = operations.find_holder(loaded, session)
        busy = () if holder is None else (_tell_running(holder),)
        plan = replace(plan, diagnostics=plan.diagnostics + busy)
        view.show_plan(plan, drift=how.drift)
        hand_over(plan, how.emit, view)
        write_plan_report(plan, how.html, view, loaded.scope.own_base_models, drift=how.drift)
        view.show_diagnostics(busy)
        _tell_kept(loaded, choices, view)
        _check_limits(loaded, plan, view)
        _refuse(check_denied(plan, consent.denied), view)
        if how.out is not None:
            allowed = (APPROVED | consent.allowed) - consent.denied
            write_plan_file(how.out, SavedPlan(plan, choices_to_plain(choices), allowed))
            warnings = check_saved(plan, allowed)
            view.show_diagnostics(tuple(replace(found, severity=Severity.WARNING) for found in warnings))
            view.show_message(f"saved in {how.out}: ftspec apply {shlex.quote(str(how.out))}")
        return exit_for(plan, detailed=how.detailed)

    return run(settings, body)


def _tell_running(holder: Lease) -> Diagnostic:
    message = f"an apply is running: {holder.who} holds the lock, and its work may be half done"
    return Diagnostic("FT501", message, Severity.WARNING, hint="plan again when it has ended")


def hand_over(plan: Plan, path: Path | None, view: View) -> None:
    """Write what the running role may not do into a file for an administrator, where one is asked for."""
    if path is None:
        return
    write_text_file(path, write_handover(plan))
    count = len(list_handover(plan))
    view.show_message(f"wrote {count} statement{'s' * (count != 1)} for an administrator into {path}")


def run_apply(
    settings: Settings, choices: Choices, consent: Consent, pace: Pace, *, detailed: bool, emit: Path | None = None
) -> Exit:
    """Plan, ask, and walk the plan; unattended, all of it under the lock."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        run_ = new_run(pace, view)
        with open_session(settings, loaded, view) as session:
            task = _Task(loaded, session, view, run_, choices)
            if consent.auto_approve:
                with operations.exclude_others(loaded, session, run_) as lock:
                    planned = operations.plan(loaded, session, choices)
                    hand_over(planned.plan, emit, view)
                    _show_and_check(task, planned.plan, settings, consent)
                    return _apply(task, planned, lock, detailed=detailed)
            planned = operations.plan(loaded, session, choices)
            hand_over(planned.plan, emit, view)
            _show_and_check(task, planned.plan, settings, consent)
            if not planned.plan.steps:
                return _apply(task, planned, None, detailed=detailed)
            _ask(planned.plan, view)
            with operations.exclude_others(loaded, session, run_) as lock:
                _check_unmoved(task, planned)
                return _apply(task, planned, lock, detailed=detailed)

    return run(settings, body, interrupted=TRAIN_ON)


def run_apply_saved(settings: Settings, path: Path, consent: Consent, pace: Pace, *, detailed: bool) -> Exit:
    """Apply a saved plan without asking, unless anything that it decided on has moved."""

    def body(view: View) -> Exit:
        saved = read_plan_file(path)
        loaded = require_project(settings, view)
        run_ = new_run(pace, view)
        with open_session(settings, loaded, view) as session:
            task = _Task(loaded, session, view, run_, choices_from_plain(saved.choices))
            operations.check_same_place(loaded, session, saved.plan)
            _refuse(check_denied(saved.plan, consent.denied) + check_saved(saved.plan, saved.allowed), view)
            with operations.exclude_others(loaded, session, run_) as lock:
                planned = operations.plan(loaded, session, task.choices)
                if planned.plan.digest != saved.plan.digest:
                    message = f"the plan in '{path}' is stale: what it decided on has moved since it was made"
                    raise Fault(Diagnostic("FT415", message, hint="make a new one with ftspec plan --out"))
                _tell_kept(loaded, task.choices, view)
                return _apply(task, replace(planned, plan=saved.plan), lock, detailed=detailed)

    return run(settings, body, interrupted=TRAIN_ON)


@dataclass(frozen=True, slots=True)
class _Task:
    loaded: Loaded
    session: Session
    view: View
    run: Run
    choices: Choices


def _apply(task: _Task, planned: Planned, lock: Lock | None, *, detailed: bool) -> Exit:
    view = task.view
    if not planned.plan.steps:
        view.show_applied(planned.plan, None)
        return exit_for(planned.plan, detailed=False)
    with stopping(task.run, view):
        applied = operations.apply(
            task.loaded, planned, task.session, view.show_event, task.run, lock=lock, choices=task.choices
        )
    view.close()
    view.show_applied(planned.plan, applied)
    if task.run.stop.is_set():
        view.show_message(TRAIN_ON)
        return Exit.INTERRUPTED
    return _exit_of(applied, detailed=detailed)


def _exit_of(applied: Applied, *, detailed: bool) -> Exit:
    """Choose the exit code of an apply: what is blocked is an error, also while something else trains."""
    left = exit_for(applied.after, detailed=True)
    if applied.failed or left is Exit.ERROR:
        return Exit.ERROR
    if applied.waits:
        return Exit.TRAINING if detailed else Exit.DONE
    if left is not Exit.DONE:
        return Exit.ERROR
    return Exit.CHANGES if detailed else Exit.DONE


def _show_and_check(task: _Task, plan: Plan, settings: Settings, consent: Consent) -> None:
    if settings.format == "human" and not (settings.quiet and consent.auto_approve):
        task.view.show_plan(plan)
    _tell_kept(task.loaded, task.choices, task.view)
    _check_limits(task.loaded, plan, task.view)
    allowed = consent.allowed if consent.auto_approve else frozenset(Hazard)
    _refuse(check_hazards(plan, allowed, consent.denied), task.view)


def _tell_kept(loaded: Loaded, choices: Choices, view: View) -> None:
    """Say what is lost without a journal, and what stays when all that the project made is removed."""
    view.show_diagnostics(loaded.lost)
    if choices.destroy:
        kept = "grants on all but its models, for without a journal nobody knows whose they are"
        journal = f"the journal {journal_of(loaded.scope.home)}, which is the history"
        view.show_message(f"destroy keeps {journal if loaded.scope.journal else kept}")


def _check_limits(loaded: Loaded, plan: Plan, view: View) -> None:
    if loaded.project is None:
        return
    found = check_limits(plan, loaded.project.environment.limits)
    view.show_diagnostics(tuple(loaded.project.document.locate(each) for each in found))
    if has_errors(found):
        raise Stop(Exit.ERROR)


def _refuse(faults: Diagnostics, view: View) -> None:
    """Show what is refused and end the run, where anything is."""
    if faults:
        view.show_diagnostics(faults)
        raise Stop(Exit.ERROR)


def _ask(plan: Plan, view: View) -> None:
    hazards = ", ".join(list_hazards(plan))
    question = f"\nThis would change Snowflake{f' ({hazards})' if hazards else ''}."
    hint = "add --auto-approve where a reviewed plan is applied unattended"
    require_yes(view, question, command="apply", hint=hint)


def _check_unmoved(task: _Task, planned: Planned) -> None:
    """Refuse to apply a plan when the state moved while somebody read it."""
    if operations.plan(task.loaded, task.session, task.choices).plan.digest != planned.plan.digest:
        message = "what the plan decided on has moved since it was shown: nothing was changed"
        raise Fault(Diagnostic("FT410", message, hint="run ftspec apply again, and read the new plan"))


def new_run(pace: Pace, view: View) -> Run:
    """Begin a run: an id of its own, who it is, and the view that says for whom it waits."""

    def tell(hindrance: Diagnostic) -> None:
        waiting = f"waiting {pace.lock_timeout:g} s at most: {hindrance.message}"
        view.show_diagnostics((replace(hindrance, message=waiting, severity=Severity.NOTE),))

    who = f"{os.environ.get('USER', 'unknown')}@{socket.gethostname()}"
    return Run(secrets.token_hex(4), who, pace, on_wait=tell)


@contextmanager
def stopping(errand: Run, view: View, words: str = _STOPPING) -> Iterator[None]:
    """Let the first Ctrl-C end the run after the statement in flight, and say so; the second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if errand.stop.is_set():
            signal.default_int_handler(number, frame)
        errand.stop.set()
        if words:
            view.show_message(words)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def choices_to_plain(choices: Choices) -> dict[str, object]:
    """Write choices as plain data for a plan file."""
    return {
        "retry": choices.retry,
        "replace": sorted(choices.replace),
        "targets": list(choices.targets),
        "role_change": choices.role_change,
        "orphans": choices.orphans,
        "destroy": choices.destroy,
        "exact_tokens": choices.exact_tokens,
        "learn_rate": choices.learn_rate,
    }


def choices_from_plain(plain: Mapping[str, object]) -> Choices:
    """Read choices from a plan file."""
    replaced, targets = plain.get("replace"), plain.get("targets")
    return Choices(
        retry=plain.get("retry") is True,
        replace=frozenset(map(str, replaced)) if isinstance(replaced, list) else frozenset(),
        targets=tuple(map(str, targets)) if isinstance(targets, list) else (),
        role_change=plain.get("role_change") is True,
        orphans=plain.get("orphans") is True,
        destroy=plain.get("destroy") is True,
        exact_tokens=plain.get("exact_tokens") is True,
        learn_rate=plain.get("learn_rate") is True,
    )
