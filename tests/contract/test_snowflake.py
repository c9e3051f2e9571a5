"""What ftspec relies on of Snowflake, stated once: each test names the page that promises it, or says what was seen."""

from __future__ import annotations

import hashlib
import json
import re

JOB_ID = re.compile(r"ft_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|CortexFineTuningWorkflow_[0-9a-f-]{36}")


def low(text):
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[16:], 16)


def grants(snowflake, role):
    rows = snowflake.run(f"SHOW GRANTS TO ROLE {role}")
    return [(row["privilege"], row["granted_on"], row["name"]) for row in rows]


# Sessions


def test_a_session_says_who_and_where_it_is(snowflake):
    row = snowflake.run(
        "SELECT CURRENT_ACCOUNT() AS A, CURRENT_USER() AS U, CURRENT_ROLE() AS R, CURRENT_WAREHOUSE() AS W"
    )[0]
    assert all(isinstance(row[key], str) and row[key] for key in "AUR")
    assert row["W"] is None or isinstance(row["W"], str)


def test_secondary_roles_can_be_switched_off(snowflake):  # sql-reference/sql/use-secondary-roles
    snowflake.run("USE SECONDARY ROLES NONE")
    assert json.loads(snowflake.one("SELECT CURRENT_SECONDARY_ROLES()"))["roles"] == ""


def test_a_query_tag_can_be_set_and_unset(snowflake):  # sql-reference/parameters, QUERY_TAG
    snowflake.run("ALTER SESSION SET QUERY_TAG = 'ftspec contract'")
    snowflake.run("ALTER SESSION UNSET QUERY_TAG")


def test_what_is_not_there_is_refused_with_number_and_state(snowflake):
    assert snowflake.refusal(f"SELECT * FROM {snowflake.name('NO_SUCH')}") == (2003, "42S02")
    assert snowflake.refusal("SELECT 1 +") == (1003, "42000")


# Data


def test_md5_number_lower64_equals_hashlib(snowflake):  # sql-reference/functions/md5_number_lower64
    for text in ("", "a", "ß漢字 ' \\"):
        quoted = text.replace("\\", "\\\\").replace("'", "''")
        assert int(snowflake.one(f"SELECT MD5_NUMBER_LOWER64('{quoted}')")) == low(text)


def test_a_profile_is_one_exact_aggregate(snowflake, pairs):
    total = snowflake.one(f"SELECT SUM(MD5_NUMBER_LOWER64(LENGTH(PROMPT) || ':' || PROMPT || COMPLETION)) FROM {pairs}")
    texts = [(f"what is the number {n}", f"it is the number {n}") for n in range(40)]
    assert int(total) == sum(low(f"{len(prompt)}:{prompt}{completion}") for prompt, completion in texts)


def test_tokens_are_counted_by_the_base_models_name(snowflake, pairs):  # sql-reference/functions/ai_count_tokens
    count = snowflake.one(f"SELECT SUM(AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', PROMPT)) FROM {pairs}")
    assert 40 <= int(count) <= 40 * 20


def test_base_models_are_listed_with_their_lifecycle(snowflake):  # sql-reference/sql/show-cortex-base-models
    rows = snowflake.run("SHOW CORTEX BASE MODELS IN SCHEMA SNOWFLAKE.MODELS")
    assert {"name", "lifecycle_status", "legacy_date", "eol_date"} <= set(rows[0])
    assert "LLAMA3.1-8B" in {row["name"] for row in rows}


def test_explain_compiles_without_running(snowflake, pairs):  # sql-reference/sql/explain
    assert snowflake.run(f'EXPLAIN USING TEXT SELECT "PROMPT" FROM (SELECT PROMPT FROM {pairs})')
    assert snowflake.refusal(f'EXPLAIN SELECT "completion" FROM {pairs}') == (904, "42000")


def test_views_are_listed_by_name(snowflake, pairs):  # sql-reference/sql/show-views
    snowflake.make("VIEW", "SEEN", f"AS SELECT PROMPT FROM {pairs}")
    rows = snowflake.run(f"SHOW VIEWS IN SCHEMA {snowflake.place}")
    assert f"{snowflake.prefix}SEEN" in {row["name"] for row in rows}
    assert {"created_on", "name", "database_name", "schema_name", "owner", "comment"} <= set(rows[0])


# Privileges


def test_a_grant_given_twice_is_one_grant(snowflake, pairs):  # sql-reference/sql/grant-privilege
    role = snowflake.make("ROLE", "TWICE")
    for _ in range(2):
        snowflake.allowed(f"GRANT SELECT ON TABLE {pairs} TO ROLE {role}")
    assert grants(snowflake, role) == [("SELECT", "TABLE", pairs)]
    row = snowflake.run(f"SHOW GRANTS TO ROLE {role}")[0]
    assert set(row) >= {
        "created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by",
    }  # fmt: skip
    assert (row["granted_to"], row["grantee_name"], row["grant_option"]) == ("ROLE", role, "false")


