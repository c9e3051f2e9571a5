"""What happens around an apply: cut off, interrupted, cancelled, beside others, and refused."""

from __future__ import annotations

import itertools
import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from support.workspace import Workspace, copy_project, wait_until

HERE = Path(__file__).parent
MODEL = "ML.SUPPORT.MY_SUPER_LLAMA"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return copy_project(HERE / "first_training", tmp_path / "project with space")


def slow_down(workspace: Workspace, seconds: float) -> None:
    path = workspace.folder / "ftspec.yaml"
    path.write_text(path.read_text().replace("training_seconds: 0.3", f"training_seconds: {seconds}"))


def kill_while_it_waits(workspace: Workspace, process: subprocess.Popen[str]) -> None:
    """Kill an apply that waits for its job: it asks for the job's state, and holds no lock then."""
    wait_until(lambda: any("'DESCRIBE'" in str(entry["sql"]) for entry in workspace.log()))
    process.send_signal(signal.SIGKILL)
    process.communicate()


def creates(workspace: Workspace) -> list[dict[str, object]]:
    return [entry for entry in workspace.log() if "FINETUNE('CREATE'" in str(entry["sql"])]


def test_an_apply_that_is_killed_while_the_job_trains_is_continued_without_a_second_job(workspace):
    slow_down(workspace, 10)
    process = workspace.start("apply", "--auto-approve")
    kill_while_it_waits(workspace, process)
    waiting = workspace.run("plan", "--detailed-exitcode")
    assert waiting.code == 2
    assert re.search(r"^  > model my_super_llama +wait$", waiting.out, re.MULTILINE)
    applied = workspace.run("apply", "--auto-approve")
    assert applied.code == 0, applied.err
    assert len(workspace.jobs()) == 1
    assert len(creates(workspace)) == 1
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_run_that_is_cut_off_before_the_marker_is_finished(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    workspace.sql(f"ALTER MODEL {MODEL} SET COMMENT = 'by hand'")
    planned = workspace.run("plan")
    assert "  > model my_super_llama                        finish" in planned.out
    assert workspace.run("apply", "--auto-approve").code == 0
    comment = str(workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")[0]["comment"])
    assert comment.startswith("Answers our customers' questions ftspec:v1 project=support_bot")
    assert len(workspace.jobs()) == 1


def test_ctrl_c_leaves_the_job_and_says_how_to_go_on(workspace):
    slow_down(workspace, 6)
    process = workspace.start("apply", "--auto-approve")
    wait_until(lambda: len(creates(workspace)) == 1)
    wait_until(lambda: any("'DESCRIBE'" in str(entry["sql"]) for entry in workspace.log()))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ftspec apply` goes on from there" in err
    assert "Traceback" not in err
    assert workspace.jobs()[0]["status"] in {"PENDING", "IN_PROGRESS"}


def test_a_job_is_cancelled_and_not_paid_for_again_unless_asked(workspace):
    slow_down(workspace, 30)
    process = workspace.start("apply", "--auto-approve")
    kill_while_it_waits(workspace, process)
    cancelled = workspace.run("cancel", "my_super_llama")
    assert cancelled.code == 0, cancelled.err
    assert workspace.jobs()[0]["status"] == "CANCELLED"
    again = workspace.run("apply", "--auto-approve")
    assert again.code == 1
    assert "was cancelled" in again.out
    assert len(workspace.jobs()) == 1
    slow_down(workspace, 30)
    settings = workspace.folder / "ftspec.yaml"
    settings.write_text(settings.read_text().replace("training_seconds: 30", "training_seconds: 0.3"))
    retried = workspace.run("apply", "--auto-approve", "--retry")
    assert retried.code == 0, retried.err
    assert len(workspace.jobs()) == 2
    assert workspace.run("cancel", "my_super_llama").err.strip() == "no job of my_super_llama is running"


def test_wait_and_status_follow_a_job(workspace):
    slow_down(workspace, 10)
    process = workspace.start("apply", "--auto-approve")
    kill_while_it_waits(workspace, process)
    running = json.loads(workspace.run("--format", "json", "status").out)["models"][0]
    assert running["job"]["status"] in {"PENDING", "IN_PROGRESS"}
    waited = workspace.run("wait", "my_super_llama")
    assert waited.code == 0, waited.err
    assert "training loss" in waited.err
    ended = json.loads(workspace.run("--format", "json", "status", "my_super_llama").out)["models"][0]
    assert ended["job"]["status"] == "SUCCESS"
    assert ended["state"] == "unfinished"
    assert workspace.run("wait").err.strip() == "no job of this project is running"


def test_a_model_that_somebody_else_made_is_never_touched(workspace):
    query = "SELECT question AS prompt, answer AS completion FROM ML.SUPPORT.QUESTIONS"
    assert workspace.run("validate").code == 0
    workspace.sql(f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', '{MODEL}', 'llama3-8b', '{query}')", role="ML_TRAINER")
    wait_until(lambda: workspace.jobs()[0]["status"] == "SUCCESS")
    applied = workspace.run("apply", "--auto-approve")
    assert applied.code == 1
    assert f"conflict: {MODEL} is there already, and nothing says that ftspec made it" in applied.out
    assert len(creates(workspace)) == 1
    assert workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")[0]["comment"] in {"", None}


def test_a_name_taken_while_the_job_trains_is_told_and_nothing_is_granted(workspace):
    slow_down(workspace, 4)
    process = workspace.start("apply", "--auto-approve")
    wait_until(lambda: len(creates(workspace)) == 1)
    settings = workspace.folder / ".ftspec" / "embedded" / "settings.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "training_seconds": 0.2}))
    query = "SELECT question AS prompt, answer AS completion FROM ML.SUPPORT.QUESTIONS"
    statement = f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', '{MODEL}', 'llama3-8b', '{query}')"
    import snowflake.connector  # noqa: PLC0415

    server = json.loads((workspace.folder / ".ftspec" / "embedded" / "server.json").read_text())
    connection = snowflake.connector.connect(
        user="EMBEDDED", password="embedded", account="embedded", host="127.0.0.1", protocol="http",
        port=server["port"], role="ML_TRAINER", warehouse="COMPUTE_WH", database="ML", schema="SUPPORT",
    )  # fmt: skip
    connection.cursor().execute(statement)
    connection.close()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"because another model took the name {MODEL} meanwhile" in err
    assert "skipped: grant USAGE on model" in err
    assert "conflict" in out


def test_the_model_answers_and_nobody_else_may_ask(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    asked = workspace.run("ask", "my_super_llama", "Where can I park?")
    assert asked.out == "There is a car park behind the house.\n"
    piped = workspace.run("ask", "my_super_llama", "-", stdin="Do you take cards?")
    assert piped.out == "We take cards and cash.\n"
    unknown = workspace.run("ask", "my_super_lama", "x")
    assert unknown.code == 1
    assert "did you mean 'my_super_llama'?" in unknown.err
    workspace.sql("CREATE ROLE STRANGER")
    workspace.sql("GRANT ROLE STRANGER TO ROLE SYSADMIN")
    settings = workspace.folder / "ftspec.yaml"
    settings.write_text(settings.read_text().replace("role: ML_TRAINER", "role: STRANGER"))
    refused = workspace.run("ask", "my_super_llama", "Where can I park?")
    assert refused.code == 1
    assert "Snowflake refused" in refused.err
    assert f'unknown model "{MODEL}"' in refused.err
    assert "hint: it is not there, or role STRANGER may not use it" in refused.err
    planned = workspace.run("plan")
    assert planned.code == 1
    assert "ftspec.yaml:6:13: error FT304: database ML does not exist, or role STRANGER may not use it" in planned.err


def test_a_question_before_the_model_is_there_says_what_is_there(workspace):
    slow_down(workspace, 20)
    early = workspace.run("ask", "my_super_llama", "Where can I park?")
    assert early.code == 1
    assert early.err.endswith(
        "\n  hint: it is not there, or role ML_TRAINER may not use it: "
        "`ftspec status my_super_llama` shows it, `ftspec apply` makes it\n"
    )
    process = workspace.start("apply", "--auto-approve")
    kill_while_it_waits(workspace, process)
    job = workspace.jobs()[0]["id"]
    training = workspace.run("ask", "my_super_llama", "Where can I park?")
    assert training.code == 1
    assert f"  hint: its job {job} trains it (" in training.err
    assert training.err.endswith("%): `ftspec wait my_super_llama`\n")


def test_a_model_that_a_training_left_under_another_name_is_shown(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    (create,) = creates(workspace)
    workspace.sql(str(create["sql"]), role="ML_TRAINER")
    wait_until(lambda: all(job["status"] == "SUCCESS" for job in workspace.jobs()))
    status = workspace.run("status")
    assert f"    its training ended as {MODEL}_1, and it is not live yet\n" in status.out
    assert f"    beside  {MODEL}_1\n" in status.out
    plain = json.loads(workspace.run("--format", "json", "status").out)["models"]
    assert [found["leftovers"] for found in plain] == [[f"{MODEL}_1"]]


def test_another_spec_is_told_with_what_differs(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace("max_epochs: 2", "max_epochs: 3"))
    planned = workspace.run("plan")
    assert planned.code == 0
    assert f"\n      {MODEL} was trained from another spec\n" in planned.out
    assert "      max_epochs       2 -> 3\n" in planned.out
    assert "->" not in planned.out.replace("2 -> 3", "")


@pytest.mark.parametrize(
    ("old", "new", "place", "name"),
    [
        ("FROM questions", "FROM qestions", "models.yaml:6:10", "dataset train"),
        ("table: questions", "table: qestions", "models.yaml:16:10", "dataset valid"),
    ],
)
def test_data_that_cannot_be_read_is_told_where_it_is_declared(workspace, old, new, place, name):
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace(old, new))
    planned = json.loads(workspace.run("--format", "json", "plan").out)
    (note,) = [found for found in planned["diagnostics"] if found["code"] == "FT220"]
    assert note["message"].startswith(f"{name} cannot be read: ")
    assert "{path}:{line}:{column}".format(**note["span"]) == place


def test_a_grant_that_is_held_too_far_away_is_given_once(workspace):
    chain = ["SUPPORT_APP", "R1", "R2", "R3", "R4", "R5"]
    for upper, lower in itertools.pairwise(chain):
        workspace.sql(f"CREATE ROLE {lower}")
        workspace.sql(f"GRANT ROLE {lower} TO ROLE {upper}")
    workspace.sql("GRANT USAGE ON DATABASE ML TO ROLE R5")
    applied = workspace.run("apply", "--auto-approve")
    assert applied.code == 0
    assert "done: grant USAGE on database ML to role SUPPORT_APP" in applied.err
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_first_training_that_is_asked_for_by_name_is_finished(workspace):
    applied = workspace.run("apply", "--auto-approve", "--replace", "my_super_llama")
    assert applied.code == 0, applied.out + applied.err
    assert len(creates(workspace)) == 1
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_an_undeclared_model_is_kept_unless_its_deletion_is_allowed(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    (workspace.folder / "models.yaml").unlink()
    planned = workspace.run("plan")
    assert planned.code == 0
    assert "      it was made by this project, and is declared no more\n" in planned.out
    refused = workspace.run("apply", "--auto-approve")
    assert refused.code == 1
    assert "add --allow deletes" in refused.err
    assert len(workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")) == 1


def test_a_live_model_whose_base_model_has_ended_is_told_and_nothing_is_blocked(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    ended = {"name": "llama3-8b", "lifecycle_status": "EOL", "legacy_date": "2026-08-12", "eol_date": "2026-10-14"}
    told = workspace.folder / ".ftspec" / "embedded" / "base_models.json"
    told.write_text(json.dumps({"models": [ended]}))
    before = len(workspace.log())
    planned = workspace.run("plan", "--detailed-exitcode")
    asked = [entry["sql"] for entry in workspace.log()[before:] if "BASE MODELS" in str(entry["sql"])]
    assert asked == ["SHOW CORTEX BASE MODELS"]
    assert planned.code == 1
    assert f"error FT238      calls of {MODEL} fail since 2026-10-14: base model llama3-8b has ended\n" in planned.out
    assert planned.out.endswith("\nNo changes: Snowflake is as the manifests declare.\n")

    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace("Answers our customers' questions", "its end has come"))
    applied = workspace.run("apply", "--auto-approve")
    assert applied.code == 1
    assert "Applied: 1 of 1 steps done, 0 failed, 0 skipped." in applied.out
    (model,) = workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")
    assert str(model["comment"]).startswith("its end has come ")


def test_without_a_terminal_nothing_is_changed_unless_approved(workspace):
    refused = workspace.run("apply")
    assert refused.code == 1
    assert "FT404" in refused.err
    assert creates(workspace) == []


def test_a_faulty_manifest_changes_nothing(workspace):
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace("max_epochs: 2", "max_epochs: 11"))
    refused = workspace.run("apply", "--auto-approve")
    assert refused.code == 1
    assert "models.yaml:29:25: error FT012" in refused.err
    assert not (workspace.folder / ".ftspec").exists()


def test_a_live_model_that_lost_its_marker_after_a_swap_is_not_taken_for_the_one_before(workspace):
    path = workspace.folder / "models.yaml"
    assert workspace.run("apply", "--auto-approve").code == 0
    path.write_text(path.read_text().replace("max_epochs: 2", "max_epochs: 3"))
    assert workspace.run("apply", "--auto-approve").code == 0
    workspace.sql("ALTER MODEL ML.SUPPORT.MY_SUPER_LLAMA SET COMMENT = 'mine'")
    blocked = workspace.run("apply", "--auto-approve")
    assert blocked.code == 1
    assert "error FT201" in blocked.out + blocked.err
    assert workspace.run("import", "my_super_llama", "--auto-approve").code == 0
    again = workspace.run("plan", "--detailed-exitcode")
    assert again.code == 0, again.out + again.err
    assert len(workspace.jobs()) == 2
