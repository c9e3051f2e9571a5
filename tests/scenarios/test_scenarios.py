"""Scenarios: manifests and a set-up in a folder, applied stage by stage to the embedded Snowflake through the driver.

Each stage plans, applies, and plans again. A folder `then/N_name` is a later stage: `by_hand.sql` is what somebody did
meanwhile, other files replace the project's. Expected plans, statements and exit codes stand beside the scenario.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project, normalise

HERE = Path(__file__).parent
SCENARIOS = sorted(folder.name for folder in HERE.iterdir() if (folder / "ftspec.yaml").exists())
READS = ("SHOW ", "SELECT CURRENT_", "SELECT COUNT(*)", "USE ", "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name, tmp_path, update_golden):
    source = HERE / name
    workspace = copy_project(source, tmp_path / name)
    for stage in [source, *sorted((source / "then").glob("*"))]:
        if stage is not source:
            prepare(workspace, stage)
        expected = stage / "expected"
        compare(observe(workspace), expected, update_golden=update_golden)


def prepare(workspace: Workspace, stage: Path) -> None:
    for path in stage.iterdir():
        if path.name == "by_hand.sql":
            workspace.sql(path.read_text())
        elif path.is_file():
            shutil.copy(path, workspace.folder / path.name)


def observe(workspace: Workspace) -> dict[str, str]:
    """Plan, apply and plan again; the statements are those of the apply that change something."""
    human = workspace.run("plan")
    plain = workspace.run("--format", "json", "plan", "--detailed-exitcode")
    assert json.loads(plain.out)["summary"]["has_changes"] == (plain.code == 2 or "  + " in human.out)
    before = len(workspace.log())
    applied = workspace.run("apply", "--auto-approve")
    statements = [str(entry["sql"]) for entry in workspace.log()[before:]]
    again = workspace.run("plan", "--detailed-exitcode")
    changed = [statement for statement in statements if not statement.startswith(READS)]
    written = [statement for statement in changed if "('DESCRIBE'" not in statement]
    return {
        "plan.txt": f"{human.out}{human.err}",
        "plan.json": plain.out,
        "statements.sql": "".join(f"{statement};\n" for statement in written),
        "again.txt": f"apply: exit {applied.code}\nplan: exit {again.code}\n{again.out}{again.err}",
    }


def compare(found: dict[str, str], expected: Path, *, update_golden: bool) -> None:
    normal = {name: normalise(text) for name, text in found.items()}
    if update_golden:
        expected.mkdir(parents=True, exist_ok=True)
        for name, text in normal.items():
            (expected / name).write_text(text)
    for name, text in normal.items():
        assert text == (expected / name).read_text(), f"{expected.name}/{name}"