def test_revoking_what_is_not_held_succeeds(snowflake, pairs):  # sql-reference/sql/revoke-privilege
    role = snowflake.make("ROLE", "NOTHING")
    snowflake.allowed(f"REVOKE SELECT ON TABLE {pairs} FROM ROLE {role}")
    assert grants(snowflake, role) == []


def test_the_database_role_of_cortex_is_shown_as_usage(snowflake):  # sql-reference/sql/show-grants
    role = snowflake.make("ROLE", "CORTEX")
    snowflake.allowed(f"GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE {role}")
    (row,) = snowflake.run(f"SHOW GRANTS TO ROLE {role}")
    assert row["privilege"] == "USAGE"
    assert row["granted_on"] in {"DATABASE_ROLE", "ROLE"}
    assert row["name"].rpartition(".")[2] == "CORTEX_USER"


def test_a_role_in_a_role_is_usage_on_role(snowflake):
    outer, inner = snowflake.make("ROLE", "OUTER"), snowflake.make("ROLE", "INNER")
    snowflake.allowed(f"GRANT ROLE {inner} TO ROLE {outer}")
    assert grants(snowflake, outer) == [("USAGE", "ROLE", inner)]


def test_a_role_that_is_not_there_is_refused(snowflake):
    assert snowflake.refusal(f"SHOW GRANTS TO ROLE {snowflake.prefix}NO_SUCH")[0] == 2003


def test_a_database_role_has_usage_on_its_database(snowflake, pairs):  # sql-reference/sql/create-database-role
    database = snowflake.place.partition(".")[0]
    role = f"{database}.{snowflake.prefix}READERS"
    snowflake.allowed(f"CREATE DATABASE ROLE {role}")
    snowflake.drop_later("DATABASE ROLE", role)
    snowflake.allowed(f"GRANT SELECT ON TABLE {pairs} TO DATABASE ROLE {role}")
    rows = snowflake.run(f"SHOW GRANTS TO DATABASE ROLE {role}")
    held = {(row["privilege"], row["granted_on"], row["name"]) for row in rows}
    assert held == {("USAGE", "DATABASE", database), ("SELECT", "TABLE", pairs)}
    shown = snowflake.run(f"SHOW DATABASE ROLES IN DATABASE {database}")
    assert f"{snowflake.prefix}READERS" in {row["name"] for row in shown}
    assert {"created_on", "name", "granted_to_roles", "owner", "comment"} <= set(shown[0])


def test_a_database_role_is_given_to_an_account_role(snowflake):  # sql-reference/sql/grant-database-role
    role = f"{snowflake.place.partition('.')[0]}.{snowflake.prefix}MEMBERS"
    snowflake.allowed(f"CREATE DATABASE ROLE {role}")
    snowflake.drop_later("DATABASE ROLE", role)
    member = snowflake.make("ROLE", "MEMBER")
    snowflake.allowed(f"GRANT DATABASE ROLE {role} TO ROLE {member}")
    (row,) = snowflake.run(f"SHOW GRANTS TO ROLE {member}")
    assert (row["privilege"], row["granted_on"]) == ("USAGE", "DATABASE_ROLE")
    assert row["name"].rpartition(".")[2] == f"{snowflake.prefix}MEMBERS"


def test_a_grant_option_is_taken_back_alone(snowflake, pairs):  # sql-reference/sql/revoke-privilege
    role = snowflake.make("ROLE", "OPTION")
    snowflake.allowed(f"GRANT SELECT ON TABLE {pairs} TO ROLE {role} WITH GRANT OPTION")
    snowflake.allowed(f"REVOKE GRANT OPTION FOR SELECT ON TABLE {pairs} FROM ROLE {role}")
    (row,) = snowflake.run(f"SHOW GRANTS TO ROLE {role}")
    assert (row["privilege"], row["grant_option"]) == ("SELECT", "false")


