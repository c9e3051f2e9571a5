"""Completion in shells: names from the manifests, without a connection, and silent where there are none.

Whatever goes wrong here stands in somebody's half-written command line, so nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from ftspec.manifest.document import Document

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_FTSPEC_COMPLETE"
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def write_script(group: click.Command, shell: str) -> str:
    """Write the script that a shell reads once, to ask ftspec from then on."""
    complete = get_completion_class(shell)
    if complete is None:
        message = f"click completes nothing in {shell}"
        raise AssertionError(message)
    return complete(group, {}, "ftspec", VARIABLE).source()


def complete_folder(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete folders."""
    del context, parameter
    return [CompletionItem(incomplete, type="dir")]


def complete_names(*kinds: str, many: bool = False) -> Complete:
    """Complete the names of documents of these kinds; of `many`, those that stand there already are left out."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        given = context.params.get(parameter.name or "") if many else ()
        found = [entry.name for entry in _read_documents(context) if entry.kind in kinds]
        return _choose((name for name in found if name not in (given or ())), incomplete)

    return complete


def complete_environments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the environments of the project."""
    del parameter
    found: list[str] = []
    for entry in _read_documents(context):
        environments = entry.spec.get("environments") if entry.kind == "Project" else None
        found += environments if isinstance(environments, dict) else ()
    return _choose(found, incomplete)


def complete_schemas(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the schemas that ship with ftspec."""
    del context, parameter
    from ftspec.backends.files import name_schemas  # noqa: PLC0415 - only completion needs it here

    return _choose(name_schemas(), incomplete)


def _choose(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _read_documents(context: click.Context) -> tuple[Document, ...]:
    """Read the manifests of the project that the command line names so far; what cannot be read is not there."""
    from ftspec.backends.files import read_project  # noqa: PLC0415 - only completion needs it here
    from ftspec.manifest.reader import read_documents  # noqa: PLC0415 - the same

    folder = context.params.get("project") or context.find_root().params.get("project") or "."
    try:
        files, _ = read_project(Path(str(folder)).expanduser())
        return read_documents(files).documents
    except Exception:  # noqa: BLE001 - nobody asked for a message in the middle of a command line
        return ()
