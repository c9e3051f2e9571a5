"""Fine-tuning through the driver: a job's whole life, its failures, and who may do what."""

from __future__ import annotations

import json
import re
import time

import pytest

JOB_ID = re.compile(r"ft_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CREATE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', %s, %s, %s)"
DESCRIBE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', %s)"
QUERY = "SELECT question AS prompt, answer AS completion FROM faq"


@pytest.fixture
def faq(admin):
    admin.run("CREATE TABLE FAQ (QUESTION VARCHAR, ANSWER VARCHAR)")
    rows = [(f"How do I open window number {n}?", f"Turn handle {n} to the left") for n in range(30)]
    with admin.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO FAQ VALUES (%s, %s)", rows)
    return admin


def wait(session, job):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        described = json.loads(session.one(DESCRIBE, (job,)))
        if described["status"] not in {"PENDING", "IN_PROGRESS"}:
            return described
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def test_a_job_trains_and_its_model_answers(place, faq):
    job = faq.one(CREATE, ("m", "llama3.1-8b", QUERY))
    assert JOB_ID.fullmatch(job)
    assert faq.columns == ["FINETUNE"]
    first = json.loads(faq.one(DESCRIBE, (job,)))
    assert faq.columns == ["SNOWFLAKE.CORTEX.FINETUNE"]
    assert first["status"] in {"PENDING", "IN_PROGRESS"}
    assert "model" not in first
    done = wait(faq, job)
    assert done["model"] == f"{place.database}.S.m"
    assert (done["status"], done["progress"], done["training_data"], done["validation_data"]) == (
        "SUCCESS", 1.0, QUERY, "",
    )  # fmt: skip
    assert {name: type(value) for name, value in done.items()} == {
        "base_model": str, "created_on": int, "finished_on": int, "id": str, "model": str,
        "progress": float, "status": str, "trained_tokens": int, "training_data": str, "training_result": dict,
        "validation_data": str,
    }  # fmt: skip
    (model,) = faq.dicts("SHOW MODELS")
    assert (model["name"], model["model_type"], model["owner"]) == ("M", "CORTEX_FINETUNED", "ACCOUNTADMIN")
    assert json.loads(model["versions"]) == ["V1"]
    question, answer = "How do I open window number 7?", "Turn handle 7 to the left"
    assert faq.one("SELECT AI_COMPLETE('m', %s) AS answer", (question,)) == answer
    assert faq.columns == ["ANSWER"]
    assert faq.one("SELECT AI_COMPLETE(model => 'M', prompt => %s)", (question,)) == answer
    assert faq.one(f"SELECT SNOWFLAKE.CORTEX.COMPLETE('{place.database}.s.m', %s)", (question,)) == answer
    assert faq.run("SELECT 1 AS one, AI_COMPLETE('m', %s)", (question,)) == [(1, answer)]
    details = json.loads(faq.one("SELECT AI_COMPLETE('m', %s, NULL, NULL, TRUE)", (question,)))
    assert details["choices"] == [{"messages": answer}]


def test_show_is_account_wide_newest_first_and_without_names(faq, connect, session_type):
    jobs = [faq.one(CREATE, (name, "llama3-8b", QUERY)) for name in ("a", "b")]
    elsewhere = session_type(connect())
    shown = json.loads(elsewhere.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')"))
    assert elsewhere.columns == ["SNOWFLAKE.CORTEX.FINETUNE('SHOW')"]
    assert [job["id"] for job in shown if job["id"] in jobs] == jobs[::-1]
    assert {frozenset(job) for job in shown} == {frozenset({"id", "status", "base_model", "created_on"})}
    for job in jobs:
        wait(faq, job)


def test_a_semicolon_breaks_the_job_with_the_documented_message(faq):
    query = f"{QUERY};"
    job = faq.one(CREATE, ("m", "llama3-8b", query))
    done = wait(faq, job)
    assert done["status"] == "ERROR"
    assert done["progress"] == 0.0
    wrapped = f'SELECT "PROMPT", "COMPLETION" FROM ({query})'
    expected = (
        "Failed to query input data for Fine-tuning. Failed to execute query: "
        f"{re.escape(wrapped)}. 001003 \\(42000\\): [0-9a-f-]{{36}}: SQL compilation error:\n"
        f"syntax error line 1 at position {wrapped.index(';')} unexpected ';'\\."
    )
    assert done["error"]["code"] == "INVALID_PARAMETER_VALUE"
    assert re.fullmatch(expected, done["error"]["message"])
    assert faq.run("SHOW MODELS") == []


@pytest.mark.parametrize(
    ("query", "fragment"),
    [
        ("SELECT question, answer FROM faq", "invalid identifier '\"PROMPT\"'"),
        ("SELECT question AS prompt, answer FROM faq", "invalid identifier '\"COMPLETION\"'"),
        ('SELECT question AS "prompt", answer AS completion FROM faq', "invalid identifier '\"PROMPT\"'"),
        ("SELECT question AS prompt, answer AS completion FROM gone", "002003 (42S02)"),
        ("SELECT nope AS prompt, answer AS completion FROM faq", "invalid identifier 'NOPE'"),
        (f"{QUERY} -- all of it", "unexpected '<EOF>'"),
        ("DROP TABLE faq", "001003 (42000)"),
        (f"{QUERY} WHERE 1 = 0", "has no row"),
    ],
)
def test_bad_queries_fail_the_job_and_not_the_call(faq, query, fragment):
    done = wait(faq, faq.one(CREATE, ("m", "llama3-8b", query)))
    assert done["status"] == "ERROR"
    assert fragment in done["error"]["message"]


def test_a_second_model_of_one_name_gets_a_suffix(place, faq):
    jobs = [faq.one(CREATE, ("m", "llama3-8b", QUERY)) for _ in range(2)]
    models = {wait(faq, job)["model"] for job in jobs}
    assert models == {f"{place.database}.S.m", f"{place.database}.S.m_1"}
    assert [row["name"] for row in faq.dicts("SHOW MODELS")] == ["M", "M_1"]


def test_a_cancelled_job_makes_no_model(faq):
    job = faq.one(CREATE, ("m", "llama3-8b", QUERY))
    cancel = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CANCEL', %s)"
    assert faq.one(cancel, (job,)) == f"Canceled Cortex Fine-tuning job: {job}"
    assert wait(faq, job)["status"] == "CANCELLED"
    time.sleep(0.7)
    assert faq.run("SHOW MODELS") == []
    assert faq.refusal(cancel, (job,))[0] == 1008
    assert faq.refusal(cancel, ("ft_00000000-0000-4000-8000-000000000000",))[0] == 2003


def test_absent_arguments_are_null_and_options_json_or_an_object(faq):
    forms = (
        "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'a', 'llama3-8b', %s, NULL, NULL)",
        "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'b', 'llama3-8b', %s, NULL, OBJECT_CONSTRUCT('max_epochs', 2))",
        "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'c', 'llama3-8b', %s, NULL, {'max_epochs': 2})",
        """SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'd', 'llama3-8b', %s, NULL, '{"max_epochs": 2}')""",
    )
    done = [wait(faq, faq.one(form, (QUERY,))) for form in forms]
    assert [job.get("options") for job in done] == [None, {"max_epochs": 2}, {"max_epochs": 2}, {"max_epochs": 2}]
    tokens = [job["trained_tokens"] for job in done]
    assert tokens[0] * 2 == tokens[1] * 3
    assert len(set(tokens[1:])) == 1


def test_the_validation_query_is_run_too(faq):
    create = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'm', 'llama3-8b', %s, %s)"
    good = wait(faq, faq.one(create, (QUERY, QUERY)))
    assert (good["status"], good["validation_data"]) == ("SUCCESS", QUERY)
    bad = wait(faq, faq.one(create, (QUERY, "SELECT 1")))
    assert bad["status"] == "ERROR"


@pytest.mark.parametrize(
    ("arguments", "errno"),
    [(("m", "gpt-9", QUERY), 1008), (("not a name", "llama3-8b", QUERY), 1008), (("m", "llama3-8b", ""), 1008)],
)
def test_a_call_that_makes_no_sense_is_refused_at_once(faq, arguments, errno):
    assert faq.refusal(CREATE, arguments)[0] == errno


def test_training_takes_create_model_cortex_user_and_the_data(place, faq):
    trainer = place.role("TRAINER")
    place.open_to(trainer)
    call = (CREATE, ("m", "llama3-8b", QUERY))
    assert trainer.refusal(*call) == (
        3001, "42501", "SQL access control error:\nInsufficient privileges to operate on schema 'S'.",
    )  # fmt: skip
    faq.run(f"GRANT CREATE MODEL ON SCHEMA {place.database}.S TO ROLE {trainer.name}")
    failed = wait(trainer, trainer.one(*call))
    assert "002003 (42S02)" in failed["error"]["message"]
    faq.run(f"GRANT SELECT ON TABLE FAQ TO ROLE {trainer.name}")
    assert wait(trainer, trainer.one(*call))["status"] == "SUCCESS"
    assert [row["owner"] for row in faq.dicts("SHOW MODELS")] == [trainer.name]


def test_asking_takes_usage_on_the_model(place, faq):
    wait(faq, faq.one(CREATE, ("m", "llama3-8b", QUERY)))
    asker = place.role("ASKER")
    ask = f"SELECT AI_COMPLETE('{place.database}.S.M', 'How do I open window number 7?')"
    unknown = f'unknown model "{place.database}.S.M"'
    assert asker.refusal(ask)[2] == unknown
    place.open_to(asker)
    assert asker.refusal(ask)[2] == unknown
    assert asker.run("SHOW MODELS") == []
    faq.run(f"GRANT USAGE ON MODEL M TO ROLE {asker.name}")
    assert asker.one(ask) == "Turn handle 7 to the left"
    assert [row["name"] for row in asker.dicts("SHOW MODELS")] == ["M"]
    assert asker.refusal("DROP MODEL M")[:2] == (3001, "42501")
    assert asker.refusal("ALTER MODEL M SET COMMENT = 'mine'")[:2] == (3001, "42501")


def test_future_grants_are_there_when_the_model_appears(place, faq):
    asker = place.role("ASKER")
    place.open_to(asker)
    faq.run(f"GRANT USAGE ON FUTURE MODELS IN SCHEMA {place.database}.S TO ROLE {asker.name}")
    wait(faq, faq.one(CREATE, ("m", "llama3-8b", QUERY)))
    assert asker.one("SELECT AI_COMPLETE('m', 'How do I open window number 3?')") == "Turn handle 3 to the left"


def test_models_are_commented_renamed_and_dropped(place, faq):
    wait(faq, faq.one(CREATE, ("m", "llama3-8b", QUERY)))
    faq.run("ALTER MODEL M SET COMMENT = 'it''s ours'")
    faq.run("ALTER MODEL M RENAME TO N")
    assert [(row["name"], row["comment"]) for row in faq.dicts("SHOW MODELS")] == [("N", "it's ours")]
    faq.run(f"COMMENT ON MODEL {place.database}.S.N IS $$don't$$")
    assert [row["comment"] for row in faq.dicts("SHOW MODELS")] == ["don't"]
    assert faq.one("SELECT AI_COMPLETE('n', 'How do I open window number 3?')") == "Turn handle 3 to the left"
    (version,) = faq.dicts("SHOW VERSIONS IN MODEL N")
    assert (version["name"], version["is_default_version"], version["model_name"]) == ("V1", "true", "N")
    faq.run("DROP MODEL N")
    assert faq.refusal("DROP MODEL N")[:2] == (2003, "42S02")
    faq.run("DROP MODEL IF EXISTS N")
    faq.run("ALTER MODEL IF EXISTS N SET COMMENT = 'x'")
    assert faq.refusal("SELECT AI_COMPLETE('n', 'x')")[2] == 'unknown model "n"'


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT AI_COMPLETE('llama3.1-8b', 'Hello')",
        "SELECT AI_SENTIMENT('good')",
        "SELECT SNOWFLAKE.CORTEX.SUMMARIZE('text')",
    ],
)
def test_what_cannot_be_answered_honestly_is_unsupported(faq, statement):
    assert faq.refusal(statement)[:2] == (2, "0A000")