def test_what_comes_has_its_future_grants(snowflake):  # sql-reference/sql/grant-privilege, "Future grants"
    role = snowflake.make("ROLE", "FUTURE")
    snowflake.allowed(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {snowflake.place} TO ROLE {role}")
    (row,) = snowflake.run(f"SHOW FUTURE GRANTS TO ROLE {role}")
    assert (row["privilege"], row["grant_on"], row["name"]) == ("SELECT", "TABLE", f"{snowflake.place}.<TABLE>")
    table = snowflake.make("TABLE", "COMING", "(A INT)")
    assert grants(snowflake, role) == [("SELECT", "TABLE", table)]


# Models and training


def test_models_are_listed_with_their_columns(snowflake):  # sql-reference/sql/show-models
    with snowflake.connection.cursor() as cursor:
        cursor.execute(f"SHOW MODELS IN SCHEMA {snowflake.place}")
        names = [column.name for column in cursor.description]
    assert set(names) >= set(
        "created_on name model_type database_name schema_name owner comment versions default_version_name".split()
    )


def test_jobs_are_listed_without_names(training, trained):  # sql-reference/functions/finetune-show
    jobs = json.loads(training.finetune("SHOW"))
    found = next(job for job in jobs if job["id"] == trained["id"])
    assert {"id", "status", "base_model", "created_on"} <= set(found)
    assert not {"model", "training_data", "name"} & set(found)
    assert isinstance(found["created_on"], int)


def test_a_job_that_succeeded_is_described(training, trained):  # sql-reference/functions/finetune-describe
    assert JOB_ID.fullmatch(trained["id"])
    assert trained["progress"] == 1.0
    assert trained["base_model"] == "llama3.1-8b"
    assert isinstance(trained["trained_tokens"], int)
    assert set(trained["training_result"]) == {"training_loss", "validation_loss"}
    assert trained["validation_data"] == ""
    assert trained["finished_on"] >= trained["created_on"]
    assert trained["model"].upper() == training.name("MODEL").upper()
    assert "error" not in trained


def test_describe_echoes_a_leading_comment_of_the_query(trained):  # seen in samples: the query as it was passed
    assert trained["training_data"].startswith("/* ftspec:v1 contract */ SELECT")


def test_a_comment_of_a_model_is_read_back(training, trained):  # sql-reference/sql/alter-model
    comment = 'it\'s \\ "quoted" ß ftspec:v1'
    quoted = comment.replace("\\", "\\\\").replace("'", "''")
    training.run(f"ALTER MODEL {trained['model']} SET COMMENT = '{quoted}'")
    rows = training.run(f"SHOW MODELS IN SCHEMA {training.place}")
    found = next(row for row in rows if row["name"] == f"{training.prefix}MODEL")
    assert (found["comment"], found["model_type"]) == (comment, "CORTEX_FINETUNED")


def test_a_grant_on_a_model_has_its_full_name(training, trained):
    role = training.make("ROLE", "READER")
    training.allowed(f"GRANT USAGE ON MODEL {trained['model']} TO ROLE {role}")
    ((privilege, kind, name),) = grants(training, role)
    assert (privilege, name) == ("USAGE", f"{training.place}.{training.prefix}MODEL")
    assert kind in {"MODEL", "MODULE"}


def test_a_tuned_model_answers(training, trained):  # sql-reference/functions/ai_complete-single-string
    for function in ("AI_COMPLETE", "SNOWFLAKE.CORTEX.COMPLETE"):
        answer = training.one(f"SELECT {function}('{trained['model']}', 'what is the number 7')")
        assert isinstance(answer, str)
        assert answer


def test_a_tuned_model_answers_each_row(training, trained, pairs):  # sql-reference/functions/ai_complete-single-string
    rows = training.run(f"SELECT PROMPT, AI_COMPLETE('{trained['model']}', PROMPT) AS ANSWER FROM {pairs}")
    assert len(rows) == 40
    assert all(isinstance(row["ANSWER"], str) and row["ANSWER"] for row in rows)
    null = training.one(f"SELECT AI_COMPLETE('{trained['model']}', PROMPT) FROM (SELECT NULL::VARCHAR AS PROMPT)")
    assert null is None


def test_a_tuned_model_has_a_default_version(training, trained):  # sql-reference/sql/show-versions-in-model
    versions = training.run(f"SHOW VERSIONS IN MODEL {trained['model']}")
    assert [row["is_default_version"] for row in versions] == ["true"]
    assert "DEFAULT" in json.loads(versions[0]["aliases"])
    rows = training.run(f"SHOW MODELS LIKE '{training.prefix}MODEL' IN SCHEMA {training.place}")
    assert rows[0]["default_version_name"] == versions[0]["name"]


def test_a_second_model_of_one_name_gets_a_suffix(training, trained, pairs):  # finetune-create, "name"
    second = training.train("MODEL", f"SELECT PROMPT, COMPLETION FROM {pairs}")
    assert second["status"] == "SUCCESS"
    assert second["model"] != trained["model"]
    assert second["model"].upper().startswith(trained["model"].upper())


def test_a_query_that_ends_in_a_semicolon_fails_its_job(training, pairs):  # seen in the tests of Snowflake's SDK
    job = training.train("FAILS", f"SELECT PROMPT, COMPLETION FROM {pairs};")
    assert job["status"] == "ERROR"
    assert job["error"]["code"] == "INVALID_PARAMETER_VALUE"
    assert 'SELECT "PROMPT", "COMPLETION" FROM (' in job["error"]["message"]
    assert "model" not in job


def test_a_cancelled_job_says_so(training, pairs):  # sql-reference/functions/finetune-cancel
    query = f"SELECT PROMPT, COMPLETION FROM {pairs}"
    job = training.finetune("CREATE", training.name("CANCELLED"), "llama3.1-8b", query)
    training.drop_later("MODEL", training.name("CANCELLED"))
    assert training.finetune("CANCEL", job) == f"Canceled Cortex Fine-tuning job: {job}"
    assert json.loads(training.finetune("DESCRIBE", job))["status"] == "CANCELLED"
