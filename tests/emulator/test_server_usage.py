"""Usage views, and the lifecycle of base models, which an account's own file decides."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from decimal import Decimal

import pytest

CREATE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', %s, %s, %s, %s)"
DESCRIBE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', %s)"
QUERY = "SELECT 'Are you open?' AS prompt, 'Yes, we are' AS completion"
TRAINING = "SNOWFLAKE.ACCOUNT_USAGE.CORTEX_FINE_TUNING_USAGE_HISTORY"
FUNCTIONS = "SNOWFLAKE.ACCOUNT_USAGE.CORTEX_AI_FUNCTIONS_USAGE_HISTORY"


def train(session, name, base_model):
    job = session.one(CREATE, (name, base_model, QUERY, QUERY))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        described = json.loads(session.one(DESCRIBE, (job,)))
        if described["status"] == "SUCCESS":
            return described
        assert described["status"] in {"PENDING", "IN_PROGRESS"}, described
        time.sleep(0.05)
    raise AssertionError("the job does not end")


@pytest.fixture
def settings(attachment):
    """Change a file of the account for the time of a block; the server is this worker's own."""

    @contextmanager
    def change(name, content):
        path = attachment.folder / name
        before = path.read_text() if path.exists() else None
        known = json.loads(before) if before and name == "settings.json" else {}
        path.write_text(json.dumps({**known, **content}))
        try:
            yield
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_text(before)

    return change


def base_models(**statuses):
    return {"models": [{"name": name, **about} for name, about in statuses.items()]}


def test_trained_tokens_are_summed_by_base_model_and_hour(admin, settings):
    query = f"SELECT SUM(TOKENS) FROM {TRAINING} WHERE MODEL_NAME = 'mistral-7b'"
    before = admin.one(query) or 0
    tokens = train(admin, "m", "mistral-7b")["trained_tokens"]
    assert admin.one(query) == before + tokens
    row = admin.dicts(f"SELECT * FROM {TRAINING} WHERE MODEL_NAME = 'mistral-7b' ORDER BY START_TIME")[-1]
    assert admin.columns == ["START_TIME", "END_TIME", "MODEL_NAME", "TOKEN_CREDITS", "TOKENS"]
    assert (row["END_TIME"] - row["START_TIME"]).total_seconds() == 3600
    assert row["START_TIME"].tzinfo is not None
    assert row["TOKEN_CREDITS"] is None
    for rate in (2.5, {"mistral-7b": 2.5}):
        with settings("settings.json", {"training_credits_per_million": rate}):
            credit, used = admin.run(f"SELECT TOKEN_CREDITS, TOKENS FROM {TRAINING} WHERE MODEL_NAME = 'mistral-7b'")[0]
            assert credit == Decimal(used) * Decimal("2.5") / 1_000_000
    with settings("settings.json", {"training_credits_per_million": {"llama3-8b": 2.5}}):
        assert admin.run(f"SELECT DISTINCT TOKEN_CREDITS FROM {TRAINING} WHERE MODEL_NAME = 'mistral-7b'") == [(None,)]


def test_every_call_is_in_the_usage_of_functions(place, admin):
    train(admin, "m", "mistral-7b")
    admin.run("ALTER SESSION SET QUERY_TAG = 'counting'")
    model = f"{place.database}.S.M"
    with admin.connection.cursor() as cursor:
        cursor.execute("SELECT AI_COMPLETE('m', V.P) FROM (SELECT 'Are you open?' AS P UNION ALL SELECT 'open') V")
        query_id = cursor.sfqid
    (row,) = admin.dicts(f"SELECT * FROM {FUNCTIONS} WHERE MODEL_NAME = '{model}'")
    assert admin.columns == [
        "START_TIME", "END_TIME", "FUNCTION_NAME", "MODEL_NAME", "QUERY_ID", "WAREHOUSE_ID", "ROLE_NAMES",
        "QUERY_TAG", "USER_ID", "METRICS", "CREDITS", "IS_COMPLETED",
    ]  # fmt: skip
    assert (row["FUNCTION_NAME"], row["QUERY_ID"], row["QUERY_TAG"]) == ("AI_COMPLETE", query_id, "counting")
    assert json.loads(row["ROLE_NAMES"])[0] == "ACCOUNTADMIN"
    metrics = {one["key"]["metric"]: one["value"] for one in json.loads(row["METRICS"])}
    assert metrics["input"] == 5
    assert metrics["output"] > 0
    assert (row["IS_COMPLETED"], row["CREDITS"]) == (True, None)
    admin.run("CREATE TABLE T AS SELECT SNOWFLAKE.CORTEX.COMPLETE('m', 'open') AS R")
    assert (
        admin.one(f"SELECT COUNT(*) FROM {FUNCTIONS} WHERE MODEL_NAME = '{model}' AND FUNCTION_NAME = 'COMPLETE'") == 1
    )


