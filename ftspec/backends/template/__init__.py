"""The project that `ftspec init` writes: it works at once on the embedded Snowflake."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic

_FILES = {
    "ftspec.yaml": "ftspec.yaml",
    "models.yaml": "models.yaml",
    "setup.sql": "setup.sql",
    "examples.csv": "examples.csv",
    "grants.sql": "grants.sql",
    "gitignore": ".gitignore",
}


def write_project(folder: Path) -> tuple[Path, ...]:
    """Write the files of a new project; Fault, and nothing written, when one of them is there already."""
    taken = [folder / name for name in _FILES.values() if name != ".gitignore" and (folder / name).exists()]
    if taken:
        message = f"{taken[0]} is there already, and init overwrites nothing"
        raise Fault(Diagnostic("FT406", message, hint="name another folder: ftspec init DIR"))
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, name in _FILES.items():
            target = folder / name
            if not target.exists():
                target.write_text(files(__package__).joinpath(source).read_text(encoding="utf-8"), encoding="utf-8")
                written.append(target)
    except OSError as error:
        raise Fault(Diagnostic("FT406", f"the project cannot be written: {error}")) from error
    return tuple(written)
