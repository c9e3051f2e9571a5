"""Manifests that are to be written: never over another file, and only where they are read."""

from __future__ import annotations

import os
from pathlib import Path

from ftspec.backends.files import SUFFIXES, name_problem
from ftspec.engine.session import Fault
from ftspec.manifest.reader import PROJECT_FILE
from ftspec.model.diagnostics import Diagnostic


def check_new_manifest(root: Path, path: Path) -> str:
    """Give the name in the project of a manifest that is to be written; Fault where it would be read by nobody."""
    try:
        name = path.resolve().relative_to(root.resolve())
    except ValueError:
        name = None
    folders = () if name is None else tuple(name.parents)[:-1]
    hidden = any(part.startswith(".") for folder in folders for part in folder.parts)
    if (
        name is None
        or path.suffix not in SUFFIXES
        or hidden
        or any((root / at / PROJECT_FILE).exists() for at in folders)
    ):
        hint = "name a .yaml file in the project's folder, or below it"
        raise Fault(Diagnostic("FT434", f"'{path}' would not be read as a manifest of this project", hint=hint))
    if path.exists():
        message = f"'{path}' is there already, and import overwrites nothing"
        raise Fault(Diagnostic("FT433", message, hint="name another file with --out FILE"))
    return name.as_posix()


def write_new_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, and never over another; Fault FT433 where it cannot be written."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, encoding="utf-8")
        path.hardlink_to(new)
    except OSError as error:
        problem = "it is there already" if isinstance(error, FileExistsError) else name_problem(error)
        hint = "name another file with --out FILE"
        raise Fault(Diagnostic("FT433", f"'{path}' cannot be written: {problem}", hint=hint)) from error
    finally:
        new.unlink(missing_ok=True)
