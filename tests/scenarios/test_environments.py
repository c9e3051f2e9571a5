"""Embedded environments: each is an account of its own, made once from its setup files, and removed when asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project

HERE = Path(__file__).parent
PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: support_bot}
spec:
  database: ML
  schema: SUPPORT
  environments:
    one: {connection: embedded, role: ML_TRAINER, warehouse: COMPUTE_WH, setup: [setup.sql]}
    two: {connection: embedded, role: ML_TRAINER, warehouse: COMPUTE_WH, setup: [setup.sql, more.sql]}
    real: {connection: ml_prod}
"""
COUNT = "SELECT COUNT(*) AS FOUND FROM ML.INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'MORE'"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    made = copy_project(HERE / "first_training", tmp_path / "project with space")
    (made.folder / "ftspec.yaml").write_text(PROJECT)
    (made.folder / "more.sql").write_text("CREATE TABLE ML.SUPPORT.MORE (A INT);\n")
    return made


def count_more(workspace, environment):
    ran = workspace.run("--format", "json", "embedded", "sql", "--env", environment, "--role", "ACCOUNTADMIN", COUNT)
    assert ran.code == 0, ran.out
    return json.loads(ran.out)[0]["FOUND"]


def test_each_environment_is_set_up_from_its_own_files_on_its_first_use(workspace):
    assert [count_more(workspace, name) for name in ("one", "two", "one")] == [0, 1, 0]
    assert sorted(path.name for path in (workspace.folder / ".ftspec").iterdir()) == ["one", "two"]


def test_a_setup_file_that_changed_is_told_and_run_after_a_reset(workspace):
    assert workspace.run("plan").err == ""
    with (workspace.folder / "setup.sql").open("a") as file:
        file.write("CREATE TABLE ML.SUPPORT.MORE (A INT);\n")
    told = workspace.run("plan")
    assert told.code == 0
    assert told.err == (
        "ftspec.yaml:8:82: warning FT312: the setup file 'setup.sql' has changed since the embedded account was made, "
        "and is not run again\n"
        "  hint: `ftspec embedded reset --env one` removes the account, the next command makes it anew\n"
    )
    assert count_more(workspace, "one") == 0
    assert workspace.run("embedded", "reset", "--auto-approve").code == 0
    assert workspace.run("plan").err == ""
    assert count_more(workspace, "one") == 1


def test_a_reset_names_what_it_removes_and_asks_nobody_where_nobody_is(workspace):
    folder = workspace.folder / ".ftspec" / "one"
    nothing = workspace.run("embedded", "reset")
    assert (nothing.code, nothing.err) == (0, f"there is no embedded account of environment 'one' in {folder}\n")
    assert workspace.run("plan").code == 0
    refused = workspace.run("embedded", "reset")
    assert refused.code == 1
    assert "error FT404: embedded reset must ask" in refused.err
    assert "hint: add --auto-approve" in refused.err
    assert (folder / "account").exists()
    removed = workspace.run("embedded", "reset", "--auto-approve")
    assert (removed.code, removed.err) == (0, f"removed the embedded account of environment 'one' in {folder}\n")
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []


@pytest.mark.parametrize("arguments", [["reset", "--auto-approve"], ["sql", "SHOW MODELS"], ["serve"]])
def test_what_is_not_embedded_is_refused(workspace, arguments):
    ran = workspace.run("embedded", *arguments, "--env", "real")
    assert ran.code == 1
    assert ran.err.startswith("ftspec.yaml:10:24: error FT405: environment 'real' is not embedded")
    assert not (workspace.folder / ".ftspec").exists()


def test_a_role_of_the_option_that_cannot_be_used_is_the_options_fault(workspace):
    ran = workspace.run("embedded", "sql", "--role", "nobody", "SHOW MODELS")
    assert ran.code == 1
    assert ran.err.startswith("error FT303: --role: role NOBODY does not exist, or is not granted")
    odd = workspace.run("embedded", "sql", "--role", "no body", "SHOW MODELS")
    assert odd.err.startswith("error FT303: --role: 'no body' is not a Snowflake identifier")


@pytest.mark.parametrize("statement", ["", " \n"])
def test_an_empty_statement_is_refused(workspace, statement):
    ran = workspace.run("embedded", "sql", statement)
    assert ran.code == 1
    assert ran.err == "error FT408: the statement is empty\n  hint: for example: SHOW MODELS\n"


def test_a_folder_that_cannot_be_used_is_told(workspace):
    blocked = workspace.folder / ".ftspec" / "one" / "clients.lock"
    blocked.mkdir(parents=True)
    ran = workspace.run("plan")
    assert ran.code == 1
    assert re.match(r"ftspec\.yaml:8:23: error FT310: .*clients\.lock cannot be used: is a directory\n", ran.err)


def test_a_setup_file_that_fails_is_told_where_it_is_listed(workspace):
    (workspace.folder / "more.sql").write_text("CREATE TABLE ML.SUPPORT.MORE (A INT);\n\nSELECT\n")
    ran = workspace.run("plan", "--env", "two")
    assert ran.code == 1
    assert re.fullmatch(r"ftspec\.yaml:9:93: error FT310: .*more\.sql, line 3: .*syntax error.*\n", ran.err)


def test_a_setup_file_that_is_not_there_is_told_with_one_that_is(workspace):
    (workspace.folder / "more.sql").rename(workspace.folder / "moer.sql")
    ran = workspace.run("plan", "--env", "two")
    assert ran.code == 1
    assert ran.err == (
        "ftspec.yaml:9:93: error FT311: the setup file 'more.sql' is not there\n  hint: did you mean 'moer.sql'?\n"
    )


def test_a_connection_that_is_nearly_embedded(workspace):
    (workspace.folder / "ftspec.yaml").write_text(PROJECT.replace("ml_prod", "embeded"))
    ran = workspace.run("plan", "--env", "real")
    assert ran.code == 1
    assert ran.err.endswith("  hint: did you mean 'embedded'?\n")


def test_a_variable_of_the_process_says_how_long_trainings_take(workspace, monkeypatch):
    settings = workspace.folder / ".ftspec" / "one" / "settings.json"
    (workspace.folder / "ftspec.yaml").write_text(PROJECT.replace("one: {", "one: {training_seconds: 30, "))
    monkeypatch.setenv("FTSPEC_TRAINING_SECONDS", "0.1")
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert re.search(r"done: wait for the training of \S+ in [0-9] s", ran.err + ran.out)
    assert json.loads(settings.read_text())["training_seconds"] == 0.1
    monkeypatch.delenv("FTSPEC_TRAINING_SECONDS")
    assert workspace.run("plan").code == 0
    assert json.loads(settings.read_text())["training_seconds"] == 30


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "86401"])
def test_a_time_of_trainings_that_is_none_is_told(workspace, monkeypatch, value):
    monkeypatch.setenv("FTSPEC_TRAINING_SECONDS", value)
    ran = workspace.run("plan")
    assert ran.code == 1
    assert ran.err == (
        f"error FT314: FTSPEC_TRAINING_SECONDS is '{value}', wanted a number of seconds, 0 to 86,400\n"
        "  hint: for example FTSPEC_TRAINING_SECONDS=0.2\n"
    )
