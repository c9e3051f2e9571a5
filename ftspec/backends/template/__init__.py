"""The project that `ftspec init` writes: it works at once on the embedded Snowflake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from ftspec.backends.template.workflow import require_workflow, write_workflow
from ftspec.engine.session import Fault
from ftspec.manifest.writer import write_text
from ftspec.model.address import fold, qualify, quote
from ftspec.model.diagnostics import Diagnostic

_FILES = {
    "ftspec.yaml": "ftspec.yaml",
    "models.yaml": "models.yaml",
    "setup.sql": "setup.sql",
    "examples.csv": "examples.csv",
    "grants.sql": "grants.sql",
    "gitignore": ".gitignore",
}
_SYSTEM_ROLES = frozenset({"ACCOUNTADMIN", "ORGADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC", "MY_APP"})
"""Roles that the embedded account has, or makes for something else."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new project is begun with; without a `connection` it has the embedded Snowflake only."""

    name: str = "my_project"
    database: str = "ML"
    schema: str = "MODELS"
    connection: str = ""
    role: str = "ML_TRAINER"
    warehouse: str = "ML_WH"
    base_model: str = "llama3.1-8b"


BEGINNING = Beginning()


def write_project(folder: Path, begin: Beginning = BEGINNING, *, workflow: bool = False) -> tuple[Path, ...]:
    """Write the files of a new project; Fault, and nothing written, when one of them is there already."""
    taken = [folder / name for name in _FILES.values() if name != ".gitignore" and (folder / name).exists()]
    if taken:
        message = f"{taken[0]} is there already, and init overwrites nothing"
        raise Fault(Diagnostic("FT406", message, hint="name another folder: ftspec init DIR"))
    texts = dict(_list_texts(folder, begin))
    if workflow:
        path = require_workflow(folder)
        texts[path] = write_workflow(path, folder, begin.connection)
    written = []
    try:
        for target, text in texts.items():
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
                written.append(target)
    except OSError as error:
        raise Fault(Diagnostic("FT406", f"the project cannot be written: {error}")) from error
    return tuple(written)


def _list_texts(folder: Path, begin: Beginning) -> Iterator[tuple[Path, str]]:
    words = dict(_list_words(begin))
    for source, name in _FILES.items():
        text = files(__package__).joinpath(source).read_text(encoding="utf-8")
        yield folder / name, Template(text).substitute(words)


def _list_words(begin: Beginning) -> Iterator[tuple[str, str]]:
    """List what stands in the files: values as YAML writes them, and names as SQL does."""
    role = begin.role if fold(begin.role) not in _SYSTEM_ROLES else BEGINNING.role
    for key in ("name", "database", "schema", "base_model"):
        yield key, write_text(getattr(begin, key))
    yield "embedded_role", write_text(role)
    yield "embedded_role_name", quote(fold(role))
    yield "database_name", quote(fold(begin.database))
    yield "schema_name", qualify(fold(begin.database), fold(begin.schema))
    yield "account", _describe_account(begin)


def _describe_account(begin: Beginning) -> str:
    """Write the environment of an account; without one it is a suggestion."""
    settings = {"connection": begin.connection or "my_connection", "role": begin.role, "warehouse": begin.warehouse}
    mark = "" if begin.connection else "# "
    lines = [f"{mark + 'prod:':<32}# a name in Snowflake's own connections.toml"]
    lines += [f"{mark}  {key}: {write_text(value)}" for key, value in settings.items()]
    return "".join(f"    {line}\n" for line in lines)
