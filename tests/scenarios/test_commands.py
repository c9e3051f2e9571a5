"""What runs can be asked for beside plain plan and apply, and the commands around them, through the real driver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.workspace import Workspace, copy_project, wait_until

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_plan_schema, read_project, read_schemas
from ftspec.engine.choice import Run

HERE = Path(__file__).parent
MODEL = "ML.SUPPORT.LLAMA"
SECOND = """\
---
apiVersion: ftspec/v1
kind: FineTunedModel
metadata: {name: alpaca}
spec: {base_model: llama3-8b, training_data: train, options: {max_epochs: 1}}
"""

UNREADABLE = """\
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: absent}
spec:
  query: SELECT a AS prompt, b AS completion FROM missing_table
---
apiVersion: ftspec/v1
kind: FineTunedModel
metadata: {name: alpaca}
spec: {base_model: llama3-8b, training_data: absent}
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return copy_project(HERE / "replaced", tmp_path / "project")


def edit(workspace: Workspace, name: str, old: str, new: str) -> None:
    path = workspace.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def apply(workspace: Workspace, *options: str) -> None:
    ran = workspace.run("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.out + ran.err


def ids_of(workspace: Workspace) -> list[str]:
    return [str(job["id"]) for job in workspace.jobs()]


def models(workspace: Workspace) -> dict[str, str]:
    rows = workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")
    return {str(row["name"]): str(row["comment"] or "") for row in rows}


def changes(workspace: Workspace, *options: str) -> dict[str, str]:
    """Plan, and give the actions that are not no-ops."""
    ran = workspace.run("--format", "json", "plan", *options)
    listed = json.loads(ran.out)["changes"]
    return {change["address"]["name"]: change["action"] for change in listed if change["action"] != "no-op"}


def told(workspace: Workspace, count: int) -> list[str]:
    """Give the last lines of the history, without when and in which run."""
    return [line.split("  ", 2)[2] for line in workspace.run("history").out.splitlines()[-count:]]


def test_jobs_that_are_not_waited_for_are_finished_by_a_later_apply(workspace):
    edit(workspace, "ftspec.yaml", "0.3", "4")
    left = workspace.run("apply", "--auto-approve", "--no-wait", "--detailed-exitcode")
    assert left.code == 3, left.out + left.err
    (job,) = ids_of(workspace)
    assert f"skipped: wait for the training of {MODEL}: job {job} trains on; the next apply goes on from there" in (
        left.err
    )
    wait_until(lambda: workspace.jobs()[0]["status"] == "SUCCESS")
    assert changes(workspace) == {"llama": "finish", "support_app": "update"}
    finished = workspace.run("apply", "--auto-approve", "--detailed-exitcode")
    assert finished.code == 2, finished.out + finished.err
    again = workspace.run("apply", "--auto-approve", "--detailed-exitcode")
    assert again.code == 0
    assert ids_of(workspace) == [job]


def test_jobs_are_waited_for_as_long_as_is_asked(workspace):
    edit(workspace, "ftspec.yaml", "0.3", "600")
    left = workspace.run("apply", "--auto-approve", "--timeout", "0.1", "--detailed-exitcode")
    assert left.code == 3, left.out + left.err
    (job,) = ids_of(workspace)
    assert f"not waited for any longer than 0.1 s: job {job} trains on" in left.err
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    assert changes(workspace) == {"llama": "wait", "support_app": "update"}
    assert ids_of(workspace) == [job]


@pytest.mark.parametrize("option", ["--no-wait", "--timeout=0.1"])
def test_what_is_blocked_is_an_error_also_while_another_job_trains(workspace, option):
    edit(workspace, "ftspec.yaml", "0.3", "600")
    (workspace.folder / "unreadable.yaml").write_text(UNREADABLE)
    left = workspace.run("apply", "--auto-approve", option)
    assert "trains on" in left.err
    assert changes(workspace) == {"alpaca": "blocked", "llama": "wait", "support_app": "update"}
    assert left.code == 1
    assert workspace.run("apply", "--auto-approve", option, "--detailed-exitcode").code == 1
    assert len(ids_of(workspace)) == 1


def test_a_saved_plan_is_shown_and_applied_as_it_was_made(workspace):
    path = str(workspace.folder / "saved.json")
    planned = workspace.run("plan", "--out", path)
    assert planned.code == 0
    assert planned.err == f"saved in {path}: ftspec apply {path}\n"
    saved = Path(path).read_bytes()
    document = json.loads(saved)
    Draft202012Validator(read_plan_schema()).validate(document)
    assert document["allowed"] == ["billed", "inference", "prunes", "revokes"]
    assert workspace.run("plan", "--out", path).code == 0
    assert Path(path).read_bytes() == saved
    shown = workspace.run("show", path)
    assert (shown.code, shown.out) == (0, planned.out)
    applied = workspace.run("apply", path, "--detailed-exitcode")
    assert applied.code == 2, applied.out + applied.err
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    stale = workspace.run("apply", path)
    assert stale.code == 1
    assert "error FT415: the plan in " in stale.err
    assert len(ids_of(workspace)) == 1


def test_a_saved_plan_keeps_what_it_was_made_with(workspace):
    apply(workspace)
    path = str(workspace.folder / "saved.json")
    assert workspace.run("plan", "--replace", "llama", "--out", path).code == 0
    mixed = workspace.run_apart("apply", path, "--retry")
    assert mixed.code == 1
    assert "--retry goes with a plan that is made now: a saved plan holds what it was made with" in mixed.err
    denied = workspace.run("apply", path, "--deny", "billed")
    assert denied.code == 1
    assert "error FT412: to start training ML.SUPPORT.LLAMA__" in denied.err
    assert len(ids_of(workspace)) == 1
    applied = workspace.run("apply", path)
    assert applied.code == 0, applied.out + applied.err
    assert len(ids_of(workspace)) == 2


def test_a_saved_plan_does_only_what_was_allowed_when_it_was_made(workspace):
    apply(workspace)
    path = str(workspace.folder / "saved.json")
    loose = workspace.run_apart("plan", "--allow", "deletes")
    assert (loose.code, "--allow goes with --out" in loose.err) == (1, True)
    planned = workspace.run("plan", "--destroy", "--out", path)
    assert planned.code == 0
    refusal = f"FT401: to drop {MODEL} is a hazard (deletes) that the saved plan does not allow"
    assert f"warning {refusal}\n  hint: make the plan anew with ftspec plan --out FILE --allow deletes" in planned.err
    refused = workspace.run("apply", path)
    assert (refused.code, f"error {refusal}\n" in refused.err) == (1, True)
    widened = workspace.run_apart("apply", path, "--allow", "deletes")
    assert widened.code == 1
    assert "a saved plan holds what was allowed when it was made; make it anew" in widened.err
    denied = workspace.run("plan", "--destroy", "--out", path, "--deny", "deletes")
    assert (denied.code, f"error FT412: to drop {MODEL} is a hazard (deletes)" in denied.err) == (1, True)
    assert list(models(workspace)) == ["LLAMA"]
    allowed = workspace.run("plan", "--destroy", "--out", path, "--allow", "deletes")
    assert (allowed.code, "FT401" in allowed.err) == (0, False)
    assert workspace.run("apply", path, "--deny", "deletes").code == 1
    applied = workspace.run("apply", path)
    assert applied.code == 0, applied.out + applied.err
    assert models(workspace) == {}


def test_a_saved_plan_that_does_not_fit_changes_nothing(workspace):
    path = workspace.folder / "saved.json"
    assert workspace.run("plan", "--out", str(path)).code == 0
    text = path.read_text()
    settings = (workspace.folder / "ftspec.yaml").read_text()

    def refused(*options: str) -> str:
        ran = workspace.run("apply", str(path), *options)
        assert ran.code == 1, ran.out
        assert "Traceback" not in ran.err
        return ran.err

    path.write_text(text.replace("'llama3-8b'", "'llama3-70b'"))
    assert "is no plan that can be applied: the plan is damaged" in refused()
    path.write_text(text.replace('"once": true', '"once": "yes"', 1))
    damaged = "the plan is damaged at steps/1/once: 'once' is 'yes', wanted true or false"
    assert f"error FT413: '{path}' is no plan that can be applied: {damaged}\n" in refused()
    assert damaged in workspace.run("show", str(path)).err
    path.write_text(workspace.run("--format", "json", "plan").out)
    assert "it is a plan as --format json prints it, which no --out has saved" in refused()
    path.write_text(text[:1000])
    assert "error FT413" in refused()
    path.unlink()
    assert "cannot be read: No such file or directory" in refused()
    path.write_text(text)

    edit(workspace, "ftspec.yaml", "role: ML_TRAINER", "role: SYSADMIN")
    assert "error FT414: the plan was made for role ML_TRAINER, and this is role SYSADMIN" in refused()
    other = "    other: {connection: embedded, role: ML_TRAINER, setup: [setup.sql]}\n"
    (workspace.folder / "ftspec.yaml").write_text(settings + other)
    assert "error FT414: the plan was made for environment embedded, and this is environment other" in refused(
        "--env", "other"
    )
    (workspace.folder / "ftspec.yaml").write_text(settings)

    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    assert "error FT415" in refused()
    edit(workspace, "models.yaml", "max_epochs: 3", "max_epochs: 2")
    workspace.sql("GRANT USAGE ON DATABASE ML TO ROLE SUPPORT_APP")
    assert "error FT415" in refused()
    assert ids_of(workspace) == []
    assert models(workspace) == {}


def test_drift_is_what_moved_by_hand(workspace):
    assert changes(workspace, "--drift") == {}
    apply(workspace)
    still = workspace.run("plan", "--drift", "--detailed-exitcode")
    assert still.code == 0
    assert still.out.endswith("\nNo drift: nothing that was applied has moved by hand.\n")
    saved = workspace.run_apart("plan", "--drift", "--out", str(workspace.folder / "saved.json"))
    assert saved.code == 1
    assert "--out goes with a whole plan: what --drift shows is a part of one" in saved.err
    workspace.sql(f"REVOKE USAGE ON MODEL {MODEL} FROM ROLE SUPPORT_APP")
    assert workspace.run("plan", "--drift", "--detailed-exitcode").code == 2
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    assert changes(workspace) == {"llama": "replace", "support_app": "update"}
    assert changes(workspace, "--drift") == {"support_app": "update"}
    edit(workspace, "models.yaml", "max_epochs: 3", "max_epochs: 2")
    workspace.sql(f"DROP MODEL {MODEL}")
    assert changes(workspace, "--drift") == {"llama": "create", "support_app": "update"}
    edit(workspace, "ftspec.yaml", "  schema: SUPPORT\n", "  schema: SUPPORT\n  journal: false\n")
    unknown = workspace.run("plan", "--drift")
    assert unknown.code == 1
    assert "error FT417" in unknown.err


def test_a_plan_says_once_what_is_lost_without_a_journal(workspace):
    settings = workspace.folder / "ftspec.yaml"
    whole = settings.read_text()
    edit(workspace, "ftspec.yaml", "  schema: SUPPORT\n", "  schema: SUPPORT\n  journal: false\n")
    line = settings.read_text().splitlines().index("  journal: false") + 1
    planned = workspace.run("plan")
    assert f"ftspec.yaml:{line}:12: warning FT217: without a journal nobody knows what was tried" in planned.err
    assert (planned.code, planned.out.count("FT217"), planned.err.count("FT217")) == (0, 0, 1)
    document = json.loads(workspace.run("--format", "json", "plan").out)
    assert [found["code"] for found in document["diagnostics"]].count("FT217") == 1
    assert workspace.run("--format", "markdown", "plan").out.count("FT217") == 1
    applied = workspace.run("apply", "--auto-approve")
    assert (applied.code, applied.err.count("FT217")) == (0, 1)
    for command in (("validate",), ("status",)):
        ran = workspace.run(*command)
        assert (ran.code, "FT217" in ran.out + ran.err) == (0, False)
    settings.write_text(whole)
    assert "FT217" not in workspace.run("plan").err


def test_history_tells_what_was_tried(workspace):
    early = workspace.run("history")
    assert early.code == 1
    assert "error FT422: there is no journal in ML.SUPPORT" in early.err
    apply(workspace)
    told = workspace.run("history")
    (job,) = ids_of(workspace)
    assert told.code == 0
    lines = [line.split("  ", 2) for line in told.out.splitlines()]
    assert [line[2] for line in lines] == [
        "apply by EMBEDDED as ML_TRAINER: 7 steps",
        f"training of llama as {MODEL} submitted",
        f"training of llama as {MODEL} started: job {job}",
        f"training of llama as {MODEL} ended, SUCCESS",
        "apply done",
    ]
    assert len({line[1] for line in lines}) == 1
    assert len(workspace.run("history", "--limit", "2").out.splitlines()) <= 2
    rows = json.loads(workspace.run("--format", "json", "history").out)
    assert [row["event"] for row in rows] == [
        "began",
        "granted",
        "submitted",
        "started",
        "ended",
        "applied",
        "finished",
    ]


def test_a_rollback_is_held_until_it_is_resumed(workspace):
    apply(workspace)
    none = workspace.run("rollback", "llama")
    assert none.code == 1
    assert "error FT420: there is no earlier model of llama to go back to" in none.err
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    apply(workspace)
    newer = models(workspace)["LLAMA"]
    jobs = ids_of(workspace)

    back = workspace.run("rollback", "llama")
    assert back.code == 0, back.err
    held = models(workspace)
    assert len(held) == 2
    assert "hold=s1:" in held["LLAMA"]
    assert [comment for name, comment in held.items() if name != "LLAMA"] == [newer]
    planned = workspace.run("plan", "--detailed-exitcode")
    assert planned.code == 0
    assert f"held: {MODEL} was rolled back from s1:" in planned.out
    apply(workspace)
    assert models(workspace) == held
    answered = workspace.sql(f"SELECT AI_COMPLETE('{MODEL}', 'Where can I park?') AS A", role="SUPPORT_APP")
    assert answered[0]["A"] == "There is a car park behind the house."

    assert workspace.run("resume", "llama").code == 0
    assert told(workspace, 2) == ["resume of llama by EMBEDDED as ML_TRAINER", "resume done"]
    assert changes(workspace) == {"llama": "swap"}
    apply(workspace)
    assert models(workspace)["LLAMA"] == newer
    assert workspace.run("resume", "llama").err == "llama is not held\n"
    assert ids_of(workspace) == jobs


def test_a_rollback_that_was_cut_off_between_the_renames_is_gone_on_with(workspace):
    apply(workspace)
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    apply(workspace)
    assert workspace.run("rollback", "llama").code == 0
    held = models(workspace)
    workspace.sql(f"ALTER MODEL {MODEL} RENAME TO {MODEL}__CUT_OFF")
    assert workspace.run("rollback", "llama").code == 0
    assert models(workspace) == held


def test_another_spec_ends_the_hold(workspace):
    apply(workspace)
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    apply(workspace)
    assert workspace.run("rollback", "llama").code == 0
    assert told(workspace, 2) == ["rollback of llama by EMBEDDED as ML_TRAINER", "rollback done"]
    edit(workspace, "models.yaml", "max_epochs: 3", "max_epochs: 2")
    assert changes(workspace) == {"llama": "update"}
    apply(workspace)
    assert "hold=- " in models(workspace)["LLAMA"]
    assert len(ids_of(workspace)) == 2


def test_a_hold_that_ends_with_another_training_is_taken_off_what_is_kept(workspace):
    apply(workspace)
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    apply(workspace)
    assert workspace.run("rollback", "llama").code == 0
    edit(workspace, "models.yaml", "max_epochs: 3", "max_epochs: 4")
    apply(workspace)
    assert all(" hold=- " in comment for comment in models(workspace).values())
    assert len(ids_of(workspace)) == 3


def test_a_model_is_let_go_without_dropping_it(workspace):
    apply(workspace)
    declared = workspace.run("forget", "llama")
    assert declared.code == 1
    assert "error FT421: llama is still declared" in declared.err
    edit(workspace, "models.yaml", (workspace.folder / "models.yaml").read_text(), "")
    assert changes(workspace) == {"llama": "delete", "SUPPORT_APP": "delete"}
    unattended = workspace.run("apply", "--auto-approve")
    assert unattended.code == 1
    assert "error FT401: to drop ML.SUPPORT.LLAMA is a hazard (deletes)" in unattended.err
    assert workspace.run("forget", "llama").code == 0
    assert told(workspace, 2) == ["forget of llama by EMBEDDED as ML_TRAINER", "forget done"]
    assert models(workspace) == {"LLAMA": ""}
    assert changes(workspace) == {"SUPPORT_APP": "delete"}
    assert workspace.run("apply", "--auto-approve").code == 0
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    again = workspace.run("forget", "llama")
    assert (again.code, again.out) == (1, "")
    assert again.err == (
        "error FT402: this project has made no model of the name 'llama', or let it go already\n"
        "  hint: to be forgotten there are: nothing\n"
    )


def test_a_model_in_a_schema_that_no_manifest_names_any_more_is_let_go(workspace):
    workspace.sql("CREATE SCHEMA ML.OTHER", role="ML_TRAINER")
    edit(workspace, "models.yaml", "  base_model:", "  model_name: ML.OTHER.LLAMA\n  base_model:")
    apply(workspace)
    # Without a journal, nothing but the marker tells of that schema.
    edit(workspace, "ftspec.yaml", "spec:\n", "spec:\n  journal: false\n")
    edit(workspace, "models.yaml", (workspace.folder / "models.yaml").read_text(), "")
    assert "'llama'?" in workspace.run("forget", "lama").err
    assert workspace.run("forget", "llama").code == 0
    (row,) = workspace.sql("SHOW MODELS IN SCHEMA ML.OTHER")
    assert (row["name"], row["comment"] or "") == ("LLAMA", "")
    assert workspace.run("forget", "llama").code == 1


def test_a_name_that_is_mistyped_forgets_nothing(workspace):
    apply(workspace)
    edit(workspace, "models.yaml", (workspace.folder / "models.yaml").read_text(), "")
    before = models(workspace)
    for name, hint in (("lama", "did you mean 'llama'?"), ("x", "to be forgotten there is: llama")):
        mistyped = workspace.run("forget", name)
        assert mistyped.code == 1
        assert mistyped.err.startswith(f"error FT402: this project has made no model of the name {name!r}")
        assert mistyped.err.endswith(f"\n  hint: {hint}\n")
    assert models(workspace) == before


def test_a_model_that_was_forgotten_and_is_declared_again_is_marked_again(workspace):
    apply(workspace)
    declared = (workspace.folder / "models.yaml").read_text()
    edit(workspace, "models.yaml", declared, "")
    assert workspace.run("forget", "llama").code == 0
    (workspace.folder / "models.yaml").write_text(declared)
    planned = workspace.run("plan").out
    assert "a job of ours made it, and it bears no marker: the run was cut off, or the model was forgotten" in planned
    assert changes(workspace)["llama"] == "finish"
    apply(workspace)
    assert len(ids_of(workspace)) == 1
    assert models(workspace)["LLAMA"].startswith("ftspec")


def test_one_that_was_swapped_in_before_it_was_forgotten_is_nobodys_guess(workspace):
    apply(workspace)
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    apply(workspace)
    declared = (workspace.folder / "models.yaml").read_text()
    edit(workspace, "models.yaml", declared, "")
    assert workspace.run("forget", "llama").code == 0
    # The first job made a model of this name, the second one the model that bears it: neither spec is concluded.
    for spec in (declared, declared.replace("max_epochs: 3", "max_epochs: 2")):
        (workspace.folder / "models.yaml").write_text(spec)
        applied = workspace.run("apply", "--auto-approve")
        assert applied.code == 1
        assert "conflict: ML.SUPPORT.LLAMA is there already, and nothing says that ftspec made it" in applied.out
    assert workspace.run("import", "llama", "--auto-approve").code == 0
    assert len(ids_of(workspace)) == 2


def test_a_model_that_trains_cannot_be_forgotten(workspace):
    edit(workspace, "ftspec.yaml", "0.3", "600")
    assert workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    (job,) = ids_of(workspace)
    edit(workspace, "models.yaml", (workspace.folder / "models.yaml").read_text(), "")
    refused = workspace.run("forget", "llama")
    assert (refused.code, f"error FT440: job {job} of llama still trains" in refused.err) == (1, True)


def test_a_lock_that_a_dead_run_left_is_removed_by_its_id(workspace):
    assert workspace.run("plan").code == 0
    files, _ = read_project(workspace.folder)
    loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
    assert loaded.project is not None
    session = open_session(loaded.project, workspace.folder)
    # What a killed run leaves: a lock that is taken, and not given back while the others want it.
    held = operations.exclude_others(loaded, session, Run("cafe", "ann@build"))
    held.__enter__()
    planned = workspace.run("plan")
    assert planned.code == 0
    running = "an apply is running: ann@build holds the lock, and its work may be half done"
    assert f"warning FT501: {running}\n" in planned.err
    found = json.loads(workspace.run("--format", "json", "plan").out)["diagnostics"]
    assert [each["message"] for each in found if each["code"] == "FT501"] == [running]
    assert workspace.run("--format", "markdown", "plan").out.count("> **warning FT501** an apply is running") == 1
    refused = workspace.run("apply", "--auto-approve", "--lock-timeout", "0")
    assert refused.code == 1
    assert "error FT501" in refused.err
    assert "note FT501" not in refused.err
    place = "project support_bot, environment embedded is locked by ann@build since 20"
    for format_ in ("human", "json"):
        waited = workspace.run("--format", format_, "apply", "--auto-approve", "--lock-timeout", "0.1")
        assert waited.code == 1
        assert waited.err.count(f"note FT501: waiting 0.1 s at most: {place}") == 1
        assert " UTC unless it is renewed\n" in waited.err
        assert "wait with --lock-timeout, or ftspec force-unlock cafe --env embedded\n" in waited.err
    assert ids_of(workspace) == []
    wrong = workspace.run("force-unlock", "beef")
    assert wrong.code == 1
    assert "error FT504" in wrong.err
    removed = workspace.run("force-unlock", "cafe")
    assert (removed.code, removed.err) == (0, "the lock of ann@build is removed\n")
    apply(workspace)
    held.__exit__(None, None, None)
    session.close()


def test_a_target_leaves_everything_else_alone(workspace):
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text() + SECOND)
    assert changes(workspace) == {"llama": "create", "alpaca": "create", "support_app": "update"}
    assert changes(workspace, "--target", "alpaca") == {"alpaca": "create"}
    assert changes(workspace, "--target", "privileges.support_app") == {"llama": "create", "support_app": "update"}
    apply(workspace, "--target", "alpaca")
    assert list(models(workspace)) == ["ALPACA"]
    path.write_text(path.read_text().replace(SECOND, ""))
    apply(workspace, "--target", "support_app", "--allow", "deletes")
    assert sorted(models(workspace)) == ["ALPACA", "LLAMA"]
    unknown = workspace.run("plan", "--target", "lama")
    assert unknown.code == 1
    assert "error FT416: --target 'lama' names nothing in this project\n  hint: did you mean 'llama'?" in unknown.err


