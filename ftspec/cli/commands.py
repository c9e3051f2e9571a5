"""The bodies of the commands that read or change Snowflake."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ftspec import errands, operations
from ftspec.backends.files import name_schemas, read_project, read_rules, read_schema_text
from ftspec.backends.planfile import write_text_file
from ftspec.backends.repository import find_prefix
from ftspec.cli.applying import TRAIN_ON, new_run, stopping
from ftspec.cli.run import Exit, load_project, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.cli.views.sarif import write_sarif
from ftspec.engine.apply import Emit, Pace
from ftspec.engine.choice import Run
from ftspec.engine.doctor import Condition
from ftspec.engine.lock import Lock
from ftspec.engine.session import Fault, Session
from ftspec.engine.status import ModelStatus
from ftspec.manifest.extent import find_ends
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors
from ftspec.model.plan import Failed, Outcome, Skipped
from ftspec.operations import Loaded

Errand = Callable[[Loaded, Session, str, Emit, Run, Lock | None], Mapping[str, Outcome]]


def run_validate(settings: Settings, *, online: bool, output: Path | None = None) -> Exit:
    """Check manifests, and online what Snowflake says of their data; SARIF goes into `output` where there is one."""

    def body(view: View) -> Exit:
        loaded = load_project(settings, view)
        found = loaded.diagnostics
        if online and not loaded.is_faulty:
            with open_session(settings, loaded, view) as session:
                found = (*found, *errands.validate_online(loaded, session))
        count = sum(len(listed) for listed in loaded.desired.declared.values())
        if settings.format == "sarif":
            _give_sarif(settings, found, output, view)
        if settings.format != "sarif" or output is not None:
            view.show_validation(found, resources=count)
        return Exit.ERROR if loaded.is_faulty or has_errors(found) else Exit.DONE

    return run(settings, body)


def _give_sarif(settings: Settings, found: Diagnostics, output: Path | None, view: View) -> None:
    """Give SARIF on standard output, or into a file; people are told what is in a file by the view."""
    named = {each.span.path for each in found if each.span is not None}
    files = [file for file in read_project(settings.folder)[0] if file.path in named]
    ends = {start: end for file in files for start, end in find_ends(file).items()}
    text = write_sarif(found, read_rules(), find_prefix(settings.folder), ends)
    if output is None:
        view.show_text(text)
    else:
        write_text_file(output, f"{text}\n")


def run_doctor(settings: Settings) -> Exit:
    """Show what the running role can do, and what it can see."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            findings = errands.diagnose(loaded, session)
        view.show_findings(findings)
        return Exit.ERROR if any(found.state is Condition.MISSING for found in findings) else Exit.DONE

    return run(settings, body)


def run_status(settings: Settings, name: str | None, *, access: bool = False) -> Exit:
    """Show models and jobs, or who may use them."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        wanted = operations.find_model(loaded, name).address if name else None
        with open_session(settings, loaded, view) as session:
            if access:
                found = errands.show_access(loaded, session)
                view.show_access(tuple(entry for entry in found if wanted in {None, entry.address}))
                return Exit.DONE
            # A list for people has no room for curves, and is not kept waiting for them.
            curves = name is not None or settings.format == "json"
            statuses = errands.show_status(loaded, session, wanted, curves=curves)
        view.show_status(statuses)
        return Exit.DONE

    return run(settings, body)


def run_watch(settings: Settings, name: str | None) -> Exit:
    """Show models and jobs again and again, until no job runs or somebody interrupts."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        wanted = operations.find_model(loaded, name).address if name else None
        last: list[ModelStatus] = []

        def show(statuses: tuple[ModelStatus, ...]) -> None:
            last[:] = statuses
            view.watch_status(statuses)

        run_ = new_run(Pace(), view)
        # What draws on the screen is not interrupted in the middle.
        with open_session(settings, loaded, view) as session, stopping(run_, view, ""):
            errands.watch(loaded, session, wanted, show, run_)
        view.close()
        view.show_status(tuple(last))
        if not run_.stop.is_set():
            return Exit.DONE
        view.show_message("interrupted")
        return Exit.INTERRUPTED

    return run(settings, body)


