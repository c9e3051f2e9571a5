"""Access control as the driver sees it: what each role may do, and each refusal's number and SQLSTATE."""

from __future__ import annotations

import pytest


def test_reading_a_table_takes_usage_on_what_holds_it_and_select(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    reader = place.role("READER")
    select = f"SELECT * FROM {place.database}.S.T"
    database, schema = place.database, f"{place.database}.S"
    assert reader.refusal(select) == (
        2003, "02000", f"SQL compilation error:\nDatabase '{database}' does not exist or not authorized.",
    )  # fmt: skip
    admin.run(f"GRANT USAGE ON DATABASE {database} TO ROLE {reader.name}")
    assert reader.refusal(select)[2].endswith(f"Schema '{schema}' does not exist or not authorized.")
    admin.run(f"GRANT USAGE ON SCHEMA {schema} TO ROLE {reader.name}")
    assert reader.refusal(select) == (
        2003, "42S02", f"SQL compilation error:\nObject '{schema}.T' does not exist or not authorized.",
    )  # fmt: skip
    admin.run(f"GRANT SELECT ON TABLE {schema}.T TO ROLE {reader.name}")
    assert reader.run(select) == []
    admin.run(f"REVOKE SELECT ON TABLE {schema}.T FROM ROLE {reader.name}")
    assert reader.refusal(select)[:2] == (2003, "42S02")


@pytest.mark.parametrize(
    ("privilege", "statement"),
    [
        ("INSERT", "INSERT INTO {0} VALUES (1)"),
        ("UPDATE", "UPDATE {0} SET A = 2"),
        ("DELETE", "DELETE FROM {0}"),
        ("TRUNCATE", "TRUNCATE TABLE {0}"),
        ("INSERT", "MERGE INTO {0} USING (SELECT 1 AS B) S ON A = S.B WHEN NOT MATCHED THEN INSERT (A) VALUES (S.B)"),
    ],
)
def test_each_change_takes_its_own_privilege(place, admin, privilege, statement):
    table = f"{place.database}.S.T"
    admin.run(f"CREATE TABLE {table} (A INT)")
    writer = place.role("WRITER")
    place.open_to(writer)
    admin.run(f"GRANT REFERENCES ON TABLE {table} TO ROLE {writer.name}")
    refusal = (3001, "42501", "SQL access control error:\nInsufficient privileges to operate on table 'T'.")
    assert writer.refusal(statement.format(table)) == refusal
    admin.run(f"GRANT {privilege} ON TABLE {table} TO ROLE {writer.name}")
    writer.run(statement.format(table))


def test_creating_takes_the_privilege_of_the_primary_role(place, admin):
    maker = place.role("MAKER")
    place.open_to(maker)
    assert maker.refusal("CREATE TABLE T (A INT)") == (
        3001, "42501", "SQL access control error:\nInsufficient privileges to operate on schema 'S'.",
    )  # fmt: skip
    maker.run("USE SECONDARY ROLES ALL")
    assert maker.refusal("CREATE TABLE T (A INT)")[:2] == (3001, "42501")
    admin.run(f"GRANT CREATE TABLE ON SCHEMA {place.database}.S TO ROLE {maker.name}")
    maker.run("CREATE TABLE T (A INT)")
    owners = {row["name"]: row["owner"] for row in maker.dicts("SHOW TABLES")}
    assert owners == {"T": maker.name}


def test_secondary_roles_add_to_everything_but_create(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    other = place.role("OTHER")
    assert other.refusal(f"SELECT * FROM {place.database}.S.T")[:2] == (2003, "02000")
    other.run("USE SECONDARY ROLES ALL")
    assert other.run(f"SELECT * FROM {place.database}.S.T") == []


def test_a_view_is_read_with_its_owners_rights(place, admin):
    table, view = f"{place.database}.S.T", f"{place.database}.S.V"
    admin.run(f"CREATE TABLE {table} (A INT)")
    admin.run(f"INSERT INTO {table} VALUES (7)")
    owner, reader = place.role("OWNER"), place.role("READER")
    place.open_to(owner, reader)
    admin.run(f"GRANT CREATE VIEW ON SCHEMA {place.database}.S TO ROLE {owner.name}")
    assert owner.refusal("CREATE VIEW V AS SELECT A FROM T")[:2] == (2003, "42S02")
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {owner.name}")
    owner.run("CREATE VIEW V AS SELECT A FROM T")
    owner.run(f"GRANT SELECT ON VIEW V TO ROLE {reader.name}")
    assert reader.run(f"SELECT * FROM {view}") == [(7,)]
    assert reader.refusal(f"SELECT * FROM {table}")[:2] == (2003, "42S02")
    admin.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {owner.name}")
    errno, _, message = reader.refusal(f"SELECT * FROM {view}")
    assert errno == 2037
    assert "Failure during expansion of view 'V'" in message


def test_only_the_owner_drops_and_alters(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    reader = place.role("READER")
    place.open_to(reader)
    admin.run(f"GRANT ALL ON TABLE {place.database}.S.T TO ROLE {reader.name}")
    refusal = (3001, "42501", "SQL access control error:\nInsufficient privileges to operate on table 'T'.")
    for statement in ("DROP TABLE T", "ALTER TABLE T ADD COLUMN B INT", "COMMENT ON TABLE T IS 'mine'"):
        assert reader.refusal(statement) == refusal


def test_granting_takes_ownership_manage_grants_or_the_grant_option(place, admin):
    table = f"{place.database}.S.T"
    admin.run(f"CREATE TABLE {table} (A INT)")
    giver, taker = place.role("GIVER"), place.role("TAKER")
    place.open_to(giver)
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {giver.name}")
    grant = f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}"
    assert giver.refusal(grant) == (3102, "42501", "Grant not executed: Insufficient privileges.")
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {giver.name} WITH GRANT OPTION")
    giver.run(grant)
    admin.run(f"GRANT MANAGE GRANTS ON ACCOUNT TO ROLE {taker.name}")
    taker.run(f"GRANT INSERT ON TABLE {table} TO ROLE {giver.name}")


def test_revoking_what_was_not_granted_succeeds(place, admin):
    role = place.role("NOBODY").name
    admin.run(f"REVOKE USAGE ON DATABASE {place.database} FROM ROLE {role}")
    admin.run(f"REVOKE CREATE MODEL, USAGE ON SCHEMA {place.database}.S FROM ROLE {role}")
    assert admin.run(f"SHOW GRANTS TO ROLE {role}") == []


@pytest.mark.parametrize(
    ("statement", "errno", "sqlstate"),
    [
        ("GRANT FLY ON DATABASE {db} TO ROLE PUBLIC", 1008, "22023"),
        ("GRANT SELECT ON DATABASE {db} TO ROLE PUBLIC", 1008, "22023"),
        ("GRANT USAGE ON DATABASE {db} TO ROLE NO_SUCH_ROLE", 2003, "02000"),
        ("GRANT USAGE ON DATABASE NO_SUCH_DB TO ROLE PUBLIC", 2003, "02000"),
        ("GRANT USAGE ON MODEL {db}.S.NO_SUCH TO ROLE PUBLIC", 2003, "42S02"),
        ("GRANT ROLE NO_SUCH_ROLE TO ROLE PUBLIC", 2003, "02000"),
        ("GRANT USAGE ON INTEGRATION I TO ROLE PUBLIC", 2, "0A000"),
        ("GRANT USAGE ON DATABASE {db} ROLE PUBLIC", 1003, "42000"),
        ("GRANT", 1003, "42000"),
        ("USE ROLE NO_SUCH_ROLE", 2043, "02000"),
        ("USE WAREHOUSE NO_SUCH", 2043, "02000"),
        ("USE DATABASE NO_SUCH", 2043, "02000"),
        ("USE SCHEMA {db}.NO_SUCH", 2043, "02000"),
        ("DROP ROLE ACCOUNTADMIN", 3001, "42501"),
        ("CREATE ROLE ACCOUNTADMIN", 2002, "42710"),
    ],
)
def test_refusals_have_snowflakes_numbers(place, admin, statement, errno, sqlstate):
    assert admin.refusal(statement.format(db=place.database))[:2] == (errno, sqlstate)


def test_a_role_that_is_not_the_users_cannot_be_used(place, admin, connect, session_type):
    admin.run(f"CREATE ROLE ALONE_{place.number}")
    admin.run(f"CREATE USER GUEST_{place.number} PASSWORD = 'x'")
    guest = session_type(connect(user=f"GUEST_{place.number}", password="x"))
    errno, sqlstate, message = guest.refusal(f"USE ROLE ALONE_{place.number}")
    assert (errno, sqlstate) == (3013, "42501")
    assert "is not assigned to the executing user" in message
    assert guest.refusal("CREATE ROLE MINE")[:2] == (3001, "42501")


def test_privileges_come_through_the_hierarchy(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    low, high = place.role("LOW"), place.role("HIGH")
    place.open_to(low)
    admin.run(f"GRANT SELECT ON TABLE {place.database}.S.T TO ROLE {low.name}")
    admin.run(f"GRANT ROLE {low.name} TO ROLE {high.name}")
    assert high.run(f"SELECT * FROM {place.database}.S.T") == []
    assert admin.refusal(f"GRANT ROLE {high.name} TO ROLE {low.name}")[1] == "42501"
    admin.run(f"REVOKE ROLE {low.name} FROM ROLE {high.name}")
    assert high.refusal(f"SELECT * FROM {place.database}.S.T")[:2] == (2003, "02000")


def test_future_grants_of_a_schema_override_those_of_its_database(place, admin):
    wide, narrow = place.role("WIDE").name, place.role("NARROW").name
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN DATABASE {place.database} TO ROLE {wide}")
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {place.database}.S TO ROLE {narrow}")
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    admin.run(f"CREATE TABLE {place.database}.PUBLIC.T (A INT)")
    grants = "SHOW GRANTS ON TABLE {}.{}.T"
    holders = [
        {
            row["grantee_name"]
            for row in admin.dicts(grants.format(place.database, schema))
            if row["privilege"] == "SELECT"
        }
        for schema in ("S", "PUBLIC")
    ]
    assert holders == [{narrow}, {wide}]


def test_without_a_warehouse_no_table_is_read(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    admin.run(f"CREATE WAREHOUSE WH_{place.number}")
    admin.run(f"DROP WAREHOUSE WH_{place.number}")
    assert admin.run("SELECT 1") == [(1,)]
    assert admin.refusal(f"SELECT * FROM {place.database}.S.T")[:2] == (606, "57P03")


def test_ownership_moves_with_its_grants_copied_or_revoked(place, admin):
    table = f"{place.database}.S.T"
    admin.run(f"CREATE TABLE {table} (A INT)")
    heir, reader = place.role("HEIR"), place.role("READER")
    place.open_to(heir, reader)
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {reader.name}")
    assert admin.refusal(f"GRANT OWNERSHIP ON TABLE {table} TO ROLE {heir.name}")[0] == 3036
    admin.run(f"GRANT OWNERSHIP ON TABLE {table} TO ROLE {heir.name} COPY CURRENT GRANTS")
    assert reader.run("SELECT * FROM T") == []
    heir.run("DROP TABLE T")


def test_a_database_that_the_roles_may_not_use_is_not_current(place, connect, session_type):
    stranger = place.role("STRANGER")
    session = session_type(connect(database=place.database, schema="S"))
    session.run(f"USE ROLE {stranger.name}")
    session.run("USE SECONDARY ROLES NONE")
    assert session.run("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [(None, None)]
    assert session.refusal("SELECT * FROM T")[:2] == (90105, "22000")
    session.run("USE ROLE ACCOUNTADMIN")
    assert session.run("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [(place.database, "S")]


def test_what_was_given_on_is_revoked_with_cascade_alone(place, admin):
    admin.run("CREATE TABLE T (A INT)")
    first, second = place.role("FIRST"), place.role("SECOND")
    place.open_to(first, second)
    admin.run(f"GRANT SELECT ON TABLE T TO ROLE {first.name} WITH GRANT OPTION")
    first.run(f"GRANT SELECT ON TABLE T TO ROLE {second.name} WITH GRANT OPTION")
    second.run("GRANT SELECT ON TABLE T TO ROLE PUBLIC")
    shown = {row["grantee_name"]: row["granted_by"] for row in admin.dicts("SHOW GRANTS ON TABLE T")}
    assert (shown[first.name], shown[second.name], shown["PUBLIC"]) == ("ACCOUNTADMIN", first.name, second.name)
    assert admin.refusal(f"REVOKE SELECT ON TABLE T FROM ROLE {first.name}")[:2] == (3036, "2BP01")
    admin.run(f"REVOKE SELECT ON TABLE T FROM ROLE {first.name} CASCADE")
    assert {row["grantee_name"] for row in admin.dicts("SHOW GRANTS ON TABLE T")} == {"ACCOUNTADMIN"}
