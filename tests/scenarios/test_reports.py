"""Reports and graphs, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project
from unit.cli.test_plan_html import read

HERE = Path(__file__).parent


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return copy_project(HERE / "replaced", tmp_path / "project")


def test_reports_of_a_plan_and_of_a_status(workspace, tmp_path):
    path = tmp_path / "plan.html"
    planned = workspace.run("plan", "--html", str(path))
    assert (planned.code, planned.err) == (0, f"wrote the report {path}\n")
    assert "Plan: 1 to create" in "".join(read(path.read_text()).text)
    first = path.read_bytes()
    assert workspace.run("plan", "--html", str(path)).code == 0
    assert path.read_bytes() == first
    assert workspace.run("apply", "--auto-approve").code == 0
    told = workspace.run("status", "--html", str(path))
    assert (told.code, told.out.startswith("llama  live")) == (0, True)
    text = "".join(read(path.read_text()).text)
    for part in ("Status of support_bot, embedded", "ML.SUPPORT.LLAMA", "SUCCESS", "SUPPORT_APP"):
        assert part in text
    assert list(tmp_path.glob("*.new")) == []


def test_the_report_of_a_saved_plan_is_that_of_the_plan(workspace, tmp_path):
    saved, first, later = tmp_path / "plan.json", tmp_path / "first.html", tmp_path / "later.html"
    planned = workspace.run("plan", "--out", str(saved), "--html", str(first))
    shown = workspace.run("show", str(saved), "--html", str(later))
    assert (shown.code, shown.err) == (0, f"wrote the report {later}\n")
    assert shown.out == planned.out
    assert later.read_bytes() == first.read_bytes()
    refused = workspace.run("show", str(saved), "--html", str(tmp_path / "nowhere" / "plan.html"))
    assert (refused.code, refused.out) == (1, "")
    assert "error FT413: " in refused.err


def test_a_report_that_cannot_be_written_stops_before_anything_is_read(workspace, tmp_path):
    path = tmp_path / "nowhere" / "plan.html"
    for command in ("plan", "status"):
        refused = workspace.run(command, "--html", str(path))
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == f"error FT413: '{path}' cannot be written: No such file or directory\n"
    assert workspace.log() == []


def test_the_graph_needs_no_connection(workspace):
    drawn = workspace.run("graph")
    assert drawn.code == 0
    assert drawn.out.startswith('flowchart LR\n  n0[("dataset<br>train")]\n')
    assert workspace.run("graph", "--format", "mermaid").out == drawn.out
    assert read(workspace.run("graph", "--format", "svg").out).tags[0] == "svg"
    graph = json.loads(workspace.run("graph", "--format", "json").out)
    assert [edge["label"] for edge in graph["edges"]] == ["trains", "can_use"]
    assert workspace.log() == []
