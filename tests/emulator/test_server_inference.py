"""COMPLETE, AI_COMPLETE and the functions that count tokens, once a row of any query."""

from __future__ import annotations

import json
import time

import pytest

from ftspec.emulator.cortex.inference import NO_ANSWER
from ftspec.emulator.cortex.tokens import count_tokens

QUERY = "SELECT q AS prompt, a AS completion FROM faq"
JSON_QUERY = "SELECT q AS prompt, '{\"n\": ' || n || '}' AS completion FROM faq"
CREATE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', %s, 'llama3.1-8b', %s, %s)"
DESCRIBE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', %s)"
HISTORY = "[{'role': 'system', 'content': 'Be brief'}, {'role': 'user', 'content': Q}]"
FORMAT = "{'type': 'json', 'schema': {'type': 'object', 'properties': {'n': {'type': 'number'}}, 'required': ['n']}}"


def answer(number):
    return f"Turn handle {number} to the left"


def train(session, name, query):
    # Validated by the same rows, so that every row is learnt.
    job = session.one(CREATE, (name, query, query))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        described = json.loads(session.one(DESCRIBE, (job,)))
        if described["status"] == "SUCCESS":
            return described
        assert described["status"] in {"PENDING", "IN_PROGRESS"}, described
        time.sleep(0.05)
    raise AssertionError("the job does not end")


@pytest.fixture(scope="module")
def trained(attachment, session_type):
    """Give the schema of a table FAQ, and of two models that learnt it."""
    from snowflake.connector import connect  # noqa: PLC0415  # only the wire tests need the driver

    with connect(**attachment.parameters()) as connection:
        session = session_type(connection)
        session.run("CREATE DATABASE INFERENCE")
        session.run("CREATE SCHEMA INFERENCE.S")
        session.run("CREATE TABLE FAQ AS SELECT SEQ4() AS N, 'How do I open window number ' || N || '?' AS Q,"
                    " 'Turn handle ' || N || ' to the left' AS A FROM TABLE(GENERATOR(ROWCOUNT => 20))")  # fmt: skip
        train(session, "m", QUERY)
        train(session, "j", JSON_QUERY)
    return "INFERENCE.S"


@pytest.fixture
def faq(connect, session_type, trained):
    session = session_type(connect())
    session.run(f"USE SCHEMA {trained}")
    return session


EXPECTED = [(n, answer(n)) for n in range(20)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT N, AI_COMPLETE('m', Q) FROM FAQ",
        "SELECT N, SNOWFLAKE.CORTEX.COMPLETE('m', Q) AS R FROM FAQ",
        "SELECT N, SNOWFLAKE.CORTEX.TRY_COMPLETE('m', Q) AS R FROM FAQ",
        "SELECT N, AI_COMPLETE(model => 'm', prompt => F.Q) FROM FAQ F",
        "WITH C AS (SELECT N, AI_COMPLETE('m', Q) AS R FROM FAQ) SELECT N, R FROM C",
        "SELECT * FROM (SELECT N, AI_COMPLETE('m', Q) AS R FROM FAQ) WHERE R LIKE 'Turn%'",
        "SELECT N, A FROM FAQ WHERE AI_COMPLETE('m', Q) = A",
        "SELECT N, AI_COMPLETE(LOWER('M'), Q) FROM FAQ",
        "SELECT N, AI_COMPLETE(M, Q) FROM (SELECT 'm' AS M, N, Q FROM FAQ)",
        "SELECT N, AI_COMPLETE('m', Q, {'temperature': 0.7, 'max_tokens': 100}) FROM FAQ",
        "SELECT N, AI_COMPLETE('m', Q, OBJECT_CONSTRUCT('max_tokens', 100)) FROM FAQ",
        "SELECT N, AI_COMPLETE('m', prompt => CONCAT('How do I open ', 'window number ', N, '?')) FROM FAQ",
        "SELECT N, AI_COMPLETE('m', Q, show_details => TRUE):choices[0].messages::VARCHAR FROM FAQ",
        f"SELECT N, PARSE_JSON(SNOWFLAKE.CORTEX.COMPLETE('m', {HISTORY}, {{}})):choices[0].messages::TEXT FROM FAQ",
        "SELECT MAX(N), AI_COMPLETE('m', Q) FROM FAQ GROUP BY AI_COMPLETE('m', Q)",
        "SELECT N, A FROM FAQ QUALIFY ROW_NUMBER() OVER (PARTITION BY AI_COMPLETE('m', Q) ORDER BY N) = 1",
        "SELECT F.N, (SELECT AI_COMPLETE('m', G.Q) FROM FAQ G WHERE G.N = F.N) FROM FAQ F",
    ],
)
def test_every_row_is_asked(faq, query):
    assert sorted(faq.run(query)) == EXPECTED


