"""Privileges on the embedded Snowflake: every type of object, both modes, hands that meddle, and what SHOW says."""

from __future__ import annotations

import json
import time

import pytest
from support.embedded_project import EmbeddedProject, document
from support.workspace import wait_until

from ftspec.engine.session import SessionError
from ftspec.model.change import Action
from ftspec.model.diagnostics import Severity
from ftspec.planning.handover import list_handover

SETUP = """
CREATE ROLE FT; CREATE ROLE APP; CREATE ROLE "my role"; CREATE ROLE GIVER; CREATE ROLE MANY;
GRANT ROLE FT TO ROLE SYSADMIN; GRANT ROLE GIVER TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE FT;
USE ROLE FT;
CREATE DATABASE ML; CREATE SCHEMA ML.S; CREATE SCHEMA ML."odd schema";
USE SCHEMA ML.S;
CREATE TABLE T (PROMPT VARCHAR, COMPLETION VARCHAR);
INSERT INTO T VALUES ('a', 'b'), ('c', 'd'), ('e', 'f');
CREATE VIEW V AS SELECT * FROM T;
CREATE STAGE ST;
CREATE TABLE ML."odd schema"."t.1" (X VARCHAR);
CREATE DATABASE ROLE ML.READER; CREATE DATABASE ROLE ML."Odd role";
SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.S.OWN', 'llama3-8b', 'SELECT PROMPT, COMPLETION FROM T');
USE ROLE ACCOUNTADMIN;
GRANT MANAGE GRANTS ON ACCOUNT TO ROLE FT;
GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE FT;
"""
EVERYTHING = [
    ({"privilege": ["MONITOR", "CREATE SCHEMA"], "database": "ML"}, "MONITOR ON DATABASE ML"),
    ({"privilege": ["USAGE", "CREATE MODEL"], "schema": "S"}, "USAGE ON SCHEMA ML.S"),
    ({"privilege": ["SELECT", "INSERT"], "table": "T"}, "SELECT ON TABLE ML.S.T"),
    ({"privilege": "SELECT", "view": "V"}, "SELECT ON VIEW ML.S.V"),
    ({"privilege": ["USAGE", "READ"], "model": "OWN"}, "READ ON MODEL ML.S.OWN"),
    ({"privilege": "MONITOR", "warehouse": "COMPUTE_WH"}, "MONITOR ON WAREHOUSE COMPUTE_WH"),
    ({"privilege": ["READ", "WRITE"], "stage": "ST"}, "WRITE ON STAGE ML.S.ST"),
    ({"privilege": "MONITOR USAGE", "account": True}, "MONITOR USAGE ON ACCOUNT"),
    ({"privilege": "USAGE", "future": "models", "in_schema": "S"}, "USAGE ON FUTURE MODELS IN SCHEMA ML.S"),
    ({"privilege": "SELECT", "future": "tables", "in_database": "ML"}, "SELECT ON FUTURE TABLES IN DATABASE ML"),
    ({"privilege": "SELECT", "future": "views", "in_schema": "S"}, "SELECT ON FUTURE VIEWS IN SCHEMA ML.S"),
    ({"privilege": "READ", "future": "models", "in_database": "ML"}, "READ ON FUTURE MODELS IN DATABASE ML"),
    ({"privilege": "INSERT", "future": "tables", "in_schema": "S"}, "INSERT ON FUTURE TABLES IN SCHEMA ML.S"),
    ({"privilege": "SELECT", "future": "views", "in_database": "ML"}, "SELECT ON FUTURE VIEWS IN DATABASE ML"),
    ({"database_role": "READER", "with_grant_option": True}, "DATABASE ROLE ML.READER"),
]
"""Grants as a manifest spells them, and one of each as SQL does."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("privileges")
    project = EmbeddedProject(folder, SETUP, role="FT", database="ML", schema="S", training_seconds=0.1)
    wait_until(lambda: project.admin.execute("SHOW MODELS IN SCHEMA ML.S"))
    yield project
    project.close()


def privileges(grants, *, role="APP", **more):
    return document("Privileges", "app", {"role": role, "grants": grants, **more})


def held(project, grantee="ROLE APP"):
    rows = [
        *project.admin.execute(f"SHOW GRANTS TO {grantee}"),
        *project.admin.execute(f"SHOW FUTURE GRANTS TO {grantee}"),
    ]
    kinds = [str(row.get("granted_on") or f"FUTURE {row['grant_on']}") for row in rows]
    return {(row["privilege"], kind, row["name"]) for row, kind in zip(rows, kinds, strict=True)}


def settled(project):
    plan = project.plan().plan
    return not plan.steps and not plan.diagnostics


@pytest.mark.parametrize("mode", ["additive", "authoritative"])
def test_every_type_of_object_is_granted_mended_and_revoked(project, mode):
    objects = [
        {key: value for key, value in entry.items() if key not in {"privilege", "with_grant_option"}}
        for entry, _ in EVERYTHING
        if "database_role" not in entry
    ]
    more = {} if mode == "additive" else {"mode": mode, "authoritative_for": objects}
    project.load(privileges([entry for entry, _ in EVERYTHING], **more))
    before = held(project)
    project.apply()
    granted = held(project)
    assert len(granted - before) == 20
    assert settled(project)

    for _, statement in EVERYTHING:
        project.admin.execute(f"REVOKE {statement} FROM ROLE APP")
    assert len(granted - held(project)) == len(EVERYTHING)
    assert len(project.apply().steps) == len(EVERYTHING)
    assert held(project) == granted
    assert settled(project)

    project.admin.execute("GRANT CREATE STAGE ON SCHEMA ML.S TO ROLE APP")
    project.admin.execute('GRANT SELECT ON TABLE ML."odd schema"."t.1" TO ROLE APP')
    by_hand = held(project) - granted
    assert len(by_hand) == 2
    steps = project.apply().steps
    assert [step.title for step in steps] == (
        ["revoke CREATE STAGE on schema ML.S from role APP"] if mode == "authoritative" else []
    )

    project.load()
    project.apply()
    project.admin.execute("REVOKE CREATE STAGE ON SCHEMA ML.S FROM ROLE APP")
    project.admin.execute('REVOKE SELECT ON TABLE ML."odd schema"."t.1" FROM ROLE APP')
    assert held(project) == before
    assert settled(project)


def test_names_that_take_quotes(project):
    grants = [
        {"privilege": "USAGE", "schema": '"odd schema"'},
        {"privilege": "SELECT", "table": '"odd schema"."t.1"'},
        {"database_role": '"Odd role"'},
        {"privilege": "SELECT", "future": "tables", "in_schema": '"odd schema"'},
    ]
    project.load(privileges(grants, role='"my role"'))
    project.apply()
    assert settled(project)
    assert len(held(project, 'ROLE "my role"')) == 4
    project.load()
    project.apply()
    assert not held(project, 'ROLE "my role"')


def test_a_database_role(project):
    grants = [{"privilege": "SELECT", "table": "T"}, {"privilege": "USAGE", "schema": "S"}]
    reader = document("Privileges", "reader", {"database_role": "READER", "grants": grants})
    project.load(reader, privileges([{"database_role": "READER"}]))
    project.apply()
    assert settled(project)
    assert {row[0] for row in held(project, "DATABASE ROLE ML.READER")} == {"SELECT", "USAGE"}
    project.load()
    project.apply()
    assert not any(row[0] == "SELECT" for row in held(project, "DATABASE ROLE ML.READER"))


def test_show_may_say_module_and_have_columns_that_nobody_knows(project):
    path = next(project.folder.rglob("settings.json"))
    before = path.read_text()
    try:
        path.write_text(json.dumps({**json.loads(before), "module_for_model": True, "unknown_columns": True}))
        grants = [
            {"privilege": ["USAGE", "READ"], "model": "OWN"},
            {"privilege": "READ", "future": "models", "in_schema": "S"},
        ]
        project.load(privileges(grants))
        assert len(project.apply().steps) == 2
        assert settled(project)
    finally:
        path.write_text(before)
    assert settled(project)
    project.load()
    assert len(project.apply().steps) == 3  # of a model, each privilege is taken back by itself


def test_a_grant_of_another_grantor_stays_and_is_named(project):
    project.admin.execute("GRANT SELECT ON TABLE ML.S.T TO ROLE GIVER WITH GRANT OPTION")
    project.admin.execute("GRANT USAGE ON DATABASE ML TO ROLE GIVER")
    project.admin.execute("GRANT USAGE ON SCHEMA ML.S TO ROLE GIVER")
    project.admin.execute("REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE FT")
    giver = project.open()
    try:
        giver.execute("USE ROLE GIVER")
        giver.execute("GRANT SELECT ON TABLE ML.S.T TO ROLE APP")
        project.load(privileges([], mode="authoritative", authoritative_for=[{"table": "T"}]))
        (change,) = project.plan().plan.changes
        assert change.action is Action.BLOCKED
        assert "role GIVER" in change.reason
        assert change.statements == ("REVOKE SELECT ON TABLE ML.S.T FROM ROLE APP",)
        for _ in range(2):
            project.admin.execute(change.statements[0])
        assert settled(project)
    finally:
        giver.close()
        project.admin.execute("GRANT MANAGE GRANTS ON ACCOUNT TO ROLE FT")


def test_what_public_was_granted_is_an_administrators_to_take_back(project):
    project.load(privileges([{"privilege": "SELECT", "table": "T"}], role="PUBLIC"))
    assert len(project.apply().steps) == 1
    project.load()
    plan = project.plan().plan
    assert not plan.steps
    assert [(note.code, note.severity) for note in plan.diagnostics] == [("FT269", Severity.WARNING)]
    assert list_handover(plan) == ("REVOKE SELECT ON TABLE ML.S.T FROM ROLE PUBLIC",)
    project.admin.execute(list_handover(plan)[0])
    assert settled(project)


def test_what_was_granted_by_hand_as_well_stays_in_additive_mode(project):
    for statement in (
        "CREATE ROLE HAND",
        "GRANT ROLE HAND TO ROLE SYSADMIN",
        "GRANT SELECT ON TABLE ML.S.T TO ROLE HAND WITH GRANT OPTION",
        "GRANT USAGE ON DATABASE ML TO ROLE HAND",
        "GRANT USAGE ON SCHEMA ML.S TO ROLE HAND",
        "REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE FT",
    ):
        project.admin.execute(statement)
    hand = project.open()
    try:
        project.load(privileges([{"privilege": "SELECT", "table": "T"}]))
        project.apply()
        hand.execute("USE ROLE HAND")
        hand.execute("GRANT SELECT ON TABLE ML.S.T TO ROLE APP")
        project.load(privileges([]))
        applied = project.apply()
        assert [step.sql for step in applied.steps] == [("REVOKE SELECT ON TABLE ML.S.T FROM ROLE APP",)]
        assert [(note.code, note.severity) for note in applied.diagnostics] == [("FT267", Severity.NOTE)]
        assert ("SELECT", "TABLE", "ML.S.T") in held(project)
        assert settled(project)
    finally:
        hand.close()
        project.admin.execute("DROP ROLE HAND")
        project.admin.execute("REVOKE SELECT ON TABLE ML.S.T FROM ROLE APP")
        project.admin.execute("GRANT MANAGE GRANTS ON ACCOUNT TO ROLE FT")


@pytest.mark.parametrize("wanted", [[], [{"privilege": "SELECT", "table": "T"}]])
def test_what_its_holder_gave_on_stays_until_that_is_taken_back(project, wanted):
    for statement in (
        "CREATE ROLE HOLDER",
        "CREATE ROLE HEIR",
        "GRANT ROLE HOLDER TO ROLE SYSADMIN",
        "GRANT USAGE ON DATABASE ML TO ROLE HOLDER",
        "GRANT USAGE ON SCHEMA ML.S TO ROLE HOLDER",
    ):
        project.admin.execute(statement)
    holder = project.open()
    try:
        project.load(privileges([{"privilege": "SELECT", "table": "T", "with_grant_option": True}], role="HOLDER"))
        project.apply()
        holder.execute("USE ROLE HOLDER")
        holder.execute("GRANT SELECT ON TABLE ML.S.T TO ROLE HEIR")
        project.load(privileges(wanted, role="HOLDER"))
        (change,) = project.plan().plan.changes
        assert change.action is Action.BLOCKED
        assert "role HEIR" in change.reason
        option = "GRANT OPTION FOR " if wanted else ""
        statement = f"REVOKE {option}SELECT ON TABLE ML.S.T FROM ROLE HOLDER"
        with pytest.raises(SessionError, match="003036"):
            project.admin.execute(statement)
        assert change.statements[0].endswith(f"\n{statement} CASCADE")
        project.admin.execute(change.statements[0])
        assert settled(project)
        assert held(project, "ROLE HEIR") == set()
    finally:
        holder.close()
        project.load()
        project.apply()
        project.admin.execute("DROP ROLE HOLDER")
        project.admin.execute("DROP ROLE HEIR")


def test_in_a_schema_with_managed_access_its_owner_grants(project):
    project.admin.execute("CREATE ROLE KEEPER")
    project.admin.execute("REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE FT")
    project.session.execute("CREATE SCHEMA ML.KEPT WITH MANAGED ACCESS")
    project.session.execute("CREATE TABLE ML.KEPT.T (X VARCHAR)")
    try:
        wanted = privileges([{"privilege": "SELECT", "table": "KEPT.T", "with_grant_option": True}])
        project.load(wanted)
        assert len(project.apply().steps) == 1
        assert settled(project)  # although SHOW tells of no grant option there
        wanted = privileges([{"privilege": "SELECT", "table": "KEPT.T"}])
        project.load(privileges([]))
        project.apply()
        for declared in (wanted, privileges([])):
            project.load(declared)
            assert len(project.apply().steps) == 1
        # The schema changes hands, the table does not.
        project.admin.execute("GRANT OWNERSHIP ON SCHEMA ML.KEPT TO ROLE KEEPER COPY CURRENT GRANTS")
        project.admin.execute("GRANT USAGE ON SCHEMA ML.KEPT TO ROLE FT")
        project.load(wanted)
        (change,) = project.plan().plan.changes
        grant = "GRANT SELECT ON TABLE ML.KEPT.T TO ROLE APP"
        assert (change.action, change.statements) == (Action.BLOCKED, (grant,))
        with pytest.raises(SessionError, match="not executed"):
            project.session.execute(grant)
        project.admin.execute(grant)
        assert settled(project)
        project.load(privileges([], mode="authoritative", authoritative_for=[{"table": "KEPT.T"}]))
        (change,) = project.plan().plan.changes
        revoke = "REVOKE SELECT ON TABLE ML.KEPT.T FROM ROLE APP"
        assert (change.action, change.statements) == (Action.BLOCKED, (revoke,))
        project.session.execute(revoke)  # it succeeds, and takes nothing away
        assert ("SELECT", "TABLE", "ML.KEPT.T") in held(project)
        project.admin.execute(revoke)
        assert settled(project)
    finally:
        project.admin.execute("GRANT OWNERSHIP ON SCHEMA ML.KEPT TO ROLE FT COPY CURRENT GRANTS")
        project.session.execute("DROP SCHEMA ML.KEPT")
        project.session.execute("USE SCHEMA ML.S")
        project.admin.execute("GRANT MANAGE GRANTS ON ACCOUNT TO ROLE FT")


MOST = [f"CREATE {word}" for word in ("STAGE", "STREAM", "TASK", "TAG", "PIPE", "SEQUENCE", "FUNCTION", "PROCEDURE")]
MOST += ["CREATE VIEW", "CREATE TABLE", "CREATE MODEL", "CREATE DATASET", "USAGE", "MONITOR", "MODIFY"]
"""Privileges on a schema."""


def test_a_role_with_two_thousand_grants(project):
    """They are read at once; what is not declared is nobody's business."""
    for number in range(134):
        project.session.execute(f"CREATE SCHEMA ML.N{number}")
        project.session.execute(f"GRANT {', '.join(MOST)} ON SCHEMA ML.N{number} TO ROLE MANY")
    grants = [{"privilege": "USAGE", "schema": f"N{number}"} for number in range(134)]
    project.load(privileges([*grants, {"privilege": "SELECT", "table": "T"}], role="MANY"))
    start = time.process_time()
    assert len(project.apply().steps) == 1
    assert settled(project)
    assert time.process_time() - start < 20
    assert len(held(project, "ROLE MANY")) == 134 * 15 + 1


