"""A project in a folder of its own, and the command line run on it as a user would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from ftspec.cli.main import cli

REPOSITORY = Path(__file__).resolve().parents[2]
JOB_ID = re.compile(r"ft_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

DIGEST = re.compile(r'"digest": "[0-9a-f]{64}"')


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Workspace:
    """A project's folder, with an embedded account of its own."""

    folder: Path

    def run(self, *arguments: str, stdin: str | None = None) -> Ran:
        """Run ftspec in this process."""
        result = CliRunner().invoke(cli, ["-C", str(self.folder), *arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str, python: str = sys.executable, **environment: str) -> subprocess.Popen[str]:
        """Start ftspec as a process of its own."""
        return subprocess.Popen(
            [python, "-m", "ftspec", "-C", str(self.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
        )

    def run_apart(self, *arguments: str, python: str = sys.executable, **environment: str) -> Ran:
        """Run ftspec as a process of its own, to its end."""
        process = self.start(*arguments, python=python, **environment)
        out, err = process.communicate(timeout=120)
        return Ran(process.returncode, out, err)

    def sql(self, statement: str, role: str = "ACCOUNTADMIN") -> list[dict[str, object]]:
        """Run a statement by hand, and give its rows."""
        ran = self.run("--format", "json", "embedded", "sql", "--role", role, statement)
        assert ran.code == 0, ran.out + ran.err
        return json.loads(ran.out)

    def jobs(self) -> list[dict[str, object]]:
        """List the jobs of the account as FINETUNE('SHOW') does."""
        row = self.sql("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW') AS JOBS")[0]
        return json.loads(str(row["JOBS"]))

    def log(self) -> list[dict[str, object]]:
        """Read the server's log of statements."""
        path = self.folder / ".ftspec" / "embedded" / "log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def copy_project(source: Path, target: Path) -> Workspace:
    """Copy a project without what runs left in it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".ftspec", "expected*", "then"), dirs_exist_ok=True)
    return Workspace(target)


def wait_until(true, seconds: float = 60.0) -> None:
    """Wait until something is true; fail when it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def normalise(text: str) -> str:
    """Number job ids in the order in which they come: they are random; and leave out what a digest is."""
    text = DIGEST.sub('"digest": "…"', text)
    names: dict[str, str] = {}
    return JOB_ID.sub(lambda match: names.setdefault(match.group(), f"ft_{len(names) + 1}"), text)