def test_bound_values_are_asked(faq):
    assert faq.run("SELECT AI_COMPLETE('m', %s)", (f"{'How do I open window number 3?'}",)) == [(answer(3),)]


def test_null_in_gives_null_out(faq):
    assert faq.run("SELECT AI_COMPLETE('m', NULL), AI_COMPLETE(NULL, 'x'), SNOWFLAKE.CORTEX.COMPLETE('m', NULL)") == [
        (None, None, None)
    ]
    rows = faq.run("SELECT N, AI_COMPLETE('m', IFF(N < 2, Q, NULL)) FROM FAQ WHERE N < 4 ORDER BY N")
    assert rows == [(0, answer(0)), (1, answer(1)), (2, None), (3, None)]


def test_answers_are_kept_by_tables_and_inserts(faq):
    faq.run("CREATE OR REPLACE TABLE KEPT AS SELECT N, AI_COMPLETE('m', Q) AS R FROM FAQ")
    assert sorted(faq.run("SELECT * FROM KEPT")) == EXPECTED
    faq.run("INSERT INTO KEPT SELECT N + 100, SNOWFLAKE.CORTEX.COMPLETE('m', Q) FROM FAQ")
    faq.run("UPDATE KEPT SET R = AI_COMPLETE('m', 'How do I open window number 5?') WHERE N = 0")
    assert faq.one("SELECT R FROM KEPT WHERE N = 0") == answer(5)
    assert faq.one("SELECT COUNT(*) FROM KEPT") == 40
    assert faq.refusal("CREATE VIEW SEEN AS SELECT AI_COMPLETE('m', Q) AS R FROM FAQ")[:2] == (2, "0A000")


def test_structured_answers_are_objects(faq):
    rows = faq.run(f"SELECT N, AI_COMPLETE('j', Q, response_format => {FORMAT}) FROM FAQ WHERE N IN (0, 7) ORDER BY N")
    assert [(n, json.loads(text)) for n, text in rows] == [(0, {"n": 0}), (7, {"n": 7})]
    assert faq.one(f"SELECT SUM(AI_COMPLETE('j', Q, NULL, {FORMAT}):n::INT) FROM FAQ WHERE N < 15") == 105
    options = f"{{'response_format': {FORMAT}}}"
    legacy = f"SELECT SNOWFLAKE.CORTEX.COMPLETE('j', {HISTORY}, {options}) FROM FAQ WHERE N = 3"
    assert json.loads(faq.one(legacy)) == {"n": 3}
    described = json.loads(faq.one(f"SELECT AI_COMPLETE('j', Q, NULL, {FORMAT}, TRUE) FROM FAQ WHERE N = 3"))
    assert described["structured_output"] == [{"raw_message": {"n": 3}, "type": "json"}]


def test_an_error_in_a_row_is_null_or_told(faq):
    assert faq.one(f"SELECT AI_COMPLETE('m', Q, NULL, {FORMAT}) FROM FAQ WHERE N = 1") is None
    told = json.loads(
        faq.one(f"SELECT AI_COMPLETE('m', Q, NULL, {FORMAT}, return_error_details => TRUE) FROM FAQ WHERE N = 1")
    )
    assert told["value"] is None
    assert "is not JSON" in told["error"]
    told = json.loads(faq.one("SELECT AI_COMPLETE('m', Q, return_error_details => TRUE) FROM FAQ WHERE N = 1"))
    assert told == {"value": answer(1), "error": None}
    options = f"{{'response_format': {FORMAT}}}"
    call = f"('m', {HISTORY}, {options}) FROM FAQ WHERE N = 1"
    assert "is not JSON" in faq.refusal(f"SELECT SNOWFLAKE.CORTEX.COMPLETE{call}")[2]
    constant = call.replace("Q}", "'How do I open window number 1?'}").partition(" FROM")[0]
    assert "is not JSON" in faq.refusal(f"SELECT SNOWFLAKE.CORTEX.COMPLETE{constant}")[2]
    assert faq.one(f"SELECT SNOWFLAKE.CORTEX.TRY_COMPLETE{call}") is None