def test_a_role_with_ten_thousand_grants(project):
    """SHOW may end before it has told of all of them, so what matters is asked for object by object."""
    project.load(privileges([]))
    project.apply()
    project.admin.execute("CREATE ROLE MOST")
    project.admin.execute("CREATE DATABASE MANY")
    project.admin.execute("USE DATABASE MANY")
    for number in range(667):
        project.admin.execute(f"CREATE SCHEMA MANY.N{number}")
    project.admin.execute(f"GRANT {', '.join(MOST)} ON ALL SCHEMAS IN DATABASE MANY TO ROLE MOST")
    assert len(held(project, "ROLE MOST")) >= 10_000
    try:
        declared = [{"privilege": "USAGE", "schema": "MANY.N666"}, {"privilege": "SELECT", "table": "T"}]
        project.load(privileges(declared, role="MOST"))
        assert [step.sql for step in project.apply().steps] == [("GRANT SELECT ON TABLE ML.S.T TO ROLE MOST",)]
        log = (project.folder / ".ftspec" / "embedded" / "log.jsonl").read_text()
        assert "SHOW GRANTS ON SCHEMA MANY.N666" in log
        assert settled(project)
        project.load(privileges([], role="MOST"))
        assert [step.sql for step in project.apply().steps] == [("REVOKE SELECT ON TABLE ML.S.T FROM ROLE MOST",)]
        assert settled(project)
    finally:
        project.admin.execute("DROP DATABASE MANY")
        project.admin.execute("DROP ROLE MOST")
