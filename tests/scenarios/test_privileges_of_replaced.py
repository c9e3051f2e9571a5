"""What is taken away in the very apply that replaces the model, at whatever moment of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.workspace import copy_project

HERE = Path(__file__).parent


USED = "can_use: [llama]"
READ = "grants: [{privilege: READ, model: LLAMA}]"
WITH_OPTION = "grants: [{privilege: USAGE, model: LLAMA, with_grant_option: true}]"
WITHOUT = "grants: [{privilege: USAGE, model: LLAMA}]"


@pytest.mark.parametrize(
    ("before", "after", "live", "kept"),
    [
        pytest.param(USED, "grants: []", [], [], id="before the training"),
        pytest.param(USED, READ, [("READ", "false")], [], id="after the swap"),
        pytest.param(WITH_OPTION, WITHOUT, [("USAGE", "false")], [("USAGE", "false")], id="the grant option alone"),
    ],
)
def test_what_is_revoked_while_a_model_is_replaced_is_held_on_none_of_both(tmp_path, before, after, live, kept):
    workspace = copy_project(HERE / "replaced", tmp_path / "project")
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace(USED, before))
    first = workspace.run("apply", "--auto-approve")
    assert first.code == 0, first.out + first.err
    path.write_text(path.read_text().replace(before, after))
    applied = workspace.run("apply", "--auto-approve", "--replace", "llama")
    assert applied.code == 0, applied.out + applied.err
    again = json.loads(workspace.run("--format", "json", "plan").out)
    assert {change["action"] for change in again["changes"]} == {"no-op"}, again["changes"]
    (other,) = {row["name"] for row in workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")} - {"LLAMA"}
    assert (list_grants(workspace, "LLAMA"), list_grants(workspace, other)) == (live, kept)


def list_grants(workspace, model):
    rows = workspace.sql(f"SHOW GRANTS ON MODEL ML.SUPPORT.{model}")
    return [(row["privilege"], row["grant_option"]) for row in rows if row["grantee_name"] == "SUPPORT_APP"]
