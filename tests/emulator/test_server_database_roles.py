"""Database roles: made, given privileges of their database, and worked through account roles."""

from __future__ import annotations

import pytest


@pytest.fixture
def role(place, admin):
    """Make a database role in the place's database and give its qualified name."""
    name = f"{place.database}.READERS"
    admin.run(f"CREATE DATABASE ROLE {name} COMMENT = 'who reads'")
    return name


def privileges(session, role):
    rows = session.dicts(f"SHOW GRANTS TO DATABASE ROLE {role}")
    return {(row["privilege"], row["granted_on"], row["name"]) for row in rows}


def test_a_database_role_works_through_an_account_role(place, admin, role):
    admin.run("CREATE TABLE T (A INT)")
    reader = place.role("READER")
    admin.run(f"GRANT USAGE ON SCHEMA {place.database}.S TO DATABASE ROLE {role}")
    admin.run(f"GRANT SELECT ON TABLE T TO DATABASE ROLE {role}")
    assert reader.refusal(f"SELECT * FROM {place.database}.S.T")[0] == 2003
    admin.run(f"GRANT DATABASE ROLE {role} TO ROLE {reader.name}")
    assert reader.run(f"SELECT * FROM {place.database}.S.T") == []
    admin.run(f"REVOKE DATABASE ROLE {role} FROM ROLE {reader.name}")
    assert reader.refusal(f"SELECT * FROM {place.database}.S.T")[0] == 2003


def test_it_has_usage_on_its_database_from_the_beginning(place, admin, role):
    # create-database-role, general usage notes
    assert privileges(admin, role) == {("USAGE", "DATABASE", place.database)}


def test_database_roles_of_one_database_make_a_hierarchy(place, admin, role):
    writers = f"{place.database}.WRITERS"
    admin.run(f"CREATE DATABASE ROLE {writers}")
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    admin.run(f"GRANT USAGE ON SCHEMA {place.database}.S TO DATABASE ROLE {role}")
    admin.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {place.database}.S TO DATABASE ROLE {role}")
    admin.run(f"GRANT DATABASE ROLE {role} TO DATABASE ROLE {writers}")
    errno, sqlstate, _ = admin.refusal(f"GRANT DATABASE ROLE {writers} TO DATABASE ROLE {role}")
    assert (errno, sqlstate) == (3009, "42501")
    writer = place.role("WRITER")
    admin.run(f"GRANT DATABASE ROLE {writers} TO ROLE {writer.name}")
    assert writer.run(f"SELECT * FROM {place.database}.S.T") == []
    rows = admin.dicts(f"SHOW GRANTS OF DATABASE ROLE {role}")
    assert [(row["granted_to"], row["grantee_name"]) for row in rows] == [("DATABASE_ROLE", writers)]


@pytest.mark.parametrize(
    ("statement", "errno", "sqlstate"),
    [
        ("GRANT DATABASE ROLE {role} TO DATABASE ROLE {other}.OUTSIDE", 3102, "42501"),
        ("GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT ROLE PUBLIC TO DATABASE ROLE {role}", 1003, "42000"),
        ("GRANT USAGE ON DATABASE {other} TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT USAGE ON SCHEMA {other}.PUBLIC TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT USAGE ON WAREHOUSE COMPUTE_WH TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT CREATE ROLE ON ACCOUNT TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT SELECT ON FUTURE TABLES IN DATABASE {other} TO DATABASE ROLE {role}", 3102, "42501"),
        ("GRANT OWNERSHIP ON DATABASE {other} TO DATABASE ROLE {role}", 3102, "42501"),
        ("USE ROLE {role}", 2043, "02000"),
        ("GRANT DATABASE ROLE {role} TO ROLE NO_SUCH", 2003, "02000"),
        ("GRANT DATABASE ROLE {db}.NO_SUCH TO ROLE PUBLIC", 2003, "02000"),
        ("DROP DATABASE ROLE {db}.NO_SUCH", 2003, "02000"),
        ("CREATE DATABASE ROLE {role}", 2002, "42710"),
        ("CREATE DATABASE ROLE NO_SUCH.R", 2003, "02000"),
        ("ALTER DATABASE ROLE {role} RENAME TO {other}.R", 2, "0A000"),
        ("DROP DATABASE ROLE SNOWFLAKE.CORTEX_USER", 3001, "42501"),
        ('CREATE ROLE "{role}"', 2, "0A000"),
        ("SHOW DATABASE ROLES", 2, "0A000"),
        ("SHOW DATABASE ROLES IN DATABASE NO_SUCH", 2043, "02000"),
    ],
)
def test_refusals(place, admin, role, statement, errno, sqlstate):
    other = f"OTHER{place.number}"
    admin.run(f"CREATE DATABASE {other}")
    admin.run(f"CREATE DATABASE ROLE {other}.OUTSIDE")
    statement = statement.format(role=role, other=other, db=place.database)
    assert admin.refusal(statement)[:2] == (errno, sqlstate)


