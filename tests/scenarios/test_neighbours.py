"""Projects, and environments of one project, that share a schema leave each other's models, jobs and grants alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project, wait_until

HERE = Path(__file__).parent


@pytest.fixture(params=["project", "environment"])
def neighbours(request, tmp_path) -> tuple[Workspace, Workspace]:
    """Give two folders on one account that differ in the project's name, or in the environment's."""
    one = copy_project(HERE / "replaced", tmp_path / "one")
    two = copy_project(HERE / "replaced", tmp_path / "two")
    text = (two.folder / "ftspec.yaml").read_text()
    environment = "embedded"
    if request.param == "project":
        text = text.replace("name: support_bot", "name: sales_bot")
    else:
        environment = "dev"
        text = text.replace("    embedded:\n", "    dev:\n")
    (two.folder / "ftspec.yaml").write_text(text)
    assert one.run("plan").code == 0
    (two.folder / ".ftspec").mkdir()
    (two.folder / ".ftspec" / environment).symlink_to(one.folder / ".ftspec" / "embedded")
    return one, two


def edit(workspace: Workspace, old: str, new: str) -> None:
    path = workspace.folder / "models.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def apply(workspace: Workspace, *options: str) -> None:
    ran = workspace.run("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.out + ran.err


def names(workspace: Workspace) -> list[str]:
    return sorted(str(row["name"]) for row in workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT"))


def settled(workspace: Workspace) -> bool:
    return workspace.run("plan", "--detailed-exitcode").code == 0


def test_neighbours_in_one_schema_never_touch_each_other(neighbours):
    one, two = neighbours
    apply(one)
    conflict = two.run("apply", "--auto-approve")
    assert conflict.code == 1
    assert "conflict: ML.SUPPORT.LLAMA is there already, of project support_bot, environment embedded" in conflict.out
    assert names(one) == ["LLAMA"]

    edit(two, "  base_model: llama3-8b\n", "  base_model: llama3-8b\n  model_name: LLAMA_TWO\n")
    apply(two)
    assert names(one) == ["LLAMA", "LLAMA_TWO"]
    assert len(one.jobs()) == 2
    assert settled(one)
    assert settled(two)

    # Each replaces its own, and the other one's candidates and kept models are none of its business.
    edit(one, "max_epochs: 2", "max_epochs: 3")
    apply(one)
    assert settled(two)
    edit(two, "max_epochs: 2", "max_epochs: 4")
    apply(two)
    assert settled(one)
    assert len([name for name in names(one) if name.startswith("LLAMA__")]) == 1

    for path in (two.folder / "models.yaml", one.folder / "models.yaml"):
        path.write_text("")
    apply(two, "--allow", "deletes")
    assert [name for name in names(one) if "TWO" in name] == []
    assert len(names(one)) == 2
    apply(one, "--allow", "deletes")
    assert names(one) == []


def test_a_job_of_the_neighbour_is_neither_waited_for_nor_cancelled(neighbours):
    one, two = neighbours
    path = one.folder / "ftspec.yaml"
    path.write_text(path.read_text().replace("0.3", "600"))
    apply(one, "--no-wait")
    (job,) = one.jobs()
    edit(two, "  base_model: llama3-8b\n", "  base_model: llama3-8b\n  model_name: LLAMA_TWO\n")
    apply(two)
    assert settled(two)
    assert two.run("destroy", "--auto-approve", "--allow", "deletes", "--allow", "cancels").code == 0
    found = {entry["id"]: entry["status"] for entry in one.jobs()}
    assert found[job["id"]] in {"PENDING", "IN_PROGRESS"}
    wait_until(lambda: names(one) == [])
