"""What Snowflake refuses is refused here: no clause is swallowed, and nothing of the engine shows through."""

from __future__ import annotations

import pytest


@pytest.fixture
def table(admin):
    admin.run("CREATE TABLE T (A INT, B VARCHAR)")
    admin.run("INSERT INTO T VALUES (1, 'x'), (0, NULL)")
    return admin


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('/etc/hostname')",
        "read_text('/etc/hostname')",
        "read_parquet('x.parquet')",
        "'/etc/hostname'",
        "duckdb_tables()",
        "range(5)",
        "TABLE(duckdb_tables())",
    ],
)
def test_no_source_reads_past_the_account(admin, source):
    assert admin.refusal(f"SELECT * FROM {source}")[:2] in {(2, "0A000"), (2140, "42601")}


@pytest.mark.parametrize(
    ("expression", "errno"),
    [
        ("strftime(DATE '2020-01-01', '%Y')", 2140),
        ("version()", 2140),
        ("current_setting('temp_directory')", 2140),
        ("list_value(1, 2)", 2140),
        ("HASH('x')", 2),
        ("AI_CLASSIFY('x', ['a', 'b'])", 2),
        ("AI_EMBED('m', 'x')", 2),
        ("CURRENT_ROLE", 904),
        ("SESSION_USER", 904),
    ],
)
def test_what_only_the_engine_knows_is_refused(admin, expression, errno):
    assert admin.refusal(f"SELECT {expression}")[0] == errno


@pytest.mark.parametrize("expression", ["1 / 0", "A / 0", "1 / A", "MOD(1, A)", "1 % 0"])
def test_division_by_zero_is_an_error(table, expression):
    assert table.refusal(f"SELECT {expression} FROM T") == (100051, "22012", "Division by zero")
    assert table.run("SELECT 6 / B.A, 7 % 4 FROM T B WHERE A = 1") == [(6, 3)]
    assert table.run("SELECT DIV0(1, 0)") == [(0,)]


@pytest.mark.parametrize(
    ("statement", "errno", "sqlstate"),
    [
        ("CREATE OR REPLACE TABLE IF NOT EXISTS T (A INT)", 1414, "42601"),
        ("CREATE TABLE N AS SELECT COUNT(*) FROM T", 2022, "42601"),
        ("CREATE VIEW N AS SELECT A + 1 FROM T", 2022, "42601"),
        ("CREATE TRANSIENT DATABASE N", 2, "0A000"),
        # A word of DuckDB's grammar would make a file that no server can open again.
        ('CREATE DATABASE "ON"', 2, "0A000"),
        ('CREATE DATABASE "LEFT"', 2, "0A000"),
        ('CREATE DATABASE "my db"', 2, "0A000"),
        ("CREATE TRANSIENT SCHEMA N", 2, "0A000"),
        ("CREATE SCHEMA N..S", 2, "0A000"),
        ("SELECT * FROM T AT (OFFSET => -60)", 1003, "42000"),
        ("INSERT INTO T VALUES (1)", 2057, "42601"),
        ("INSERT INTO T (N) VALUES (1)", 904, "42000"),
        ("UPDATE T SET N = 1", 904, "42000"),
        ("SELECT --", 1003, "42000"),
        ("SELECT * FROM T, T", 1044, "42P13"),
    ],
)
def test_a_clause_that_does_nothing_here_is_refused(table, statement, errno, sqlstate):
    assert table.refusal(statement)[:2] == (errno, sqlstate)


def test_two_dots_stand_for_public(place, table):
    table.run(f"CREATE TABLE {place.database}.PUBLIC.T AS SELECT 'public' AS A")
    assert table.run(f"SELECT A FROM {place.database}..T") == [("public",)]


def test_a_table_takes_its_column_names_from_its_list(table):
    table.run("CREATE TABLE N (X, Y) AS SELECT A, COUNT(*) FROM T GROUP BY A")
    assert sorted(table.run("SELECT X, Y FROM N")) == [(0, 1), (1, 1)]


def test_truncating_what_is_not_there_needs_if_exists(table):
    table.run("TRUNCATE TABLE IF EXISTS NOT_THERE")
    table.run("TRUNCATE TABLE IF EXISTS T")
    assert table.run("SELECT * FROM T") == []
    assert table.refusal("TRUNCATE TABLE NOT_THERE")[0] == 2003


def test_only_account_roles_are_available_roles(admin):
    assert "SNOWFLAKE" not in admin.one("SELECT CURRENT_AVAILABLE_ROLES()")


