"""Pages of the documentation, played: their console blocks are run in order, and what is printed is put in its place.

- A ```console block has commands after `$ `, each with its output below; one that ends in a backslash goes on in the
  next line. `cd` and `echo $?` do what they say.
- A block with `title="FILE"` writes that file; a ```diff block with a title changes it.
- Output that stands in a file beside the page is written as the file's path in brackets.
- `<!-- run: COMMAND -->` runs a command that readers do not see; $REPOSITORY is this repository.
- `<!-- not run: WHY -->` before a block says that it cannot be run here.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from ftspec.cli.main import cli
from support.workspace import JOB_ID, REPOSITORY

DIRECTIVE = re.compile(r"<!-- (run|not run): (.+) -->")
FENCE = re.compile(r'```(\w+)(?: title="([^"]+)")?')
SHELLS = {"console", "sh", "bash", "shell"}
FORBIDDEN = re.compile(r"[|&;<>$`*\\]")
SAME_PLAN = "[the same plan]\n"
IN_FILE = re.compile(r"\[([\w./-]+)\]\n+")

# What differs from run to run, and what stands for it when outputs are compared.
RANDOM = (
    (JOB_ID, "JOB"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?(?: ?[+-]\d{2}:?\d{2})?\b"), "TIME"),
    (re.compile(r"(?<=TIME  )[0-9a-f]{8}\b"), "RUN"),
    (re.compile(r"\bin (?:\d+ h )?(?:\d+ min )?\d+ s\b"), "in SECONDS"),
    (re.compile(r"^  (?:PENDING|IN_PROGRESS) .*\n", re.MULTILINE), ""),
)
# Steps that run side by side end in any order.
SIDE_BY_SIDE = re.compile(r"(?:^done: .*\n)+", re.MULTILINE)


def normalise(output: str) -> str:
    """Leave out of an output what no two runs have in common."""
    for pattern, word in RANDOM:
        output = pattern.sub(word, output)
    return SIDE_BY_SIDE.sub(lambda match: "".join(sorted(match.group().splitlines(keepends=True))), output)


@dataclass
class Console:
    """Somebody at a shell, in a folder; ftspec runs in this process, all else in `sh`."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def run(self, command: str) -> str:
        """Run a command and give all that it prints."""
        words = [] if FORBIDDEN.search(command) else shlex.split(command)
        if command == "echo $?":
            return f"{self.code}\n"
        if words[:1] == ["cd"]:
            self.folder = self.folder / words[1]
            return ""
        shown = {"COLUMNS": "80", "NO_COLOR": "1", "USER": "you"}
        environment = {**shown, "REPOSITORY": str(REPOSITORY), **self.variables}
        return self._call(words[1:], environment) if words[:1] == ["ftspec"] else self._spawn(command, environment)

    def _call(self, arguments: list[str], environment: dict[str, str]) -> str:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            result = CliRunner(env=environment).invoke(cli, arguments, prog_name="ftspec")
        finally:
            os.chdir(before)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code = result.exit_code
        return result.output

    def _spawn(self, command: str, environment: dict[str, str]) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={**os.environ, **environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.code = done.returncode
        return done.stdout


@dataclass
class Player:
    """Plays a page: gives its lines with the outputs that its commands have now, and counts what is not run."""

    console: Console
    beside: Path
    not_run: list[str] = field(default_factory=list)
    plan: str = ""

    def play(self, text: str) -> str:
        """Give the page as it ought to be; an output that differs in nothing but chance stays as it is."""
        return "".join(self._play_lines(iter(text.splitlines(keepends=True))))

    def _play_lines(self, lines: Iterator[str]) -> Iterator[str]:
        excuse = ""
        for line in lines:
            yield line
            directive, fence = DIRECTIVE.fullmatch(line.strip()), FENCE.match(line)
            if directive and directive[1] == "run":
                output = self.console.run(directive[2])
                assert self.console.code == 0, output
            elif directive:
                excuse = directive[2]
            elif fence:
                body = list(iter(lambda: next(lines), "```\n"))
                yield from self._play_block(fence, body, excuse)
                yield "```\n"
                excuse = ""
            elif line.startswith("```"):
                raise AssertionError(f"a fence of no language: {line}")

    def _play_block(self, fence: re.Match[str], body: list[str], excuse: str) -> Iterator[str]:
        language, title = fence.groups()
        if excuse:
            self.not_run.append(excuse)
        elif title:
            self._write(self.console.folder / title, language, body)
        elif language == "console":
            yield from self._play_commands(body)
            return
        elif language in SHELLS or any(line.startswith("$ ") for line in body):
            raise AssertionError(f"a block that is neither run nor said not to be: {''.join(body)}")
        yield from body

    def _play_commands(self, body: list[str]) -> Iterator[str]:
        while body:
            command = [body.pop(0)]
            assert command[0].startswith("$ "), command
            while command[-1].endswith("\\\n"):
                command.append(body.pop(0))
            end = next((number for number, line in enumerate(body) if line.startswith("$ ")), len(body))
            expected, body = "".join(body[:end]), body[end:]
            yield from command
            yield self._run("".join(command)[2:].replace("\\\n", " ").strip(), expected)

    def _run(self, command: str, expected: str) -> str:
        output = re.sub(r"[ \t]+$", "", self.console.run(command), flags=re.MULTILINE)
        if SAME_PLAN in expected and self.plan:
            output = output.replace(self.plan, SAME_PLAN)
        if re.search(r"\bftspec\b.* plan\b", f" {command}"):
            self.plan = output
        named = IN_FILE.fullmatch(expected)
        if named and normalise((self.beside / named[1]).read_text(encoding="utf-8")) == normalise(output):
            return expected
        # A line between two commands is for the eye.
        output += "\n" if expected.endswith("\n\n") or expected == "\n" else ""
        return expected if normalise(expected) == normalise(output) else output

    def _write(self, path: Path, language: str, body: list[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if language != "diff":
            path.write_text("".join(body), encoding="utf-8")
            return
        before, after = ("".join(line[1:] for line in body if line[0] in {" ", sign}) for sign in "-+")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path.name} has not once: {before}"
        path.write_text(text.replace(before, after), encoding="utf-8")
