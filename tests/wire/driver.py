"""Both majors of the driver: a Python for each, and ftspec run with it as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.workspace import REPOSITORY, Ran

SECONDS = 60
OTHER_PYTHON = REPOSITORY / ".venv-driver5" / "bin" / "python"


@dataclass(frozen=True)
class Driver:
    """A major of the driver, and the Python that has it."""

    major: int
    python: str

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> Ran:
        """Run Python with these arguments, to its end; a run that hangs fails."""
        process = subprocess.run(
            [self.python, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            env=build_environment(environment),
            timeout=SECONDS,
            check=False,
        )
        return Ran(process.returncode, process.stdout, process.stderr)

    def ftspec(self, folder: Path, *arguments: str, **environment: str) -> Ran:
        """Run ftspec in a project's folder; a warning of any library is an error."""
        return self.run("-W", "error", "-m", "ftspec", "-C", str(folder), *arguments, **environment)


def build_environment(changes: dict[str, str]) -> dict[str, str]:
    """Give the environment of a run: ours, without what would colour or configure it."""
    ours = ("NO_COLOR", "FORCE_COLOR", "SNOWFLAKE_", "FTSPEC_", "COLUMNS")
    return {**{key: value for key, value in os.environ.items() if not key.startswith(ours)}, **changes}


DRIVERS = (Driver(4, sys.executable), Driver(5, str(OTHER_PYTHON)))
