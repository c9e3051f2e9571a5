"""Rows of a file in the repository, as values: what the edge has read of them, and what is still asked of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ftspec.model.diagnostics import Diagnostics


@dataclass(frozen=True, slots=True, order=True)
class RowSource:
    """A file of the project, and the keys of its prompts and completions; `path` is relative to the project."""

    path: str
    prompt: str = "prompt"
    completion: str = "completion"


@dataclass(frozen=True, slots=True)
class Tally:
    """What can be counted of rows one by one; `total` is the sum of MD5_NUMBER_LOWER64 of a data fingerprint.

    Tokens are estimated text by text; `blank_pairs` have a prompt or a completion that is blank.
    """

    rows: int = 0
    total: int = 0
    prompt_characters: int = 0
    completion_characters: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    blank_prompts: int = 0
    blank_completions: int = 0
    blank_pairs: int = 0

    def __add__(self, other: Tally) -> Tally:
        pairs = zip(fields(self), fields(other), strict=True)
        return Tally(*(getattr(self, mine.name) + getattr(other, its.name) for mine, its in pairs))


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
