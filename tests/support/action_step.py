"""The step of action.yml that runs ftspec, run as a runner would: its inputs, its environment, and its files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from support.github_stand_in import REPOSITORY as NAME
from support.workspace import REPOSITORY

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text())
EXPRESSION = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


@dataclass(frozen=True)
class Stepped:
    """How a step ended, and what it left for the runner."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def annotations(self):
        return [line for line in self.log.splitlines() if line.startswith("::")]


class Runner:
    """A runner with a checkout; `github` is what it talks to."""

    def __init__(self, checkout, temporary, github):
        self.checkout, self.temporary, self.github = checkout, temporary, github
        program = temporary / "ftspec-action" / "bin" / "python"
        program.parent.mkdir(parents=True)
        # What the first step of the action makes; here it is the ftspec that is tested.
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o755)

    def run(self, event_name, event, commit="0" * 40, **given):
        """Run the step with inputs as a workflow gives them; what it does not give has its default."""
        defaults = {name: str(entry.get("default", "")) for name, entry in ACTION["inputs"].items()}
        defaults["token"] = "t0ken"
        unknown = {name.replace("_", "-") for name in given} - defaults.keys()
        assert not unknown
        inputs = {**defaults, **{name.replace("_", "-"): value for name, value in given.items()}}
        step = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "run")
        files = {name: self.temporary / name for name in ("output", "summary", "event.json")}
        for path in files.values():
            path.write_text("")
        files["event.json"].write_text(json.dumps(event))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_"))},
            **{name: EXPRESSION.sub(lambda found: inputs[found.group(1)], text) for name, text in step["env"].items()},
            "GITHUB_ACTION_PATH": str(REPOSITORY),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(files["event.json"]),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": "7",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": commit,
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "RUNNER_TEMP": str(self.temporary),
        }
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in files["output"].read_text().splitlines())
        return Stepped(done.returncode, done.stdout + done.stderr, outputs, files["summary"].read_text())


def read_inputs(workflow: Path, job: str) -> dict[str, str]:
    """Read the inputs that a workflow of the example gives the action."""
    steps = yaml.safe_load(workflow.read_text())["jobs"][job]["steps"]
    (given,) = [step["with"] for step in steps if step.get("uses", "").startswith("example/ftspec@")]
    return {name.replace("-", "_"): value for name, value in given.items()}
