"""Rows of a file in the repository, as values: what the edge has read of them, and what is still asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.model.diagnostics import Diagnostics


@dataclass(frozen=True, slots=True, order=True)
class RowSource:
    """A file of the project, and the keys of its prompts and completions; `path` is relative to the project."""

    path: str
    prompt: str = "prompt"
    completion: str = "completion"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, their characters, and the sum of MD5_NUMBER_LOWER64 over them as a data fingerprint has it."""

    rows: int = 0
    characters: int = 0
    total: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.rows + other.rows, self.characters + other.characters, self.total + other.total)


@dataclass(frozen=True, slots=True)
class RowFile:
    """What a file holds: `sha256` is of its bytes, `content` of its rows in whatever order and format they stand.

    `buckets` has a tally for each bucket of a holdout that is not empty; `faults` are what is wrong in the file.
    """

    source: RowSource
    sha256: str = ""
    content: str = ""
    buckets: tuple[tuple[int, Tally], ...] = ()
    faults: Diagnostics = ()

    def tally(self, low: int, high: int) -> Tally:
        """Add up the buckets from `low` to below `high`."""
        return sum((tally for bucket, tally in self.buckets if low <= bucket < high), Tally())