def test_what_is_ruled_out_or_too_much_changes_nothing(workspace):
    denied = workspace.run("apply", "--auto-approve", "--deny", "billed")
    assert denied.code == 1
    assert f"error FT412: to start training {MODEL} is a hazard (billed) that --deny rules out" in denied.err
    edit(workspace, "ftspec.yaml", "  schema: SUPPORT\n", "  schema: SUPPORT\n  limits: {training_tokens: 87}\n")
    for command in (("plan",), ("apply", "--auto-approve")):
        refused = workspace.run(*command)
        assert refused.code == 1
        assert "ftspec.yaml:8:29: error FT411: the plan trains 88 tokens, more than the limit of 87" in refused.err
    assert ids_of(workspace) == []
    assert workspace.sql("SHOW GRANTS TO ROLE SUPPORT_APP") == []
    edit(workspace, "ftspec.yaml", "training_tokens: 87", "training_tokens: 88")
    apply(workspace)


@pytest.mark.parametrize("left", ["removed", "moved"])
def test_a_job_is_cancelled_in_the_schema_that_it_was_started_for(workspace, left):
    edit(workspace, "ftspec.yaml", "0.3", "600")
    workspace.sql("CREATE SCHEMA ML.OTHER")
    workspace.sql("GRANT OWNERSHIP ON SCHEMA ML.OTHER TO ROLE ML_TRAINER")
    edit(workspace, "models.yaml", "base_model: llama3-8b", "base_model: llama3-8b\n  model_name: ML.OTHER.LLAMA")
    apply(workspace, "--no-wait")
    if left == "removed":
        (workspace.folder / "models.yaml").unlink()
    else:
        edit(workspace, "models.yaml", "  model_name: ML.OTHER.LLAMA\n", "  model_name: ELSEWHERE\n")
        edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    steps = json.loads(workspace.run("--format", "json", "plan").out)["steps"]
    assert [step["schema"]["name"] for step in steps if step["id"].startswith("cancel ")] == ["OTHER"]
    begin = len(workspace.log())
    apply(workspace, "--no-wait", "--allow", "cancels", "--parallelism", "1")
    sent = [str(entry["sql"]) for entry in workspace.log()[begin:]]
    cancels = [index for index, sql in enumerate(sent) if "FINETUNE('CANCEL'" in sql]
    assert [sent[index - 1] for index in cancels] == ["USE SCHEMA ML.OTHER"]
