"""YAML text to nodes: every value with its tag and its place, from PyYAML's events.

Built on events rather than on PyYAML's own nodes, because those have no place for an alias, and because composing
them in C takes the process down when a text is nested deeply enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import yaml
from yaml.resolver import Resolver

PREFIX = "tag:yaml.org,2002:"
DEEPEST = 100
"""How deeply lists and mappings may stand inside each other."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = Resolver()

Place = tuple[int, int]
"""Line and column, from 1."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it is written; `tag` says what YAML reads it as.

    `text_place` is where its first character stands, where all that follows stands in the file as it does in the text.
    """

    text: str
    tag: str
    place: Place
    text_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    tag: str
    place: Place


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, in the order of the file and with every repeated key."""

    pairs: tuple[tuple[Node, Node], ...]
    tag: str
    place: Place


Node = Scalar | Sequence | Pairs


def read_nodes(text: str) -> Iterator[Node]:
    """Read the documents of a text one by one; yaml.YAMLError where it does not parse."""
    events = yaml.parse(text, Loader=LOADER)
    lines = text.splitlines()
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            yield _Composer(events, lines).compose(next(events), 0)


@dataclass(slots=True)
class _Composer:
    """Makes the nodes of one document; anchors do not reach beyond it."""

    events: Iterator[yaml.Event]
    lines: list[str]
    anchors: dict[str, Node] = field(default_factory=dict)

    def compose(self, event: yaml.Event, depth: int) -> Node:
        """Make the node that an event begins."""
        if depth > DEEPEST:
            raise _fault(event, f"found values nested more than {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _fault(event, f"found an alias '*{event.anchor}' with no anchor '&{event.anchor}' before it")
            return replace(self.anchors[event.anchor], place=_place(event))
        node = self._compose_value(event, depth)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _compose_value(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self._compose_until(yaml.SequenceEndEvent, depth + 1))
            return Sequence(items, _explicit(event.tag) or f"{PREFIX}seq", _place(event))
        if isinstance(event, yaml.MappingStartEvent):
            flat = tuple(self._compose_until(yaml.MappingEndEvent, depth + 1))
            pairs = tuple(zip(flat[::2], flat[1::2], strict=True))
            return Pairs(pairs, _explicit(event.tag) or f"{PREFIX}map", _place(event))
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, _explicit(event.tag) or _resolve(event), _place(event), self._find_text(event))
        raise _fault(event, f"found {type(event).__name__} where a value was expected")

    def _find_text(self, event: yaml.ScalarEvent) -> Place | None:
        """Find where a text begins that stands in the file line by line: a literal block, or one line."""
        line, column = _place(event)
        if event.style == "|" and event.value.strip() and line < len(self.lines):
            first = self.lines[line]
            return (line + 1, len(first) - len(first.lstrip()) + 1) if first.strip() else None
        if event.style not in {"|", ">"} and event.end_mark is not None and event.end_mark.line + 1 == line:
            return (line, column + (event.style is not None and event.style in "'\""))
        return None

    def _compose_until(self, end: type[yaml.Event], depth: int) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, end):
                return
            yield self.compose(event, depth)


def _explicit(tag: str | None) -> str | None:
    return None if tag in {None, "!"} else tag


def _resolve(event: yaml.ScalarEvent) -> str:
    return str(_RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit))  # type: ignore[no-untyped-call]


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _fault(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    line, column = _place(event)
    mark = yaml.Mark("", 0, line - 1, column - 1, None, 0)
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
