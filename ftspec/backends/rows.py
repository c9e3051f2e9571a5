"""Rows of CSV and JSONL files of the repository: every line checked and counted, and written anew for an upload.

A file is read line by line: memory does not grow with its rows.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import add
from pathlib import Path
from typing import BinaryIO

from ftspec.backends.row_formats import read_pairs
from ftspec.backends.row_lines import Faults, Lines
from ftspec.engine.rows import Written
from ftspec.model.diagnostics import Diagnostic
from ftspec.resources.holdout import find_bucket
from ftspec.resources.marker import hash_text, pair_text
from ftspec.resources.profile import CHARACTERS_PER_TOKEN
from ftspec.resources.rows import RowFile, RowSource, Tally

_NOTHING = (0,) * len(fields(Tally))
_SPACE = "\t\n\v\f\r "
_WIDE = 2**256
_UPLOADED = "rows.csv.gz"
_TOLD_BETWEEN = 1_000
_LEVEL = 1  # most of the time goes into compressing, and the link to Snowflake is fast


@dataclass(frozen=True, slots=True)
class ProjectRows:
    """The rows of the files of a project."""

    root: Path

    def read(self, sources: Iterable[RowSource]) -> tuple[RowFile, ...]:
        """Check every line of some files, and count; what is wrong in one is in its faults."""
        return tuple(self._read_one(source) for source in sources)

    @contextmanager
    def write(self, source: RowSource, tell: Callable[[float], None] = lambda _: None) -> Iterator[Written]:
        """Write the rows of a file as compressed CSV; ValueError where one of them is broken by now."""
        faults = Faults(source.path)
        with tempfile.TemporaryDirectory(prefix="ftspec-") as folder, (self.root / source.path).open("rb") as content:
            lines = Lines(content, faults)
            target = Path(folder) / _UPLOADED
            _write_rows(target, _count_off(read_pairs(lines, source, faults), content, tell))
            if faults.count:
                raise ValueError(str(faults.listed()[0].message))
            yield Written(target.as_posix(), lines.sha256, target.stat().st_size)

    def _read_one(self, source: RowSource) -> RowFile:
        fault = self._check_file(source)
        if fault is not None:
            return RowFile(source, faults=(fault,))
        faults = Faults(source.path)
        try:
            with (self.root / source.path).open("rb") as content:
                lines = Lines(content, faults)
                count = _count(read_pairs(lines, source, faults))
                sha256 = lines.sha256
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
            return RowFile(source, faults=(_refuse_file(f"{source.path!r} cannot be read: {problem}"),))
        if not count.rows and not faults.count:
            faults.add("FT260", "there are no rows in it", 1, 1, hint="a dataset has one pair at least")
        return RowFile(source, sha256, count.content, count.listed(), faults.listed())

    def _check_file(self, source: RowSource) -> Diagnostic | None:
        path = self.root / source.path
        if not path.is_file():
            what = "is not a file" if path.exists() else "is not there"
            return _refuse_file(f"{source.path!r} {what}", "paths are relative to the project's folder")
        if not path.resolve().is_relative_to(self.root.resolve()):
            return _refuse_file(f"{source.path!r} leads out of the project", "keep the file in the repository")
        return None


def _refuse_file(message: str, hint: str = "") -> Diagnostic:
    return Diagnostic("FT254", message, path="spec/file", hint=hint)


class _Count:
    """Counts of rows, by bucket of their prompts, and a digest that does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0
        self._buckets: dict[int, tuple[int, ...]] = {}

    def add(self, prompt: str, completion: str) -> None:
        text, bucket = pair_text(prompt, completion), find_bucket(prompt)
        blank = not prompt.strip(_SPACE), not completion.strip(_SPACE)
        sizes = len(prompt), len(completion)
        counted = (
            1,
            hash_text(text),
            *sizes,
            *(-(-size // CHARACTERS_PER_TOKEN) for size in sizes),
            *blank,
            any(blank),
        )
        before = self._buckets.get(bucket, _NOTHING)
        self._buckets[bucket] = tuple(map(add, before, counted))
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(text.encode()).digest())) % _WIDE

    @property
    def content(self) -> str:
        return hashlib.sha256(f"{self.rows}:{self._sum:x}".encode()).hexdigest()

    def listed(self) -> tuple[tuple[int, Tally], ...]:
        return tuple((bucket, Tally(*self._buckets[bucket])) for bucket in sorted(self._buckets))


def _count(pairs: Iterable[tuple[str, str]]) -> _Count:
    count = _Count()
    for prompt, completion in pairs:
        count.add(prompt, completion)
    return count


def _count_off(
    pairs: Iterable[tuple[str, str]], content: BinaryIO, tell: Callable[[float], None]
) -> Iterator[tuple[str, str]]:
    """Give the rows, and tell after every so many which share of the file they were."""
    size = os.fstat(content.fileno()).st_size
    for number, pair in enumerate(pairs):
        if number % _TOLD_BETWEEN == 0:
            tell(min(content.tell() / size, 1.0))
        yield pair


def _write_rows(target: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write rows as CSV with every value in quotes; the same rows give the same bytes."""
    with (
        target.open("wb") as content,
        gzip.GzipFile("", "wb", _LEVEL, content, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(pairs)