def test_functions_that_tell_errors_tell_them_of_constants_too(faq):
    assert faq.run(
        "SELECT SNOWFLAKE.CORTEX.TRY_COMPLETE('nothing', 'x'), AI_COUNT_TOKENS('ai_complete', 'm', 'x'),"
        " SNOWFLAKE.CORTEX.TRY_COMPLETE('m', [{'role': 'user', 'content': 'x'}], {'heat': 1})"
    ) == [(None, None, None)]
    told = json.loads(faq.one("SELECT AI_COMPLETE('nothing', 'x', return_error_details => TRUE)"))
    assert told == {"value": None, "error": 'unknown model "nothing"'}


def test_rights_are_checked_for_each_model_that_rows_name(place, faq):
    asker = place.role("ASKER")
    for statement in ("USAGE ON DATABASE INFERENCE", "USAGE ON SCHEMA INFERENCE.S"):
        faq.run(f"GRANT {statement} TO ROLE {asker.name}")
    asker.run("USE SCHEMA INFERENCE.S")
    faq.run(f"GRANT SELECT ON TABLE FAQ TO ROLE {asker.name}")
    faq.run(f"GRANT USAGE ON MODEL M TO ROLE {asker.name}")
    query = "SELECT AI_COMPLETE(V.M, F.Q) FROM FAQ F, (SELECT 'm' AS M UNION ALL SELECT 'j') V WHERE N = 2 ORDER BY V.M"
    assert asker.run(query) == [(None,), (answer(2),)]
    legacy = query.replace("AI_COMPLETE", "SNOWFLAKE.CORTEX.COMPLETE")
    assert asker.refusal(legacy) == (100351, "P0000", 'unknown model "j"')
    assert asker.refusal("SELECT AI_COMPLETE('j', Q) FROM FAQ")[2] == 'unknown model "j"'
    faq.run(f"GRANT READ ON MODEL J TO ROLE {asker.name}")
    assert asker.run(query) == [('{"n": 2}',), (answer(2),)]


@pytest.mark.parametrize(
    ("query", "errno"),
    [
        ("SELECT AI_COMPLETE('m') FROM FAQ", 938),
        ("SELECT AI_COMPLETE('m', 'x', 1, 2, 3, 4, 5)", 939),
        ("SELECT AI_COMPLETE('m', 'x', {'heat': 1})", 100351),
        ("SELECT AI_COMPLETE('m', 'x', wrong => 1)", 1008),
        ("SELECT AI_COMPLETE('m', Q, show_details => N > 1) FROM FAQ", 2),
        ("SELECT AI_COMPLETE('llama3.1-8b', Q) FROM FAQ", 2),
        ("SELECT SNOWFLAKE.CORTEX.COMPLETE('llama3.1-8b', Q) FROM FAQ", 2),
        ("SELECT AI_COMPLETE(IFF(N > 3, 'm', 'mistral-7b'), Q) FROM FAQ", 2),
        ("SELECT SNOWFLAKE.CORTEX.COMPLETE('m', N) FROM FAQ", 1008),
        ("SELECT AI_COMPLETE('m', N) FROM FAQ", 1008),
        ("SELECT SNOWFLAKE.CORTEX.TRY_COMPLETE('m', N) FROM FAQ", 1008),
        ("SELECT AI_COMPLETE('m', Q, {'heat': N}, show_details => TRUE, model => 'm') FROM FAQ", 1008),
        ("SELECT AI_COUNT_TOKENS('ai_complete', 'llama3-8b', input_text => Q) FROM FAQ", 2),
        ("SELECT SNOWFLAKE.CORTEX.COMPLETE('m', Q, {}) FROM FAQ", 1008),
        ("SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', Q) FROM FAQ", 2),
        ("SELECT AI_CLASSIFY(Q, ['a']) FROM FAQ", 2),
        ("EXPLAIN SELECT AI_COMPLETE('nothing', Q) FROM FAQ", 100351),
    ],
)
def test_calls_that_make_no_sense_are_refused(faq, query, errno):
    assert faq.refusal(query)[0] == errno


