"""One run of a command: a view, the project, a session, and every error turned into a message and an exit code."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from ftspec import __version__, operations
from ftspec.backends.files import read_project, read_schemas
from ftspec.backends.rows import ProjectRows
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.cli.views.json import JsonView
from ftspec.engine.session import Fate, Fault, Session, SessionError
from ftspec.manifest.document import SourceFile
from ftspec.manifest.variable import check_given
from ftspec.model.change import Action
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, has_errors
from ftspec.model.plan import Plan
from ftspec.operations import Loaded


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    TRAINING = 3
    INTERRUPTED = 130


class Stop(Exception):  # noqa: N818 - not an error of its own: what is wrong has been shown
    """End the run with an exit code."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code)
        self.code = code


def run(settings: Settings, body: Callable[[View], Exit], *, interrupted: str = "interrupted") -> Exit:
    """Run a command; the view is chosen first, so that every error can be shown in it."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that it reads as a whole only
    if settings.verbose:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    view = make_view(settings)
    try:
        return body(view)
    except Stop as stop:
        return stop.code
    except (Fault, SessionError) as error:
        view.close()
        view.show_diagnostics((describe_fault(error),))
        _show_traceback(settings)
        return Exit.ERROR
    except KeyboardInterrupt:
        view.close()
        view.show_message(interrupted)
        return Exit.INTERRUPTED
    finally:
        view.close()


def make_view(settings: Settings) -> View:
    """Choose the view of a run."""
    if settings.format == "json":
        return JsonView(quiet=settings.quiet)
    if settings.format == "markdown":
        from ftspec.cli.views.markdown import MarkdownView  # noqa: PLC0415 - it imports the next one

        return MarkdownView(quiet=settings.quiet, colour=settings.colour)
    from ftspec.cli.views.human import HumanView  # noqa: PLC0415 - rich is slow to import

    return HumanView(quiet=settings.quiet, colour=settings.colour)


def load_project(settings: Settings, view: View, drafts: tuple[SourceFile, ...] = ()) -> Loaded:
    """Read and check the project, and files that are not written yet; the faults stay in the value."""
    files, unreadable = read_project(settings.folder)
    loaded = operations.load(
        (*files, *drafts),
        read_schemas(),
        environment=settings.environment,
        variables=settings.variables,
        version=__version__,
        rows=ProjectRows(settings.folder),
    )
    if settings.verbose:
        for path in loaded.ignored:
            view.show_message(f"not ours: {path}")
    unused = () if loaded.is_faulty else check_given(settings.given, loaded.references)
    return loaded.with_diagnostics(unreadable + unused)


def require_project(settings: Settings, view: View) -> Loaded:
    """Read the project and stop at a fault: nothing is read from Snowflake then."""
    loaded = load_project(settings, view)
    if loaded.diagnostics:
        view.show_diagnostics(loaded.diagnostics)
    if loaded.is_faulty:
        count = sum(found.severity is Severity.ERROR for found in loaded.diagnostics)
        view.show_message(f"{count} error{'s' * (count != 1)}: nothing was changed in Snowflake")
        raise Stop(Exit.ERROR)
    return loaded


@contextmanager
def open_session(settings: Settings, loaded: Loaded, view: View) -> Iterator[Session]:
    """Open a session with the project's environment, and end it; what concerns its settings is placed there."""
    from ftspec.backends.connection import open_session as connect  # noqa: PLC0415 - only what connects needs it

    project = loaded.project
    if project is None:
        raise Stop(Exit.ERROR)

    def tell(found: Diagnostics) -> None:
        view.show_diagnostics(tuple(project.document.locate(each) for each in found))

    try:
        session = connect(project, settings.folder, tell)
        try:
            yield session
        finally:
            session.close()
    except Fault as fault:
        if not fault.diagnostic.path:
            raise
        raise Fault(project.document.locate(fault.diagnostic)) from fault


def exit_for(plan: Plan, *, detailed: bool) -> Exit:
    """Choose the exit code of a plan: a blocked resource is an error, changes are told apart only when asked."""
    actions = {change.action for change in plan.changes}
    if Action.BLOCKED in actions or has_errors(plan.diagnostics):
        return Exit.ERROR
    return Exit.CHANGES if detailed and any(action.is_change for action in actions) else Exit.DONE


def describe_fault(error: Fault | SessionError) -> Diagnostic:
    """Describe what a user's words, or Snowflake, got in the way of."""
    if isinstance(error, Fault):
        return error.diagnostic
    query = f" (query {error.query_id})" if error.query_id else ""
    if error.fate is Fate.REFUSED:
        return Diagnostic("FT308", f"Snowflake refused: {error}{query}", hint=error.hint)
    hint = "run the command again: what was started goes on in Snowflake, and is not started twice"
    return Diagnostic("FT309", f"the connection to Snowflake was lost: {error}{query}", hint=hint)


def _show_traceback(settings: Settings) -> None:
    if settings.verbose:
        click.echo(traceback.format_exc(), err=True)


def fail_unexpectedly(error: BaseException, settings: Settings) -> Exit:
    """Show a bug as one line; `-v` shows where it is."""
    hint = "" if settings.verbose else "run the command again with -v, and report what it prints"
    view = make_view(settings)
    view.show_diagnostics((Diagnostic("FT999", f"ftspec has a bug: {type(error).__name__}: {error}", hint=hint),))
    view.close()
    if settings.verbose:
        click.echo("".join(traceback.format_exception(error)), err=True)
    return Exit.ERROR


def refuse_use(message: str) -> Exit:
    """Show a command line that cannot be understood, as JSON."""
    view = JsonView()
    hint = "add --help for the usage"
    view.show_diagnostics((Diagnostic("FT400", message.rstrip("."), hint=hint),))
    view.close()
    return Exit.ERROR
