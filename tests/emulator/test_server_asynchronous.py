"""Asynchronous statements, and those that take longer than a request may."""

from __future__ import annotations

import time

import pytest
from snowflake.connector.constants import QueryStatus
from snowflake.connector.errors import DatabaseError, ProgrammingError

from ftspec.emulator.settings import write_settings

LONG = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) A, TABLE(GENERATOR(ROWCOUNT => 1000000)) B"


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_statement_runs_while_its_session_goes_on(admin):
    connection = admin.connection
    with connection.cursor() as cursor:
        query_id = cursor.execute_async("SELECT 42 AS ANSWER")["queryId"]
        assert admin.one("SELECT 1") == 1
        cursor.get_results_from_sfqid(query_id)
        assert cursor.fetchall() == [(42,)]
    assert connection.get_query_status(query_id) == QueryStatus.SUCCESS


def test_a_long_statement_is_running_and_can_be_cancelled(admin):
    connection = admin.connection
    with connection.cursor() as cursor:
        query_id = cursor.execute_async(LONG)["queryId"]
        assert connection.is_still_running(connection.get_query_status(query_id))
        admin.run(f"SELECT SYSTEM$CANCEL_QUERY('{query_id}')")
        wait_for(lambda: not connection.is_still_running(connection.get_query_status(query_id)))
        assert connection.get_query_status(query_id) == QueryStatus.ABORTED
        with pytest.raises(ProgrammingError) as caught:
            connection.get_query_status_throw_if_error(query_id)
        assert caught.value.errno == 604


def test_a_failed_asynchronous_statement_says_why(admin):
    connection = admin.connection
    with connection.cursor() as cursor:
        query_id = cursor.execute_async("SELECT * FROM NOT_THERE")["queryId"]
        wait_for(lambda: not connection.is_still_running(connection.get_query_status(query_id)))
        with pytest.raises(DatabaseError, match="NOT_THERE") as caught:
            cursor.get_results_from_sfqid(query_id)
        assert caught.value.errno == 2003


def test_an_unknown_query_has_no_status(admin):
    status = admin.connection.get_query_status("01234567-0000-4000-8000-000000000000")
    assert status == QueryStatus.NO_DATA


def test_a_change_is_kept_and_belongs_to_an_open_transaction(admin):
    admin.run("CREATE TABLE T (A INT)")
    with admin.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        query_id = cursor.execute_async("INSERT INTO T VALUES (1), (2)")["queryId"]
        cursor.get_results_from_sfqid(query_id)
        assert cursor.fetchall() == [(2,)]
        cursor.execute("ROLLBACK")
    assert admin.one("SELECT COUNT(*) FROM T") == 0


def test_a_timeout_of_the_driver_stops_the_statement(admin):
    with admin.connection.cursor() as cursor, pytest.raises(ProgrammingError) as caught:
        cursor.execute(LONG, timeout=1)
    assert caught.value.errno == 604
    assert admin.one("SELECT 1") == 1


def test_a_request_that_takes_long_is_answered_in_turns(attachment, admin):
    write_settings(attachment.folder, {"in_progress_seconds": 0})
    try:
        assert admin.run("SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000))") == [(1000000,)]
        assert admin.refusal("SELECT 1 / 0")[0] == 100051
    finally:
        write_settings(attachment.folder, {"in_progress_seconds": 45})


def test_a_statement_ends_with_the_sessions_timeout(admin):
    admin.run("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
    errno, sqlstate, message = admin.refusal(LONG)
    assert (errno, sqlstate) == (630, "57014")
    assert message == "Statement reached its statement or warehouse timeout of 1 second(s) and was canceled."
