"""A project, or an environment, under another name: what it has made is carried over, and nothing is trained again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project

HERE = Path(__file__).parent
LEASE = "ftspec-lock:v1 id=a1 project=support_bot env=embedded who=ann@desk since=1 expires=9999999999"


@pytest.fixture
def before(tmp_path):
    """Give a project that was applied: a model, a dataset that stands in Snowflake, and grants."""
    workspace = copy_project(HERE / "replaced", tmp_path / "before")
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace("held_out\n", "held_out\n  materialize: snapshot\n", 1))
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    return workspace


def rename(before: Workspace, *, project: str = "support_bot", environment: str = "embedded") -> Workspace:
    """Copy the project under another name, on the same account."""
    after = copy_project(before.folder, before.folder.parent / "after")
    path = after.folder / "ftspec.yaml"
    text = path.read_text().replace("name: support_bot", f"name: {project}")
    path.write_text(text.replace("    embedded:\n", f"    {environment}:\n"))
    (after.folder / ".ftspec").mkdir()
    (after.folder / ".ftspec" / environment).symlink_to(before.folder / ".ftspec" / "embedded")
    return after


def marked(workspace: Workspace) -> set[str]:
    """Give the project and environment of every marker in the schema."""
    rows = [*workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT"), *workspace.sql("SHOW OBJECTS IN SCHEMA ML.SUPPORT")]
    found = (re.search(r"ftspec:v1 project=(\S+) env=(\S+)", str(row["comment"])) for row in rows)
    return {f"{match[1]} {match[2]}" for match in found if match}


def is_settled(workspace: Workspace) -> bool | str:
    ran = workspace.run("plan", "--detailed-exitcode")
    return ran.code == 0 or ran.out + ran.err


def test_a_project_under_another_name_goes_on_where_it_was(before):
    after = rename(before, project="help_bot")
    past = before.run("history").out
    assert after.run("plan").code == 1
    ran = after.run("adopt", "--from", "support_bot", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert "Planned again: no changes." in ran.out
    assert is_settled(after) is True
    assert marked(after) == {"help_bot embedded"}
    assert after.run("history").out.startswith(past)
    assert after.run("plan", "--drift", "--detailed-exitcode").code == 0
    assert len(after.jobs()) == 1
    again = after.run("adopt", "--from", "support_bot", "--auto-approve")
    assert (again.code, "nothing of project support_bot, environment embedded, is declared here" in again.err) == (
        0,
        True,
    )


def test_an_environment_under_another_name(before):
    after = rename(before, environment="prod")
    ran = after.run("adopt", "--from", "support_bot", "--from-env", "embedded", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert is_settled(after) is True
    assert marked(after) == {"support_bot prod"}
    same = after.run("adopt", "--from", "support_bot")
    assert (same.code, "error FT438" in same.err) == (1, True)


def test_what_is_not_declared_here_stays_where_it_is(before):
    after = rename(before, project="help_bot")
    path = after.folder / "models.yaml"
    path.write_text(path.read_text().partition("---")[0])
    ran = after.run("adopt", "--from", "support_bot", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert "note FT437: model llama is not declared here, so ML.SUPPORT.LLAMA stays with project support_bot" in ran.err
    assert marked(after) == {"help_bot embedded", "support_bot embedded"}


def test_a_run_that_is_cut_off_is_finished_by_the_next(before):
    after = rename(before, project="help_bot")
    rows = after.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")
    comment = str(rows[0]["comment"]).replace("project=support_bot", "project=help_bot").replace("'", "''")
    after.sql(f"ALTER MODEL ML.SUPPORT.LLAMA SET COMMENT = '{comment}'", role="ML_TRAINER")
    assert marked(after) == {"help_bot embedded", "support_bot embedded"}
    assert after.run("adopt", "--from", "support_bot", "--auto-approve").code == 0
    assert is_settled(after) is True
    assert len(after.jobs()) == 1


def test_a_run_that_was_cut_off_before_its_marker_is_carried_over(before):
    after = rename(before, project="help_bot")
    after.sql("ALTER MODEL ML.SUPPORT.LLAMA SET COMMENT = 'own words'", role="ML_TRAINER")
    assert after.run("adopt", "--from", "support_bot", "--auto-approve").code == 0
    assert is_settled(after) is True
    (row,) = after.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")
    assert str(row["comment"]).startswith("own words ftspec:v1 project=help_bot env=embedded resource=llama spec=s1:")


def test_the_old_project_must_be_at_rest(before):
    after = rename(before, project="help_bot")
    before.sql(
        f"CREATE TABLE ML.SUPPORT.FTSPEC_LOCK_SUPPORT_BOT_EMBEDDED (A NUMBER) COMMENT = '{LEASE}'", role="ML_TRAINER"
    )
    held = after.run("adopt", "--from", "support_bot", "--auto-approve", "--lock-timeout", "0")
    assert (held.code, "error FT501: project support_bot, environment embedded is locked by ann@desk" in held.err) == (
        1,
        True,
    )
    assert marked(after) == {"support_bot embedded"}
    assert before.run("force-unlock", "a1").code == 0
    settings = before.folder / "ftspec.yaml"
    settings.write_text(settings.read_text().replace("0.3", "600"))
    models = before.folder / "models.yaml"
    models.write_text(models.read_text().replace("max_epochs: 2", "max_epochs: 3"))
    assert before.run("apply", "--auto-approve", "--no-wait").code == 0
    running = after.run("adopt", "--from", "support_bot", "--auto-approve")
    assert (running.code, "of model llama still trains, and its query bears the old name" in running.err) == (1, True)
    unattended = after.run("adopt", "--from", "support_bot", "--format", "json")
    assert unattended.code == 1
    assert json.loads(unattended.out)["diagnostics"][0]["code"] == "FT436"
    assert marked(after) == {"support_bot embedded"}
