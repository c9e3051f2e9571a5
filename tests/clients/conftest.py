"""Clients that others wrote, each in an environment of its own, against a server of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.workspace import REPOSITORY, Ran
from wire.driver import build_environment

SECONDS = 120


@dataclass(frozen=True)
class Served:
    """A running `embedded serve`: its folder, and the arguments of `connect` that it printed."""

    folder: Path
    parameters: dict[str, object]

    def refused(self) -> list[tuple[int, str]]:
        """List the statements that the server refused, with the number of the error."""
        entries = [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]
        return [(entry["errno"], entry["sql"]) for entry in entries if entry["outcome"] != "success"]


@dataclass(frozen=True)
class Client:
    """The environment that holds a client."""

    name: str

    @property
    def programs(self) -> Path:
        """Give the folder of its Python and its programs."""
        return REPOSITORY / ".venv-clients" / self.name / "bin"

    def run(self, program: str, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Run one of its programs to its end."""
        if not (self.programs / program).exists():
            pytest.fail(f"{self.name} is not installed; run: make test-clients", pytrace=False)
        done = subprocess.run(
            [self.programs / program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=build_environment(environment),
            timeout=SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def observe(self, script: str, served: Served) -> dict[str, object]:
        """Run a script with the server's parameters, and give what it tells as JSON in its last line."""
        path = REPOSITORY / "tests" / "clients" / "scripts" / script
        ran = self.run("python", "-P", str(path), stdin=json.dumps(served.parameters))
        assert ran.code == 0, ran.err
        return json.loads(ran.out.splitlines()[-1])


@pytest.fixture
def served(tmp_path):
    folder = tmp_path / "account"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({"training_seconds": 3}))
    with subprocess.Popen(
        [sys.executable, "-m", "ftspec", "embedded", "serve", "--json", "--folder", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=build_environment({"PYTHONPATH": os.fspath(REPOSITORY)}),
    ) as server:
        try:
            yield Served(folder, json.loads(server.stdout.readline()))
        finally:
            server.terminate()