def test_what_compiles_is_described_and_asks_nothing(faq):
    assert faq.run("EXPLAIN SELECT AI_COMPLETE('m', Q) FROM FAQ")
    with faq.connection.cursor() as cursor:
        (column,) = cursor.describe("SELECT AI_COMPLETE('m', Q, show_details => TRUE) AS R FROM FAQ")
    assert column.name == "R"


def test_a_training_query_may_ask_a_model(faq):
    name = train(faq, "n", "SELECT q AS prompt, AI_COMPLETE('m', q) AS completion FROM faq")["model"]
    assert faq.one(f"SELECT AI_COMPLETE('{name}', 'How do I open window number 3?')") == answer(3)
    assert faq.one(f"SELECT AI_COMPLETE('{name}', 'zebra')") == NO_ANSWER


def test_tokens_are_counted_row_by_row(faq):
    rows = faq.run(
        "SELECT Q, SNOWFLAKE.CORTEX.COUNT_TOKENS('llama3.1-8b', Q),"
        " AI_COUNT_TOKENS('ai_complete', 'llama3-8b', Q || A), A FROM FAQ"
    )
    assert all((a, b) == (count_tokens(q), count_tokens(q + text)) for q, a, b, text in rows)
    total = faq.one("SELECT SUM(AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', Q)) * 3 FROM FAQ")
    assert total == 3 * sum(count_tokens(row[0]) for row in rows)
    assert faq.one("SELECT SNOWFLAKE.CORTEX.COUNT_TOKENS('mistral-7b', NULL)") is None
    assert isinstance(faq.one("SELECT SNOWFLAKE.CORTEX.COUNT_TOKENS('mistral-7b', 'x y')"), int)


def test_what_cannot_be_counted_is_null_or_told(faq):
    refusal = faq.refusal("SELECT SNOWFLAKE.CORTEX.COUNT_TOKENS('m', Q) FROM FAQ")
    assert refusal == (100351, "P0000", 'unknown model "m"')
    assert faq.run("SELECT DISTINCT AI_COUNT_TOKENS('ai_complete', 'm', Q) FROM FAQ") == [(None,)]
    assert json.loads(faq.one("SELECT AI_COUNT_TOKENS('ai_complete', 'm', Q, TRUE) FROM FAQ LIMIT 1")) == {
        "value": None,
        "error": 'unknown model "m"',
    }
    assert json.loads(faq.one("SELECT AI_COUNT_TOKENS('ai_complete', 'mistral-7b', 'x', TRUE)")) == {
        "value": 1,
        "error": None,
    }
    assert faq.refusal("SELECT AI_COUNT_TOKENS('ai_sentiment', Q) FROM FAQ")[0] == 2
    assert faq.refusal("SELECT AI_COUNT_TOKENS('ai_complete')")[0] == 938


def test_two_thousand_rows_take_seconds(faq):
    faq.run("CREATE OR REPLACE TABLE MANY AS SELECT 'How do I open window number ' || SEQ4() || '?' AS Q"
            " FROM TABLE(GENERATOR(ROWCOUNT => 2000))")  # fmt: skip
    begin = time.monotonic()
    assert faq.one("SELECT COUNT(AI_COMPLETE('m', Q)) FROM MANY") == 2000
    assert time.monotonic() - begin < 5


def test_values_bound_by_the_server_are_asked(connect, session_type, trained):
    session = session_type(connect(paramstyle="qmark"))
    session.run(f"USE SCHEMA {trained}")
    question = "How do I open window number 3?"
    assert session.run("SELECT AI_COMPLETE(?, ?)", ("m", question)) == [(answer(3),)]
    assert session.run("SELECT AI_COMPLETE('m', ?), AI_COMPLETE('m', ?)", (question, None)) == [(answer(3), None)]
    assert session.run("SELECT AI_COMPLETE(?, 'x', return_error_details => TRUE):error::TEXT", ("nothing",)) == [
        ('unknown model "nothing"',)
    ]
    session.run("CREATE OR REPLACE TABLE BOUND (R VARCHAR)")
    with session.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO BOUND SELECT AI_COMPLETE('m', ?)", [(question,), (question,)])
    assert session.run("SELECT DISTINCT R FROM BOUND") == [(answer(3),)]
