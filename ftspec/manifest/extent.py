"""Where the values of a text end, as far as that can be told: for those who mark what is at fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from ftspec.manifest.document import SourceFile
from ftspec.manifest.node import LOADER, Place
from ftspec.model.diagnostics import Span

_BLOCKS = frozenset({"|", ">"})


def find_ends(file: SourceFile) -> Mapping[Span, Place]:
    """Find the place behind each key and single value, by its first place.

    Left out are blocks of text, whose end is that of what follows, and a key at which a whole mapping begins, too.
    """
    places: dict[Span, Place] = {}
    begun: set[Span] = set()
    try:
        for event in _read_events(file.text):
            first, behind = event.start_mark, event.end_mark
            if first is None or behind is None:
                continue
            start = Span(file.path, first.line + 1, first.column + 1)
            if isinstance(event, yaml.CollectionStartEvent):
                begun.add(start)
            elif isinstance(event, yaml.AliasEvent | yaml.ScalarEvent) and getattr(event, "style", None) not in _BLOCKS:
                places[start] = (behind.line + 1, behind.column + 1)
    except (yaml.YAMLError, UnicodeEncodeError):
        pass  # what stands before the fault has ends all the same
    return {start: end for start, end in places.items() if start not in begun and (start.line, start.column) != end}


def _read_events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text.removeprefix("\ufeff"), Loader=LOADER)
    return events
