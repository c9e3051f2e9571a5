"""The example: a role with exactly what can_train gives trains a model; without any one of it, the plan says which."""

from __future__ import annotations

import json

import pytest
from support.workspace import REPOSITORY, copy_project

NEEDS = {
    "USAGE ON WAREHOUSE ML_WH": "USAGE on warehouse ML_WH",
    "USAGE ON DATABASE ML": "database ML",
    "USAGE ON SCHEMA ML.SUPPORT": "schema ML.SUPPORT",
    "CREATE MODEL ON SCHEMA ML.SUPPORT": "CREATE MODEL on schema ML.SUPPORT",
    "CREATE TABLE ON SCHEMA ML.SUPPORT": "CREATE TABLE on schema ML.SUPPORT",
    "USAGE ON DATABASE RAW": "USAGE on database RAW",
    "USAGE ON SCHEMA RAW.TICKETS": "USAGE on schema RAW.TICKETS",
    "SELECT ON VIEW RAW.TICKETS.ANSWERED": "SELECT on table RAW.TICKETS.ANSWERED",
    "DATABASE ROLE SNOWFLAKE.CORTEX_USER": "SNOWFLAKE.CORTEX_USER",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return copy_project(REPOSITORY / "examples" / "least-privilege", tmp_path_factory.mktemp("least"))


@pytest.mark.parametrize("need", NEEDS)
def test_the_plan_names_what_is_taken_away(workspace, need):
    workspace.sql(f"REVOKE {need} FROM ROLE ML_TRAINER")
    try:
        ran = workspace.run("plan", "--emit-sql", str(workspace.folder / "admin.sql"))
        assert ran.code == 1
        place = f"{NEEDS[need]} does not exist, or role ML_TRAINER may not use it"
        assert place in ran.err or f"role ML_TRAINER lacks {NEEDS[need]}" in ran.out
        # Whether a name is a table or a view is not seen by who may not read it.
        assert f"GRANT {need} TO ROLE ML_TRAINER" in (ran.out + ran.err).replace("ON TABLE RAW", "ON VIEW RAW")
    finally:
        workspace.sql(f"GRANT {need} TO ROLE ML_TRAINER")
    assert not workspace.jobs()


def test_exactly_that_trains_a_model(workspace):
    rows = workspace.sql("SHOW GRANTS TO ROLE ML_TRAINER")
    assert sum(row["privilege"] != "OWNERSHIP" for row in rows) == len(NEEDS)
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert "can train the model, but not ask it" in ran.out
    assert [row["name"] for row in workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")] == ["SUPPORT_LLAMA"]
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_what_is_handed_over_can_be_run_twice_and_leaves_nothing(workspace):
    workspace.sql("REVOKE CREATE MODEL, CREATE TABLE ON SCHEMA ML.SUPPORT FROM ROLE ML_TRAINER")
    path = workspace.folder / "admin.sql"
    assert workspace.run("plan", "--emit-sql", str(path)).code == 1
    for _ in range(2):
        assert workspace.run("embedded", "sql", "--role", "ACCOUNTADMIN", "-f", str(path)).code == 0
    ran = workspace.run("--format", "json", "plan", "--emit-sql", str(path), "--target", "privileges.trainers")
    assert json.loads(ran.out)["summary"]["has_changes"] is False
    assert path.read_text().endswith("-- There is nothing to do.\n")


def test_who_can_do_what_is_told(workspace):
    assert workspace.run("apply", "--auto-approve").code == 0
    ran = workspace.run("status", "--access")
    assert ran.code == 0
    assert "    train   role ML_TRAINER  (9 directly)\n            held by roles SYSADMIN\n" in ran.out
    assert "    call    nobody of those that are declared\n" in ran.out
    assert "    data    RAW.TICKETS.ANSWERED\n" in ran.out
    (model,) = json.loads(workspace.run("--format", "json", "status", "--access").out)["models"]
    assert [(entry["grantee"], entry["lacks"]) for entry in model["trainers"]] == [("role ML_TRAINER", [])]

    ran = workspace.run("doctor")
    assert ran.code == 0
    assert "note     USE AI FUNCTIONS on account" in ran.out
    assert "ok       declared grants                      10 held\n" in ran.out
    workspace.sql("REVOKE SELECT ON VIEW RAW.TICKETS.ANSWERED FROM ROLE ML_TRAINER")
    ran = workspace.run("--format", "json", "doctor")
    workspace.sql("GRANT SELECT ON VIEW RAW.TICKETS.ANSWERED TO ROLE ML_TRAINER")
    assert ran.code == 1
    missing = [found["subject"] for found in json.loads(ran.out)["findings"] if found["state"] == "missing"]
    # That it is a view is not seen without a privilege on it.
    assert missing == ["SELECT on table RAW.TICKETS.ANSWERED"]


def test_what_a_dataset_makes_is_needed_too(workspace):
    manifest = workspace.folder / "models.yaml"
    text = manifest.read_text()
    try:
        manifest.write_text(text.replace("spec:\n  query", "spec:\n  materialize: view\n  query", 1))
        ran = workspace.run("--format", "json", "doctor")
        missing = [found["subject"] for found in json.loads(ran.out)["findings"] if found["state"] == "missing"]
        assert missing == ["CREATE VIEW on schema ML.SUPPORT"]
        (model,) = json.loads(workspace.run("--format", "json", "status", "--access").out)["models"]
        assert [entry["lacks"] for entry in model["trainers"]] == [["CREATE VIEW on schema ML.SUPPORT"]]
    finally:
        manifest.write_text(text)


def test_where_nobody_sees_that_it_is_a_view_the_manifest_can_say_so(workspace):
    manifest = workspace.folder / "privileges.yaml"
    text = manifest.read_text()
    path = workspace.folder / "admin.sql"
    workspace.sql("REVOKE SELECT ON VIEW RAW.TICKETS.ANSWERED FROM ROLE ML_TRAINER")
    workspace.sql("CREATE ROLE ANALYST")
    try:
        manifest.write_text(text.replace("role: ML_TRAINER", "role: ANALYST"))
        ran = workspace.run("plan", "--emit-sql", str(path))
        assert "say so in grants: {privilege: SELECT, view: RAW.TICKETS.ANSWERED}" in " ".join(ran.out.split())
        assert path.read_text().endswith(
            "-- If RAW.TICKETS.ANSWERED is a view, write ON VIEW: whether it is one was not seen.\n"
            "GRANT SELECT ON TABLE RAW.TICKETS.ANSWERED TO ROLE ANALYST;\n"
        )
        assert workspace.run("embedded", "sql", "--role", "ACCOUNTADMIN", "-f", str(path)).code == 1

        trains = "  can_train: [support_llama]\n"
        said = f"{trains}  grants:\n    - {{privilege: SELECT, view: RAW.TICKETS.ANSWERED}}\n"
        manifest.write_text(manifest.read_text().replace(trains, said))
        workspace.run("plan", "--emit-sql", str(path))
        assert "ON TABLE" not in path.read_text()
        for _ in range(2):
            assert workspace.run("embedded", "sql", "--role", "ACCOUNTADMIN", "-f", str(path)).code == 0
        assert {row["privilege"] for row in workspace.sql("SHOW GRANTS TO ROLE ANALYST")} >= {"SELECT", "CREATE MODEL"}
        # The running role sees the view no better, and so what is held there.
        workspace.sql("GRANT SELECT ON VIEW RAW.TICKETS.ANSWERED TO ROLE ML_TRAINER")
        ran = workspace.run("plan", "--emit-sql", str(path), "--target", "privileges.trainers")
        assert path.read_text().endswith("-- There is nothing to do.\n"), path.read_text()
    finally:
        manifest.write_text(text)
        workspace.sql("DROP ROLE ANALYST")
        workspace.sql("GRANT SELECT ON VIEW RAW.TICKETS.ANSWERED TO ROLE ML_TRAINER")


def test_a_database_role_of_another_database_counts(tmp_path):
    workspace = copy_project(REPOSITORY / "examples" / "least-privilege", tmp_path / "project")
    workspace.sql("CREATE DATABASE ROLE RAW.READER")
    for need in (need for need in NEEDS if "RAW" in need):
        if "DATABASE" not in need:  # a database role has USAGE on its database as it is
            workspace.sql(f"GRANT {need} TO DATABASE ROLE RAW.READER")
        workspace.sql(f"REVOKE {need} FROM ROLE ML_TRAINER")
    workspace.sql("GRANT DATABASE ROLE RAW.READER TO ROLE ML_TRAINER")
    ran = workspace.run("doctor")
    assert ran.code == 0, ran.out + ran.err
    assert "roles behind it: PUBLIC, RAW.READER, SNOWFLAKE.CORTEX_USER" in ran.out
    assert "through RAW.READER, to train support_llama" in ran.out
    ran = workspace.run("plan")
    assert ran.code == 0, ran.out + ran.err
    assert "privileges trainers" not in ran.out
    assert "    train   role ML_TRAINER  (6 directly; " in workspace.run("status", "--access").out


def test_who_manages_grants_finds_out_that_it_is_a_view(tmp_path):
    workspace = copy_project(REPOSITORY / "examples" / "least-privilege", tmp_path / "project")
    project, manifest = workspace.folder / "ftspec.yaml", workspace.folder / "privileges.yaml"
    seen = [need for need in NEEDS if "VIEW" not in need]
    for role in ("ANALYST", "GRANTER"):
        workspace.sql(f"CREATE ROLE {role}")
        workspace.sql(f"GRANT ROLE {role} TO ROLE SYSADMIN")
    for privilege in ("MANAGE GRANTS ON ACCOUNT", *seen):
        workspace.sql(f"GRANT {privilege} TO ROLE GRANTER")
    project.write_text(project.read_text().replace("role: ML_TRAINER", "role: GRANTER"))
    manifest.write_text(manifest.read_text().replace("role: ML_TRAINER", "role: ANALYST"))
    ran = workspace.run("doctor")
    assert "may grant and revoke anything but database roles of SNOWFLAKE and USE AI FUNCTIONS" in ran.out
    models = "USAGE on model ML.SUPPORT.SUPPORT_LLAMA to role SUPPORT_APP"
    assert f"0 held; may issue {models}, USAGE on database ML to role ANALYST" in ran.out
    assert "may not issue SNOWFLAKE.CORTEX_USER to role ANALYST\n" in ran.out
    ran = workspace.run("apply", "--auto-approve", "--role-change", "--target", "privileges.trainers")
    assert "SELECT on view RAW.TICKETS.ANSWERED" in ran.out, ran.out + ran.err
    workspace.sql("SELECT COUNT(*) FROM RAW.TICKETS.ANSWERED", role="ANALYST")
