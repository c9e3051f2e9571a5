"""Command lines as processes of their own, forked from a warm one, and killed for good."""

from __future__ import annotations

import itertools
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.workspace import REPOSITORY, Ran

ZYGOTE = Path(__file__).parent / "zygote.py"
QUIET = {"SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true", "OMP_NUM_THREADS": "1"}
LONGEST_SECONDS = 120
KILLED = -9


@dataclass(frozen=True)
class Command:
    """A command line that was started."""

    pid: int
    out: Path
    err: Path


class Commands:
    """Starts command lines, and knows how they ended."""

    def __init__(self, folder: Path, project: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._began: list[int] = []
        self._ended: dict[int, int] = {}
        self._rest = b""
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        self._zygote = subprocess.Popen(
            [sys.executable, str(ZYGOTE), str(project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env={**kept, **QUIET, "PYTHONPATH": str(REPOSITORY), **environment},
        )

    def close(self) -> None:
        self._zygote.stdin.close()
        self._zygote.wait(LONGEST_SECONDS)
        self._zygote.stdout.close()

    def start(self, *arguments: str) -> Command:
        """Start a command line."""
        number = next(self._numbers)
        out, err = self._folder / f"{number}.out", self._folder / f"{number}.err"
        self._ask(argv=arguments, out=str(out), err=str(err))
        end = time.monotonic() + LONGEST_SECONDS
        while not self._began:
            assert time.monotonic() < end, "no command could be started"
            self._listen(1.0)
        return Command(self._began.pop(), out, err)

    def has_ended(self, command: Command, seconds: float = 0.0) -> bool:
        """Tell whether a command has ended, after waiting so long at most."""
        end = time.monotonic() + seconds
        while command.pid not in self._ended:
            left = end - time.monotonic()
            self._listen(max(left, 0.0))
            if left <= 0:
                break
        return command.pid in self._ended

    def end(self, command: Command) -> Ran:
        """Give how a command ended, and what it printed; one that does not end is killed, and fails the test."""
        if not self.has_ended(command, LONGEST_SECONDS):
            self.kill(command)
            message = f"it did not end in {LONGEST_SECONDS} s: {command.err.read_text()}"
            raise AssertionError(message)
        return Ran(self._ended[command.pid], command.out.read_text(), command.err.read_text())

    def kill(self, command: Command) -> None:
        """Kill a command as the machine would that loses power, and wait until it is gone."""
        self._ask(kill=command.pid)
        assert self.has_ended(command, LONGEST_SECONDS)

    def _ask(self, **request: object) -> None:
        self._zygote.stdin.write(json.dumps(request).encode() + b"\n")
        self._zygote.stdin.flush()

    def _listen(self, seconds: float) -> None:
        pipe = self._zygote.stdout.fileno()
        ready, _, _ = select.select([pipe], [], [], seconds)
        if not ready:
            return
        read = os.read(pipe, 65536)
        assert read, "the warm process has ended"
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "began" in told:
                self._began.append(told["began"])
            else:
                self._ended[told["ended"]] = told["status"]
