"""Scenarios: manifests and a set-up in a folder, applied stage by stage to the embedded Snowflake through the driver.

Each stage plans, applies, and plans again. A folder `then/N_name` is a later stage: `by_hand.sql` is what somebody did
meanwhile, `options.txt` holds options of its plan and apply, other files replace the project's. Expected plans,
statements and exit codes stand beside the scenario.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project, normalise, wait_until

HERE = Path(__file__).parent
SCENARIOS = sorted(folder.name for folder in HERE.iterdir() if (folder / "ftspec.yaml").exists())
MARKDOWN = {"can_train", "replaced"}
"""Scenarios whose plans are read as a comment too."""
LEFT_OUT = ("('DESCRIBE'", "FTSPEC_LOCK_", "FTSPEC_JOURNAL", "ALTER SESSION SET QUERY_TAG", "DATE_PART(EPOCH_SECOND")
"""What every apply sends beside its steps: how jobs are doing, the lock, the journal, tags."""
RUNNING = re.compile(r"\b(?:PENDING|IN_PROGRESS)\b")
OF_A_RUN = re.compile(r"--allow \w+|--no-wait")
READS = ("SHOW ", "EXPLAIN ", "SELECT CURRENT_", "SELECT COUNT(*)", "USE ", "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name, tmp_path, update_golden):
    source = HERE / name
    workspace = copy_project(source, tmp_path / name)
    for stage in [source, *sorted((source / "then").glob("*"))]:
        if stage is not source:
            prepare(workspace, stage)
        expected = stage / "expected"
        found = observe(workspace, read_options(stage), markdown=name in MARKDOWN)
        compare(found, expected, update_golden=update_golden)


def prepare(workspace: Workspace, stage: Path) -> None:
    for path in stage.iterdir():
        if path.name == "by_hand.sql":
            for statement in path.read_text().split(";\n"):
                if statement:
                    workspace.sql(statement)
        elif path.is_file() and path.name != "options.txt":
            shutil.copy(path, workspace.folder / path.name)
    wait_until(lambda: all(job["status"] != "PENDING" for job in workspace.jobs()))


@dataclass(frozen=True)
class Options:
    """The command of a stage, what it is asked for beside the manifests, and how it goes."""

    command: str = "apply"
    choices: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()


def read_options(stage: Path) -> Options:
    """Read options.txt: a plan takes all but those that only a run has; --destroy makes it `ftspec destroy`."""
    path = stage / "options.txt"
    text = path.read_text() if path.exists() else ""
    consent = shlex.split(" ".join(OF_A_RUN.findall(text)))
    choices = [word for word in shlex.split(OF_A_RUN.sub("", text)) if word != "--destroy"]
    return Options("destroy" if "--destroy" in text else "apply", tuple(choices), tuple(consent))


def observe(workspace: Workspace, options: Options, *, markdown: bool) -> dict[str, str]:
    """Plan, apply and plan again; the statements are those of the apply that change something."""
    destroys = ("--destroy",) if options.command == "destroy" else ()
    human = workspace.run("plan", *destroys, *options.choices)
    plain = workspace.run("--format", "json", "plan", "--detailed-exitcode", *destroys, *options.choices)
    assert json.loads(plain.out)["summary"]["has_changes"] == ("Statements, in this order:" in human.out)
    comment = workspace.run("--format", "markdown", "plan", *destroys, *options.choices).out if markdown else ""
    before = len(workspace.log())
    flags = (*options.consent, *options.choices)
    applied = workspace.run(options.command, "--auto-approve", "--parallelism", "1", *flags)
    statements = [str(entry["sql"]) for entry in workspace.log()[before:]]
    again = workspace.run("plan", "--detailed-exitcode", *destroys)
    changed = [statement for statement in statements if not statement.startswith(READS)]
    written = [statement for statement in changed if not any(word in statement for word in LEFT_OUT)]
    return {
        "plan.txt": f"{human.out}{human.err}",
        "plan.json": plain.out,
        **({"plan.md": comment} if markdown else {}),
        "statements.sql": "".join(f"{statement};\n" for statement in written),
        "again.txt": f"{options.command}: exit {applied.code}\nplan: exit {again.code}\n{again.out}{again.err}",
    }


def compare(found: dict[str, str], expected: Path, *, update_golden: bool) -> None:
    normal = {name: RUNNING.sub("IN_PROGRESS", normalise(text)) for name, text in found.items()}
    if update_golden:
        expected.mkdir(parents=True, exist_ok=True)
        for name, text in normal.items():
            (expected / name).write_text(text)
    for name, text in normal.items():
        assert text == (expected / name).read_text(), f"{expected.name}/{name}"
