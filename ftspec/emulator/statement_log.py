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
        try:
            with self._path.open("rb") as lines:
                self._count = sum(1 for _ in lines)
        except FileNotFoundError:
            self._count = 0

    def write(self, record: Mapping[str, object]) -> None:
        """Append one statement."""
        with self._lock:
            self._count += 1
            line = json.dumps({"n": self._count, **record}, ensure_ascii=False)
            with self._path.open("a", encoding="utf-8") as lines:
                lines.write(line + "\n")


def hide_passwords(text: str) -> str:
    """Blank the value after every `PASSWORD =`, so that no password is written down."""
    if "PASSWORD" not in text.upper():
        return text
    try:
        sources = split_statements(text)
    except Exception:  # noqa: BLE001  # a text that does not tokenize is not kept at all
        return "(a statement with a password that could not be read)"
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
