"""The log of all statements: one JSON line each, also for those that were refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from ftspec.emulator.reading.tokens import Source, split_statements

LOG_FILE = "log.jsonl"


class StatementLog:
    """Appends to `log.jsonl`; `n` goes on counting over restarts."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG_FILE
        self._lock = threading.Lock()
        # Unbuffered: a line is in the file before its statement is answered.
        self._lines = self._path.open("ab", buffering=0)
        self._count, ends = _count_lines(self._path)
        if not ends:
            # A server that was killed left half a line: the next one begins on its own.
            self._lines.write(b"\n")

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def write(self, record: Mapping[str, object]) -> None:
        """Append one statement."""
        with self._lock:
            self._count += 1
            line = json.dumps({"n": self._count, **record}, ensure_ascii=False)
            self._lines.write(line.encode() + b"\n")

    def read(self, after: int) -> list[dict[str, object]]:
        """Read the statements after the one numbered so; a line that is damaged is left out."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found: list[dict[str, object]] = []
        for line in lines[after:]:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                found.append(record)
        return found


def _count_lines(path: Path) -> tuple[int, bool]:
    """Count the lines of the log, and say whether the last one is whole."""
    content = path.read_bytes()
    ends = not content or content.endswith(b"\n")
    return content.count(b"\n") + (not ends), ends


def hide_passwords(text: str) -> str:
    """Blank the value after every `PASSWORD =`, so that no password is written down."""
    if "PASSWORD" not in text.upper():
        return text
    try:
        sources = split_statements(text)
    except Exception:  # noqa: BLE001  # a text that does not tokenize is not kept at all
        return "(a statement with a password that could not be read)"
    # The sources' places count in their own text, which has names for `IDENTIFIER('name')`.
    text = sources[0].text if sources else text
    for begin, end in reversed(_find_values(sources)):
        text = f"{text[:begin]}'****'{text[end:]}"
    return text


def _find_values(sources: tuple[Source, ...]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for source in sources:
        for word, sign, value in zip(source.tokens, source.tokens[1:], source.tokens[2:], strict=False):
            if word.text.upper() == "PASSWORD" and sign.text == "=":
                found.append((value.start, value.end + 1))
    return found
