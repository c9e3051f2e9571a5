"""How models stand: what is live, what trains, and how the losses went down, through the real driver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project
from unit.cli.test_plan_html import read

HERE = Path(__file__).parent
MODEL = "ML.SUPPORT.LLAMA"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return copy_project(HERE / "replaced", tmp_path / "project")


def apply(workspace: Workspace, *options: str) -> None:
    ran = workspace.run("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.out + ran.err


def status(workspace: Workspace, *options: str) -> dict:
    ran = workspace.run("--format", "json", "status", *options)
    assert ran.code == 0, ran.out + ran.err
    (model,) = json.loads(ran.out)["models"]
    return model


def sent(workspace: Workspace, mark: str) -> list[str]:
    return [str(entry["sql"]) for entry in workspace.log() if mark in str(entry["sql"])]


def test_the_losses_of_a_model_are_read_once_where_they_are_shown(workspace, tmp_path):
    apply(workspace)
    told = workspace.run("status")
    assert (told.code, "epochs" in told.out) == (0, False)
    assert sent(workspace, "GET ") == []
    shown = workspace.run("status", "llama").out.splitlines()
    (get,) = sent(workspace, "GET ")
    assert get.startswith("GET 'snow://model/ML.SUPPORT.LLAMA/versions/V1/training_results.csv' 'file:///")
    assert not Path(get.split("'file://")[1].rstrip("/'")).exists()
    curve = status(workspace)["curve"]
    assert curve["unread"] == ""
    assert [step["epoch"] for step in curve["steps"]] == [1, 2]
    losses = [(step["training_loss"], step["validation_loss"]) for step in curve["steps"]]
    assert all(later < earlier for earlier, later in zip(*losses, strict=True))
    at = next(number for number, line in enumerate(shown) if line.startswith("    epochs"))
    assert shown[at : at + 2] == [
        f"    {title}   {number}: training {training:.3f}, validation {validation:.3f}"
        for title, number, (training, validation) in zip(("epochs", "      "), (1, 2), losses, strict=True)
    ]
    path = tmp_path / "status.html"
    assert workspace.run("status", "--html", str(path)).code == 0
    text = "".join(read(path.read_text()).text)
    assert f"{losses[0][0]:.3f}" in text
    assert "Losses of llama at the 2 recorded steps" in text
    assert len(sent(workspace, "GET ")) == 3


def test_losses_that_may_not_be_read_are_said_to_be_not_available(workspace, tmp_path):
    apply(workspace)
    workspace.sql(f"GRANT OWNERSHIP ON MODEL {MODEL} TO ROLE AUDITOR COPY CURRENT GRANTS")
    workspace.sql(f"GRANT USAGE ON MODEL {MODEL} TO ROLE ML_TRAINER")
    found = status(workspace, "llama")
    assert found["state"] == "live"
    assert found["curve"]["steps"] == []
    assert "Insufficient privileges" in found["curve"]["unread"]
    told = workspace.run("status", "llama")
    assert (told.code, told.err) == (0, "")
    assert f"    epochs  not available: {found['curve']['unread']}\n" in told.out
    path = tmp_path / "status.html"
    assert workspace.run("status", "--html", str(path)).code == 0
    assert f"Not available: {found['curve']['unread']}" in "".join(read(path.read_text()).text)


def test_a_model_that_is_not_there_has_no_losses(workspace):
    assert status(workspace, "llama")["curve"] is None
    assert "epochs" not in workspace.run("status", "llama").out
    assert sent(workspace, "GET ") == []
