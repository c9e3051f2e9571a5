"""Several statements in one request: as many as are announced, each with an answer of its own."""

from __future__ import annotations

import pytest
from snowflake.connector.errors import ProgrammingError


def test_each_statement_has_its_answer(admin):
    with admin.connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE T (A INT); INSERT INTO T VALUES (1), (2); SELECT A FROM T ORDER BY A", num_statements=3
        )
        answers = [cursor.fetchall()]
        while cursor.nextset():
            answers.append(cursor.fetchall())
    assert answers == [[("Table T successfully created.",)], [(2,)], [(1,), (2,)]]


@pytest.mark.parametrize(("announced", "actual"), [(1, 2), (3, 2), (2, 1)])
def test_another_number_than_announced_is_refused_and_nothing_runs(admin, announced, actual):
    text = "; ".join(["CREATE ROLE SHOULD_NOT_BE"] * actual)
    with admin.connection.cursor() as cursor, pytest.raises(ProgrammingError) as caught:
        cursor.execute(text, num_statements=announced)
    assert (caught.value.errno, caught.value.sqlstate) == (8, "0A000")
    assert f"Actual statement count {actual} did not match the desired statement count {announced}." in str(
        caught.value
    )
    assert admin.run("SHOW ROLES LIKE 'SHOULD_NOT_BE'") == []


def test_zero_stands_for_any_number_also_for_a_session(admin):
    with admin.connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2;", num_statements=0)
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset().fetchall() == [(2,)]
    admin.run("ALTER SESSION SET MULTI_STATEMENT_COUNT = 0")
    with admin.connection.cursor() as cursor:
        cursor.execute("SELECT 3; SELECT 4")
        assert len(cursor.multi_statement_savedIds) == 2


def test_the_first_failure_ends_the_request_and_what_came_before_stays(admin):
    admin.run("CREATE TABLE T (A INT)")
    with admin.connection.cursor() as cursor, pytest.raises(ProgrammingError) as caught:
        cursor.execute("INSERT INTO T VALUES (1); SELECT * FROM NOPE; INSERT INTO T VALUES (2)", num_statements=3)
    assert caught.value.errno == 2003
    assert admin.run("SELECT A FROM T") == [(1,)]