def test_usage_is_seen_by_accountadmin_and_with_imported_privileges(place, admin):
    role = place.role("READER")
    for view in (TRAINING, FUNCTIONS):
        assert role.refusal(f"SELECT * FROM {view}")[0] == 2003
    admin.run(f"GRANT IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE TO ROLE {role.name}")
    assert role.run(f"SELECT COUNT(*) FROM {TRAINING} U JOIN {FUNCTIONS} F ON 1 = 0") == [(0,)]
    assert role.refusal("SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.METERING_HISTORY")[:2] == (2, "0A000")


def test_base_models_are_shown_with_their_lifecycle(admin, settings):
    rows = admin.dicts("SHOW CORTEX BASE MODELS")
    assert (
        admin.columns
        == (
            "created_on name model_type database_name schema_name owner lifecycle_status in_region_availability"
            " legacy_date eol_date cross_region_availability"
        ).split()
    )
    assert {row["name"]: row["lifecycle_status"] for row in rows}["LLAMA3-8B"] == "GA"
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    named = [row["name"] for row in admin.dicts("SHOW CORTEX BASE MODELS LIKE 'llama3.1%' IN SCHEMA SNOWFLAKE.MODELS")]
    assert named == ["LLAMA3.1-70B", "LLAMA3.1-8B"]
    assert len(admin.run("SHOW CORTEX BASE MODELS IN SNOWFLAKE.MODELS LIKE '%8b' STARTS WITH 'LLAMA' LIMIT 1")) == 1
    assert admin.refusal("SHOW CORTEX BASE MODELS IN SCHEMA S")[0] == 2043
    ended = {"lifecycle_status": "EOL", "legacy_date": "2026-08-12", "eol_date": "2026-10-14"}
    with settings("base_models.json", base_models(**{"mixtral-8x7b": ended})):
        (row,) = admin.dicts("SHOW CORTEX BASE MODELS LIKE 'mixtral%'")
        assert (row["lifecycle_status"], row["legacy_date"], row["eol_date"]) == ("EOL", "2026-08-12", "2026-10-14")


def test_a_model_of_an_ended_base_model_no_longer_works(admin, settings):
    train(admin, "m", "mixtral-8x7b")
    ask = "SELECT AI_COMPLETE('m', 'Are you open?')"
    with settings("base_models.json", base_models(**{"mixtral-8x7b": {"lifecycle_status": "EOL"}})):
        assert "mixtral-8x7b has reached its end of life" in admin.refusal(ask)[2]
        assert admin.refusal("SELECT SNOWFLAKE.CORTEX.COMPLETE(M, 'x') FROM (SELECT 'm' AS M)")[0] == 100351
        assert "end of life" in admin.refusal(CREATE, ("n", "mixtral-8x7b", QUERY, QUERY))[2]
    assert admin.one(ask) == "Yes, we are"
    fine_tuned = {"lifecycle_status": "GA", "fine_tuned_status": "EOL"}
    with settings("base_models.json", base_models(**{"mixtral-8x7b": fine_tuned})):
        assert admin.refusal(ask)[0] == 100351


def test_who_used_a_legacy_model_before_goes_on(admin, settings):
    train(admin, "m", "mixtral-8x7b")
    create = (CREATE, ("n", "mixtral-8x7b", QUERY, QUERY))
    with settings("base_models.json", base_models(**{"mixtral-8x7b": {"lifecycle_status": "LEGACY"}})):
        assert admin.one("SELECT AI_COMPLETE('m', 'Are you open?')") == "Yes, we are"
        train(admin, "n", "mixtral-8x7b")
    unused = {"lifecycle_status": "LEGACY", "used_before": False}
    with settings("base_models.json", base_models(**{"mixtral-8x7b": unused})):
        assert "had not used it before" in admin.refusal(*create)[2]


def test_a_file_of_base_models_that_cannot_be_read_is_named(admin, settings):
    with settings("base_models.json", {"models": [{"name": "x", "lifecycle_status": "OLD"}]}):
        assert "base_models.json" in admin.refusal("SHOW CORTEX BASE MODELS")[2]


def test_jobs_are_forgotten_after_their_time(admin, settings):
    job = train(admin, "m", "mistral-7b")["id"]
    with settings("settings.json", {"jobs_kept_seconds": 0}):
        time.sleep(0.01)
        assert job not in admin.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")
        assert admin.refusal(DESCRIBE, (job,))[0] == 2003
        assert admin.one("SELECT AI_COMPLETE('m', 'Are you open?')") == "Yes, we are"
    with settings("settings.json", {"jobs_kept_seconds": 3600}):
        assert job in admin.one("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")


def test_an_account_may_refuse_to_rename_models(admin, settings):
    train(admin, "m", "mistral-7b")
    with settings("settings.json", {"refuse_model_rename": True}):
        assert admin.refusal("ALTER MODEL M RENAME TO N")[:2] == (2, "0A000")
    admin.run("ALTER MODEL M RENAME TO N")


def test_arctic_extract_is_not_here(admin):
    assert admin.refusal(CREATE, ("m", "arctic-extract", QUERY, QUERY))[:2] == (2, "0A000")
