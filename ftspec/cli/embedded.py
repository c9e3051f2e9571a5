"""The bodies of the `embedded` commands: the embedded Snowflake for other tools."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ftspec.backends.connection import EMBEDDED_FOLDER, embedded_account
from ftspec.cli.run import Exit, Stop, load_project, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.emulator.launch import Account, EmbeddedError, reset, serve
from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic


def run_serve(settings: Settings, *, port: int, folder: Path | None, as_json: bool) -> Exit:
    """Serve until interrupted; one line says how to connect, once it can be done."""

    def body(view: View) -> Exit:
        def tell(parameters: Mapping[str, object]) -> None:
            view.show_text(json.dumps(dict(parameters)) if as_json else _describe(parameters))

        try:
            serve(_account(settings, view, folder), port=port, on_ready=tell)
        except EmbeddedError as error:
            raise _fault(error) from error
        return Exit.DONE

    return run(settings, body)


def run_sql(settings: Settings, statement: str, *, role: str | None) -> Exit:
    """Run one statement with the project's environment, which must be an embedded one."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        if loaded.project is None or not loaded.project.environment.is_embedded:
            message = f"environment {loaded.scope.environment!r} is not embedded, and this command is only for those"
            raise Fault(Diagnostic("FT405", message, hint="name an embedded environment with --env"))
        if role is not None:
            environment = replace(loaded.project.environment, role=role.upper())
            loaded = replace(loaded, project=replace(loaded.project, environment=environment))
        with open_session(settings, loaded) as session:
            view.show_rows(session.execute(statement))
        return Exit.DONE

    return run(settings, body)


def run_reset(settings: Settings, folder: Path | None) -> Exit:
    """Remove the embedded account."""

    def body(view: View) -> Exit:
        where = folder or settings.folder / EMBEDDED_FOLDER
        try:
            reset(where)
        except EmbeddedError as error:
            raise _fault(error) from error
        view.show_message(f"removed {where}")
        return Exit.DONE

    return run(settings, body)


def _account(settings: Settings, view: View, folder: Path | None) -> Account:
    """Describe the account to serve: the project's, where there is one, or an empty one."""
    account = embedded_account(None, settings.folder)
    if (settings.folder / "ftspec.yaml").is_file():
        loaded = load_project(settings, view)
        if loaded.is_faulty:
            view.show_diagnostics(loaded.diagnostics)
            raise Stop(Exit.ERROR)
        if loaded.project is not None and loaded.project.environment.is_embedded:
            account = embedded_account(loaded.project.environment, settings.folder)
    return account if folder is None else replace(account, folder=folder)


def _describe(parameters: Mapping[str, object]) -> str:
    written = " ".join(f"{key}={shlex.quote(str(value))}" for key, value in parameters.items())
    return f"embedded Snowflake ready: {written}"


def _fault(error: EmbeddedError) -> Fault:
    return Fault(Diagnostic("FT310", f"the embedded Snowflake cannot be used: {error}"))