def test_making_and_changing_takes_the_right_to(place, admin, role):
    maker = place.role("MAKER")
    assert maker.refusal(f"CREATE DATABASE ROLE {place.database}.MINE")[:2] == (2003, "02000")
    admin.run(f"GRANT USAGE ON DATABASE {place.database} TO ROLE {maker.name}")
    assert maker.refusal(f"CREATE DATABASE ROLE {place.database}.MINE") == (
        3001, "42501",
        f"SQL access control error:\nInsufficient privileges to operate on database '{place.database}'.",
    )  # fmt: skip
    admin.run(f"GRANT CREATE DATABASE ROLE ON DATABASE {place.database} TO ROLE {maker.name}")
    maker.run(f"CREATE DATABASE ROLE {place.database}.MINE")
    maker.run(f"CREATE DATABASE ROLE IF NOT EXISTS {place.database}.MINE")
    maker.run(f"GRANT DATABASE ROLE {place.database}.MINE TO ROLE PUBLIC")
    for statement in (f"DROP DATABASE ROLE {role}", f"ALTER DATABASE ROLE {role} SET COMMENT = 'mine'"):
        assert maker.refusal(statement)[0] in {2003, 3001}
    assert maker.refusal(f"GRANT DATABASE ROLE {role} TO ROLE {maker.name}")[:2] == (3102, "42501")
    maker.run(f"CREATE OR REPLACE DATABASE ROLE {place.database}.MINE")
    assert maker.dicts(f"SHOW GRANTS OF DATABASE ROLE {place.database}.MINE") == []


def test_a_renamed_role_keeps_what_it_has(place, admin, role):
    admin.run("CREATE TABLE T (A INT)")
    reader = place.role("READER")
    admin.run(f"GRANT USAGE ON SCHEMA {place.database}.S TO DATABASE ROLE {role}")
    admin.run(f"GRANT OWNERSHIP ON TABLE T TO DATABASE ROLE {role}")
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {place.database}.S TO DATABASE ROLE {role}")
    admin.run(f"GRANT DATABASE ROLE {role} TO ROLE {reader.name}")
    admin.run("GRANT INSERT ON TABLE T TO ROLE PUBLIC")
    new = f"{place.database}.RENAMED"
    admin.run(f"ALTER DATABASE ROLE {role} RENAME TO {new}")
    assert reader.run(f"SELECT * FROM {place.database}.S.T") == []
    rows = [row for row in admin.dicts("SHOW GRANTS ON TABLE T") if row["privilege"] in {"INSERT", "OWNERSHIP"}]
    assert {(row["granted_by_role_type"], row["granted_by"]) for row in rows} == {("DATABASE_ROLE", new)}
    (row,) = admin.dicts("SHOW TABLES")
    assert (row["owner"], row["owner_role_type"]) == ("RENAMED", "DATABASE_ROLE")
    (row,) = admin.dicts(f"SHOW FUTURE GRANTS TO DATABASE ROLE {new}")
    assert (row["grant_to"], row["grantee_name"], row["privilege"]) == ("DATABASE_ROLE", new, "SELECT")
    reader.run(f"DROP TABLE {place.database}.S.T")


