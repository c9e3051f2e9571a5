"""Tools that were not written for this server find in it the Snowflake that they know."""

from __future__ import annotations

import json
import re

import pytest
from clients.conftest import Client
from snowflake.connector import connect
from support.workspace import REPOSITORY

SDK, CLI, SNOWCAP, PERMIFROST = map(Client, ("snowflake-ml-python", "snowflake-cli", "snowcap", "permifrost"))


def test_snowflakes_sdk_trains_lists_describes_and_cancels(served):
    told = SDK.observe("use_finetune.py", served)
    assert told["cancelled"] is True
    assert told["listed"][0] == "CANCELLED"
    assert told["listed"][1] in {"PENDING", "IN_PROGRESS"}
    described = told["described"]
    assert described["id"] is True
    assert (described["status"], described["model"], described["progress"]) == ("SUCCESS", "SDK.PUBLIC.TUNED", 1.0)
    assert described["training_result"].keys() == {"training_loss", "validation_loss"}
    assert told["completed"] == "At nine."


def test_snowpark_reads_makes_and_saves_data_frames(served):
    told = SDK.observe("use_dataframes.py", served)
    assert told.pop("call").endswith("Unsupported feature 'CALL NO_SUCH_PROCEDURE'.")
    assert told == {
        "role": '"ACCOUNTADMIN"',
        "schema": [["N", "LongType()"], ["LETTER", "StringType()"]],
        "filtered": [["b", 20], ["b", 30], ["c", 40]],
        "grouped": [["a", 1], ["b", 2], ["c", 1]],
        "joined": [[1, "a", 1]],
        "pandas": [1, 2, 3, 4],
        "bound": [[7, "x"]],
        "updated": 1,
        "deleted": 1,
        "count": 3,
        "view": [[1, "z"], [3, "b"], [4, "c"]],
    }


@pytest.fixture
def snow(served, tmp_path):
    """Give a way to run the Snowflake CLI with the server as its default connection."""
    config = tmp_path / "config.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in served.parameters.items()]
    content = ['default_connection_name = "emb"', "[cli.logs]", "save_logs = false", "[connections.emb]", *lines]
    config.touch(mode=0o600)
    config.write_text("\n".join(content) + "\n")

    def run(*arguments):
        ran = CLI.run(
            "snow", "--config-file", str(config), *arguments, SNOWFLAKE_HOME=str(tmp_path), HOME=str(tmp_path)
        )
        assert ran.code == 0, ran.out + ran.err
        return json.loads(ran.out)

    return run


def test_the_snowflake_cli_runs_statements_and_files(served, snow, tmp_path):
    tested = snow("connection", "test", "--format", "json")
    assert (tested["Status"], tested["User"], tested["Role"]) == ("OK", "EMBEDDED", "ACCOUNTADMIN")
    assert snow("sql", "-q", "SELECT 1 AS ONE; SELECT 'x' AS X", "--format", "json") == [[{"ONE": 1}], [{"X": "x"}]]
    file = tmp_path / "several.sql"
    file.write_text(
        "CREATE DATABASE SNOW; -- one; two\nUSE SCHEMA SNOW.PUBLIC;\nCREATE TABLE T (A INT);\n"
        "INSERT INTO T VALUES (1), (2);\nSELECT SUM(A) AS TOTAL FROM T;\n"
    )
    answers = snow("sql", "-f", str(file), "--format", "json")
    assert answers[3:] == [[{"number of rows inserted": 2}], [{"TOTAL": 3}]]
    listed = snow("object", "list", "table", "--in", "database", "SNOW", "--format", "json")
    assert [(row["name"], row["rows"]) for row in listed] == [("T", 2)]
    assert [row["name"] for row in snow("object", "list", "role", "--like", "PUB%", "--format", "json")] == ["PUBLIC"]
    described = snow("object", "describe", "table", "SNOW.PUBLIC.T", "--format", "json")
    assert [row["name"] for row in described] == ["A"]
    snow("object", "drop", "table", "SNOW.PUBLIC.T", "--format", "json")
    assert snow("object", "list", "table", "--in", "database", "SNOW", "--format", "json") == []
    assert served.refused() == []


def test_snowcap_has_nothing_to_change_after_its_apply(served):
    told = SNOWCAP.observe("manage_with_snowcap.py", served)
    assert (told["first"], told["again"]) == (8, 0)
    assert told["held"] == [
        "SELECT TABLE CAP.PUBLIC.FAQ",
        "SELECT TABLE CAP.PUBLIC.LATER",
        "USAGE DATABASE CAP",
        "USAGE ROLE LOADER",
        "USAGE SCHEMA CAP.PUBLIC",
        "USAGE WAREHOUSE COMPUTE_WH",
    ]
    # What is not there yet is asked for, and refused as a missing object.
    assert {number for number, _ in served.refused()} == {2003}


def test_permifrost_has_no_grant_to_make_after_its_run(served):
    with connect(**served.parameters) as connection, connection.cursor() as cursor:
        for statement in (
            "CREATE DATABASE FROST",
            "CREATE TABLE FROST.PUBLIC.FAQ (A INT)",
            "CREATE ROLE FROST_READER",
            "CREATE ROLE FROST_BASE",
            "GRANT ROLE SECURITYADMIN TO USER EMBEDDED",
        ):
            cursor.execute(statement)
    first, again = (run_permifrost(served, *dry) for dry in ((), ("--dry",)))
    assert {status for status, _ in first} == {"SUCCESS"}
    assert len(first) == 12
    # Whether a user is disabled is never read: it is set in each run.
    assert again == [("PENDING", "ALTER USER embedded SET DISABLED = FALSE")]
    assert served.refused() == []


def run_permifrost(served, *options):
    scripts = REPOSITORY / "tests" / "clients" / "scripts"
    spec = str(scripts / "permifrost.yaml")
    arguments = ("-P", str(scripts / "run_permifrost.py"), *options, spec)
    ran = PERMIFROST.run("python", *arguments, stdin=json.dumps(served.parameters))
    assert ran.code == 0, ran.out + ran.err
    return re.findall(r"^\[(\w+)\] (.*);$", ran.out, re.MULTILINE)
