"""A terminal for a program to run on, and what would then stand on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

COLUMNS = 80
_SEQUENCE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class Terminal:
    """A running program and the terminal that it runs on, 80 columns wide."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process = process
        self._master = master
        self.written = ""

    def read_until(self, mark: str, seconds: float = 60.0) -> None:
        """Read until a text was written."""
        end = time.monotonic() + seconds
        while mark not in self.written:
            assert time.monotonic() < end, f"{mark!r} was not written in:\n{self.written}"
            assert self._read() or mark in self.written, f"{mark!r} was not written in:\n{self.written}"

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._master, text.encode())

    def read_to_end(self, seconds: float = 60.0) -> int:
        """Read all that is written until the program ends; give its exit code."""
        end = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < end, self.written
        return self._process.wait(timeout=10)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 0.2)[0]:
            return self._process.poll() is None
        try:
            content = os.read(self._master, 65536)
        except OSError:  # Linux says so when the last writer has gone
            return False
        self.written += content.decode(errors="replace")
        return bool(content)


@contextmanager
def run_on_terminal(command: Sequence[str], cwd: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    """Run a program on a terminal of its own, which is also the one that Ctrl-C comes from."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=cwd,
        env={**environment, "TERM": "xterm-256color"},
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - it makes one system call and takes no lock
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def has_colour(written: str) -> bool:
    """Tell whether a colour code was written."""
    codes = {code for match in _COLOUR.finditer(written) for code in match.group()[2:-1].split(";")}
    return any(code.isdigit() and (30 <= int(code) <= 49 or 90 <= int(code) <= 107) for code in codes)


def draw_screen(written: str) -> list[str]:
    """Give the lines that stand on the screen at the end; a sequence that is not known here is a failure."""
    lines, row, column, place = [""], 0, 0, 0
    while place < len(written):
        found = _SEQUENCE.match(written, place)
        if found:
            row, column = _obey(found.group(1), found.group(2), lines, row, column)
            place = found.end()
            continue
        sign = written[place]
        place += 1
        if sign == "\r":
            column = 0
        elif sign == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        else:
            assert sign >= " ", f"a control character {sign!r} in {written[place - 20 : place + 20]!r}"
            lines[row] = lines[row][:column].ljust(column) + sign + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def _obey(argument: str, letter: str, lines: list[str], row: int, column: int) -> tuple[int, int]:
    match letter:
        case "m" | "h" | "l":
            return row, column
        case "A":
            return row - int(argument or 1), column
        case "K":
            kept = {"2": "", "": lines[row][:column], "0": lines[row][:column]}
            lines[row] = kept[argument]
            return row, column
        case _:
            raise AssertionError(f"the sequence ESC [ {argument} {letter}")
