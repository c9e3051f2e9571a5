"""How models stand: what is live, what trains, and how the losses went down, through the real driver."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.workspace import JOB_ID, Workspace, copy_project, wait_until
from unit.cli.test_plan_html import read

from ftspec import __version__, errands, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.choice import Run
from ftspec.model.plan import StepProgressed, StepStarted

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


def edit(workspace: Workspace, name: str, old: str, new: str) -> None:
    path = workspace.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


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


@contextmanager
def seven_trainings(workspace):
    """Start seven trainings that take long; give the project, and a session."""
    edit(workspace, "ftspec.yaml", "0.3", "600")
    (workspace.folder / "more.yaml").write_text(
        "".join(
            f"---\napiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {{name: more_{number}}}\n"
            "spec: {base_model: llama3-8b, training_data: train, options: {max_epochs: 1}}\n"
            for number in range(6)
        )
    )
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    wait_until(lambda: {job["status"] for job in workspace.jobs()} == {"IN_PROGRESS"})
    files, _ = read_project(workspace.folder)
    loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
    assert loaded.project is not None
    session = open_session(loaded.project, workspace.folder)
    try:
        yield loaded, session
    finally:
        session.close()


def check_look(log):
    """Check that one look listed all jobs at once and described four; give those."""
    assert sum("FINETUNE('SHOW')" in sql for sql in log) == 1
    assert sum("FINETUNE('DESCRIBE'" in sql for sql in log) == len(log) - 1 == 4
    return {JOB_ID.search(sql).group() for sql in log if "'DESCRIBE'" in sql}


def test_watching_asks_for_the_list_and_describes_a_few(workspace):
    jobs, logged, run = set(), [], Run("cafe", "test")

    def show(statuses):
        jobs.update(found.job.id for found in statuses)
        logged.append(len(workspace.log()))
        if len(logged) == 5:
            run.stop.set()

    with seven_trainings(workspace) as (loaded, session):
        errands.watch(loaded, session, None, show, run)
    log = [str(entry["sql"]) for entry in workspace.log()]
    asked = [check_look(log[before:after]) for before, after in itertools.pairwise(logged)]
    assert len(jobs) == 7
    assert asked[0] | asked[1] == asked[2] | asked[3] == jobs


def test_who_waits_for_many_jobs_asks_for_the_list_and_describes_a_few(workspace):
    logged, told, run = [], [], Run("cafe", "test")

    def emit(event):
        if isinstance(event, StepStarted):
            logged[:] = [len(workspace.log())]
        if isinstance(event, StepProgressed):
            told.append(event)
        if len(told) == 8:
            run.stop.set()

    with seven_trainings(workspace) as (loaded, session):
        errands.wait(loaded, session, (), emit, run)
    log = [str(entry["sql"]) for entry in workspace.log()[logged[0] :]]
    assert len(check_look(log[:5]) | check_look(log[5:])) == 7
    assert {event.status for event in told} == {"IN_PROGRESS"}
    assert {event.step.address.name for event in told} == {"llama", *(f"more_{number}" for number in range(6))}


def test_watching_sees_every_job_to_its_end(workspace):
    edit(workspace, "ftspec.yaml", "0.3", "2")
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    watched = workspace.run("status", "--watch")
    assert watched.code == 0
    assert re.search(r"^llama  training  job ft_\S+ IN_PROGRESS \d+%$", watched.out, re.MULTILINE)
    assert "SUCCESS" in watched.out


def test_a_live_model_is_live_while_its_replacement_trains(workspace, tmp_path):
    apply(workspace)
    alone = status(workspace)
    assert (alone["replacing"], alone["made"]["name"]) == (False, MODEL)
    edit(workspace, "ftspec.yaml", "0.3", "600")
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    found = status(workspace)
    assert (found["state"], found["replacing"], found["made"]) == ("training", True, alone["made"])
    told = workspace.run("status").out.splitlines()
    made = f"{datetime.fromtimestamp(alone['made']['made_on'] / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    job = found["job"]["id"]
    assert told[:2] == [
        f"llama  live, replacement training  {MODEL}",
        f"    live    made {made}, answers until it is replaced",
    ]
    assert any(line.startswith(f"    job     {job}  ") for line in told)
    assert max(map(len, told)) <= 80
    path = tmp_path / "status.html"
    assert workspace.run("status", "--html", str(path)).code == 0
    assert "live, replacement training" in (text := "".join(read(path.read_text()).text))
    assert made in text
    # What answers is the model that was there before.
    assert workspace.run("ask", "llama", "When do you open?").code == 0
    assert workspace.run("cancel", "llama").code == 0
    failed = status(workspace, "llama")
    assert (failed["state"], failed["replacing"], len(failed["curve"]["steps"])) == ("failed", True, 2)
    assert workspace.run("status").out.startswith(f"llama  live, replacement failed  {MODEL}\n")


def test_a_first_training_replaces_nothing(workspace):
    edit(workspace, "ftspec.yaml", "0.3", "600")
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    found = status(workspace)
    assert (found["state"], found["replacing"], found["made"]) == ("training", False, None)
    assert workspace.run("status").out.startswith(f"llama  training    {MODEL}\n")
