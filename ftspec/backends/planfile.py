"""Saved plans: files of JSON, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ftspec.backends.files import read_plan_schema
from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic
from ftspec.planning.planfile import SavedPlan, saved_from_dict, saved_to_dict


def write_plan_file(path: Path, saved: SavedPlan) -> None:
    """Save a plan; Fault FT413 when it cannot be written."""
    write_text_file(path, json.dumps(saved_to_dict(saved), indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def write_text_file(path: Path, text: str) -> None:
    """Write a file whole or not at all; Fault FT413 when it cannot be written."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Fault(Diagnostic("FT413", f"'{path}' cannot be written: {error.strerror}")) from error


def check_writable(path: Path | None) -> None:
    """Raise Fault FT413 when a file could not be written, before the work that would go into it."""
    if path is None:
        return
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.touch()
        new.unlink()
    except OSError as error:
        raise Fault(Diagnostic("FT413", f"'{path}' cannot be written: {error.strerror}")) from error


def read_plan_file(path: Path) -> SavedPlan:
    """Read a saved plan; Fault FT413 when it is not there, damaged, or of another format."""
    try:
        return saved_from_dict(json.loads(path.read_text(encoding="utf-8")), read_plan_schema())
    except OSError as error:
        raise Fault(Diagnostic("FT413", f"the plan file '{path}' cannot be read: {error.strerror}")) from error
    except (ValueError, RecursionError) as error:
        hint = "make a new one with ftspec plan --out"
        raise Fault(Diagnostic("FT413", f"'{path}' is no plan that can be applied: {error}", hint=hint)) from error
