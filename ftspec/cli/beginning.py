"""The body of init: what a new project is begun with, from options or asked for, each checked before it is written."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import click

from ftspec.backends.template import BEGINNING, Beginning, write_project
from ftspec.backends.template.workflow import find_workflow
from ftspec.cli.run import Exit, Stop, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.model.address import fold, is_identifier, quote
from ftspec.model.diagnostics import Diagnostic
from ftspec.planning.importing import is_name
from ftspec.resources.base_model import CATALOGUE

_QUESTIONS = {
    "name": "Name of the project",
    "database": "Database that models live in",
    "schema": "Schema that they live in",
    "base_model": "Base model of the example",
    "connection": "Connection of connections.toml for an account (- for none yet)",
    "role": "Role that applies there",
    "warehouse": "Warehouse there",
}
_OF_AN_ACCOUNT = ("role", "warehouse")
_NONE = "-"


def run_init(
    settings: Settings, directory: str | None, chosen: Mapping[str, str | None], *, workflow: bool | None, asks: bool
) -> Exit:
    """Write a project; on a terminal, ask for what was not given, also whether there is to be a workflow (None)."""
    folder = settings.folder / (directory or ".")
    given = {key: value for key, value in chosen.items() if value is not None}

    def body(view: View) -> Exit:
        faults = tuple(_tell(key, fault) for key, value in given.items() if (fault := _check(key, value)))
        if faults:
            view.show_diagnostics(faults)
            raise Stop(Exit.ERROR)
        begin, wanted = replace(BEGINNING, **given), bool(workflow)
        if asks and sys.stdin is not None and sys.stdin.isatty() and settings.format == "human":
            with _showing_interruption(view):
                begin = _ask(begin, given)
                wanted = _ask_for_workflow(folder) if workflow is None else workflow
        for path in write_project(folder, begin, workflow=wanted):
            view.show_message(f"wrote {path}")
        if wanted:
            view.show_message("\nThe first lines of the workflow say what to fill in before it runs.")
        view.show_message(f"\nTry: ftspec apply{'' if str(folder) == '.' else f' -C {shlex.quote(str(folder))}'}")
        return Exit.DONE

    return run(settings, body)


@contextmanager
def _showing_interruption(view: View) -> Iterator[None]:
    try:
        yield
    except click.Abort:
        view.show_message("\ninterrupted: nothing was written")
        raise Stop(Exit.INTERRUPTED) from None


def _ask(begin: Beginning, given: Mapping[str, str]) -> Beginning:
    """Ask for one thing after the other; Enter takes what is proposed."""
    for field in fields(Beginning):
        key = field.name
        if key in given or (key in _OF_AN_ACCOUNT and not begin.connection):
            continue
        proposed = getattr(begin, key) or _NONE
        answer = click.prompt(_QUESTIONS[key], default=proposed, err=True, value_proc=_proving(key))
        begin = replace(begin, **{key: "" if answer == _NONE else answer})
    return begin


def _ask_for_workflow(folder: Path) -> bool:
    """Ask where a workflow could be written."""
    path = find_workflow(folder)
    return path is not None and not path.exists() and click.confirm(f"GitHub workflow in {path}", err=True)


def _proving(key: str) -> Callable[[str], str]:
    def prove(answer: str) -> str:
        fault = "" if answer == _NONE and key == "connection" else _check(key, answer)
        if fault:
            raise click.UsageError(fault)
        return answer

    return prove


def _check(key: str, value: str) -> str:
    """Say what is wrong with a value; empty where nothing is."""
    match key:
        case "name":
            told = "a name has a lower-case letter, then lower-case letters, digits and underscores"
            return "" if is_name(value) else f"{value!r} is no name: {told}"
        case "base_model":
            known = [model.name for model in CATALOGUE]
            return "" if value in known else f"{value!r} is no base model: there are {', '.join(known)}"
        case "connection":
            free = value.strip() not in {"", "embedded"}
            return "" if free else "name one of connections.toml; the embedded Snowflake is there in any case"
        case _ if not is_identifier(value):
            return f"{value!r} is no Snowflake name: other characters take double quotes"
        case "database" if quote(fold(value)).startswith('"'):
            return f"{value!r} needs quotes in SQL, and the embedded Snowflake has no such databases"
        case _:
            return ""


def _tell(key: str, fault: str) -> Diagnostic:
    return Diagnostic("FT439", f"--{key.replace('_', '-')}: {fault}")
