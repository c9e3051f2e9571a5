"""The runner's side: what a job was given, and the files and lines by which it tells of what it found.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Plain = Mapping[str, Any]
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the workflow asks for."""

    command: str
    directory: str
    environment: str
    arguments: tuple[str, ...]
    plan_file: str
    token: str
    author: str
    approved: bool
    growth: float
    token_file: str
    audience: str

    @property
    def place(self) -> str:
        """Say which project this is, and where it is applied."""
        return f"{self.directory}, environment {self.environment}" if self.environment else self.directory


def read_inputs() -> Inputs:
    """Read the inputs of the action; the variables are set in action.yml."""
    command = _read("COMMAND") or "plan"
    if command not in {"validate", "plan", "apply", "drift"}:
        message = f"the input command is {command!r}; it is one of validate, plan, apply and drift"
        raise SystemExit(message)
    if _read("APPROVED") == "true" and command != "plan":
        message = "the input approved goes with the command plan: apply the plan that it saves"
        raise SystemExit(message)
    directory = os.path.normpath(_read("DIRECTORY") or ".")
    environment = _read("ENVIRONMENT")
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{directory}-{environment}").strip("-") or "plan"
    return Inputs(
        command=command,
        directory=Path(directory).as_posix(),
        environment=environment,
        arguments=tuple(shlex.split(_read("ARGS"))),
        plan_file=_read("PLAN_FILE")
        or ("" if command == "apply" else f"{os.environ['RUNNER_TEMP']}/{name}.ftspec-plan.json"),
        token=_read("TOKEN"),
        author=_read("COMMENT_AUTHOR"),
        approved=_read("APPROVED") == "true",
        growth=float(_read("GROWTH") or 0),
        token_file=_read("OIDC_TOKEN_FILE"),
        audience=_read("OIDC_AUDIENCE"),
    )


def _read(name: str) -> str:
    return os.environ.get(f"INPUT_{name}", "").strip()


def read_event() -> Plain:
    """Read what set the workflow off."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    event: Plain = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    return event


def annotate(diagnostics: Iterable[Plain], directory: str) -> None:
    """Tell of findings at their lines; the runner shows them in the changes of a pull request."""
    for found in dict.fromkeys(_write_annotation(found, directory) for found in diagnostics):
        print(found, flush=True)


def _write_annotation(found: Plain, directory: str) -> str:
    span = found["span"]
    places = {"title": f"ftspec {found['code']}"}
    if span is not None:
        path = Path(directory, span["path"]).as_posix()
        places = {"file": path, "line": span["line"], "col": span["column"], **places}
    properties = ",".join(f"{name}={_escape(str(value), ':,')}" for name, value in places.items())
    hint = f"\nhint: {found['hint']}" if found["hint"] else ""
    return f"::{_LEVELS[found['severity']]} {properties}::{_escape(found['message'] + hint)}"


def tell_error(message: str) -> None:
    """Tell of an error that has no place in a file."""
    print(f"::error title=ftspec::{_escape(message)}", flush=True)


def _escape(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def write_outputs(outputs: Mapping[str, str]) -> None:
    """Give outputs to the steps that follow; no value has more than one line."""
    _append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))


def write_summary(markdown: str) -> None:
    """Add to the page of the run."""
    _append("GITHUB_STEP_SUMMARY", f"{markdown.rstrip()}\n\n")


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def fence(text: str) -> str:
    """Put text into a block of code that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text.rstrip()}\n{ticks}"


def list_diagnostics(diagnostics: Iterable[Plain]) -> str:
    """Write findings as the command line does, one under the other."""
    lines = []
    for found in diagnostics:
        span = found["span"]
        place = f"{span['path']}:{span['line']}:{span['column']}: " if span else ""
        lines.append(f"{place}{found['severity']} {found['code']}: {found['message']}")
        lines += [f"  hint: {found['hint']}"] if found["hint"] else []
    return "\n".join(lines)
