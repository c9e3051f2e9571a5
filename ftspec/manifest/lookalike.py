"""Documents that are skipped because they are not ours, and look as if they were meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from ftspec.manifest.document import SourceFile
from ftspec.manifest.node import Node, Pairs, Place, Scalar
from ftspec.manifest.wording import quote_text
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, Span

API_VERSION = "ftspec/v1"

_FAMILY = "ftspec"
_KEY = "apiversion"
_KINDS = ("dataset", "finetunedmodel", "privileges", "project")
_OWN_KIND = "finetunedmodel"
"""The one that nobody else has; the others are words that YAML files of other tools use too."""
_NEAR = 0.75
_KIND_LINE = re.compile(rf"kind[\"']?\s*:\s*[\"']?(?:{'|'.join(_KINDS)})\b", re.IGNORECASE)
_VERSION_LINE = re.compile(r"version[\"']?\s*:\s*[\"']?([^\s\"'#,}]+)", re.IGNORECASE)


def may_look_alike(file: SourceFile) -> bool:
    """Tell, without parsing it, whether a file may be meant for ftspec."""
    if _FAMILY in file.text.lower() or _KIND_LINE.search(file.text):
        return True
    return any(_is_near(version) for version in set(_VERSION_LINE.findall(file.text)))


def check_lookalikes(file: SourceFile, nodes: Iterable[Node], *, is_whole: bool) -> Diagnostics:
    """Warn of each document of a skipped file that looks like ours, and of a file that should have one."""
    listed = tuple(nodes)
    if not listed and is_whole and _FAMILY in f"{file.path}{file.text}".lower():
        hint = f"begin a document with apiVersion: {API_VERSION}, or remove the file"
        return (_warn(file.path, (1, 1), "the file speaks of ftspec, and holds no document", hint),)
    found = (_check_node(file.path, node) for node in listed if isinstance(node, Pairs))
    return tuple(warning for warning in found if warning is not None)


def _check_node(source: str, node: Pairs) -> Diagnostic | None:
    scalars = [(key, value) for key, value in node.pairs if isinstance(key, Scalar) and isinstance(value, Scalar)]
    kind = next((value.text.lower() for key, value in scalars if key.text == "kind"), "")
    found = [(_measure(key.text.lower(), _KEY), key, value) for key, value in scalars]
    nearness, key, value = max(found, key=lambda each: each[0], default=(0.0, None, None))
    if key is None or value is None or nearness < _NEAR:
        if kind not in _KINDS:
            return None
        hint = f"if it is meant for ftspec, begin it with apiVersion: {API_VERSION}"
        return _warn(source, node.place, "the document has no 'apiVersion', so it is skipped", hint)
    if not _is_near(value.text) and not _is_plain(kind, value.text):
        return None
    if key.text != "apiVersion":
        message = f"the key {quote_text(key.text)} is not 'apiVersion', so the document is skipped"
        return _warn(source, key.place, message, f"did you mean 'apiVersion: {API_VERSION}'?")
    message = f"apiVersion {quote_text(value.text)} is not ftspec's, so the document is skipped"
    hint = f"did you mean '{API_VERSION}'?" if _is_near(value.text) else f"if it is meant for ftspec: {API_VERSION}"
    return _warn(source, value.place, message, hint)


def _is_plain(kind: str, version: str) -> bool:
    """Tell whether a kind is ours and the version names nobody else: a group with a dot is somebody's domain."""
    return kind == _OWN_KIND or (kind in _KINDS and "." not in version.partition("/")[0])


def _is_near(version: str) -> bool:
    return _measure(version.partition("/")[0].lower(), _FAMILY) >= _NEAR


def _measure(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _warn(source: str, place: Place, message: str, hint: str) -> Diagnostic:
    return Diagnostic("FT017", message, Severity.WARNING, span=Span(source, *place), hint=hint)
