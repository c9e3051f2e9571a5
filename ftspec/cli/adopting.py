"""The bodies of import and adopt: what is there already is shown, asked about, and taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from ftspec import adoption, operations
from ftspec.backends.new_file import check_new_manifest, write_new_file
from ftspec.cli.applying import new_run, stopping
from ftspec.cli.consent import require_yes
from ftspec.cli.run import Exit, Stop, load_project, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run
from ftspec.engine.lock import Lock
from ftspec.engine.session import Fault, Session
from ftspec.manifest.document import SourceFile
from ftspec.model.diagnostics import Diagnostic, has_errors
from ftspec.model.plan import Plan
from ftspec.operations import Loaded

_DEFAULT = "imported.yaml"
_UNATTENDED = "add --auto-approve where what is taken over was looked at before"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What would be done: the project with the manifests to be written, their text, and the markers."""

    loaded: Loaded
    text: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Import:
    """One import: of which project, by which session, of which models by name, and into which file."""

    settings: Settings
    loaded: Loaded
    session: Session
    names: tuple[str, ...]
    path: Path


def run_import(settings: Settings, names: tuple[str, ...], out: Path | None, how: tuple[bool, Pace]) -> Exit:
    """Draft manifests for models that nobody manages, ask, write them, and then the markers."""
    approved, pace = how
    path = out or settings.folder / _DEFAULT

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        run_ = new_run(pace, view)
        with open_session(settings, loaded, view) as session:
            task = _Import(settings, loaded, session, names, path)

            def prepare(*, tell: bool) -> _Prepared:
                return _prepare(task, view, tell=tell)

            def act(prepared: _Prepared, lock: Lock | None) -> Exit:
                if prepared.text:
                    write_new_file(path, prepared.text)
                    view.show_message(f"wrote {path}")
                return _walk(prepared, session, view, run_, lock)

            nothing = "nothing to import: no fine-tuned model is there that nobody manages"
            return _ask_and_do(
                view,
                lambda: operations.exclude_others(loaded, session, run_),
                prepare,
                act,
                (approved, "import", nothing),
            )

    return run(settings, body)


def run_adopt(settings: Settings, project: str, environment: str | None, how: tuple[bool, Pace]) -> Exit:
    """Carry over what another project, or this one under its old name, has made and this one declares."""
    approved, pace = how

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        old = replace(loaded.scope, project=project, environment=environment or loaded.scope.environment)
        run_ = new_run(pace, view)
        with open_session(settings, loaded, view) as session:

            def prepare(*, tell: bool) -> _Prepared:
                plan, found = adoption.plan_adoption(loaded, session, old)
                if tell or has_errors(found):
                    view.show_diagnostics(found)
                if has_errors(found):
                    raise Stop(Exit.ERROR)
                if tell and plan.steps and settings.format == "human":
                    view.show_plan(plan)
                return _Prepared(loaded, "", plan)

            def act(prepared: _Prepared, lock: Lock | None) -> Exit:
                return _walk(prepared, session, view, run_, lock, verb="adopt")

            @contextmanager
            def exclude() -> Iterator[Lock | None]:
                with (
                    adoption.exclude_old(loaded, session, old, run_),
                    operations.exclude_others(loaded, session, run_) as lock,
                ):
                    yield lock

            nothing = f"nothing of project {old.project}, environment {old.environment}, is declared here"
            return _ask_and_do(view, exclude, prepare, act, (approved, "adopt", nothing))

    return run(settings, body)


def _ask_and_do(
    view: View,
    exclude: Callable[[], AbstractContextManager[Lock | None]],
    prepare: Callable[..., _Prepared],
    act: Callable[[_Prepared, Lock | None], Exit],
    words: tuple[bool, str, str],
) -> Exit:
    """Show, ask, and do under the lock what was shown; unattended, all of it under the lock."""
    approved, command, nothing = words
    early = exclude() if approved else nullcontext()
    with early as lock:
        prepared = prepare(tell=True)
        if not prepared.plan.steps:
            view.show_outcomes({}, nothing)
            return Exit.DONE
        if approved:
            return act(prepared, lock)
    require_yes(view, "\nThis would change Snowflake.", command=command, hint=_UNATTENDED)
    with exclude() as lock:
        again = prepare(tell=False)
        if (again.plan, again.text) != (prepared.plan, prepared.text):
            message = "what is there has changed since it was shown: nothing was changed"
            raise Fault(Diagnostic("FT410", message, hint=f"run ftspec {command} again"))
        return act(prepared, lock)


def _prepare(task: _Import, view: View, *, tell: bool) -> _Prepared:
    """Look, draft, and plan; `tell` what was found, unless it was told before."""
    loaded, path = task.loaded, task.path
    found = adoption.survey(loaded, task.session, task.names)
    if tell or has_errors(found.notes):
        view.show_diagnostics(found.notes)
    if has_errors(found.notes):
        raise Stop(Exit.ERROR)
    if found.text:
        draft = SourceFile(check_new_manifest(task.settings.folder, path), found.text)
        loaded = load_project(replace(task.settings, verbose=False), view, (draft,))
        news = tuple(each for each in loaded.diagnostics if each not in task.loaded.diagnostics)
        if tell or loaded.is_faulty:
            view.show_diagnostics(news)
        if loaded.is_faulty:
            raise Stop(Exit.ERROR)
    made = adoption.plan_import(loaded, task.session, found)
    if tell and made.steps and task.settings.format == "human":
        view.show_plan(made)
        if found.text:
            view.show_message(f"\nwould write {path}: {', '.join(found.documents)}")
    return _Prepared(loaded, found.text, made)


def _walk(
    prepared: _Prepared, session: Session, view: View, run_: Run, lock: Lock | None, *, verb: str = "import"
) -> Exit:
    with stopping(run_, view):
        applied = adoption.take_over(prepared.loaded, session, prepared.plan, view.show_event, run_, lock, verb=verb)
    view.close()
    view.show_applied(prepared.plan, applied)
    if run_.stop.is_set():
        view.show_message("interrupted: run the same command again, and it goes on from there")
        return Exit.INTERRUPTED
    return Exit.ERROR if applied.failed else Exit.DONE
