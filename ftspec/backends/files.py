"""Files of a project, and the JSON Schemas that ship with ftspec."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import ftspec
from ftspec.manifest.document import SourceFile
from ftspec.manifest.reader import PROJECT_FILE
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span, sort_diagnostics

SUFFIXES = frozenset({".yaml", ".yml"})
_MENTION = b"ftspec/"
_ROW = re.compile(r"^\| (FT[0-9]{3}) \| (.+?) \| (?:(.+?) )?\|$", re.MULTILINE)
MANIFEST = "Manifest"
"""What the schema of a document of any kind is called."""
_PLAN = "Plan"
"""The title of the one schema that is of no manifest."""


def read_project(root: Path) -> tuple[tuple[SourceFile, ...], Diagnostics]:
    """Read every YAML file of the project in `root`, ours or not, by path.

    Folders that begin with a dot and folders with a project of their own are skipped. What cannot be read is a
    diagnostic; so is a folder that holds no project.
    """
    fault = _check_root(root)
    if fault is not None:
        return (), (fault,)
    files: list[SourceFile] = []
    diagnostics: list[Diagnostic] = []
    for path in _walk(root, diagnostics):
        file, found = _read_source(root, path)
        files += [file] if file is not None else []
        diagnostics += [found] if found is not None else []
    return tuple(sorted(files, key=lambda file: file.path)), sort_diagnostics(tuple(diagnostics))


def read_schemas() -> Mapping[str, Mapping[str, object]]:
    """Read the JSON Schemas of manifests, by kind."""
    return {name: json.loads(text) for name, text in _read_schema_texts().items() if name != _PLAN}


def read_schema_text(kind: str) -> str | None:
    """Read the JSON Schema of a kind, of any manifest, or of a plan; None for a kind that there is not."""
    return _bundle_manifest() if kind == MANIFEST else _read_schema_texts().get(kind)


def read_plan_schema() -> Mapping[str, object]:
    """Read the JSON Schema of a plan."""
    schema: Mapping[str, object] = json.loads(_read_schema_texts()[_PLAN])
    return schema


def name_schemas() -> tuple[str, ...]:
    """Name the JSON Schemas that ship with ftspec: those of the kinds, of any manifest, and of a plan."""
    return tuple(sorted((*_read_schema_texts(), MANIFEST)))


def read_rules() -> Mapping[str, tuple[str, str]]:
    """Read what each code means, and its repair, from the page of diagnostics, as it ships."""
    text = (_find_shipped("docs") / "diagnostics.md").read_text(encoding="utf-8")
    return {code: (means, repair) for code, means, repair in _ROW.findall(text)}


def _check_root(root: Path) -> Diagnostic | None:
    hint = "run ftspec init there, or name the project's folder with -C"
    if not root.is_dir():
        problem = "is not a folder" if root.exists() else "does not exist"
        return Diagnostic("FT005", f"'{root}' {problem}", hint="name the project's folder with -C")
    if (root / PROJECT_FILE).is_file():
        return None
    if (root / "ftspec.yml").is_file():
        hint = f"rename ftspec.yml to {PROJECT_FILE}"
    return Diagnostic("FT005", f"the folder '{root}' has no {PROJECT_FILE}", hint=hint)


def _walk(root: Path, diagnostics: list[Diagnostic]) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        path = Path(error.filename).relative_to(root).as_posix()
        message = f"the folder '{path}' cannot be read: {name_problem(error)}"
        diagnostics.append(Diagnostic("FT004", message, hint="let ftspec read it, or move it out of the project"))

    for folder, folders, names in os.walk(root, onerror=refuse):
        if Path(folder) != root and PROJECT_FILE in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in SUFFIXES)


def _read_source(root: Path, path: Path) -> tuple[SourceFile | None, Diagnostic | None]:
    name = path.relative_to(root).as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"'{name}' cannot be read: {name_problem(error)}"
        return None, Diagnostic("FT004", message, span=Span(name, 1, 1), hint="let ftspec read it, or remove it")
    try:
        return SourceFile(name, content.decode("utf-8-sig")), None
    except UnicodeDecodeError as error:
        if name != PROJECT_FILE and _MENTION not in content.replace(b"\0", b""):  # as in UTF-16
            return SourceFile(name, content.decode(errors="replace")), None
        return None, _refuse_encoding(name, content, error.start)


def _refuse_encoding(name: str, content: bytes, start: int) -> Diagnostic:
    before = content[:start].decode(errors="replace").replace("\r\n", "\n").split("\n")
    message = f"'{name}' is not UTF-8: byte 0x{content[start]:02x}"
    span = Span(name, len(before), len(before[-1]) + 1)
    return Diagnostic("FT004", message, span=span, hint="save the file as UTF-8")


def name_problem(error: OSError) -> str:
    """Say in lower case what the system says."""
    return (error.strerror or str(error)).lower()


def _read_schema_texts() -> dict[str, str]:
    paths = sorted(_find_shipped("schemas").glob("*.schema.json"))
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return {json.loads(text)["title"]: text for text in texts}


def _bundle_manifest() -> str:
    """Put the schemas that manifest.json refers to into it, so that it is one file that an editor can be given."""
    folder = _find_shipped("schemas")
    whole = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for kind in whole["allOf"]:
        name = kind["then"]["$ref"]
        text = (folder / name).read_text(encoding="utf-8")
        whole.setdefault("$defs", {})[name] = json.loads(text.replace('"#/', f'"#/$defs/{name}/'))
        kind["then"]["$ref"] = f"#/$defs/{name}"
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _find_shipped(name: str) -> Path:
    package = Path(ftspec.__file__).parent
    shipped = package / name  # in a wheel; an editable install has it beside the package
    return shipped if shipped.is_dir() else package.parent / name
