"""What a plan says of rows before they are paid for, and what becomes of it when they move, through the real driver.

Every test is a project of its own on one account: markers keep them apart.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from support.workspace import Workspace

SETUP = """\
CREATE ROLE ML_TRAINER;
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.SUPPORT;
USE SCHEMA ML.SUPPORT;
CREATE TABLE PAIRS (N INTEGER, PROMPT VARCHAR, COMPLETION VARCHAR);
INSERT INTO PAIRS
  SELECT SEQ, 'question number ' || SEQ, 'answer number ' || SEQ
  FROM (SELECT 10 + SEQ4() AS SEQ FROM TABLE(GENERATOR(ROWCOUNT => 40)));
CREATE TABLE OTHERS (PROMPT VARCHAR, COMPLETION VARCHAR);
INSERT INTO OTHERS VALUES ('question number 10', 'again'), ('another question', 'another answer');
CREATE TABLE NOTHING (PROMPT VARCHAR, COMPLETION VARCHAR);
CREATE TABLE NULLS (PROMPT VARCHAR, COMPLETION VARCHAR);
INSERT INTO NULLS VALUES ('one', NULL), ('two', NULL);
CREATE VIEW LOWER_CASE AS SELECT PROMPT AS "prompt", COMPLETION FROM PAIRS;
"""
PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {{name: {name}}}
spec:
  database: ML
  schema: SUPPORT
  {settings}
  environments:
    embedded:
      connection: embedded
      role: ML_TRAINER
      warehouse: COMPUTE_WH
      training_seconds: 0.2
      setup: [setup.sql]
"""


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "setup.sql").write_text(SETUP)
    return folder


@pytest.fixture
def declare(account, request):
    """Write a project whose name is the test's."""

    def write(*documents: str, settings: str = "") -> Workspace:
        name = request.node.name.removeprefix("test_")[:40]
        (account / "ftspec.yaml").write_text(PROJECT.format(name=name, settings=settings))
        (account / "models.yaml").write_text("---\n".join(documents))
        return Workspace(account)

    return write


def dataset(name: str, query: str, rest: str = "") -> str:
    head = f"apiVersion: ftspec/v1\nkind: Dataset\nmetadata:\n  name: {name}\nspec:\n"
    return f"{head}  query: {query}\n{rest}"


def model(name: str, training: str, rest: str = "") -> str:
    head = f"apiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata:\n  name: {name}\nspec:\n"
    return f"{head}  base_model: llama3.1-8b\n  training_data: {training}\n  options: {{max_epochs: 1}}\n{rest}"


def plan_of(workspace: Workspace, *options: str) -> dict:
    ran = workspace.run("--format", "json", "plan", *options)
    return json.loads(ran.out)


def actions(plan: dict) -> dict[str, str]:
    return {change["address"]["name"]: change["action"] for change in plan["changes"] if change["action"] != "no-op"}


