"""The GitHub workflow that `ftspec init` writes: a plan on a pull request, an apply on the default branch."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from ftspec import __version__
from ftspec.backends.repository import find_root
from ftspec.engine.session import Fault
from ftspec.manifest.writer import write_text
from ftspec.model.diagnostics import Diagnostic

_PLACE = ".github/workflows/ftspec.yml"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML takes without quotes."""
_PATTERN = re.compile(r"[*?+!\[\]\\]")
"""What GitHub's filters of paths take for a pattern."""


class _Workflow(Template):
    """A template whose dollar signs are GitHub's and the shell's."""

    delimiter = "%"


def find_workflow(folder: Path) -> Path | None:
    """Give the path of the workflow for the project in a folder; None where no Git repository is around it."""
    root = find_root(folder)
    return None if root is None else Path(os.path.relpath(root / _PLACE))


def require_workflow(folder: Path) -> Path:
    """Give the path of the workflow; Fault where it would have no place, or is there already."""
    path = find_workflow(folder)
    if path is None:
        message = f"'{folder.resolve()}' is in no Git repository, whose root a GitHub workflow lies in"
        raise Fault(Diagnostic("FT441", message, hint="run git init first, or leave --workflow out"))
    if path.exists():
        message = f"{path} is there already, and init overwrites nothing"
        hint = "leave --workflow out, and give that file a job for this project's folder too"
        raise Fault(Diagnostic("FT406", message, hint=hint))
    return path


def write_workflow(path: Path, folder: Path, connection: str) -> str:
    """Write the text of the workflow at a path; without a connection it has the embedded Snowflake only."""
    directory = folder.resolve().relative_to(path.resolve().parents[2]).as_posix()
    kind = "account" if connection else "embedded"
    text = files(__package__).joinpath(f"workflow-{kind}.yml").read_text(encoding="utf-8")
    return _Workflow(text).substitute(
        version=__version__,
        directory=write_text(directory),
        paths=_write_filter(directory),
        connection=connection if _BARE.fullmatch(connection) else json.dumps(connection, ensure_ascii=False),
    )


def _write_filter(directory: str) -> str:
    """Write the filter of what concerns a project; one at the root of the repository is concerned by everything."""
    if directory == ".":
        return ""
    inside = _PATTERN.sub(r"\\\g<0>", directory)
    return f"\n    paths: {json.dumps([f'{inside}/**', _PLACE], ensure_ascii=False)}"
