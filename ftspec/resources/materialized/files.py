"""Datasets that start as a file of the repository: which files must be read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ftspec.manifest.document import Document
from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.resources.base import Scope
from ftspec.resources.rows import RowFile, RowSource

_SUFFIXES = (".csv", ".jsonl", ".ndjson")
_PATH = "spec/file"


def find_row_sources(documents: Iterable[Document]) -> tuple[RowSource, ...]:
    """List the files that datasets name, each once; a name that can be none is told of when it is declared."""
    found = set()
    for document in documents:
        path = document.spec.get("file") if document.kind == "Dataset" else None
        if isinstance(path, str) and not _check_path(path):
            found.add(_read_source(document.spec))
    return tuple(sorted(found))


def find_file(document: Document, scope: Scope) -> tuple[RowFile | None, Diagnostics]:
    """Find what was read of a dataset's file; faults in it have their places in the file."""
    faults = _check_path(str(document.spec["file"]))
    if faults:
        return None, faults
    source = _read_source(document.spec)
    file = next((found for found in scope.files if found.source == source), None)
    if file is None:
        return None, (Diagnostic("FT254", f"{source.path!r} was not read", path=_PATH),)
    return file, file.faults


def _read_source(spec: Mapping[str, object]) -> RowSource:
    keys = {key: str(spec.get(key, key)) for key in ("prompt", "completion")}
    return RowSource(str(spec["file"]), **keys)


def _check_path(path: str) -> Diagnostics:
    """Refuse a path that leads out of the project, or whose format is not known."""
    if path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/"):
        message = f"{path!r} is not a path within the project"
        hint = "name a file of the repository, as data/pairs.jsonl, from the project's folder"
        return (Diagnostic("FT255", message, path=_PATH, hint=hint),)
    if not path.lower().endswith(_SUFFIXES):
        message = f"{path!r} is neither CSV nor JSONL by its name"
        return (Diagnostic("FT255", message, path=_PATH, hint=f"files end in {', '.join(_SUFFIXES)}"),)
    return ()
