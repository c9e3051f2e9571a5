"""Every example has a page and plans as its `expected` folder says; those with data of their own are applied, too."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest
import yaml
from support.workspace import REPOSITORY, copy_project, normalise

EXAMPLES = REPOSITORY / "examples"
PLANS = {
    "quickstart": ("embedded",),
    "least-privilege": ("embedded",),
    "support-tickets": ("embedded",),
    "team": ("dev", "prod"),
}
CATEGORIES = {
    "billing",
    "outage",
    "slow_connection",
    "moving_house",
    "cancellation",
    "equipment",
    "appointment",
    "account",
}


def test_every_example_is_here_and_has_a_page():
    folders = {path.parent.name for path in EXAMPLES.glob("*/README.md")}
    assert folders == {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    elsewhere = {"files"}  # its page has the plan
    assert set(PLANS) | elsewhere == {path.parent.name for path in EXAMPLES.glob("*/ftspec.yaml")}


@pytest.mark.parametrize(("name", "environment"), [(name, env) for name, envs in PLANS.items() for env in envs])
def test_an_example_plans_as_expected(name, environment, tmp_path, update_golden):
    workspace = copy_project(EXAMPLES / name, tmp_path / name)
    ran = workspace.run("plan", "--env", environment)
    assert ran.code == 0, ran.out + ran.err
    path = EXAMPLES / name / "expected" / f"{environment}.txt"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(normalise(ran.out))
    assert normalise(ran.out) == path.read_text()


def test_a_model_of_tickets_names_a_category(tmp_path):
    workspace = copy_project(EXAMPLES / "support-tickets", tmp_path / "tickets")
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    question = "Which category is this support request? Since Friday the connection is terribly slow, every evening"
    assert workspace.run("ask", "ticket_labels", question).out.strip() == "slow_connection"
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_one_manifest_makes_both_environments_of_a_team(tmp_path):
    workspace = copy_project(EXAMPLES / "team", tmp_path / "team")
    ran = workspace.run("apply", "--env", "prod", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert workspace.run("plan", "--env", "prod", "--detailed-exitcode").code == 0
    assert workspace.run("plan", "--env", "dev", "--detailed-exitcode").code == 2


def test_the_owners_of_a_team_own_what_is_there():
    folder = EXAMPLES / "team"
    lines = [line.split() for line in (folder / "CODEOWNERS").read_text().splitlines() if not line.startswith("#")]
    for pattern, *owners in lines:
        assert pattern == "*" or (folder / pattern.strip("/")).exists()
        assert all(owner.startswith("@example/") for owner in owners)


def test_the_tickets_are_what_their_script_makes(tmp_path):
    script = EXAMPLES / "support-tickets" / "make_data.py"
    subprocess.run([sys.executable, "-B", "-I", str(script), str(tmp_path)], check=True, capture_output=True)
    made = (tmp_path / "tickets.csv").read_bytes()
    assert made == (script.parent / "tickets.csv").read_bytes()
    rows = list(csv.DictReader(made.decode().splitlines()))
    assert len({row["REQUEST"] for row in rows}) == len(rows) == 480
    assert {row["CATEGORY"] for row in rows} == {*CATEGORIES, ""}
    lengths = sorted(len(row["REQUEST"]) for row in rows)
    assert lengths[0] < 50
    assert lengths[-1] > 250


def test_the_environments_of_the_team_differ_only_where_they_should():
    (project,) = yaml.safe_load_all((EXAMPLES / "team" / "ftspec.yaml").read_text())
    dev, prod = project["spec"]["environments"].values()
    assert {key for key in dev if dev[key] != prod[key]} == {"database", "variables"}