def run_wait(settings: Settings, names: tuple[str, ...]) -> Exit:
    """Wait for running jobs."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            run_ = new_run(Pace(), view)
            with stopping(run_, view):
                outcomes = errands.wait(loaded, session, names, view.show_event, run_)
        view.close()
        view.show_outcomes(outcomes, "no job of this project is running")
        if run_.stop.is_set():
            view.show_message(TRAIN_ON)
            return Exit.INTERRUPTED
        return _exit_of(outcomes.values())

    return run(settings, body, interrupted=TRAIN_ON)


def run_cancel(settings: Settings, name: str) -> Exit:
    """Cancel the running job of a model."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            outcomes = errands.cancel(loaded, session, name, view.show_event, new_run(Pace(), view))
        view.show_outcomes(outcomes, f"no job of {name} is running")
        return _exit_of(outcomes.values())

    return run(settings, body)


def run_ask(settings: Settings, name: str, prompt: str) -> Exit:
    """Ask a model."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            answer = errands.ask(loaded, session, name, prompt)
        view.show_answer(name, prompt, answer)
        return Exit.DONE

    return run(settings, body)


def run_schema(settings: Settings, kind: str) -> Exit:
    """Print a kind's JSON Schema, or that of a plan."""

    def body(view: View) -> Exit:
        text = read_schema_text(kind)
        if text is None:
            known = {name.lower(): name for name in name_schemas()}
            close = difflib.get_close_matches(kind.lower(), known, n=1)
            hint = f"did you mean {known[close[0]]!r}?" if close else f"known are: {', '.join(known.values())}"
            raise Fault(Diagnostic("FT403", f"{kind!r} is not a kind", hint=hint))
        view.show_text(text.rstrip())
        return Exit.DONE

    return run(settings, body)


def run_text(settings: Settings, text: str) -> Exit:
    """Print a text that needs no project."""

    def body(view: View) -> Exit:
        view.show_text(text.rstrip())
        return Exit.DONE

    return run(settings, body)


def run_errand(settings: Settings, errand: Errand, name: str, *, nothing: str) -> Exit:
    """Do something with one model, under the lock."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        run_ = new_run(Pace(), view)
        with (
            open_session(settings, loaded, view) as session,
            stopping(run_, view),
            operations.exclude_others(loaded, session, run_) as lock,
        ):
            outcomes = errand(loaded, session, name, view.show_event, run_, lock)
        view.show_outcomes(outcomes, nothing)
        return _exit_of(outcomes.values())

    return run(settings, body)


def run_rollback(settings: Settings, name: str) -> Exit:
    """Bring the previous model back."""
    return run_errand(settings, errands.rollback, name, nothing="nothing was changed")


def run_resume(settings: Settings, name: str) -> Exit:
    """End the hold of a rollback."""
    return run_errand(settings, errands.resume, name, nothing=f"{name} is not held")


def run_forget(settings: Settings, name: str) -> Exit:
    """Let a model go without dropping it."""
    return run_errand(settings, errands.forget, name, nothing="nothing was changed")


def run_history(settings: Settings, limit: int) -> Exit:
    """Show what the project's runs did."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            rows = errands.history(loaded, session, limit)
        view.show_history(rows)
        return Exit.DONE

    return run(settings, body)


def run_force_unlock(settings: Settings, lease_id: str) -> Exit:
    """Remove the lock that a dead run left."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            lease = errands.unlock(loaded, session, lease_id)
        view.show_message(f"the lock of {lease.who} is removed")
        return Exit.DONE

    return run(settings, body)


def _exit_of(outcomes: Iterable[Outcome]) -> Exit:
    return Exit.ERROR if any(isinstance(outcome, Failed | Skipped) for outcome in outcomes) else Exit.DONE
