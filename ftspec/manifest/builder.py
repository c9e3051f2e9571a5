"""YAML nodes to plain data: every value that readers of YAML could take for something else is refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from ftspec.manifest.document import join_path
from ftspec.manifest.node import PREFIX, Node, Pairs, Place, Scalar, Sequence
from ftspec.manifest.scalar import read_scalar
from ftspec.manifest.wording import quote_text
from ftspec.model.diagnostics import Diagnostic, Span

_MOST_VALUES = 100_000
_HEADS = frozenset({"apiVersion", "kind", "metadata", "spec"})
"""The keys of every document: one that comes twice means that two documents run into each other."""


@dataclass(slots=True)
class Builder:
    """Turns the nodes of one document into plain data, and gathers spans and faults on the way."""

    source: str
    spans: dict[str, Span] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    runs_on: bool = False

    def build(self, node: Node, path: str) -> object:
        """Build the plain data of a node; a value that is refused is given as the text that was written."""
        self.spans[path] = Span(self.source, *node.place)
        if len(self.spans) > _MOST_VALUES:
            self._refuse_size(node.place, path)
            return None
        match node:
            case Scalar():
                if node.text_place is not None and " " in node.text:  # a word needs no places inside it
                    self.spans[f"{path}#text"] = Span(self.source, *node.text_place)
                value, refusal = read_scalar(node)
                if refusal is not None:
                    self._refuse(path, node.place, refusal.code, f"{quote_text(node.text)} {refusal.why}", refusal.hint)
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
                self._refuse_duplicate(name, path, key.place, first[name])
                continue
            first[name] = key.place
            place = join_path(path, name)
            self.spans[f"{place}#key"] = Span(self.source, *key.place)
            built[name] = self.build(value, place)
        return built

    def _read_key(self, key: Node, path: str) -> str | None:
        if not isinstance(key, Scalar):
            shape = "list" if isinstance(key, Sequence) else "mapping"
            hint = "write the key as text, in quotes where it begins with '[' or '{'"
            span = Span(self.source, *key.place)
            self.diagnostics.append(Diagnostic("FT011", f"a key is a {shape}, wanted text", span=span, hint=hint))
            return None
        if key.tag == f"{PREFIX}merge":
            hint = "write the keys out, or use an alias for the whole value"
            self._refuse(path, key.place, "FT003", "'<<' merges keys in YAML 1.1 and is a plain key in YAML 1.2", hint)
            return None
        value, refusal = read_scalar(key)
        place, shown = join_path(path, key.text), quote_text(key.text)
        if refusal is not None:
            self._refuse(place, key.place, refusal.code, f"the key {shown} {refusal.why}", f"quote it: {shown}")
        elif not isinstance(value, str):
            self._refuse(place, key.place, "FT011", f"the key {shown} is not text", f"quote it: {shown}")
        return key.text

    def _check_tag(self, node: Sequence | Pairs, path: str, expected: str) -> None:
        if node.tag != f"{PREFIX}{expected}":
            shown = quote_text(node.tag.replace(PREFIX, "!!"))
            message = f"the value has the tag {shown}, and manifests are plain data"
            self._refuse(path, node.place, "FT011", message, "remove the tag")

    def _refuse_duplicate(self, name: str, path: str, place: Place, first: Place) -> None:
        hint = "remove one of the two"
        if not path and name in _HEADS:
            if self.runs_on:
                return  # one missing line is one fault
            self.runs_on = True
            hint = "put --- on a line of its own before a second document"
        message = f"the key {quote_text(name)} is written twice, first at {Span(self.source, *first)}"
        span = Span(self.source, *place)
        self.diagnostics.append(Diagnostic("FT002", message, span=span, hint=hint))

    def _refuse_size(self, place: Place, path: str) -> None:
        if "" not in self.refused:
            message = f"the document holds more than {_MOST_VALUES:,} values, those that aliases repeat included"
            self._refuse("", place, "FT001", message, "split it, or repeat less")
        self.spans.pop(path, None)

    def _refuse(self, path: str, place: Place, code: str, message: str, hint: str) -> None:
        self.refused.add(path)
        self.diagnostics.append(Diagnostic(code, message, path=path, span=Span(self.source, *place), hint=hint))
