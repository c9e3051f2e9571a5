"""Diagnostics: what is wrong, where, and how to repair it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: its path relative to the project, line and column from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding with a stable code; `path` is a place in a document (`spec/options/max_epochs`)."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: str = ""
    span: Span | None = None
    hint: str = ""

    def at(self, span: Span | None) -> Diagnostic:
        """Place the diagnostic in a file, unless it has a place already."""
        return self if self.span is not None or span is None else replace(self, span=span)


Diagnostics = tuple[Diagnostic, ...]


def has_errors(diagnostics: Diagnostics) -> bool:
    """Tell whether any of the diagnostics is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def sort_diagnostics(diagnostics: Diagnostics) -> Diagnostics:
    """Order diagnostics by place, those without one first, then by code and message."""
    nowhere = Span("", 0, 0)
    return tuple(sorted(diagnostics, key=lambda found: (found.span or nowhere, found.code, found.message)))