def apply(workspace: Workspace, *options: str) -> None:
    ran = workspace.run("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.out + ran.err


def statements(workspace: Workspace, *command: str) -> list[str]:
    before = len(workspace.log())
    workspace.run(*command)
    return [str(entry["sql"]) for entry in workspace.log()[before:]]


def fingerprint(workspace: Workspace, query: str) -> str:
    """Fingerprint rows with nothing but hashlib."""
    rows = workspace.sql(f"SELECT PROMPT AS P, COMPLETION AS C FROM ({query})", role="ML_TRAINER")
    halves = (hashlib.md5(f"{len(row['P'])}:{row['P']}{row['C']}".encode()).hexdigest()[16:] for row in rows)
    return f"d1:{len(rows)}-{sum(int(half, 16) for half in halves):x}"


def data_of(workspace: Workspace, name: str) -> str:
    """Read the data fingerprint on a live model."""
    (row,) = workspace.sql(f"SHOW MODELS LIKE '{name}' IN SCHEMA ML.SUPPORT")
    return str(row["comment"]).split(" data=")[1].split()[0]


def test_a_row_more_retrains_those_that_asked_for_it(declare):
    workspace = declare()
    workspace.sql("CREATE TABLE ML.SUPPORT.MOVING AS SELECT * FROM ML.SUPPORT.PAIRS WHERE N < 16", role="ML_TRAINER")
    query = "SELECT prompt, completion FROM moving"
    models = model("asks", "train", "  retrain_on: [spec, data]\n"), model("does_not_ask", "train")
    declare(dataset("train", query), *models)
    apply(workspace)
    assert data_of(workspace, "ASKS") == data_of(workspace, "DOES_NOT_ASK") == fingerprint(workspace, query)

    turned = "CREATE OR REPLACE TABLE ML.SUPPORT.MOVING AS SELECT * FROM ML.SUPPORT.PAIRS WHERE N < 16 ORDER BY N DESC"
    workspace.sql(turned, role="ML_TRAINER")
    declare(dataset("train", "|\n    select prompt,\n      completion -- as it stands\n    FROM Moving"), *models)
    assert actions(plan_of(workspace)) == {}

    workspace.sql("INSERT INTO ML.SUPPORT.MOVING VALUES (0, 'one more', 'row')", role="ML_TRAINER")
    plan = plan_of(workspace)
    assert actions(plan) == {"asks": "replace"}
    (change,) = [change for change in plan["changes"] if change["action"] == "replace"]
    assert change["reason"] == "its data moved: 6 rows before, 7 now"
    apply(workspace)
    assert data_of(workspace, "ASKS") == fingerprint(workspace, query) != data_of(workspace, "DOES_NOT_ASK")
    assert actions(plan_of(workspace)) == {}


def test_what_is_read_and_what_is_not(declare):
    query = "SELECT prompt, completion FROM pairs"
    documents = [
        dataset("train", query),
        dataset("valid", "SELECT prompt, completion FROM others"),
        *(model(name, "train", "  validation_data: valid\n") for name in ("one", "two")),
    ]
    workspace = declare(*documents)
    read = statements(workspace, "plan")
    about_data = [sql for sql in read if "FROM pairs" in sql or "FROM others" in sql]
    assert sorted(sql.split()[0] for sql in about_data) == ["EXPLAIN", "EXPLAIN", "SELECT", "SELECT", "SELECT"]
    assert all(sql.startswith(("EXPLAIN SELECT", "SELECT COUNT(*)")) for sql in about_data)
    plan = plan_of(workspace)
    (change, _) = [change for change in plan["changes"] if change["address"]["kind"] == "model"]
    training, validation = change["figures"]
    assert (training["dataset"], training["profile"]["rows"], training["shared_prompts"]) == ("train", 40, None)
    assert (validation["dataset"], validation["profile"]["rows"], validation["shared_prompts"]) == ("valid", 2, 1)
    assert [note["code"] for note in change["notes"]] == ["FT235"]
    apply(workspace)
    assert [sql for sql in statements(workspace, "plan") if "FROM pairs" in sql or "FROM others" in sql] == []


BAD = """\
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: misspelt}
spec:
  query: |
    SELECT prompt,
           answer AS completion
    FROM pairs
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: misspelt_in_a_line}
spec:
  query: "SELECT prompt, answer AS completion FROM pairs"
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: nowhere}
spec: {table: NOT_THERE}
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: lower_case}
spec:
  query: SELECT * FROM lower_case
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: empty}
spec: {table: NOTHING}
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: all_null}
spec: {table: NULLS}
"""
WRONG = {
    "misspelt": ("FT220", (7, 12), "invalid identifier 'ANSWER'"),
    "misspelt_in_a_line": ("FT220", (14, 26), "invalid identifier 'ANSWER'"),
    "nowhere": ("FT220", (19, 15), "Object 'ML.SUPPORT.NOT_THERE' does not exist or not authorized"),
    "lower_case": ("FT220", (25, 10), "invalid identifier '\"PROMPT\"'"),
    "empty": ("FT221", (30, 15), "there is nothing to learn: dataset empty gives no rows"),
    "all_null": ("FT222", (35, 15), "every completion of dataset all_null is null or blank"),
}


def test_bad_input_has_a_place(declare):
    workspace = declare(BAD, *(model(f"m_{name}", name) for name in WRONG))
    plan = plan_of(workspace)
    blocked = {
        change["address"]["name"]: next(note for note in change["notes"] if note["severity"] == "error")
        for change in plan["changes"]
        if change["action"] == "blocked"
    }
    found = {
        name: (blocked[f"m_{name}"]["code"], (span["line"], span["column"]))
        for name in WRONG
        for span in [blocked[f"m_{name}"]["span"]]
    }
    assert found == {name: (code, place) for name, (code, place, _) in WRONG.items()}
    for name, (_, _, words) in WRONG.items():
        assert words in blocked[f"m_{name}"]["message"]
    assert "without quotes, … AS prompt" in blocked["m_lower_case"]["hint"]
    assert plan["steps"] == []
    (counted,) = [change["figures"] for change in plan["changes"] if change["address"]["name"] == "m_all_null"]
    assert (counted[0]["profile"]["rows"], counted[0]["profile"]["blank_completions"]) == (2, 2)
    assert workspace.run("apply", "--auto-approve").code == 1

    online = workspace.run("validate", "--online")
    assert online.code == 1
    for code, (line, column), _ in WRONG.values():
        assert f"models.yaml:{line}:{column}: error {code}" in online.err
    assert online.err.count("error FT") == len(WRONG)
    assert workspace.run("validate").code == 0
    # What no model learns from is looked at too.
    declare(BAD)
    alone = workspace.run("validate", "--online")
    assert alone.err.count("error FT") == len(WRONG)


def test_rows_are_profiled_again_before_they_are_paid_for(declare):
    workspace = declare()
    workspace.sql("CREATE TABLE ML.SUPPORT.GROWING AS SELECT * FROM ML.SUPPORT.PAIRS", role="ML_TRAINER")
    query = "SELECT prompt, completion FROM growing"
    documents = dataset("train", query), model("grown", "train")
    declare(*documents)
    saved = str(workspace.folder / "saved.json")
    shown = plan_of(workspace, "--out", saved)["summary"]["trained_tokens"]
    before = fingerprint(workspace, query)

    workspace.sql(f"INSERT INTO ML.SUPPORT.GROWING VALUES (1, '{'x' * shown}', 'y')", role="ML_TRAINER")
    refused = workspace.run("apply", saved)
    assert refused.code == 1
    grown = shown + -(-shown // 4) + 1
    assert f"the training data has grown by more than a tenth, from {shown:,} to {grown:,} tokens: no training was" in (
        refused.err
    )
    assert workspace.sql("SHOW MODELS LIKE 'GROWN%' IN SCHEMA ML.SUPPORT") == []

    workspace.sql("UPDATE ML.SUPPORT.GROWING SET PROMPT = 'a few more' WHERE N = 1", role="ML_TRAINER")
    declare(*documents, settings=f"limits: {{training_tokens: {shown + 1}}}")
    too_many = workspace.run("apply", saved)
    assert too_many.code == 1
    assert f"the plan would train {shown + 4:,} tokens now, more than the limit of {shown + 1:,}" in too_many.err
    assert workspace.sql("SHOW MODELS LIKE 'GROWN%' IN SCHEMA ML.SUPPORT") == []

    declare(*documents)
    applied = workspace.run("apply", saved)
    assert applied.code == 0, applied.out + applied.err
    assert data_of(workspace, "GROWN") == fingerprint(workspace, query) != before
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_tokens_are_counted_where_that_is_asked_for(declare):
    workspace = declare(dataset("train", "SELECT prompt, completion FROM pairs"), model("exact", "train"))
    counted = workspace.sql(
        "SELECT SUM(AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', PROMPT)"
        " + AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', COMPLETION)) AS N FROM ML.SUPPORT.PAIRS"
    )[0]["N"]
    (exact,) = [change["cost"] for change in plan_of(workspace, "--exact-tokens")["changes"] if change["cost"]]
    assert (exact["tokens"], exact["exact"]) == (counted, True)
    (estimate,) = [change["cost"] for change in plan_of(workspace)["changes"] if change["cost"]]
    assert (estimate["tokens"], estimate["exact"]) == (40 * (5 + 4), False)


def test_credits_are_limited_by_rates_that_are_declared_or_learnt(declare):
    documents = dataset("train", "SELECT prompt, completion FROM pairs"), model("priced", "train")
    workspace = declare(*documents, settings="limits: {credits: 0.0001}")
    unknown = workspace.run("plan")
    assert unknown.code == 0
    assert "warning FT419: limits.credits cannot be checked: no credit rate is known of llama3.1-8b" in unknown.err
    assert "cost             credits unknown: set credit_rates.llama3.1-8b, or use --learn-rate" in unknown.out

    unread = workspace.run("plan", "--learn-rate")
    assert "warning FT237    no credit rate of llama3.1-8b is learnt from the usage history: " in unread.out

    declare(*documents, settings="limits: {credits: 0.0001}\n  credit_rates: {llama3.1-8b: 1.9}")
    dear = workspace.run("plan")
    assert dear.code == 1
    assert "error FT418: the plan takes 0.000684 credits, more than the limit of 0.0001" in dear.err
    assert "cost             less than 0.01 credits (1.9 a million tokens)" in dear.out

    settings = workspace.folder / ".ftspec" / "embedded" / "settings.json"
    settings.write_text(json.dumps({"training_credits_per_million": {"llama3.1-8b": 2.5}}))
    declare(*documents)
    apply(workspace)
    workspace.sql("GRANT IMPORTED PRIVILEGES ON DATABASE SNOWFLAKE TO ROLE ML_TRAINER")
    learnt = plan_of(workspace, "--replace", "priced", "--learn-rate")
    (cost,) = [change["cost"] for change in learnt["changes"] if change["cost"]]
    assert (cost["credit_rate"], cost["rate_learnt"]) == (2.5, True)
    assert learnt["summary"]["credits"] == pytest.approx(360 * 2.5 / 1_000_000)


RULES = {
    "rows": (
        "SELECT prompt, completion FROM pairs WHERE n < 12",
        "rows: {min: 3}",
        "error FT230",
        "has 2 rows; expect.rows is at least 3",
    ),
    "duplicate_prompts": (
        "SELECT prompt, completion FROM pairs WHERE n < 12 UNION ALL SELECT prompt, completion FROM pairs WHERE n < 12",
        "duplicate_prompts: {at_most: 0.4}",
        "error FT232",
        "has 2 of 4 (50.0%) pairs that repeat a prompt; expect.duplicate_prompts is at most 0.4",
    ),
    "conflicting_completions": (
        "SELECT prompt, completion FROM pairs WHERE n < 12 UNION ALL SELECT prompt, 'x' FROM pairs WHERE n = 11",
        "conflicting_completions: {at_most: 0, severity: warning}",
        "warning FT233",
        "has 1 of 2 (50.0%) prompts with several completions; expect.conflicting_completions is at most 0",
    ),
    "truncated": (
        "SELECT prompt, IFF(n = 10, REPEAT('long ', 20), completion) AS completion FROM pairs WHERE n < 14",
        "truncated: {at_most: 0.2, severity: error}",
        "error FT231",
        (
            "has 1 of 4 (25.0%) pairs that are longer than 9 + 9 tokens and would be truncated; "
            "expect.truncated is at most 0.2"
        ),
    ),
    "empty": (
        "SELECT prompt, IFF(n = 10, ' ', completion) AS completion FROM pairs WHERE n < 13",
        "empty: {at_most: 0.1, severity: warning}",
        "warning FT234",
        "has 1 of 3 (33.3%) pairs with a null or blank prompt or completion; expect.empty is at most 0.1",
    ),
    "overlap": (
        "SELECT prompt, completion FROM others",
        "overlap: {at_most: 0.4, severity: error}",
        "error FT235",
        "has 1 of 2 (50.0%) pairs whose prompt also trains; expect.overlap is at most 0.4",
    ),
}


def test_every_rule(declare):
    """Each rule is broken by a dataset of its own, and told at its own line."""
    documents = [dataset("good", "SELECT prompt, completion FROM pairs")]
    for rule, (query, bound, _, _) in RULES.items():
        documents.append(dataset(rule, query, f"  expect:\n    {bound}\n"))
        sides = ("good", f"  validation_data: {rule}\n") if rule == "overlap" else (rule, "")
        documents.append(model(f"m_{rule}", *sides))
    limits = "base_models: {llama3.1-8b: {prompt_tokens: 9, completion_tokens: 9}}"
    plan = plan_of(declare(*documents, settings=limits))
    text = "---\n".join(documents).splitlines()
    changes = {change["address"]["name"]: change for change in plan["changes"]}
    for rule, (_, bound, weight, words) in RULES.items():
        change = changes[f"m_{rule}"]
        (note,) = change["notes"]
        assert (f"{note['severity']} {note['code']}", note["message"]) == (weight, f"dataset {rule} {words}")
        assert text[note["span"]["line"] - 1] == f"    {bound}"
        assert change["action"] == ("blocked" if weight.startswith("error") else "create")


def test_rules_are_about_all_rows_where_a_part_is_held_out(declare):
    query, held_out = "SELECT prompt, completion FROM pairs", "  validation_data: {holdout: 0.3}\n"
    documents = [
        dataset("enough", query, "  expect: {rows: {min: 40, max: 40}}\n"),
        dataset("too_few", query, "  expect: {rows: {min: 41}}\n"),
        model("trains", "enough", held_out),
        model("waits", "too_few", held_out),
    ]
    changes = {change["address"]["name"]: change for change in plan_of(declare(*documents))["changes"]}
    assert changes["trains"]["notes"] == []
    assert sum(side["profile"]["rows"] for side in changes["trains"]["figures"]) == 40
    assert all(0 < side["profile"]["rows"] < 40 for side in changes["trains"]["figures"])
    (note,) = changes["waits"]["notes"]
    assert note["message"] == "dataset too_few has 40 rows; expect.rows is at least 41"
