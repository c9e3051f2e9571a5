"""A session: its parameters, its variables, and what the context functions say of it."""

from __future__ import annotations

import json

import pytest
from snowflake.connector.errors import DatabaseError


def test_parameters_are_shown_with_where_they_were_set(admin):
    [row] = admin.dicts("SHOW PARAMETERS LIKE 'query_tag'")
    assert (row["key"], row["value"], row["default"], row["level"], row["type"]) == ("QUERY_TAG", "", "", "", "STRING")
    admin.run("ALTER SESSION SET QUERY_TAG = 'mine', STATEMENT_TIMEOUT_IN_SECONDS = 60")
    [tag] = admin.dicts("SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION")
    assert (tag["value"], tag["level"]) == ("mine", "SESSION")
    admin.run("ALTER SESSION UNSET QUERY_TAG")
    assert admin.dicts("SHOW PARAMETERS LIKE 'QUERY_TAG'")[0]["level"] == ""
    assert len(admin.run("SHOW PARAMETERS")) > 40


@pytest.mark.parametrize(
    "setting",
    [
        "TIMEZONE = 'UTC'",
        "CLIENT_SESSION_KEEP_ALIVE = TRUE",
        "CLIENT_TIMESTAMP_TYPE_MAPPING = 'TIMESTAMP_NTZ'",
        "QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE",
        "ABORT_DETACHED_QUERY = TRUE",
        "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'",
        "JSON_INDENT = 2",
        "USE_CACHED_RESULT = FALSE",
    ],
)
def test_what_tools_set_is_taken_where_it_changes_nothing(admin, setting):
    admin.run(f"ALTER SESSION SET {setting}")


@pytest.mark.parametrize(
    ("setting", "errno"),
    [
        ("NO_SUCH_PARAMETER = 1", 1006),
        ("JSON_INDENT = 0", 2),
        ("QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE", 2),
        ("TIMEZONE = 'Europe/Berlin'", 2),
        ("LOCK_TIMEOUT = 'soon'", 1008),
        ("ABORT_DETACHED_QUERY = 'maybe'", 1008),
    ],
)
def test_what_would_change_an_answer_is_refused(admin, setting, errno):
    assert admin.refusal(f"ALTER SESSION SET {setting}")[0] == errno


def test_parameters_of_a_login_count(connect, session_type):
    session = session_type(connect(session_parameters={"QUERY_TAG": "from login", "LOCK_TIMEOUT": 5}))
    assert [row[1] for row in session.run("SHOW PARAMETERS LIKE 'LOCK_TIMEOUT'")] == ["5"]
    with pytest.raises(DatabaseError, match="JSON_INDENT"):
        connect(session_parameters={"JSON_INDENT": 0})


def test_variables_are_the_sessions_own(place, connect, session_type):
    place.admin.run("SET LIMIT_OF = 2 + 3")
    place.admin.run("SET NAME = 'x'")
    assert place.admin.run("SELECT $LIMIT_OF * 2, $name") == [(10, "x")]
    assert session_type(connect()).refusal("SELECT $NAME")[0] == 2211
    place.admin.run("UNSET NAME")
    assert place.admin.refusal("SELECT $NAME")[0] == 2211
    assert place.admin.refusal("SET (A, B) = (1, 2)")[0] == 2


def test_context_functions_speak_of_the_session(place, admin):
    text = "SELECT CURRENT_STATEMENT() AS TEXT"
    assert admin.one(text) == text
    assert admin.one("SELECT CURRENT_CLIENT()").startswith("PythonConnector ")
    assert json.loads(admin.one("SELECT CURRENT_SCHEMAS()")) == [f"{place.database}.S"]
    assert admin.run("SELECT IS_ROLE_IN_SESSION('PUBLIC'), IS_ROLE_IN_SESSION('NO_ROLE')") == [(True, False)]


def comments(session, name):
    return {row["name"]: row["comment"] for row in session.dicts(f"DESCRIBE TABLE {name}")}


def test_comments_on_columns_follow_their_columns(admin):
    admin.run("CREATE TABLE T (A INT NOT NULL COMMENT 'first', B VARCHAR)")
    admin.run("COMMENT ON COLUMN T.B IS 'it''s second'")
    assert comments(admin, "T") == {"A": "first", "B": "it's second"}
    admin.run("ALTER TABLE T RENAME COLUMN A TO C")
    admin.run("ALTER TABLE T MODIFY COLUMN B COMMENT 'changed'")
    admin.run("ALTER TABLE T ADD COLUMN D INT COMMENT 'new'")
    assert comments(admin, "T") == {"C": "first", "B": "changed", "D": "new"}
    admin.run("ALTER TABLE T DROP COLUMN D")
    admin.run("CREATE TABLE U LIKE T")
    assert comments(admin, "U") == {"C": "first", "B": "changed"}
    assert admin.refusal("INSERT INTO U (B) VALUES ('x')")[0] == 100072
    assert admin.refusal("COMMENT ON COLUMN T.NOPE IS 'x'")[0] == 904


def test_a_table_is_made_of_the_result_of_a_statement(admin):
    admin.run("SELECT 1 AS A, 'x' AS B")
    admin.run("CREATE TABLE T AS SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))")
    assert admin.run("SELECT * FROM T") == [(1, "x")]