def test_what_a_dropped_role_owned_goes_to_who_drops_it(place, admin, role):
    admin.run("CREATE TABLE T (A INT)")
    admin.run(f"GRANT OWNERSHIP ON TABLE T TO DATABASE ROLE {role}")
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN DATABASE {place.database} TO DATABASE ROLE {role}")
    admin.run(f"DROP DATABASE ROLE {role}")
    assert [row["owner"] for row in admin.dicts("SHOW TABLES")] == ["ACCOUNTADMIN"]
    assert admin.dicts(f"SHOW FUTURE GRANTS IN DATABASE {place.database}") == []
    admin.run(f"DROP DATABASE ROLE IF EXISTS {role}")
    assert admin.refusal(f"SHOW GRANTS TO DATABASE ROLE {role}")[0] == 2003


def test_future_grants_reach_database_roles(place, admin, role):
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {place.database}.S TO DATABASE ROLE {role} WITH GRANT OPTION")
    admin.run("CREATE TABLE T (A INT)")
    assert ("SELECT", "TABLE", f"{place.database}.S.T") in privileges(admin, role)
    (row,) = admin.dicts(f"SHOW FUTURE GRANTS TO DATABASE ROLE {role}")
    assert (row["name"], row["grant_option"]) == (f"{place.database}.S.<TABLE>", "true")
    admin.run(f"REVOKE GRANT OPTION FOR SELECT ON FUTURE TABLES IN SCHEMA {place.database}.S FROM DATABASE ROLE {role}")
    (row,) = admin.dicts(f"SHOW FUTURE GRANTS TO DATABASE ROLE {role}")
    assert row["grant_option"] == "false"


def test_database_roles_are_shown(place, admin, role):
    writers = f"{place.database}.WRITERS"
    admin.run(f"CREATE DATABASE ROLE {writers}")
    admin.run(f"GRANT DATABASE ROLE {role} TO DATABASE ROLE {writers}")
    admin.run(f"GRANT DATABASE ROLE {role} TO ROLE PUBLIC")
    rows = admin.dicts(f"SHOW DATABASE ROLES IN DATABASE {place.database}")
    assert (
        admin.columns
        == (
            "created_on name is_default is_current is_inherited granted_to_roles granted_to_database_roles"
            " granted_database_roles owner comment owner_role_type"
        ).split()
    )
    shown = [
        (row["name"], row["granted_to_roles"], row["granted_to_database_roles"], row["granted_database_roles"])
        for row in rows
    ]
    assert shown == [("READERS", 1, 1, 0), ("WRITERS", 0, 0, 1)]
    assert [(row["comment"], row["owner"], row["owner_role_type"]) for row in rows] == [
        ("who reads", "ACCOUNTADMIN", "ROLE"), ("", "ACCOUNTADMIN", "ROLE"),
    ]  # fmt: skip
    assert [
        row["name"] for row in admin.dicts(f"SHOW DATABASE ROLES IN DATABASE {place.database} LIMIT 1 FROM 'READ'")
    ] == ["WRITERS"]
    admin.run(f"COMMENT ON DATABASE ROLE {role} IS 'changed'")
    assert admin.dicts(f"SHOW DATABASE ROLES IN DATABASE {place.database}")[0]["comment"] == "changed"
    stranger = place.role("STRANGER")
    stranger.run("SHOW ROLES")
    admin.run(f"REVOKE DATABASE ROLE {role} FROM ROLE PUBLIC")
    assert stranger.refusal(f"SHOW DATABASE ROLES IN DATABASE {place.database}")[:2] == (2043, "02000")


def test_ai_functions_user_gives_answers_but_no_training(place, admin):
    analyst = place.role("ANALYST")
    admin.run("REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE PUBLIC")
    try:
        assert analyst.refusal("SELECT AI_COMPLETE('NO_SUCH', 'hello')")[:2] == (2140, "42601")
        admin.run(f"GRANT DATABASE ROLE SNOWFLAKE.AI_FUNCTIONS_USER TO ROLE {analyst.name}")
        assert "unknown model" in analyst.refusal("SELECT AI_COMPLETE('NO_SUCH', 'hello')")[2]
        assert analyst.refusal("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")[:2] == (2140, "42601")
    finally:
        admin.run("GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE PUBLIC")
