"""The bodies of the `embedded` commands: the embedded Snowflake for other tools."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ftspec.backends.connection import check_setup, embedded_account
from ftspec.cli.consent import require_yes
from ftspec.cli.run import Exit, Stop, describe_fault, load_project, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.statement_file import Placed, read_statement_file
from ftspec.cli.views.base import View
from ftspec.emulator.inspecting import count_objects, holds_account
from ftspec.emulator.launch import Account, EmbeddedError, reset, serve
from ftspec.engine.session import Fault, Session, SessionError
from ftspec.manifest.project import Project
from ftspec.manifest.reader import PROJECT_FILE
from ftspec.model.address import fold
from ftspec.model.diagnostics import Diagnostic


def run_serve(settings: Settings, *, port: int, folder: Path | None, as_json: bool, allow_control: bool) -> Exit:
    """Serve until interrupted; one line says how to connect, once it can be done."""
    is_plain = as_json or settings.format == "json"

    def body(view: View) -> Exit:
        def tell(parameters: Mapping[str, object]) -> None:
            view.show_text(json.dumps(dict(parameters)) if is_plain else _describe(parameters))

        project = _load_own(settings, view)
        account = replace(_account(settings, project, folder), allow_control=allow_control)
        if project is not None and folder is None:
            changed = check_setup(project.environment, settings.folder)
            view.show_diagnostics(tuple(project.document.locate(found) for found in changed))
        try:
            serve(account, port=port, on_ready=tell)
        except EmbeddedError as error:
            raise _fault(error) from error
        return Exit.DONE

    return run(settings, body)


def run_sql(settings: Settings, statement: str, *, file: Path | None, role: str | None) -> Exit:
    """Run a statement, or those of a file up to the first error, with the project's environment: an embedded one."""

    def body(view: View) -> Exit:
        if file is None and not statement.strip():
            raise Fault(Diagnostic("FT408", "the statement is empty", hint="for example: SHOW MODELS"))
        statements = (Placed(statement),) if file is None else read_statement_file(file)
        loaded = require_project(settings, view)
        if loaded.project is not None:
            project = _check_embedded(loaded.project)
            loaded = replace(loaded, project=project if role is None else _with_role(project, role))
        try:
            with open_session(settings, loaded, view) as session:
                for placed in statements:
                    _execute_placed(view, session, placed)
        except Fault as fault:
            raise fault if role is None else _blame_option(fault, role) from fault
        return Exit.DONE

    return run(settings, body)


def _execute_placed(view: View, session: Session, placed: Placed) -> None:
    """Run a statement and show its rows; an error is told at the statement's place."""
    try:
        view.show_rows(session.execute(placed.text))
    except SessionError as error:
        if placed.span is None:
            raise
        raise Fault(describe_fault(error).at(placed.span)) from error


def run_reset(settings: Settings, folder: Path | None, *, auto_approve: bool) -> Exit:
    """Remove the embedded account of an environment, or the one in a folder."""

    def body(view: View) -> Exit:
        project = None if folder is not None else _load_own(settings, view)
        where = folder or _account(settings, project, None).folder
        whose = "" if project is None else f" of environment {project.environment.name!r}"
        if not holds_account(where):
            view.show_message(f"there is no embedded account{whose} in {where}")
            return Exit.DONE
        if not auto_approve:
            question = f"\nThis would remove the embedded account{whose} in {where}, {_describe_content(where)}."
            require_yes(view, question, command="embedded reset", hint="add --auto-approve to remove it unattended")
        try:
            reset(where)
        except EmbeddedError as error:
            raise _fault(error) from error
        view.show_message(f"removed the embedded account{whose} in {where}")
        return Exit.DONE

    return run(settings, body)


def _load_own(settings: Settings, view: View) -> Project | None:
    """Read the project of the folder; None where there is no project file, Stop where it has a fault."""
    if not (settings.folder / PROJECT_FILE).is_file():
        return None
    loaded = load_project(settings, view)
    if loaded.project is None:
        view.show_diagnostics(loaded.diagnostics)
        raise Stop(Exit.ERROR)
    return loaded.project


def _account(settings: Settings, project: Project | None, folder: Path | None) -> Account:
    """Describe an account: the environment's, an empty one without a project, or the like in another folder."""
    if project is None:
        account = embedded_account(None, settings.folder)
    elif folder is None or project.environment.is_embedded:
        account = embedded_account(_check_embedded(project).environment, settings.folder)
    else:
        account = embedded_account(None, settings.folder)
    return account if folder is None else replace(account, folder=folder)


def _check_embedded(project: Project) -> Project:
    """Give the project back; Fault when its environment is not embedded."""
    if project.environment.is_embedded:
        return project
    message = f"environment {project.environment.name!r} is not embedded, and this command is only for those"
    where = f"spec/environments/{project.environment.name}/connection"
    fault = Diagnostic("FT405", message, path=where, hint="name an embedded environment with --env")
    raise Fault(project.document.locate(fault))


def _with_role(project: Project, role: str) -> Project:
    try:
        return replace(project, environment=replace(project.environment, role=fold(role)))
    except ValueError as error:
        raise Fault(Diagnostic("FT303", f"--role: {error}")) from error


def _blame_option(fault: Fault, role: str) -> Fault:
    """Name the option, not the environment, where the role that it gives cannot be used."""
    if fault.diagnostic.code != "FT303":
        return fault
    message = f"--role: role {fold(role)} does not exist, or is not granted to the embedded user"
    return Fault(Diagnostic("FT303", message, hint=f"CREATE ROLE {role}; GRANT ROLE {role} TO USER EMBEDDED"))


def _describe_content(folder: Path) -> str:
    counts = count_objects(folder)
    if counts is None:
        return "whose content cannot be read"
    return "with " + " and ".join(f"{count} {noun}{'s' * (count != 1)}" for noun, count in counts.items())


def _describe(parameters: Mapping[str, object]) -> str:
    written = " ".join(f"{key}={shlex.quote(str(value))}" for key, value in parameters.items())
    return f"embedded Snowflake ready: {written}"


def _fault(error: EmbeddedError) -> Fault:
    return Fault(Diagnostic("FT310", str(error)))
