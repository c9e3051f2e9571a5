"""What `--format markdown` prints, as a bot that comments on a pull request would run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project

HERE = Path(__file__).parent


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return copy_project(HERE / "replaced", tmp_path / "project")


def edit(workspace: Workspace, name: str, old: str, new: str) -> None:
    path = workspace.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_plan_is_shown_saved_and_applied_in_the_same_words(workspace):
    path = str(workspace.folder / "saved.json")
    planned = workspace.run("--format", "markdown", "plan", "--out", path)
    assert planned.code == 0, planned.err
    assert planned.out.startswith(
        "### ftspec plan: project <code>support_bot</code>, environment <code>embedded</code>\n"
    )
    assert workspace.run("show", path, "--format", "markdown").out == planned.out
    applied = workspace.run("apply", path, "--format", "markdown")
    assert applied.code == 0, applied.err
    title, role, outcome, *rest = applied.out.split("\n\n")
    assert title.startswith("### ftspec apply: project")
    assert role == "As role <code>ML_TRAINER</code>."
    assert outcome == "Applied: 7 of 7 steps done, 0 failed, 0 skipped.<br>\nPlanned again: no changes."
    assert rest == planned.out.split("\n\n")[2:]
    settled = workspace.run("plan", "--format", "markdown")
    assert settled.out.count("\n\n") == 2
    assert settled.out.endswith("**No changes: Snowflake is as the manifests declare.**\n")


def test_what_is_wrong_is_in_the_comment(workspace):
    edit(workspace, "ftspec.yaml", "spec:\n", "spec:\n  limits: {training_tokens: 1}\n")
    planned = workspace.run("plan", "--format", "markdown")
    assert planned.code == 1
    before = planned.out[: planned.out.index("| Resource |")]
    assert "> [!CAUTION]\n> **error FT411** <code>ftspec.yaml:" in before
    edit(workspace, "models.yaml", "base_model: llama3-8b", "base_model: [<b>@x</b>]")
    faulty = workspace.run("plan", "--format", "markdown")
    assert faulty.code == 1
    assert faulty.out.startswith("### ftspec ended in an error\n\n> [!CAUTION]\n> **error FT011** <code>models.yaml:")
    assert "<b>" not in faulty.out
    assert "error FT011" in faulty.err


def test_only_plans_have_it(workspace):
    refused = workspace.run_apart("status", "--format", "markdown")
    assert (refused.code, refused.out) == (1, "")
    assert "--format markdown goes with plan, show, apply, destroy" in refused.err
