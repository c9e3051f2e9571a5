"""Plans against an account of a few values in memory: they converge, never pay twice, and survive being cut off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from support.profile_rows import profile_row

from ftspec.backends.files import read_schemas
from ftspec.engine.refresh import ROUNDS, refresh
from ftspec.manifest.document import Document
from ftspec.model.address import SchemaName, fold
from ftspec.model.change import Action
from ftspec.model.plan import AwaitJob, Execute, Hazard, Measure
from ftspec.planning.desired import build_desired
from ftspec.planning.planner import build_plan
from ftspec.resources.base import Refusal, Scope
from ftspec.resources.marker import Marker, parse_marker
from ftspec.resources.sql import bind

SCHEMAS = read_schemas()
SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"), "ML_WH", "ML_TRAINER", "ACCT")
QUERY = "SELECT question AS prompt, answer AS completion FROM training_dataset"
GRANT = re.compile(r"GRANT (.+) ON (\w+(?: \w+)?) (\S+) TO ROLE (.+)")
ON_ACCOUNT = re.compile(r"GRANT (.+) ON ACCOUNT TO ROLE (.+)")
DATABASE_ROLE = re.compile(r"GRANT DATABASE ROLE (\S+) TO ROLE (.+)")
RENAME = re.compile(r"ALTER MODEL ML\.SUPPORT\.(\S+) RENAME TO ML\.SUPPORT\.(\S+)")
DROP = re.compile(r"DROP MODEL ML\.SUPPORT\.(\S+)")
CANCEL = re.compile(r"SELECT SNOWFLAKE\.CORTEX\.FINETUNE\('CANCEL', '(\S+)'\)")
COMMENT = re.compile(r"ALTER MODEL (\S+) SET COMMENT = ('.*')", re.DOTALL)
RUNNING = ("PENDING", "IN_PROGRESS", "PAUSED")


def text_of(literal):
    (token,) = sqlglot.tokenize(literal, read="snowflake")
    return token.text


@dataclass
class Account:
    """What SHOW and DESCRIBE give: jobs by id, comments of models by name, rows of grants by role."""

    jobs: dict = field(default_factory=dict)
    models: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)
    views: tuple = ()
    submitted: int = 0
    made: dict = field(default_factory=dict)
    identity = None

    def read(self, queries):
        return tuple(self._answer(query.sql) for query in queries)

    def execute(self, sql, *, once=False, schema=None):
        del once, schema
        tokens = [token.text for token in sqlglot.tokenize(sql, read="snowflake")]
        if "CREATE" in tokens[:10] and "FINETUNE" in tokens:
            return self._create(*[text for text in tokens[tokens.index("CREATE") + 1 :] if text not in {",", ")"}])
        if sql.startswith("SELECT AI_COMPLETE('ML.SUPPORT."):
            assert sql.split("'")[1].rpartition(".")[2] in self.models
        elif found := RENAME.fullmatch(sql):
            assert found[2] not in self.models
            self.models[found[2]] = self.models.pop(found[1])
            self.made[found[2]] = self.made.pop(found[1], 0)
        elif found := DROP.fullmatch(sql):
            del self.models[found[1]]
        elif found := CANCEL.fullmatch(sql):
            self.jobs[found[1]]["status"] = "CANCELLED"
        elif found := COMMENT.fullmatch(sql):
            self.models[found[1].rpartition(".")[2]] = text_of(found[2])
        elif found := DATABASE_ROLE.fullmatch(sql):
            self._grant(found[2], "USAGE", "DATABASE_ROLE", found[1])
        elif found := ON_ACCOUNT.fullmatch(sql):
            for privilege in found[1].split(", "):
                self._grant(found[2], privilege, "ACCOUNT", "AB12345")
        else:
            found = GRANT.fullmatch(sql)
            for privilege in found[1].split(", "):
                self._grant(found[4], privilege, found[2], found[3])
        return ()

    def close(self):
        pass

    def end(self, identity, status="SUCCESS"):
        """End a job as Snowflake does: the model is there, and DESCRIBE names it."""
        job = self.jobs[identity]
        job["status"] = status
        if status == "SUCCESS":
            name = job.pop("wants")
            self.models.setdefault(name, "")
            self.made.setdefault(name, job["created_on"] + 1)
            job["model"] = f"ML.SUPPORT.{name}"

    def _create(self, name, base_model, training, *rest):
        del rest
        self.submitted += 1
        identity = f"ft_new_{self.submitted}"
        created = 10_000 + self.submitted
        self.jobs[identity] = {
            "id": identity,
            "status": "PENDING",
            "base_model": base_model,
            "created_on": created,
            "training_data": training,
            "wants": name.rpartition(".")[2],
        }
        return ({"FINETUNE": identity},)

    def _grant(self, role, privilege, granted_on, name):
        row = {"privilege": privilege, "granted_on": granted_on, "name": name}
        self.grants.setdefault(fold(role), []).append(row)

    def _answer(self, sql):
        if sql == "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')":
            keys = ("id", "status", "base_model", "created_on")
            return ({"c": json.dumps([{key: job[key] for key in keys} for job in self.jobs.values()])},)
        if sql.startswith("SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE'"):
            return ({"c": json.dumps(self.jobs[sql.split("'")[3]])},)
        if sql.startswith("SHOW MODELS"):
            rows = sorted(self.models.items())
            return tuple(
                {
                    "database_name": "ML",
                    "schema_name": "SUPPORT",
                    "name": name,
                    "comment": comment,
                    "created_on": self.made.get(name, 0),
                }
                for name, comment in rows
            )
        if sql.startswith("SHOW OBJECTS"):
            return ()
        if sql.startswith("SHOW VIEWS"):
            return tuple({"name": name} for name in self.views)
        if sql.startswith(("SHOW GRANTS ON ", "SHOW GRANTS OF ", "SHOW GRANTS TO DATABASE ROLE ")):
            return ()
        if sql.startswith("SHOW GRANTS TO ROLE "):
            role = fold(sql.removeprefix("SHOW GRANTS TO ROLE "))
            return tuple(self.grants[role]) if role in self.grants else Refusal(2003, "02000", "does not exist")
        if sql.startswith(("EXPLAIN ", "SHOW CORTEX BASE MODELS")):
            return ()
        return (profile_row({"PAIRS": 4, "CHARACTERS": 40, "TOTAL": 7}),)


def declare(*entries):
    documents = []
    for kind, name, spec in entries:
        content = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        documents.append(Document(kind, name, f"{name}.yaml", content, {}))
    desired = build_desired(tuple(documents), SCHEMAS, SCOPE)
    assert desired.diagnostics == ()
    return desired


def plan_for(desired, account, *, retry=False):
    scope = Scope("bot", "dev", SCOPE.home, "ML_WH", "ML_TRAINER", "ACCT", retry=retry)
    found = refresh(account, desired, scope)
    assert found.rounds <= ROUNDS
    return build_plan(desired, found.seen, scope)


def walk(plan, account, *, most=None):
    """Do the steps of a plan, or only the first of them."""
    outputs = {}
    for step in plan.steps[:most]:
        match step:
            case Execute():
                rows = account.execute(bind(step.sql, outputs))
                for name, value in zip(step.outputs, (rows or ({},))[0].values(), strict=False):
                    outputs[step.id, name] = value
            case Measure():
                outputs[step.id, "data"] = "d1:4-7"
            case AwaitJob():
                identity = step.job if isinstance(step.job, str) else outputs[step.job.step, step.job.output]
                account.end(identity)


TRAIN = ("Dataset", "train", {"query": QUERY})
APP = ("Privileges", "app", {"role": "APP", "can_use": ["llama"], "can_train": ["llama"]})
comments = (
    st.none()
    | st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
    | st.sampled_from(["", "it's", "a\\", "two\nlines\n", " spaced ", "ftspec:v1 project=bot env=dev resource=llama"])
)


def llama(comment=None):
    spec = {"base_model": "llama3-8b", "training_data": "train"}
    return ("FineTunedModel", "llama", spec if comment is None else {**spec, "comment": comment})


DESIRED = declare(TRAIN, llama())
WANTED = DESIRED.declared["model"][0].fingerprint
SPECS = {"wanted": WANTED, "other": f"s1:{'0' * 64}"}


def is_settled(plan):
    return not plan.steps and all(change.action is Action.NO_OP for change in plan.changes)


@settings(max_examples=30, deadline=None)
@given(comments, st.lists(st.integers(0, 7), max_size=4), comments)
def test_an_apply_that_is_cut_off_anywhere_is_finished_by_the_next_and_paid_once(comment, cuts, edited):
    account = Account(grants={"APP": [], "PUBLIC": []})
    desired = declare(TRAIN, llama(comment), APP)
    for most in cuts:
        walk(plan_for(desired, account), account, most=most)
    walk(plan_for(desired, account), account)
    assert is_settled(plan_for(desired, account))
    assert account.submitted == 1

    changed = declare(TRAIN, llama(edited), APP)
    walk(plan_for(changed, account), account)
    assert is_settled(plan_for(changed, account))
    assert account.submitted == 1


marks = st.sampled_from([None, ("bot", "dev"), ("bot", "dev"), ("bot", "prod"), ("other", "dev")])
statuses = st.sampled_from(["PENDING", "IN_PROGRESS", "RUNNING", "SUCCESS", "ERROR", "CANCELLED", "CANCELED", "PAUSED"])


@st.composite
def accounts(draw):
    """Draw any jobs, and any models under our name and beside it."""
    account = Account()
    for number in range(draw(st.integers(0, 4))):
        mark, spec = draw(marks), draw(st.sampled_from(sorted(SPECS)))
        comment = "" if mark is None else f"/* {Marker(*mark, 'llama', SPECS[spec])} */ "
        name = draw(st.sampled_from(["LLAMA", "LLAMA", "LLAMA_1"]))
        account.jobs[f"ft_{number}"] = {
            "id": f"ft_{number}",
            "status": draw(statuses),
            "base_model": "llama3-8b" if spec == "wanted" else draw(st.sampled_from(["llama3-8b", "mistral-7b"])),
            "created_on": draw(st.integers(1, 9)),
            "training_data": comment + QUERY,
            "model": f"ML.SUPPORT.{name}",
            "wants": name,
        }
    for name in draw(st.sets(st.sampled_from(["LLAMA", "LLAMA_1", "STRANGER"]))):
        mark = draw(marks)
        spec = SPECS[draw(st.sampled_from(sorted(SPECS)))]
        account.models[name] = "" if mark is None else str(Marker(*mark, "llama", spec, job="ft_0"))
    return account


def is_ours(text):
    return "project=bot env=dev resource=llama" in text


@settings(max_examples=100, deadline=None)
@given(accounts(), st.booleans())
def test_nothing_is_paid_for_where_it_may_be_there_already(account, retry):
    plan = plan_for(DESIRED, account, retry=retry)
    (change,) = [change for change in plan.changes if change.address.kind == "model"]
    billed = [step for step in plan.steps if Hazard.BILLED in step.hazards]
    assert bool(billed) == (change.action in {Action.CREATE, Action.REPLACE})
    assert change.action is not Action.BLOCKED or not plan.steps

    named = {found.job for found in map(parse_marker, account.models.values()) if found}
    ours = [job for job in account.jobs.values() if is_ours(job["training_data"]) and job["id"] not in named]
    wanted = [job for job in ours if WANTED in job["training_data"]]
    if billed:
        assert not any(is_ours(comment) and WANTED in comment for comment in account.models.values())
        assert not any(job["status"] in {*RUNNING, "RUNNING"} for job in wanted)
        last = max(wanted, key=lambda job: (job["created_on"], job["id"]), default=None)
        assert retry or last is None or last["status"] == "SUCCESS"
    for step in plan.steps:
        if isinstance(step, Execute) and "MODEL" in step.sql[0]:
            outputs = {("train llama", "job_id"): "ft_1", ("measure llama", "data"): "d1:4-7"}
            touched = bind(step.sql, outputs).split("ML.SUPPORT.")[1].split()[0]
            assert is_ours_or_new(account, touched)


def is_ours_or_new(account, name):
    """Tell whether a name is one of ours, or one that no model had when the plan was made."""
    comment = account.models.get(name)
    made = [job for job in account.jobs.values() if job["status"] == "SUCCESS" and is_ours(job["training_data"])]
    explained = any(job["model"] == f"ML.SUPPORT.{name}" for job in made)
    return comment is None or is_ours(comment) or (explained and parse_marker(comment) is None)


@settings(max_examples=100, deadline=None)
@given(accounts(), st.booleans())
def test_what_a_plan_does_leaves_nothing_to_do_but_what_is_blocked(account, retry):
    plan = plan_for(DESIRED, account, retry=retry)
    walk(plan, account)
    after = plan_for(DESIRED, account)
    assert not after.steps
    before = account.submitted
    walk(after, account)
    assert account.submitted == before <= 1


PRIVILEGES = {
    "database": ["USAGE", "monitor", "CREATE  SCHEMA"],
    "warehouse": ["USAGE", "monitor"],
    "schema": ["USAGE", "create model", "MONITOR"],
    "table": ["SELECT", "insert"],
    "view": ["SELECT", "references"],
    "model": ["USAGE", "read"],
    "stage": ["USAGE", "read", "WRITE"],
    "account": ["use ai functions", "MONITOR USAGE"],
}
names = st.sampled_from(["a", "B", '"c"', '"d.e"', "ORDERS", '"ORDER"'])


@st.composite
def spelled(draw):
    kind = draw(st.sampled_from([*PRIVILEGES, "database_role"]))
    if kind == "database_role":
        return {"database_role": f"ML.{draw(names)}"}
    listed = draw(st.lists(st.sampled_from(PRIVILEGES[kind]), min_size=1, max_size=3))
    return {"privilege": listed, kind: True if kind == "account" else draw(names)}


@settings(max_examples=40, deadline=None)
@given(st.lists(spelled(), max_size=4), st.booleans(), st.booleans(), st.data())
def test_granting_what_is_missing_leaves_nothing_missing(grants, use, train, data):
    """Whatever part of it was held before, by the role or through PUBLIC."""
    spec = {"role": '"my app"', "grants": grants, "can_use": ["llama"] * use, "can_train": ["llama"] * train}
    desired = declare(TRAIN, llama(), ("Privileges", "app", spec), ("Privileges", "more", {"role": '"my app"'}))
    made = Account(grants={"my app": [], "PUBLIC": []}, views=data.draw(st.sampled_from([(), ("TRAINING_DATASET",)])))
    walk(plan_for(desired, made), made)
    assert is_settled(plan_for(desired, made))

    rows = made.grants["my app"]
    held = [data.draw(st.sampled_from(["nobody", "my app", "PUBLIC"])) for _ in rows]
    parts = {
        role: [row for row, holder in zip(rows, held, strict=True) if holder == role] for role in ("my app", "PUBLIC")
    }
    account = Account(jobs=made.jobs, models=made.models, grants=parts, views=made.views)
    plan = plan_for(desired, account)
    assert all(step.address.kind == "privileges" for step in plan.steps)
    walk(plan, account)
    assert is_settled(plan_for(desired, account))
    assert all(row in rows for row in account.grants["my app"])
    assert len(account.grants["my app"]) <= len(rows)
