"""Models that were made by hand are brought under ftspec as they are: nothing is trained, and nothing is left to do."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest
import yaml
from support.workspace import REPOSITORY, copy_project, wait_until
from wire.driver import build_environment
from wire.project import Wired
from wire.terminal import draw_screen, run_on_terminal

from ftspec.emulator.launch import Account, attach

HERE = Path(__file__).parent
TRAIN = "SELECT question AS prompt, answer AS completion FROM ML.SUPPORT.QUESTIONS WHERE NOT held_out"
VALID = "SELECT question AS prompt,\n  answer AS completion\nFROM ML.SUPPORT.QUESTIONS WHERE held_out"
DECLARED = f"""\
apiVersion: ftspec/v1
kind: Dataset
metadata: {{name: train}}
spec: {{query: "{TRAIN}"}}
---
apiVersion: ftspec/v1
kind: FineTunedModel
metadata: {{name: tuned}}
spec: {{base_model: llama3-8b, training_data: train, options: {{max_epochs: 2}}}}
"""


@pytest.fixture
def wired(tmp_path, request):
    """Give a project that declares nothing yet, and its server."""
    workspace = copy_project(HERE / "replaced", tmp_path / "project")
    (workspace.folder / "models.yaml").unlink()
    folder = workspace.folder
    place, setup, seconds = folder / ".ftspec" / "embedded", folder / "setup.sql", getattr(request, "param", 0.05)
    account = Account(place, "ML", "SUPPORT", (setup,), seconds, allow_control=True)
    with attach(account, idle_seconds=0.1) as attachment:
        yield Wired(workspace, attachment)


def start(wired, name, *, role="ML_TRAINER", valid="", options="", base="llama3-8b", query=TRAIN):
    """Start a training by hand, and give its job."""
    name = name if "." in name else f"ML.SUPPORT.{name}"
    arguments = ["CREATE", name, base, query, *([valid] if valid or options else [])]
    arguments += [options] if options else []
    written = ", ".join("'" + argument.replace("'", "''") + "'" if argument else "NULL" for argument in arguments)
    with wired.connect(role=role) as connection, connection.cursor() as cursor:
        return str(cursor.execute(f"SELECT SNOWFLAKE.CORTEX.FINETUNE({written})").fetchone()[0])


def train(wired, name, *, comment="", **how):
    """Train a model by hand, and give its job."""
    job = start(wired, name, **how)
    wait_until(lambda: {found["id"]: found["status"] for found in wired.jobs()}[job] == "SUCCESS")
    if comment:
        wired.query(f"ALTER MODEL ML.SUPPORT.{name} SET COMMENT = '{comment}'", role="ML_TRAINER")
    return job


def comments(wired):
    return {str(row["name"]): str(row["comment"] or "") for row in wired.workspace.sql("SHOW MODELS IN ACCOUNT")}


def read(wired, name="imported.yaml"):
    """Give the specs in a file, by kind and name."""
    listed = yaml.safe_load_all((wired.folder / name).read_text())
    return {f"{entry['kind']} {entry['metadata']['name']}": entry["spec"] for entry in listed}


def take(wired, *arguments):
    ran = wired.workspace.run("import", "--auto-approve", *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran


def is_settled(wired):
    ran = wired.workspace.run("plan", "--detailed-exitcode")
    return ran.code == 0 or ran.out + ran.err


def changes(wired):
    listed = json.loads(wired.workspace.run("--format", "json", "plan").out)["changes"]
    return {change["address"]["name"]: change["action"] for change in listed if change["action"] != "no-op"}


def test_models_made_by_hand_are_taken_over_with_their_data_and_grants(wired):
    job = train(wired, "TUNED", valid=VALID, options='{"max_epochs": 2}', comment="Answers questions")
    train(wired, "PLAIN", base="llama3.1-8b")
    for statement in (
        "GRANT USAGE ON DATABASE ML TO ROLE SUPPORT_APP",
        "GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE SUPPORT_APP",
        "GRANT USAGE ON MODEL ML.SUPPORT.TUNED TO ROLE SUPPORT_APP",
        "GRANT READ ON MODEL ML.SUPPORT.PLAIN TO ROLE SUPPORT_APP",
        "GRANT USAGE ON MODEL ML.SUPPORT.TUNED TO ROLE AUDITOR WITH GRANT OPTION",
        "GRANT USAGE ON MODEL ML.SUPPORT.TUNED TO ROLE PUBLIC",
    ):
        wired.workspace.sql(statement)
    before = wired.workspace.run("plan")
    assert "No changes" in before.out
    ran = take(wired)
    assert "would write" in ran.err
    assert "warning FT428: USAGE on model ML.SUPPORT.TUNED of role PUBLIC is not declared" in ran.err
    assert read(wired) == {
        "Dataset plain_train": {"query": TRAIN},
        "FineTunedModel plain": {
            "base_model": "llama3.1-8b",
            "training_data": "plain_train",
            "deletion_protection": True,
        },
        "Dataset tuned_valid": {"query": VALID},
        "FineTunedModel tuned": {
            "base_model": "llama3-8b",
            "training_data": "plain_train",
            "validation_data": "tuned_valid",
            "options": {"max_epochs": 2},
            "deletion_protection": True,
        },
        "Privileges auditor": {
            "role": "AUDITOR",
            "grants": [{"privilege": "USAGE", "model": "ML.SUPPORT.TUNED", "with_grant_option": True}],
        },
        "Privileges support_app": {
            "role": "SUPPORT_APP",
            "can_use": ["tuned"],
            "grants": [{"privilege": "READ", "model": "ML.SUPPORT.PLAIN"}],
        },
    }
    assert "Planned again: no changes." in ran.out
    assert is_settled(wired) is True
    assert comments(wired)["TUNED"].startswith(
        "Answers questions ftspec:v1 project=support_bot env=embedded resource=tuned spec=s1:"
    )
    assert f" data=- job={job} protect=yes " in comments(wired)["TUNED"]
    again = take(wired)
    assert "nothing to import" in again.err
    assert len(wired.jobs()) == 2
    history = wired.workspace.run("history").out.splitlines()
    assert [line.split("  ", 2)[2] for line in history] == [
        "import of plain, tuned by EMBEDDED as ML_TRAINER",
        "import done",
    ]


def test_a_model_whose_job_is_forgotten_is_kept_and_granted_and_never_trained(wired):
    wired.control.ask("DELETE", f"/jobs/{train(wired, 'OLD')}")
    wired.workspace.sql("GRANT USAGE ON MODEL ML.SUPPORT.OLD TO ROLE AUDITOR")
    assert "note FT425" in take(wired, "OLD").out
    assert read(wired)["FineTunedModel old"] == {"deletion_protection": True}
    assert is_settled(wired) is True
    assert " spec=- data=- job=- protect=yes " in comments(wired)["OLD"]
    wired.workspace.sql("REVOKE USAGE ON MODEL ML.SUPPORT.OLD FROM ROLE AUDITOR")
    assert changes(wired) == {"auditor": "update"}
    assert wired.workspace.run("apply", "--auto-approve").code == 0
    forced = wired.workspace.run("plan", "--replace", "old")
    assert (forced.code, "error FT284" in forced.out) == (1, True)
    wired.workspace.sql("DROP MODEL ML.SUPPORT.OLD", role="ML_TRAINER")
    gone = wired.workspace.run("plan")
    assert (gone.code, "there is no model ML.SUPPORT.OLD" in gone.out) == (1, True)
    assert len(wired.jobs()) == 0


def test_a_declared_model_gets_the_fingerprint_of_what_its_job_was_given(wired):
    (wired.folder / "models.yaml").write_text(DECLARED)
    train(wired, "TUNED", query=f"{TRAIN.replace('SELECT', 'select')}  -- as declared\n", options='{"max_epochs": 2}')
    conflict = wired.workspace.run("plan")
    assert conflict.code == 1
    assert "hint: ftspec import tuned takes it over as it is" in conflict.out
    take(wired, "tuned")
    assert not (wired.folder / "imported.yaml").exists()
    assert is_settled(wired) is True


def test_a_model_that_was_made_from_something_else_is_marked_with_that(wired):
    (wired.folder / "models.yaml").write_text(DECLARED)
    train(wired, "TUNED", options='{"max_epochs": 1}')
    ran = take(wired)
    assert "warning FT424" in ran.out
    assert "(options.max_epochs 1 -> 2): the next apply trains it anew, paid" in ran.out
    assert changes(wired) == {"tuned": "replace"}
    (wired.folder / "models.yaml").write_text(DECLARED.replace("max_epochs: 2", "max_epochs: 1"))
    assert is_settled(wired) is True


def test_a_declared_model_whose_job_is_forgotten_is_taken_for_what_is_declared(wired):
    (wired.folder / "models.yaml").write_text(DECLARED)
    wired.control.ask("DELETE", f"/jobs/{train(wired, 'TUNED')}")
    ran = take(wired)
    assert "no job tells what it was made from: it is taken for what is declared" in ran.out
    assert is_settled(wired) is True


def test_what_bears_the_marker_of_others_is_left_alone(wired):
    marker = "ftspec:v1 project={} env={} resource=llama spec=- data=- job=- protect=- hold=- checks=-"
    theirs = {"SALES": marker.format("sales_bot", "embedded"), "PROD": marker.format("support_bot", "prod")}
    for name, comment in theirs.items():
        train(wired, name, comment=comment)
    train(wired, "MINE")
    named = wired.workspace.run("import", "--auto-approve", "SALES", "MINE")
    assert named.code == 1
    told = "error FT430: ML.SUPPORT.SALES is of project sales_bot, environment embedded: it is left alone"
    assert told in named.err
    assert not (wired.folder / "imported.yaml").exists()
    assert "note FT430: ML.SUPPORT.PROD is of project support_bot, environment prod" in take(wired).err
    assert {**comments(wired), **theirs} == comments(wired)
    assert "resource=mine" in comments(wired)["MINE"]


def test_what_another_project_has_let_go_is_taken_by_name_only(wired):
    marker = "ftspec:v1 project=sales_bot env=embedded resource=llama spec=- data=- job=- protect=- hold=- checks=-"
    train(wired, "TUNED", query=f"/* {marker} */ {TRAIN}")
    assert "note FT430: the job of ML.SUPPORT.TUNED was started by project sales_bot" in take(wired).err
    assert comments(wired) == {"TUNED": ""}
    assert "warning FT426" in take(wired, "ML.SUPPORT.TUNED").out
    assert read(wired)["Dataset tuned_train"] == {"query": TRAIN}
    assert is_settled(wired) is True


def test_odd_names_get_plain_ones(wired):
    for name in ('"Case Sensitive"', '"7 times ${x}"', "ORDER_", "TUNED_2", '"tuned-2"'):
        train(wired, name)
    take(wired)
    models = {key: spec.get("model_name") for key, spec in read(wired).items() if key.startswith("FineTunedModel")}
    assert models == {
        "FineTunedModel m_7_times_x": '"7 times $${x}"',
        "FineTunedModel case_sensitive": '"Case Sensitive"',
        "FineTunedModel order": "ORDER_",
        "FineTunedModel tuned_2": None,
        "FineTunedModel tuned_2_2": '"tuned-2"',
    }
    assert is_settled(wired) is True


def test_a_run_that_is_killed_between_manifest_and_marker_is_finished_by_the_next(wired):
    train(wired, "TUNED")
    train(wired, "OTHER")
    pause = wired.control.add("pause", match="ALTER MODEL", times=None)
    lost = wired.control.add("drop", match="ALTER MODEL", times=None)
    process = wired.workspace.start("import", "--auto-approve")
    wait_until(lambda: wired.control.waiting(pause) > 0)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    wired.control.release(pause)
    wired.control.release(lost)
    (lock,) = wired.query("SHOW TABLES LIKE 'FTSPEC_LOCK_%' IN SCHEMA ML.SUPPORT")
    lease = next(part.removeprefix("id=") for text in map(str, lock) for part in text.split() if part.startswith("id="))
    assert wired.workspace.run("force-unlock", lease).code == 0
    assert set(comments(wired).values()) == {""}
    assert changes(wired) == {"other": "blocked", "tuned": "blocked"}
    written = (wired.folder / "imported.yaml").read_text()
    take(wired)
    assert (wired.folder / "imported.yaml").read_text() == written
    assert is_settled(wired) is True
    assert not list(wired.folder.glob(".*.new"))


def test_one_model_at_a_time_each_into_a_file_of_its_own(wired):
    train(wired, "ONE")
    train(wired, "TWO")
    take(wired, "one")
    second = wired.workspace.run("import", "--auto-approve")
    assert second.code == 1
    assert "imported.yaml' is there already, and import overwrites nothing" in second.err
    (wired.folder / "inner").mkdir()
    (wired.folder / "inner" / "ftspec.yaml").write_text("")
    for out in ("../elsewhere.yaml", "models.txt", ".hidden/models.yaml", "inner/models.yaml"):
        ran = wired.workspace.run("import", "--auto-approve", "--out", str(wired.folder / out))
        assert (ran.code, f"{out}' would not be read as a manifest of this project" in ran.err) == (1, True)
    assert comments(wired)["TWO"] == ""
    path = wired.folder / "models" / "two.yaml"
    take(wired, "--out", str(path))
    assert read(wired, "models/two.yaml") == {
        "FineTunedModel two": {"base_model": "llama3-8b", "training_data": "one_train", "deletion_protection": True}
    }
    assert is_settled(wired) is True


def test_who_does_not_own_a_model_cannot_take_it(wired):
    wired.query("CREATE ROLE OTHERS")
    for statement in (
        "GRANT ROLE OTHERS TO ROLE SYSADMIN",
        "GRANT USAGE ON DATABASE ML TO ROLE OTHERS",
        "GRANT USAGE, CREATE MODEL ON SCHEMA ML.SUPPORT TO ROLE OTHERS",
        "GRANT SELECT ON TABLE ML.SUPPORT.QUESTIONS TO ROLE OTHERS",
    ):
        wired.workspace.sql(statement)
    train(wired, "THEIRS", role="OTHERS")
    wired.workspace.sql("GRANT USAGE ON MODEL ML.SUPPORT.THEIRS TO ROLE ML_TRAINER")
    assert "warning FT431: ML.SUPPORT.THEIRS is owned by role OTHERS" in take(wired).err
    assert wired.workspace.run("import", "--auto-approve", "theirs").code == 1
    wired.workspace.sql("GRANT ROLE OTHERS TO ROLE ML_TRAINER")
    take(wired)
    assert is_settled(wired) is True


def test_what_cannot_be_declared_or_read_is_told(wired):
    wired.query("CREATE SCHEMA ML.ELSEWHERE", role="ML_TRAINER")
    wired.query("CREATE TABLE ML.ELSEWHERE.PAIRS AS SELECT 'a' AS PROMPT, 'b' AS COMPLETION", role="ML_TRAINER")
    with wired.connect(role="ML_TRAINER", schema="ELSEWHERE") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.FAR', 'llama3-8b', "
            "'SELECT PROMPT, COMPLETION FROM PAIRS')"
        )
    wait_until(lambda: wired.jobs()[0]["status"] == "SUCCESS")
    ran = take(wired)
    assert "warning FT435: Dataset far_train cannot be read: " in ran.err
    assert is_settled(wired) is True
    absent = wired.workspace.run("import", "nothing")
    assert (
        "error FT402: there is no fine-tuned model 'nothing' to import\n  hint: there are: ML.SUPPORT.FAR" in absent.err
    )


@pytest.mark.parametrize("wired", [600], indirect=True)
def test_jobs_that_still_train_are_told(wired):
    job = start(wired, "SOON")
    ran = take(wired)
    assert f"note FT432: jobs that ftspec did not start are training: {job} (llama3-8b, " in ran.err


def test_nothing_is_taken_without_being_asked(wired):
    train(wired, "TUNED")
    ran = wired.workspace.run("import")
    assert ran.code == 1
    assert "error FT404: import must ask before it changes anything" in ran.err
    assert comments(wired) == {"TUNED": ""}
    assert not (wired.folder / "imported.yaml").exists()
    told = json.loads(wired.workspace.run("--format", "json", "import", "--auto-approve").out)
    assert told["outcomes"] == {"adopt tuned": {"outcome": "done", "outputs": {}}}
    assert {change["action"] for change in told["after"]["changes"]} == {"no-op"}


def test_what_has_changed_since_it_was_shown_is_not_taken(wired):
    train(wired, "TUNED")
    command = [sys.executable, "-W", "error", "-m", "ftspec", "-C", str(wired.folder), "import"]

    def answer(*meanwhile):
        with run_on_terminal(command, REPOSITORY, build_environment({})) as terminal:
            terminal.read_until("Only 'yes' goes on")
            for statement in meanwhile:
                wired.workspace.sql(statement)
            terminal.type("yes\n")
            code = terminal.read_to_end()
        return code, " ".join(draw_screen(terminal.written))

    code, told = answer("ALTER MODEL ML.SUPPORT.TUNED SET COMMENT = 'other words'")
    assert (code, "error FT410: what is there has changed since it was shown: nothing was changed" in told) == (1, True)
    assert comments(wired) == {"TUNED": "other words"}
    assert not (wired.folder / "imported.yaml").exists()
    code, told = answer()
    assert (code, "Planned again: no changes." in told) == (0, True)
    assert comments(wired)["TUNED"].startswith("other words ftspec:v1 ")


def test_one_of_another_schema_is_an_orphan_when_its_manifest_goes(wired):
    for statement in ("CREATE SCHEMA ML.OTHER", "GRANT USAGE, CREATE MODEL ON SCHEMA ML.OTHER TO ROLE ML_TRAINER"):
        wired.workspace.sql(statement)
    train(wired, "ML.OTHER.FAR")
    take(wired, "ML.OTHER.FAR")
    assert is_settled(wired) is True
    (wired.folder / "imported.yaml").unlink()
    ran = wired.workspace.run("plan")
    assert "ML.OTHER.FAR" in ran.out + ran.err
    assert changes(wired) == {"far": "blocked"}
    assert wired.workspace.run("forget", "far").code == 0
    assert is_settled(wired) is True
    assert comments(wired) == {"FAR": ""}
