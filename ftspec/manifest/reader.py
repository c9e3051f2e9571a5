"""YAML text to documents: what cannot be read as one plain value by every reader of YAML is a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from ftspec.manifest.document import Document, SourceFile, join_path
from ftspec.manifest.node import PREFIX, Node, Pairs, Place, Scalar, Sequence, read_nodes
from ftspec.manifest.problem import explain_problem
from ftspec.manifest.scalar import read_scalar
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span, sort_diagnostics

PROJECT_FILE = "ftspec.yaml"
API_VERSION = "ftspec/v1"

_FAMILY = "ftspec/"
_MENTION = re.compile(r"""apiVersion["']?\s*:\s*["']?ftspec/""")
_MOST_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files hold; `ignored` are the paths of those that are not ours."""

    documents: tuple[Document, ...]
    diagnostics: Diagnostics
    ignored: tuple[str, ...]


def read_documents(files: tuple[SourceFile, ...]) -> Reading:
    """Read every document of every file that has one of `apiVersion: ftspec/…`; the others are ignored."""
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    ignored: list[str] = []
    for file in sorted(files, key=lambda file: file.path):
        if not _is_candidate(file):
            ignored.append(file.path)
            continue
        nodes, fault = _read_nodes(file)
        if not _is_ours(file, nodes, fault):
            ignored.append(file.path)
            continue
        if fault is not None:
            diagnostics.append(fault)
        for node in nodes:
            document, found = _build_document(file.path, node)
            diagnostics += found
            if document is not None:
                documents.append(document)
    return Reading(tuple(documents), sort_diagnostics(tuple(diagnostics)), tuple(ignored))


def _is_candidate(file: SourceFile) -> bool:
    return file.path == PROJECT_FILE or _FAMILY in file.text


def _is_ours(file: SourceFile, nodes: tuple[Node, ...], fault: Diagnostic | None) -> bool:
    if file.path == PROJECT_FILE or any(_read_version(node).startswith(_FAMILY) for node in nodes):
        return True
    return fault is not None and _MENTION.search(file.text) is not None


def _read_nodes(file: SourceFile) -> tuple[tuple[Node, ...], Diagnostic | None]:
    nodes: list[Node] = []
    text = file.text.removeprefix("\ufeff")
    try:
        nodes.extend(node for node in read_nodes(text) if not _is_empty(node))
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        return tuple(nodes), explain_problem(error, file.path, text)
    return tuple(nodes), None


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text == "" and node.tag == f"{PREFIX}null"


def _read_version(node: Node) -> str:
    if isinstance(node, Pairs):
        for key, value in node.pairs:
            if isinstance(key, Scalar) and key.text == "apiVersion" and isinstance(value, Scalar):
                return value.text
    return ""


def _build_document(source: str, node: Node) -> tuple[Document | None, Diagnostics]:
    found = _check_version(source, node)
    if found is not None:
        return None, (found,)
    builder = _Builder(source)
    content = builder.build(node, "")
    if not isinstance(content, dict):
        return None, tuple(builder.diagnostics)
    metadata = content.get("metadata")
    document = Document(
        kind=_read_text(content, "kind"),
        name=_read_text(metadata, "name") if isinstance(metadata, dict) else "",
        source=source,
        content=content,
        spans=builder.spans,
        refused=frozenset(builder.refused),
    )
    return document, tuple(builder.diagnostics)


def _read_text(mapping: Mapping[str, object], key: str) -> str:
    value = mapping.get(key)
    return value if isinstance(value, str) else ""


def _check_version(source: str, node: Node) -> Diagnostic | None:
    span = Span(source, *node.place)
    if not isinstance(node, Pairs):
        return Diagnostic(
            "FT006", "the document is not a mapping", span=span, hint=f"begin with apiVersion: {API_VERSION}"
        )
    for key, value in node.pairs:
        if isinstance(key, Scalar) and key.text == "apiVersion":
            return _check_version_value(Span(source, *value.place), _read_version(node))
    message = "the document has no 'apiVersion', and every document of this file must be one of ftspec's"
    hint = f"add apiVersion: {API_VERSION}, or move the document to a file of its own"
    return Diagnostic("FT006", message, span=span, hint=hint)


def _check_version_value(span: Span, version: str) -> Diagnostic | None:
    if version == API_VERSION:
        return None
    if version.startswith(_FAMILY):
        message = f"apiVersion '{version}' is not one that this version of ftspec reads"
        return Diagnostic("FT006", message, span=span, hint=f"write {API_VERSION}, or install the ftspec that reads it")
    message = f"apiVersion '{version}' is not ftspec's, and every document of this file must be"
    hint = f"write {API_VERSION}, or move the document to a file of its own"
    return Diagnostic("FT006", message, span=span, hint=hint)


@dataclass(slots=True)
class _Builder:
    """Turns the nodes of one document into plain data, and gathers spans and faults on the way."""

    source: str
    spans: dict[str, Span] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def build(self, node: Node, path: str) -> object:
        """Build the plain data of a node; a value that is refused is given as the text that was written."""
        self.spans[path] = Span(self.source, *node.place)
        if len(self.spans) > _MOST_VALUES:
            self._refuse_size(node.place, path)
            return None
        match node:
            case Scalar():
                value, refusal = read_scalar(node)
                if refusal is not None:
                    self._refuse(path, node.place, refusal.code, f"'{node.text}' {refusal.why}", refusal.hint)
                return value
            case Sequence():
                self._check_tag(node, path, "seq")
                return [self.build(item, join_path(path, index)) for index, item in enumerate(node.items)]
            case Pairs():
                self._check_tag(node, path, "map")
                return self._build_mapping(node, path)

    def _build_mapping(self, node: Pairs, path: str) -> dict[str, object]:
        built: dict[str, object] = {}
        first: dict[str, Place] = {}
        for key, value in node.pairs:
            name = self._read_key(key, path)
            if name is None:
                continue
            if name in first:
                self._refuse_duplicate(name, key.place, first[name])
                continue
            first[name] = key.place
            place = join_path(path, name)
            self.spans[f"{place}#key"] = Span(self.source, *key.place)
            built[name] = self.build(value, place)
        return built

    def _read_key(self, key: Node, path: str) -> str | None:
        if not isinstance(key, Scalar):
            kind = "list" if isinstance(key, Sequence) else "mapping"
            hint = (
                "write the key as text" if kind == "list" else "write the key as text; quote one that begins with '{'"
            )
            self._refuse(path, key.place, "FT011", f"a key is a {kind}, wanted text", hint)
            return None
        if key.tag == f"{PREFIX}merge":
            hint = "write the keys out, or use an alias for the whole value"
            self._refuse(path, key.place, "FT003", "'<<' merges keys in YAML 1.1 and is a plain key in YAML 1.2", hint)
            return None
        value, refusal = read_scalar(key)
        place = join_path(path, key.text)
        if refusal is not None:
            self._refuse(
                place, key.place, refusal.code, f"the key '{key.text}' {refusal.why}", f"quote it: '{key.text}'"
            )
        elif not isinstance(value, str):
            message = f"the key '{key.text}' is not text"
            self._refuse(place, key.place, "FT011", message, f"quote it: '{key.text}'")
        return key.text

    def _check_tag(self, node: Sequence | Pairs, path: str, expected: str) -> None:
        if node.tag != f"{PREFIX}{expected}":
            shown = node.tag.replace(PREFIX, "!!")
            message = f"the value has the tag '{shown}', and manifests are plain data"
            self._refuse(path, node.place, "FT011", message, "remove the tag")

    def _refuse_duplicate(self, name: str, place: Place, first: Place) -> None:
        message = f"the key '{name}' is written twice, first at {Span(self.source, *first)}"
        span = Span(self.source, *place)
        self.diagnostics.append(Diagnostic("FT002", message, span=span, hint="remove one of the two"))

    def _refuse_size(self, place: Place, path: str) -> None:
        if "" not in self.refused:
            message = f"the document holds more than {_MOST_VALUES:,} values, those that aliases repeat included"
            self._refuse("", place, "FT001", message, "split it, or repeat less")
        self.spans.pop(path, None)

    def _refuse(self, path: str, place: Place, code: str, message: str, hint: str) -> None:
        self.refused.add(path)
        self.diagnostics.append(Diagnostic(code, message, path=path, span=Span(self.source, *place), hint=hint))
