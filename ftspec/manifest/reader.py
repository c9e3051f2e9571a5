"""YAML text to documents: what cannot be read as one plain value by every reader of YAML is a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from ftspec.manifest.builder import Builder
from ftspec.manifest.document import Document, SourceFile
from ftspec.manifest.lookalike import API_VERSION, check_lookalikes, may_look_alike
from ftspec.manifest.node import PREFIX, Node, Pairs, Scalar, read_nodes
from ftspec.manifest.problem import explain_problem
from ftspec.manifest.wording import quote_text
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span, sort_diagnostics

PROJECT_FILE = "ftspec.yaml"
_FAMILY = "ftspec/"
_MENTION = re.compile(r"""apiVersion["']?\s*:\s*["']?ftspec/""")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files hold; `ignored` are the paths of those that are not ours."""

    documents: tuple[Document, ...]
    diagnostics: Diagnostics
    ignored: tuple[str, ...]


def read_documents(files: tuple[SourceFile, ...]) -> Reading:
    """Read every document of every file that has one of `apiVersion: ftspec/…`, and ignore the others.

    A document that is ignored and looks like ours is a warning.
    """
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    ignored: list[str] = []
    for file in sorted(files, key=lambda file: file.path):
        nodes, fault = _read_nodes(file) if _is_candidate(file) else ((), None)
        if not _is_ours(file, nodes, fault):
            ignored.append(file.path)
            diagnostics += check_lookalikes(file, nodes, is_whole=fault is None)
            continue
        mine, found = _build_documents(file, nodes, fault)
        documents += mine
        diagnostics += found
    return Reading(tuple(documents), sort_diagnostics(tuple(diagnostics)), tuple(ignored))


def _build_documents(
    file: SourceFile, nodes: tuple[Node, ...], fault: Diagnostic | None
) -> tuple[list[Document], list[Diagnostic]]:
    documents: list[Document] = []
    diagnostics = [fault] if fault is not None else []
    for node in nodes:
        refusal = _check_version(file.path, node)
        if refusal is None:
            document, found = _build_document(file.path, node)
            documents.append(document)
            diagnostics += found
        elif fault is None:  # otherwise it may not be what was meant
            diagnostics.append(refusal)
    if file.path == PROJECT_FILE and not diagnostics and all(each.kind != "Project" for each in documents):
        span, hint = Span(file.path, 1, 1), "begin it with the lines apiVersion: ftspec/v1 and kind: Project"
        diagnostics.append(Diagnostic("FT034", f"{PROJECT_FILE} holds no Project", span=span, hint=hint))
    return documents, diagnostics


def _is_candidate(file: SourceFile) -> bool:
    return file.path == PROJECT_FILE or may_look_alike(file)


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


def _build_document(source: str, node: Node) -> tuple[Document, Diagnostics]:
    builder = Builder(source)
    built = builder.build(node, "")
    content = built if isinstance(built, dict) else {}
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
        message = f"apiVersion {quote_text(version)} is not one that this version of ftspec reads"
        return Diagnostic("FT006", message, span=span, hint=f"write {API_VERSION}, or install the ftspec that reads it")
    message = f"apiVersion {quote_text(version)} is not ftspec's, and every document of this file must be"
    hint = f"write {API_VERSION}, or move the document to a file of its own"
    return Diagnostic("FT006", message, span=span, hint=hint)
