"""Lines of a file that is read once: decoded, hashed, and with a place for everything that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span

SHOWN = 20
"""Faults of one file that are told one by one."""
LONGEST_LINE = 64 * 1024 * 1024
_MARK = "\ufeff"


class Faults:
    """What is wrong in a file: the first faults, and how many there are."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._found: list[Diagnostic] = []
        self.count = 0

    def add(self, code: str, message: str, line: int, column: int, *, hint: str = "") -> None:
        """Note a fault at its place; of those beyond the first, only their number is kept."""
        self.count += 1
        if self.count <= SHOWN + 1:
            self._found.append(Diagnostic(code, message, span=Span(self._path, line, column), hint=hint))

    def listed(self) -> Diagnostics:
        """List the first faults, and say how many more there are."""
        if self.count <= SHOWN:
            return tuple(self._found)
        rest = self.count - SHOWN
        message = f"and {rest:,} more fault{'s' * (rest > 1)} in '{self._path}', from here on"
        return (*self._found[:SHOWN], Diagnostic("FT261", message, span=self._found[SHOWN].span))


class Lines:
    """The lines of a file as text, each with its line break; `number` is that of the last one, `last` its text."""

    def __init__(self, content: BinaryIO, faults: Faults) -> None:
        self._content = content
        self._faults = faults
        self._digest = hashlib.sha256()
        self.number = 0
        self.last = ""

    @property
    def sha256(self) -> str:
        """Give the digest of all bytes that were read."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[str]:
        while line := self._content.readline(LONGEST_LINE):
            self._digest.update(line)
            self.number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                message = f"the line is longer than {LONGEST_LINE // 2**20} MiB"
                self._faults.add("FT256", message, self.number, 1, hint="write one row a line")
                return
            self.last = self._decode(line)
            yield self.last

    def _decode(self, line: bytes) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            column = len(line[: error.start].decode()) + 1
            message = f"this is not UTF-8: byte 0x{line[error.start]:02x}"
            self._faults.add("FT259", message, self.number, column, hint="save the file as UTF-8")
            text = line.decode(errors="replace")
        return text.removeprefix(_MARK) if self.number == 1 else text
