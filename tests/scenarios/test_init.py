"""A new project works at once, whatever it is begun with; and nothing is ever overwritten."""

from __future__ import annotations

import sys

import pytest
import yaml
from support.workspace import REPOSITORY, Workspace
from wire.driver import build_environment
from wire.terminal import draw_screen, run_on_terminal

ODD = ("--name", "bot", "--database", "bots", "--schema", "order", "--role", '"odd role"', "--base-model", "mistral-7b")
ACCOUNT = ("--connection", "it's mine", "--role", "sysadmin", "--warehouse", '"my wh"')


def read(folder):
    return yaml.safe_load((folder / "ftspec.yaml").read_text())


@pytest.mark.parametrize("options", [ODD, ACCOUNT], ids=["odd", "account"])
def test_what_is_written_is_valid_and_plans_at_once(tmp_path, options):
    workspace = Workspace(tmp_path / "new one")
    made = workspace.run("init", *options)
    assert made.code == 0, made.err
    assert made.err.endswith(f"\nTry: ftspec apply -C '{workspace.folder}'\n")
    text = (workspace.folder / "ftspec.yaml").read_text()
    asides = [line for line in text.splitlines() if " # the embedded" in line or " # a name" in line]
    assert len({line.rindex(" # ") for line in asides}) == 1
    environments = read(workspace.folder)["spec"]["environments"]
    if options is ACCOUNT:
        assert environments["prod"] == {"connection": "it's mine", "role": "sysadmin", "warehouse": '"my wh"'}
    else:
        assert read(workspace.folder)["metadata"] == {"name": "bot"}
        assert list(environments) == ["embedded"]
    for environment in environments:
        assert workspace.run("validate", "--env", environment).code == 0
    planned = workspace.run("plan", "--detailed-exitcode")
    assert planned.code == 2, planned.out + planned.err
    assert "Plan: 1 to create, 1 to update" in planned.out
    before = {path.name: path.read_bytes() for path in workspace.folder.iterdir() if path.is_file()}
    again = workspace.run("init")
    assert (again.code, "error FT406" in again.err) == (1, True)
    assert {path.name: path.read_bytes() for path in workspace.folder.iterdir() if path.is_file()} == before


def test_what_cannot_stand_in_a_project_is_told_all_at_once(tmp_path):
    workspace = Workspace(tmp_path / "new")
    options = {
        "--name": "My Bot",
        "--database": '"my db"',
        "--schema": "a b",
        "--role": "",
        "--connection": "embedded",
        "--base-model": "llama",
    }
    ran = workspace.run("init", *(word for pair in options.items() for word in pair))
    assert ran.code == 1
    assert sorted(line.split(": ")[1] for line in ran.err.splitlines()) == sorted(options)
    assert not workspace.folder.exists()


def test_on_a_terminal_it_asks_for_what_was_not_given(tmp_path):
    folder = tmp_path / "new"
    command = [sys.executable, "-W", "error", "-m", "ftspec", "init", str(folder), "--schema", "BOTS"]
    with run_on_terminal(command, REPOSITORY, build_environment({})) as terminal:
        for question, answer in (
            ("Name of the project [my_project]: ", "My Bot"),
            ("is no name", "bot"),
            ("Database that models live in [ML]: ", ""),
            ("for none yet) [-]: ", "work"),
            ("Role that applies there [ML_TRAINER]: ", ""),
            ("Warehouse there [ML_WH]: ", "WH"),
            ("Base model of the example [llama3.1-8b]: ", ""),
        ):
            terminal.read_until(question)
            terminal.type(f"{answer}\n")
        assert terminal.read_to_end() == 0
    spec = read(folder)["spec"]
    assert (spec["database"], spec["schema"]) == ("ML", "BOTS")
    assert spec["environments"]["prod"] == {"connection": "work", "role": "ML_TRAINER", "warehouse": "WH"}

    other = [*command[:-3], str(tmp_path / "other")]
    with run_on_terminal(other, REPOSITORY, build_environment({})) as terminal:
        terminal.read_until("Name of the project")
        terminal.type("\x04")
        assert terminal.read_to_end() == 130
    assert "interrupted: nothing was written" in draw_screen(terminal.written)
    assert not (tmp_path / "other").exists()
    with run_on_terminal([*other, "--no-input"], REPOSITORY, build_environment({})) as terminal:
        assert terminal.read_to_end() == 0
    assert read(tmp_path / "other")["metadata"] == {"name": "my_project"}


@pytest.mark.parametrize(("options", "answer"), [([], "y\n"), ([], "\n"), ([], "\x04"), (["--no-workflow"], None)])
def test_in_a_git_repository_it_asks_for_a_workflow_and_proposes_none(tmp_path, options, answer):
    (tmp_path / ".git").mkdir()
    given = ["--name", "bot", "--database", "ML", "--schema", "BOTS", "--connection", "work", "--role", "R"]
    given += ["--warehouse", "W", "--base-model", "mistral-7b", *options]
    command = [sys.executable, "-W", "error", "-m", "ftspec", "init", str(tmp_path / "new"), *given]
    with run_on_terminal(command, REPOSITORY, build_environment({})) as terminal:
        if answer is not None:
            terminal.read_until("ftspec.yml [y/N]: ")
            terminal.type(answer)
        assert terminal.read_to_end() == (130 if answer == "\x04" else 0)
    assert ("interrupted: nothing was written" in draw_screen(terminal.written)) == (answer == "\x04")
    assert (tmp_path / ".github" / "workflows" / "ftspec.yml").exists() == (answer == "y\n")
    assert (tmp_path / "new").exists() == (answer != "\x04")
