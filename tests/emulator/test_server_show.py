"""SHOW: documented columns in their order, filters, and only what the role may see."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest

from ftspec.emulator.settings import write_settings

# sql-reference/sql/show-*.md; SHOW MODELS and SHOW GRANTS as in sections 5.1 and 7.2 of the reference.
COLUMNS = {
    "DATABASES": "created_on name is_default is_current origin owner comment options retention_time"
    " kind owner_role_type",
    "SCHEMAS": "created_on name is_default is_current database_name owner comment options retention_time"
    " owner_role_type",
    "MODELS": "created_on name model_type database_name schema_name owner comment versions"
    " default_version_name aliases",
    "ROLES": "created_on name is_default is_current is_inherited assigned_to_users granted_to_roles granted_roles owner"
    " comment",
    "VIEWS": "created_on name reserved database_name schema_name owner comment text is_secure is_materialized"
    " owner_role_type change_tracking",
    "GRANTS ON ACCOUNT": "created_on privilege granted_on name granted_to grantee_name grant_option"
    " granted_by_role_type granted_by",
    "GRANTS TO ROLE PUBLIC": "created_on privilege granted_on name granted_to grantee_name grant_option granted_by",
    "GRANTS TO USER EMBEDDED": "created_on privilege granted_on name role granted_to grantee_name grant_option"
    " granted_by",
    "GRANTS OF ROLE ACCOUNTADMIN": "created_on role granted_to grantee_name granted_by",
    "FUTURE GRANTS IN DATABASE {db}": "created_on privilege grant_on name grant_to grantee_name grant_option",
    "FUTURE GRANTS TO ROLE PUBLIC": "created_on privilege grant_on name grant_to grantee_name grant_option",
    "VERSIONS IN MODEL {db}.S.M": "created_on name aliases database_name schema_name model_name is_default_version"
    " functions metadata user_data comment",
    "OBJECTS": "created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time"
    " owner_role_type is_hybrid is_dynamic is_iceberg",
    "COLUMNS": "table_name schema_name column_name data_type null? default kind expression comment database_name"
    " autoincrement schema_evolution_record",
    "PARAMETERS": "key value default level description type",
    "PRIMARY KEYS": "created_on database_name schema_name table_name column_name key_sequence constraint_name rely"
    " comment",
    "UNIQUE KEYS": "created_on database_name schema_name table_name column_name key_sequence constraint_name rely"
    " comment",
    "TERSE DATABASES": "created_on name kind database_name schema_name",
    "TERSE SCHEMAS": "created_on name kind database_name schema_name",
    "TERSE TABLES": "created_on name kind database_name schema_name",
    "TERSE VIEWS": "created_on name kind database_name schema_name",
    "TERSE OBJECTS": "created_on name kind database_name schema_name",
    "TERSE USERS": "name created_on display_name first_name last_name email org_identity comment has_password"
    " has_rsa_public_key type has_mfa has_pat has_federated_workload_authentication is_from_organization_user",
    "SCHEMAS HISTORY": "created_on name is_default is_current database_name owner comment options retention_time"
    " dropped_on owner_role_type",
}


def train(session, name):
    """Train a model and wait until it is there."""
    query = "SELECT 'question' AS PROMPT, 'answer' AS COMPLETION"
    job = session.one(f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', '{name}', 'llama3.1-8b', %s)", (query,))
    end = time.monotonic() + 30
    while time.monotonic() < end:
        status = json.loads(session.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', %s)", (job,)))["status"]
        if status == "SUCCESS":
            return
        time.sleep(0.05)
    pytest.fail(f"the job ended as {status}")


@pytest.mark.parametrize("what", sorted(COLUMNS))
def test_columns_are_the_documented_ones_in_order(place, admin, what):
    if "MODEL" in what:
        train(admin, f"{place.database}.S.M")
    admin.run(f"SHOW {what.format(db=place.database)}")
    assert admin.columns == COLUMNS[what].split()


@pytest.mark.parametrize("what", ["TABLES", "USERS", "WAREHOUSES"])
def test_wide_commands_begin_with_their_documented_columns(admin, what):
    begin = {
        "TABLES": "created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time",
        "USERS": "name created_on login_name display_name first_name last_name email mins_to_unlock days_to_expiry",
        "WAREHOUSES": "name state type size min_cluster_count max_cluster_count started_clusters running queued",
    }[what].split()
    admin.run(f"SHOW {what}")
    assert admin.columns[: len(begin)] == begin


def test_types_are_snowflakes(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    (row,) = admin.dicts("SHOW TABLES")
    assert isinstance(row["created_on"], dt.datetime)
    age = dt.datetime.now(dt.UTC) - row["created_on"]
    assert abs(age) < dt.timedelta(minutes=5)
    assert (row["rows"], row["bytes"], row["comment"], row["kind"]) == (0, None, "", "TABLE")


def test_comments_are_kept_and_shown(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT) COMMENT = 'it''s a table'")
    admin.run(f"CREATE VIEW {place.database}.S.V COMMENT = 'a view' AS SELECT A FROM {place.database}.S.T")
    assert [row["comment"] for row in admin.dicts("SHOW TABLES")] == ["it's a table"]
    assert [row["comment"] for row in admin.dicts("SHOW VIEWS")] == ["a view"]
    admin.run("COMMENT ON TABLE T IS $$don't$$")
    admin.run("ALTER VIEW V SET COMMENT = 'changed'")
    admin.run(f"COMMENT ON SCHEMA {place.database}.S IS 'a schema'")
    admin.run(f"ALTER DATABASE {place.database} SET COMMENT = 'a database'")
    assert [row["comment"] for row in admin.dicts("SHOW TABLES")] == ["don't"]
    assert [row["comment"] for row in admin.dicts("SHOW VIEWS")] == ["changed"]
    assert [row["comment"] for row in admin.dicts("SHOW SCHEMAS LIKE 'S'")] == ["a schema"]
    assert [row["comment"] for row in admin.dicts(f"SHOW DATABASES LIKE '{place.database}'")] == ["a database"]
    admin.run("ALTER TABLE T UNSET COMMENT")
    assert [row["comment"] for row in admin.dicts("SHOW TABLES")] == [""]


def test_filters(place, admin):
    for name in ("ALPHA", "ALPHA_ONE", "ALPHAXONE", '"beta"'):
        admin.run(f"CREATE TABLE {name} (A INT)")

    def names(rest):
        return [row["name"] for row in admin.dicts(f"SHOW TABLES {rest}")]

    assert names("") == ["ALPHA", "ALPHAXONE", "ALPHA_ONE", "beta"]
    assert names("LIKE 'alpha_one'") == ["ALPHAXONE", "ALPHA_ONE"]
    assert names(r"LIKE 'alpha\\_one'") == ["ALPHA_ONE"]
    assert names("LIKE '%A'") == ["ALPHA", "beta"]
    assert names("STARTS WITH 'ALPHA_'") == ["ALPHA_ONE"]
    assert names("STARTS WITH 'alpha'") == []
    assert names("LIMIT 2") == ["ALPHA", "ALPHAXONE"]
    assert names("LIMIT 2 FROM 'ALPHAX'") == ["ALPHA_ONE", "beta"]
    assert names(f"IN SCHEMA {place.database}.PUBLIC") == []
    assert len(names(f"IN DATABASE {place.database}")) == 4
    assert "ALPHA" in names("IN ACCOUNT")


def test_a_place_that_is_not_there_is_refused(admin):
    assert admin.refusal("SHOW TABLES IN SCHEMA NO_SUCH.S")[:2] == (2043, "02000")
    assert admin.refusal("SHOW MODELS IN DATABASE NO_SUCH")[:2] == (2043, "02000")


def test_a_role_sees_what_it_has_a_privilege_on(place, admin):
    admin.run("CREATE TABLE SEEN (A INT)")
    admin.run("CREATE TABLE HIDDEN (A INT)")
    reader = place.role("READER")
    assert reader.run("SHOW TABLES IN ACCOUNT") == []
    place.open_to(reader)
    assert reader.run("SHOW TABLES") == []
    admin.run(f"GRANT REFERENCES ON TABLE SEEN TO ROLE {reader.name}")
    assert [row["name"] for row in reader.dicts("SHOW TABLES")] == ["SEEN"]
    assert place.database in {row["name"] for row in reader.dicts("SHOW DATABASES")}
    assert reader.refusal("SHOW GRANTS ON TABLE HIDDEN")[:2] == (2003, "42S02")


def test_grants_show_ownership_and_every_privilege(place, admin):
    admin.run("CREATE TABLE T (A INT)")
    role = place.role("READER").name
    admin.run(f"GRANT SELECT, INSERT ON TABLE T TO ROLE {role}")
    name = f"{place.database}.S.T"
    shown = [
        (row["privilege"], row["granted_on"], row["name"], row["granted_to"], row["grantee_name"], row["grant_option"])
        for row in admin.dicts("SHOW GRANTS ON TABLE T")
    ]
    assert shown == [
        ("OWNERSHIP", "TABLE", name, "ROLE", "ACCOUNTADMIN", "true"),
        ("INSERT", "TABLE", name, "ROLE", role, "false"),
        ("SELECT", "TABLE", name, "ROLE", role, "false"),
    ]
    held = {(row["privilege"], row["granted_on"], row["name"]) for row in admin.dicts(f"SHOW GRANTS TO ROLE {role}")}
    assert held == {("INSERT", "TABLE", name), ("SELECT", "TABLE", name)}


def test_public_holds_the_gates_of_cortex(admin):
    held = {(row["privilege"], row["granted_on"], row["name"]) for row in admin.dicts("SHOW GRANTS TO ROLE PUBLIC")}
    assert ("USAGE", "DATABASE_ROLE", "CORTEX_USER") in held
    assert any(privilege == "USE AI FUNCTIONS" and on == "ACCOUNT" for privilege, on, _ in held)


def test_role_grants_are_usage_on_role(place, admin):
    low, high = place.role("LOW").name, place.role("HIGH").name
    admin.run(f"GRANT ROLE {low} TO ROLE {high}")
    (row,) = admin.dicts(f"SHOW GRANTS TO ROLE {high}")
    assert (row["privilege"], row["granted_on"], row["name"]) == ("USAGE", "ROLE", low)
    of = {(row["granted_to"], row["grantee_name"]) for row in admin.dicts(f"SHOW GRANTS OF ROLE {low}")}
    assert of == {("ROLE", high), ("USER", "EMBEDDED")}


def test_future_grants_are_shown_with_the_kind_in_their_name(place, admin):
    role = place.role("READER").name
    admin.run(f"GRANT USAGE, READ ON FUTURE MODELS IN SCHEMA {place.database}.S TO ROLE {role}")
    rows = admin.dicts(f"SHOW FUTURE GRANTS IN SCHEMA {place.database}.S")
    assert [(row["privilege"], row["grant_on"], row["name"], row["grantee_name"]) for row in rows] == [
        ("READ", "MODEL", f"{place.database}.S.<MODEL>", role),
        ("USAGE", "MODEL", f"{place.database}.S.<MODEL>", role),
    ]
    admin.run(f"REVOKE ALL ON FUTURE MODELS IN SCHEMA {place.database}.S FROM ROLE {role}")
    assert admin.run(f"SHOW FUTURE GRANTS IN SCHEMA {place.database}.S") == []


@pytest.mark.parametrize("what", ["PIPES", "STREAMS", "TASKS"])
def test_what_is_not_kept_is_an_unsupported_feature(admin, what):
    assert admin.refusal(f"SHOW {what}") == (2, "0A000", f"Unsupported feature 'SHOW {what}'.")


def test_objects_are_tables_and_views_by_name(place, admin):
    admin.run("CREATE TABLE B (A INT)")
    admin.run("CREATE VIEW A COMMENT = 'of b' AS SELECT A FROM B")
    rows = admin.dicts("SHOW OBJECTS")
    assert [(row["name"], row["kind"], row["comment"]) for row in rows] == [("A", "VIEW", "of b"), ("B", "TABLE", "")]
    assert [row["name"] for row in admin.dicts(f"SHOW TERSE OBJECTS LIKE 'b' IN DATABASE {place.database}")] == ["B"]
    reader = place.role("READER")
    place.open_to(reader)
    admin.run(f"GRANT SELECT ON VIEW A TO ROLE {reader.name}")
    assert [row["name"] for row in reader.dicts("SHOW OBJECTS")] == ["A"]


def test_columns_are_those_of_the_data(place, admin):
    admin.run("CREATE TABLE T (ID NUMBER(10, 2) NOT NULL, NAME VARCHAR DEFAULT 'nobody')")
    rows = admin.dicts(f"SHOW COLUMNS IN TABLE {place.database}.S.T")
    assert [(row["column_name"], row["null?"], json.loads(row["data_type"])["type"]) for row in rows] == [
        ("ID", "NOT_NULL", "FIXED"),
        ("NAME", "true", "TEXT"),
    ]
    assert json.loads(rows[0]["data_type"]) == {"type": "FIXED", "precision": 10, "scale": 2, "nullable": False}
    assert [row["default"] for row in rows] == [None, "'nobody'"]
    assert [row["column_name"] for row in admin.dicts("SHOW COLUMNS LIKE 'n%' IN T")] == ["NAME"]
    assert {row["table_name"] for row in admin.dicts(f"SHOW COLUMNS IN SCHEMA {place.database}.S")} == {"T"}
    stranger = place.role("STRANGER")
    assert stranger.refusal(f"SHOW COLUMNS IN TABLE {place.database}.S.T")[:2] == (2043, "02000")


def test_keys_are_those_of_the_data(admin):
    admin.run("CREATE TABLE T (A INT, B INT, C INT UNIQUE, PRIMARY KEY (B, A))")
    primary = admin.dicts("SHOW PRIMARY KEYS IN TABLE T")
    assert [(row["column_name"], row["key_sequence"]) for row in primary] == [("B", 1), ("A", 2)]
    assert {row["table_name"] for row in primary} == {"T"}
    assert [row["column_name"] for row in admin.dicts("SHOW UNIQUE KEYS IN T")] == ["C"]
    assert len(admin.dicts("SHOW PRIMARY KEYS")) == 2


def test_history_shows_that_nothing_dropped_is_kept(admin):
    admin.run("CREATE TABLE T (A INT)")
    admin.run("CREATE TABLE GONE (A INT)")
    admin.run("DROP TABLE GONE")
    rows = admin.dicts("SHOW TABLES HISTORY")
    assert [(row["name"], row["dropped_on"]) for row in rows] == [("T", None)]
    assert admin.refusal("SHOW VIEWS HISTORY")[0] == 2


def test_grants_to_a_role_name_only_what_may_be_seen(place, admin):
    admin.run("CREATE TABLE HIDDEN (A INT)")
    admin.run("CREATE TABLE SEEN (A INT)")
    other, reader = place.role("OTHER"), place.role("READER")
    place.open_to(reader)
    admin.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {place.database}.S TO ROLE {other.name}")
    admin.run(f"GRANT REFERENCES ON TABLE SEEN TO ROLE {reader.name}")
    grants = f"SHOW GRANTS TO ROLE {other.name}"
    assert [row["name"] for row in reader.dicts(grants)] == [f"{place.database}.S.SEEN"]
    assert len(admin.dicts(grants)) == 2


@pytest.fixture
def setting(attachment):
    """Switch a setting on for one test."""
    changed = []

    def switch(name):
        changed.append(name)
        write_settings(attachment.folder, {name: True})

    yield switch
    write_settings(attachment.folder, dict.fromkeys(changed, False))


def test_a_model_may_be_called_a_module(place, admin, setting):
    train(admin, f"{place.database}.S.M")
    admin.run(f"GRANT USAGE ON MODEL M TO ROLE {place.role('READER').name}")
    admin.run(f"GRANT USAGE ON FUTURE MODELS IN SCHEMA {place.database}.S TO ROLE PUBLIC")
    assert {row["granted_on"] for row in admin.dicts("SHOW GRANTS ON MODEL M")} == {"MODEL"}
    setting("module_for_model")
    assert {row["granted_on"] for row in admin.dicts("SHOW GRANTS ON MODEL M")} == {"MODULE"}
    (row,) = admin.dicts(f"SHOW FUTURE GRANTS IN SCHEMA {place.database}.S")
    assert (row["grant_on"], row["name"]) == ("MODULE", f"{place.database}.S.<MODULE>")


@pytest.mark.parametrize("what", ["TABLES", "ROLES", "GRANTS TO ROLE PUBLIC", "PARAMETERS", "GRANTS OF ROLE PUBLIC"])
def test_every_show_may_have_columns_that_nobody_documents(admin, setting, what):
    admin.run("CREATE TABLE T (A INT)")
    before = admin.dicts(f"SHOW {what}")
    columns = admin.columns
    setting("unknown_columns")
    after = admin.dicts(f"SHOW {what}")
    assert admin.columns == ["unknown_first", *columns, "unknown_last"]
    assert [{name: row[name] for name in columns} for row in after] == before


def test_jobs_may_be_those_of_the_role(place, admin, setting):
    maker, other = place.role("MAKER"), place.role("OTHER")
    place.open_to(maker)
    admin.run(f"GRANT CREATE MODEL ON SCHEMA {place.database}.S TO ROLE {maker.name}")
    job = maker.one(
        "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'M', 'llama3.1-8b', 'SELECT 1 AS PROMPT, 2 AS COMPLETION')"
    )

    def lists(session):
        return job in {one["id"] for one in json.loads(session.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')"))}

    assert lists(other)
    setting("role_scoped_jobs")
    assert (lists(maker), lists(other)) == (True, False)
    admin.run(f"GRANT ROLE {maker.name} TO ROLE {other.name}")
    assert lists(other)
