"""Every JSON file beside this one is a case: manifests, what Snowflake answers, and the plan that must come of it.

`documents` has a spec by "Kind name". `answers` has what is answered to each read: "jobs" the list of jobs,
"job ID" one job, "models SCHEMA" and "views SCHEMA" the rows of a SHOW, "models again SCHEMA" those of a second,
"grants ROLE" those of SHOW GRANTS TO ROLE (of a database role: "grants DATABASE ROLE"), "grants on MODEL" those of SHOW
GRANTS ON MODEL, "grants on TYPE NAME", "grants of …" and "future grants …" those of the other SHOWs; "ledger" is what
ftspec has granted, "attempts" are the trainings that the journal tells of, "history" is what the query history says of
one. The running role, ML_TRAINER, may do everything where a case says nothing of it.
"objects SCHEMA" those of SHOW OBJECTS, "schemas DATABASE" those of SHOW SCHEMAS, "all models" those of the account,
"rows DATASET" the count of what is frozen,
"profile DATASET" the counts of a dataset, "explain DATASET" what compiling its query gives ("DATASET learnt" and
"DATASET held out" are the two sides of one), "overlap" the rows that validate and train, "base models" those that the
account lists, "clock" epoch seconds; {"refused": errno, "message": …} is a refusal, and {"repeat": n, "row": …} n rows.
All that is answered must be asked, and what is asked be answered, or be one of those that USUAL and UNASKED answer.
`@spec(NAME)` is the fingerprint of a model.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.profile_rows import profile_of, profile_row

from ftspec.backends.files import read_plan_schema, read_schemas
from ftspec.backends.rows import ProjectRows
from ftspec.engine.refresh import ROUNDS, refresh
from ftspec.manifest.document import Document
from ftspec.model.address import Address, SchemaName
from ftspec.model.plan import AwaitJob, Confirm, Execute, LoadFile, Measure
from ftspec.planning.desired import DesiredState, build_desired
from ftspec.planning.planfile import plan_from_dict, plan_to_dict
from ftspec.planning.planner import build_plan
from ftspec.resources.base import Refusal, Scope
from ftspec.resources.base_model import CATALOGUE
from ftspec.resources.finetune import count_pairs
from ftspec.resources.materialized.decision import INLINE
from ftspec.resources.materialized.files import find_row_sources
from ftspec.resources.profile import explain
from ftspec.resources.sql import show_text

HERE = Path(__file__).parent
CASES = sorted(path.relative_to(HERE).as_posix() for path in HERE.glob("*/*.json"))
SCHEMAS = read_schemas()
PLAN = Draft202012Validator(read_plan_schema())
HOME = SchemaName("ML", "SUPPORT")
DESCRIBE = re.compile(r"SELECT SNOWFLAKE\.CORTEX\.FINETUNE\('DESCRIBE', '(.+)'\)")
SHOWS = (
    ("SHOW CORTEX BASE MODELS", "base models"),
    ("SHOW MODELS IN SCHEMA ", "models "),
    ("SHOW MODELS LIKE '%' IN SCHEMA ", "models again "),
    ("SHOW VIEWS IN SCHEMA ", "views "),
    ("SHOW OBJECTS IN SCHEMA ", "objects "),
    ("SHOW SCHEMAS IN DATABASE ", "schemas "),
    ("SHOW GRANTS TO ROLE ", "grants "),
    ("SHOW GRANTS TO ", "grants "),
    ("SHOW GRANTS ON MODEL ", "grants on "),
    ("SHOW GRANTS ON ", "grants on "),
    ("SHOW GRANTS OF ", "grants of "),
    ("SHOW FUTURE GRANTS IN ", "future grants "),
)
ABLE = [
    ("USAGE", "ROLE", "ACCOUNTADMIN"),
    ("CREATE MODEL", "SCHEMA", "ML.SUPPORT"),
    ("CREATE TABLE", "SCHEMA", "ML.SUPPORT"),
    ("USAGE", "DATABASE_ROLE", "CORTEX_USER"),
    ("USE AI FUNCTIONS", "ACCOUNT", "AB12345"),
]
OBJECTS = [("DATABASE", "ML"), ("SCHEMA", "ML.SUPPORT"), ("SCHEMA", 'ML."other place"'), ("WAREHOUSE", "ML_WH")]
ON_OBJECT = re.compile(r"grants on [A-Z ]+ ")
UNASKED = {
    "grants ML_TRAINER": [
        {"privilege": privilege, "granted_on": on, "name": name}
        for privilege, on, name in [*ABLE, *(("OWNERSHIP", *found) for found in OBJECTS)]
    ],
    "grants ACCOUNTADMIN": [],
    "grants PUBLIC": [],
    "attempts": [],
}
"""What is answered where a case says nothing, whether it is asked or not."""


class Answers:
    """A session that has the answers of a case, and notes which were asked for."""

    identity = None

    def __init__(self, answers, desired, scope):
        self.answers = answers
        self.keys = {}
        for entry in desired.declared.get("dataset", ()):
            text, name = entry.training.text, entry.address.name
            self._name_select(text, name, scope)
            self.keys[count_pairs(text).sql] = f"rows {name}"
        for model in desired.declared.get("model", ()):
            if model.holdout is not None:
                self._name_select(model.training.query, f"{model.training.address.name} learnt", scope)
                self._name_select(model.validation.query, f"{model.training.address.name} held out", scope)
        self.asked = set()

    def _name_select(self, text, name, scope):
        self.keys |= {profile_of(text, scope).sql: f"profile {name}", explain(text).sql: f"explain {name}"}

    def read(self, queries):
        return tuple(self._answer(self._key(query.sql)) for query in queries)

    def execute(self, sql, *, once=False, schema=None):
        raise AssertionError(f"a plan changes nothing, but ran {sql}, {once}, {schema}")

    def close(self):
        pass

    def _key(self, sql):
        if sql in self.keys:
            return self.keys[sql]
        if found := DESCRIBE.fullmatch(sql):
            return f"job {found[1]}"
        for start, word in SHOWS:
            if sql.startswith(start):
                return word + sql.removeprefix(start)
        if sql == "SHOW MODELS IN ACCOUNT":
            return "all models"
        if sql.startswith("SELECT COUNT(*) AS PAIRS FROM ("):
            return "overlap"
        if sql.startswith("SELECT DATE_PART(EPOCH_SECOND"):
            return "clock"
        if sql.startswith("SELECT DETAIL FROM "):
            return "ledger"
        if sql.startswith("SELECT RESOURCE, SPEC"):
            return "attempts"
        if "QUERY_HISTORY_BY_USER" in sql:
            return "history"
        assert sql == "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')"
        return "jobs"

    def _answer(self, key):
        if key not in self.answers and key.split()[0] in USUAL:
            return USUAL[key.split()[0]]
        self.asked.add(key)
        if key not in self.answers and ON_OBJECT.match(key):
            return ()  # it is there
        answer = self.answers[key] if key in self.answers else UNASKED[key]
        if isinstance(answer, dict) and "refused" in answer:
            return Refusal(answer["refused"], "42000", answer["message"])
        if key == "jobs" or key.startswith("job "):
            return ({"SNOWFLAKE.CORTEX.FINETUNE": json.dumps(answer)},)
        if key.startswith("profile "):
            return (profile_row(answer),)
        if key.startswith("rows "):
            return (answer,)
        if key == "ledger":
            return ({"DETAIL": json.dumps(answer)},)
        return tuple(row for entry in answer for row in rows_of(entry))


# What a case leaves out: queries compile, base models are there for good, nothing that validates also trains, and no
# dataset stands in Snowflake.
USUAL = {
    "explain": (),
    "base": tuple({"name": model.name.upper(), "lifecycle_status": "GA"} for model in CATALOGUE),
    "overlap": ({"PAIRS": 0},),
    "objects": (),
    "schemas": (),
}


def rows_of(entry):
    if "repeat" not in entry:
        return [entry]
    return [json.loads(json.dumps(entry["row"]).replace("@n", str(number))) for number in range(entry["repeat"])]


def declare(case, folder):
    documents = []
    for name, text in case.get("files", {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    for title, spec in case["documents"].items():
        kind, name = title.split()
        content = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        documents.append(Document(kind, name, f"{name}.yaml", content, {}))
    scope = Scope(
        "bot",
        "dev",
        HOME,
        "ML_WH",
        "ML_TRAINER",
        "ACCT",
        "ME",
        retry=case.get("retry", False),
        replace=frozenset(case.get("replace", ())),
        role_change=case.get("role_change", False),
        orphans=case.get("orphans", False),
        destroys=case.get("destroys", False),
        journal="ledger" in case["answers"],
    )
    scope = replace(scope, files=ProjectRows(folder).read(find_row_sources(documents)))
    desired = build_desired(tuple(documents), SCHEMAS, scope)
    assert desired.diagnostics == ()
    return DesiredState({}, ()) if scope.destroys else desired, scope


def fingerprints(desired):
    return {entry.address.name: entry.fingerprint for entry in desired.declared.get("model", ()) if entry.trains}


def answers_of(case, prints):
    answers = json.dumps(case["answers"])
    for model, fingerprint in prints.items():
        answers = answers.replace(f"@spec({model})", fingerprint)
    assert "@spec(" not in answers
    return json.loads(answers)


def outcome(plan, spell):
    """Write what a reader of the case must see."""
    changes = {}
    for change in plan.changes:
        if change.reason == INLINE:
            continue
        told = {"action": change.action.value, "state": change.state.value, "row": change.row, "reason": change.reason}
        told["notes"] = [f"{note.severity} {note.code} {note.path}" for note in change.notes]
        told["differences"] = [shown(found) for found in change.differences]
        told["statements"] = list(change.statements)
        if change.cost is not None:
            told["trained_tokens"] = change.cost.trained_tokens
        changes[str(change.address)] = {key: value for key, value in told.items() if value not in ("", [])}
    return json.loads(spell(json.dumps({"changes": changes, "steps": [described(step) for step in plan.steps]})))


def shown(found):
    sign = "+" if found.before is None else "=" if found.before == found.after else "~"
    behind = f" ({found.note})" if found.note else ""
    if found.path == "grants" and found.after is None:
        return f"- {found.path}: {found.before}{behind}"
    before = f"{found.before!r} -> " if sign == "~" else ""
    return f"{sign} {found.path}: {before}{found.after}{behind}"


def described(step):
    told = {"id": step.id, "hazards": [str(hazard) for hazard in step.hazards], "after": list(step.after)}
    match step:
        case Execute():
            told["statement"] = show_text(step.sql)
            told["once"] = step.once
        case LoadFile():
            told["statement"] = show_text(step.sql)
        case Confirm():
            told["statement"] = step.sql
            told["expected"] = list(step.expected)
        case Measure():
            told["tokens"] = step.tokens
        case AwaitJob():
            told["job"] = str(step.job)
            told["model"] = str(step.model)
    return {key: value for key, value in told.items() if value}


@pytest.mark.parametrize("name", CASES)
def test_what_is_decided(name, update_golden, tmp_path):
    path = HERE / name
    case = json.loads(path.read_text(encoding="utf-8"))
    desired, scope = declare(case, tmp_path)
    prints = fingerprints(desired)
    session = Answers(answers_of(case, prints), desired, scope)
    refreshed = refresh(session, desired, scope)
    plan = build_plan(desired, refreshed.seen, scope)

    def spell(text):
        for model, fingerprint in prints.items():
            text = text.replace(fingerprint, f"@spec({model})").replace(fingerprint[:11], f"@spec({model})[:11]")
        return text

    found = outcome(plan, spell)
    if update_golden:
        path.write_text(json.dumps({**case, "expected": found}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        case["expected"] = found
    assert found == case["expected"]
    asked = {key for key in session.asked if key in case["answers"] or not (key in UNASKED or ON_OBJECT.match(key))}
    assert asked == set(case["answers"]) - (UNASKED.keys() - session.asked)
    assert refreshed.rounds <= ROUNDS
    document = json.loads(json.dumps(plan_to_dict(plan)))
    assert plan_from_dict(document) == plan
    PLAN.validate(document)


def test_every_row_that_a_plan_can_give_has_a_case():
    told = [json.loads((HERE / name).read_text(encoding="utf-8"))["expected"]["changes"] for name in CASES]
    rows = {
        change["row"]
        for changes in told
        for address, change in changes.items()
        if Address(*address.split()).kind == "model"
    }
    assert rows == {*range(1, 22)} - {13}
