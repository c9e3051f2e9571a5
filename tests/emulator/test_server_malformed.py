"""Requests that no driver sends: each gets an answer that a driver can read, and the server lives on."""

from __future__ import annotations

import gzip
import json
import uuid

import pytest
import requests


@pytest.fixture
def post(connect):
    connection = connect()
    token = connection._rest.token
    headers = {"Authorization": f'Snowflake Token="{token}"', "Content-Type": "application/json"}

    def send(path, body, **more):
        url = f"http://{connection.host}:{connection.port}{path}"
        answer = requests.post(url, data=body, headers={**headers, **more}, timeout=30)
        assert answer.status_code == 200
        return answer.json()

    yield send
    assert send(query_path(), json.dumps({"sqlText": "SELECT 1"}))["success"] is True


def query_path():
    return f"/queries/v1/query-request?requestId={uuid.uuid4()}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{bad",
        b"[]",
        b"5",
        b"[" * 200_000,
        b'{"sqlText": "SELECT 1", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"sqlText": 5}',
        b'{"sqlText": "SELECT \'\\ud800\'"}',
        b'{"sqlText": "SELECT \'\xff\'"}',
    ],
)
def test_a_body_that_is_no_statement_is_refused(post, body):
    answer = post(query_path(), body)
    assert (answer["success"], answer["code"]) == (False, "390400")


def test_garbage_that_claims_to_be_gzip_is_refused(post):
    half = gzip.compress(b'{"sqlText": "SELECT 1"}')[:-6]
    for body in (b"garbage", half):
        assert post(query_path(), body, **{"Content-Encoding": "gzip"})["code"] == "390400"


@pytest.mark.parametrize(
    ("text", "bindings", "code"),
    [
        ("SELECT ?", None, "002049"),
        ("SELECT ?, ?", {"1": {"type": "FIXED", "value": "1"}}, "002049"),
        ("SELECT SNOWFLAKE.CORTEX.COMPLETE(?, ?)", None, "002049"),
        ("SELECT ?", {"1": 5}, "001008"),
        ("SELECT ?", {"1": {"type": "FIXED"}}, "001008"),
        ("SELECT ?", {"2": {"type": "FIXED", "value": "1"}}, "001008"),
        ("SELECT ?", {"1": {"type": "FIXED", "value": "abc"}}, "001008"),
        ("SELECT ?, ?", {"1": {"type": "TEXT", "value": ["a", "b"]}, "2": {"type": "TEXT", "value": ["a"]}}, "001008"),
        ("SELECT $NOT_SET", None, "002211"),
    ],
)
def test_bindings_that_do_not_fit_are_refused(post, text, bindings, code):
    answer = post(query_path(), json.dumps({"sqlText": text, "bindings": bindings}))
    assert (answer["success"], answer["code"]) == (False, code)


@pytest.mark.parametrize(
    "parameters", [{"AUTOCOMMIT": "maybe"}, {"TIMEZONE": "Europe/Berlin"}, {"QUERY_TAG": "x" * 3000}]
)
def test_a_login_with_a_parameter_that_cannot_be_followed_is_refused(post, parameters):
    login = {"data": {"LOGIN_NAME": "EMBEDDED", "PASSWORD": "embedded", "SESSION_PARAMETERS": parameters}}
    answer = post("/session/v1/login-request", json.dumps(login))
    assert answer["success"] is False
    assert answer["code"] in {"000002", "001008"}
