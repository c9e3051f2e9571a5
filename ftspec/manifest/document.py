"""Documents: plain data of one manifest, and the place in its file of every path in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.model.diagnostics import Diagnostic, Span


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text file of the project; `path` is relative to the project's folder and has forward slashes."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One manifest: its whole `content` as plain data, and a span for every path in it.

    `refused` are the paths whose values a diagnostic has refused already; what is found below one of them is noise.
    """

    kind: str
    name: str
    source: str
    content: Mapping[str, object]
    spans: Mapping[str, Span]
    refused: frozenset[str] = frozenset()

    @property
    def spec(self) -> Mapping[str, object]:
        """The `spec` of the manifest; empty where it is none."""
        spec = self.content.get("spec")
        return spec if isinstance(spec, dict) else {}

    def span(self, path: str) -> Span:
        """Give the place of a path (`spec/grants/0/privilege`), or of the nearest one that encloses it.

        `spec/foo#key` is the place of the key itself, `spec/foo#text` that of the first character of a text.
        """
        place = path
        while place and place not in self.spans:
            place = _enclose(place)
        return self.spans.get(place, Span(self.source, 1, 1))

    def locate(self, found: Diagnostic) -> Diagnostic:
        """Place a diagnostic in the file by its path, unless it has a place already."""
        return found.at(self.span(found.path))

    def is_refused(self, path: str) -> bool:
        """Tell whether the value at a path, or one that encloses it, was refused already."""
        place = path
        while place not in self.refused:
            if not place:
                return False
            place = _enclose(place)
        return True


def join_path(parent: str, part: str | int) -> str:
    """Extend a path by a key or an index; `~`, `/` and `#` in a key are escaped, as JSON Pointer does."""
    escaped = str(part).replace("~", "~0").replace("/", "~1").replace("#", "~2")
    return f"{parent}/{escaped}" if parent else escaped


def split_path(path: str) -> tuple[str, ...]:
    """Split a path into its parts, as they were before they were escaped."""
    parts = path.split("/") if path else ()
    return tuple(part.replace("~2", "#").replace("~1", "/").replace("~0", "~") for part in parts)


def _enclose(path: str) -> str:
    if path.endswith(("#key", "#text")):
        return path.partition("#")[0]
    return path.rpartition("/")[0]
