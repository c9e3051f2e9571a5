"""QUERY_HISTORY and its kin, and RESULT_SCAN: what ran, for whom, and how it ended."""

from __future__ import annotations

import threading
import time

import pytest
from snowflake.connector.errors import DatabaseError

LONG = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) A, TABLE(GENERATOR(ROWCOUNT => 1000000)) B"


def history(session, condition, columns="*", function="QUERY_HISTORY_BY_USER()"):
    return session.dicts(f"SELECT {columns} FROM TABLE(INFORMATION_SCHEMA.{function}) WHERE {condition}")


def test_a_statement_is_shown_with_its_tag_role_and_place(place, admin):
    admin.run(f"ALTER SESSION SET QUERY_TAG = 'tag {place.number}'")
    admin.run("SELECT 1 UNION ALL SELECT 2")
    [row] = history(admin, f"QUERY_TAG = 'tag {place.number}' AND QUERY_TYPE = 'SELECT'")[1:]
    assert row["QUERY_TEXT"] == "SELECT 1 UNION ALL SELECT 2"
    assert (row["DATABASE_NAME"], row["SCHEMA_NAME"]) == (place.database, "S")
    assert (row["USER_NAME"], row["ROLE_NAME"], row["WAREHOUSE_NAME"]) == ("EMBEDDED", "ACCOUNTADMIN", "COMPUTE_WH")
    assert (row["EXECUTION_STATUS"], row["ERROR_CODE"], row["ROWS_PRODUCED"]) == ("SUCCESS", None, 2)
    assert row["END_TIME"] >= row["START_TIME"]
    assert row["TOTAL_ELAPSED_TIME"] >= 0


def test_the_asking_statement_itself_is_running(place, admin):
    admin.run(f"ALTER SESSION SET QUERY_TAG = 'self {place.number}'")
    [row] = history(admin, f"QUERY_TAG = 'self {place.number}'")
    assert (row["EXECUTION_STATUS"], row["END_TIME"]) == ("RUNNING", None)


def test_a_failed_statement_keeps_its_error(admin):
    admin.refusal("SELECT * FROM NO_SUCH_THING")
    [row] = history(admin, "QUERY_TEXT = 'SELECT * FROM NO_SUCH_THING'")[:1]
    assert (row["EXECUTION_STATUS"], row["ERROR_CODE"]) == ("FAILED_WITH_ERROR", "002003")
    assert "NO_SUCH_THING" in row["ERROR_MESSAGE"]


def test_statements_of_a_session_come_newest_first_up_to_the_limit(admin):
    number = admin.one("SELECT CURRENT_SESSION()")
    for at in range(5):
        admin.run(f"SELECT {at} AS NUMBERED")
    found = history(
        admin, "QUERY_TEXT LIKE '%NUMBERED'", "QUERY_TEXT", f"QUERY_HISTORY_BY_SESSION({number}, RESULT_LIMIT => 4)"
    )
    assert [row["QUERY_TEXT"] for row in found] == [f"SELECT {at} AS NUMBERED" for at in (4, 3, 2)]


@pytest.mark.parametrize(
    ("function", "errno"),
    [
        ("INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 0)", 1008),
        ("INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10001)", 1008),
        ("INFORMATION_SCHEMA.QUERY_HISTORY(NONSENSE => 1)", 1008),
        ("INFORMATION_SCHEMA.QUERY_HISTORY(END_TIME_RANGE_START => DATEADD('day', -8, CURRENT_TIMESTAMP()))", 1008),
        ("QUERY_HISTORY()", 2140),
        ("NO_SUCH_DB.INFORMATION_SCHEMA.QUERY_HISTORY()", 2003),
    ],
)
def test_arguments_that_are_not_documented_are_refused(admin, function, errno):
    assert admin.refusal(f"SELECT * FROM TABLE({function})")[0] == errno


def test_a_range_of_ends_leaves_out_what_still_runs(admin):
    ended = history(
        admin,
        "EXECUTION_STATUS = 'RUNNING'",
        function="QUERY_HISTORY(END_TIME_RANGE_END => CURRENT_TIMESTAMP())",
    )
    assert ended == []
    found = history(
        admin, "1 = 1", function="QUERY_HISTORY(END_TIME_RANGE_START => DATEADD('minute', -5, CURRENT_TIMESTAMP()))"
    )
    assert len(found) > 1