@pytest.mark.parametrize(
    ("statement", "errno", "sqlstate"),
    [
        ("CREATE ROLE SELECT", 1003, "42000"),
        ("CREATE ROLE 5", 1003, "42000"),
        ("CREATE ROLE N COMMENT = 5", 1003, "42000"),
        ("CREATE OR REPLACE ROLE IF NOT EXISTS N", 1414, "42601"),
        ("CREATE WAREHOUSE N WAREHOUSE_SIZE = HUGE", 1008, "22023"),
        ("CREATE WAREHOUSE N AUTO_SUSPEND = soon", 1008, "22023"),
        ("CREATE USER N DISABLED = maybe", 1008, "22023"),
        ("CREATE USER N MUST_CHANGE_PASSWORD = TRUE", 2, "0A000"),
        ("GRANT USAGE ON ALL SCHEMAS IN SCHEMA S TO ROLE PUBLIC", 1003, "42000"),
        ("GRANT USAGE ON ALL DATABASES IN SCHEMA S TO ROLE PUBLIC", 2, "0A000"),
        ("GRANT USAGE ON FUTURE SCHEMAS IN SCHEMA S TO ROLE PUBLIC", 1003, "42000"),
        ("GRANT SELECT ON FUTURE TABLES IN SCHEMA S TO USER EMBEDDED", 2, "0A000"),
        ("GRANT USE AI FUNCTION NO_SUCH ON ACCOUNT TO ROLE PUBLIC", 1008, "22023"),
        ("GRANT USAGE ON DATABASE SNOWFLAKE TO ROLE PUBLIC", 1008, "22023"),
        ("GRANT SELECT ON TABLE T TO DATABASE ROLE SNOWFLAKE.CORTEX_USER", 3102, "42501"),
        ("SHOW ROLES IN SCHEMA S", 1003, "42000"),
        ("SHOW USERS IN DATABASE S", 1003, "42000"),
        ("SHOW DATABASES IN SCHEMA", 1003, "42000"),
        ("SHOW SCHEMAS IN SCHEMA S", 1003, "42000"),
        ("SHOW MODELS IN MODEL M", 1003, "42000"),
        ("SHOW TERSE MODELS", 2, "0A000"),
        ("SHOW PRIMARY KEYS LIKE 'A'", 1003, "42000"),
        ("SHOW COLUMNS IN TABLE T LIMIT 1", 1003, "42000"),
        ("SHOW COLUMNS IN TABLE", 1003, "42000"),
        ("SHOW PARAMETERS STARTS WITH 'A'", 1003, "42000"),
        ("SHOW PARAMETERS IN USER EMBEDDED", 2, "0A000"),
        ("SHOW GRANTS TO ROLE PUBLIC INCLUDE HIERARCHY", 2, "0A000"),
        ("SHOW IMPORTED KEYS", 2, "0A000"),
        ("REVOKE OWNERSHIP ON TABLE T FROM ROLE PUBLIC", 2, "0A000"),
        ("GRANT OWNERSHIP ON TABLE T TO USER EMBEDDED", 2, "0A000"),
        ("GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA S TO ROLE PUBLIC REVOKE CURRENT GRANTS", 2, "0A000"),
        ("ALTER SCHEMA S ENABLE MANAGED", 1003, "42000"),
        ("ALTER DATABASE ROLE R SWAP", 2, "0A000"),
        ("CREATE OR REPLACE DATABASE ROLE IF NOT EXISTS R", 1414, "42601"),
        ("ALTER SESSION SET ROWS_PER_RESULTSET = 1", 2, "0A000"),
        ("ALTER SESSION SET WEEK_START = 1", 2, "0A000"),
        ("ALTER SESSION SET TIMESTAMP_OUTPUT_FORMAT = 'YYYY'", 2, "0A000"),
        ("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = soon", 1008, "22023"),
        ("BEGIN TRANSACTION N", 1003, "42000"),
        ("COMMIT N", 1003, "42000"),
    ],
)
def test_control_statements_are_read_to_the_letter(table, statement, errno, sqlstate):
    assert table.refusal(statement)[:2] == (errno, sqlstate)


def test_imported_privileges_are_snowflakes_own(place, admin):
    refusal = admin.refusal(f"GRANT IMPORTED PRIVILEGES ON DATABASE {place.database} TO ROLE PUBLIC")
    assert refusal[:2] == (1008, "22023")
    admin.run("GRANT IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE TO ROLE PUBLIC")
    admin.run("REVOKE IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE FROM ROLE PUBLIC")


def test_transactions_begin_in_every_documented_way(table):
    for begin in ("BEGIN", "BEGIN WORK", "BEGIN TRANSACTION NAME T1", "START TRANSACTION"):
        table.run(begin)
        table.run("DELETE FROM T")
        table.run("ROLLBACK WORK")
    assert table.one("SELECT COUNT(*) FROM T") == 2


def test_a_warehouse_is_shown_as_it_was_made(place, admin):
    name = f"WH_{place.number}"
    admin.run(f"CREATE WAREHOUSE {name} WITH WAREHOUSE_SIZE = LARGE AUTO_SUSPEND = 60 AUTO_RESUME = FALSE")
    row = admin.dicts(f"SHOW WAREHOUSES LIKE '{name}'")[0]
    assert (row["size"], row["auto_suspend"], row["auto_resume"]) == ("Large", 60, "false")
    admin.run(f"DROP WAREHOUSE {name}")