def test_others_see_ones_statements_with_monitor_on_the_warehouse_alone(place, connect, session_type):
    role, user = place.role("WATCHER"), f"WATCH_{place.number}"
    place.open_to(role)
    place.admin.run(f"CREATE USER {user} PASSWORD = 'secret' DEFAULT_ROLE = {role.name}")
    place.admin.run(f"GRANT ROLE {role.name} TO USER {user}")
    place.admin.run(f"CREATE WAREHOUSE WATCHED_{place.number}")
    place.admin.run(f"SELECT {place.number} AS WATCHED")
    other = session_type(connect(user=user, password="secret", database=place.database))
    text = f"QUERY_TEXT = 'SELECT {place.number} AS WATCHED'"
    assert history(other, text, function="QUERY_HISTORY_BY_USER('embedded')") == []
    place.admin.run(f"GRANT MONITOR ON WAREHOUSE WATCHED_{place.number} TO ROLE {role.name}")
    assert len(history(other, text, function="QUERY_HISTORY_BY_USER('embedded')")) == 1
    assert len(history(other, text, function=f"QUERY_HISTORY_BY_WAREHOUSE('WATCHED_{place.number}')")) == 1


def test_a_running_statement_is_seen_by_another_session_and_can_be_cancelled(place, connect, session_type):
    admin, watching = place.admin, session_type(connect(database=place.database))
    admin.run(f"ALTER SESSION SET QUERY_TAG = 'long {place.number}'")
    failures = []

    def run_long():
        with pytest.raises(DatabaseError) as caught:
            admin.run(LONG)
        failures.append(caught.value.errno)

    thread = threading.Thread(target=run_long)
    thread.start()
    found = []
    end = time.monotonic() + 20
    while not found and time.monotonic() < end:
        found = history(watching, f"QUERY_TAG = 'long {place.number}' AND QUERY_TYPE = 'SELECT'")
    assert [row["EXECUTION_STATUS"] for row in found] == ["RUNNING"]
    query_id = found[0]["QUERY_ID"]
    assert watching.one(f"SELECT SYSTEM$CANCEL_QUERY('{query_id}')") == f"query [{query_id}] terminated."
    thread.join(20)
    assert failures == [604]
    [row] = history(watching, f"QUERY_ID = '{query_id}'")
    assert (row["EXECUTION_STATUS"], row["ERROR_CODE"]) == ("FAILED_WITH_ERROR", "000604")


def test_a_training_and_its_success_are_written_together(place, admin):
    admin.run("CREATE TABLE T (PROMPT VARCHAR, COMPLETION VARCHAR)")
    admin.run(f"ALTER SESSION SET QUERY_TAG = 'tune {place.number}'")
    query = "'SELECT PROMPT, COMPLETION FROM T'"
    admin.run(f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'MY_MODEL', 'llama3-8b', {query})")
    row = history(admin, f"QUERY_TAG = 'tune {place.number}' AND QUERY_TEXT LIKE '%FINETUNE%'")[-1]
    assert row["EXECUTION_STATUS"] == "SUCCESS"


def test_a_training_whose_query_fails_is_none(admin):
    admin.run("CREATE TABLE T (PROMPT VARCHAR, COMPLETION VARCHAR)")
    before = admin.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")
    query = "'SELECT PROMPT, COMPLETION FROM T'"
    admin.refusal(f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'MY_MODEL', 'llama3-8b', {query}) || 1 / 0")
    assert admin.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')") == before


def test_the_result_of_a_statement_is_read_again(admin):
    admin.run("SELECT 1 AS A, 'x' AS B UNION ALL SELECT 2, 'y'")
    assert admin.run("SELECT B FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) AS R WHERE R.A = 2") == [("y",)]
    admin.run("SHOW DATABASES LIKE 'DB%'")
    assert admin.one("SELECT COUNT(*) FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) WHERE \"owner\" = 'ACCOUNTADMIN'") > 0


def test_last_query_id_counts_from_either_end(admin):
    admin.run("SELECT 'first'")
    admin.run("SELECT 'second'")
    assert admin.run("SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID(-2)))") == [("first",)]
    assert admin.one("SELECT LAST_QUERY_ID(1)") != admin.one("SELECT LAST_QUERY_ID()")


def test_a_result_that_is_not_ones_own_is_not_found(place, connect, session_type):
    place.admin.run(f"CREATE USER SCANNER_{place.number} PASSWORD = 'secret'")
    place.admin.run("SELECT 1")
    query_id = place.admin.one("SELECT LAST_QUERY_ID()")
    other = session_type(connect(user=f"SCANNER_{place.number}", password="secret"))
    assert other.refusal(f"SELECT * FROM TABLE(RESULT_SCAN('{query_id}'))") == (
        709,
        "02000",
        f"Statement {query_id} not found",
    )
