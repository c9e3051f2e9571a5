from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.model.change import Action, Change, Cost, Difference, SideFigures, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.model.graph import Edge, Graph, Node
from ftspec.model.plan import AwaitJob, Check, Confirm, Execute, Form, Gate, Hazard, LoadFile, Measure, Plan, Ref
from ftspec.model.profile import Overlong, PairLimit, Profile, Spread
from ftspec.planning.planfile import FORMAT_VERSION, plan_from_dict, plan_to_dict

text = st.text(max_size=8)
numbers = st.integers(0, 2**63)


def few(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


addresses = st.builds(Address, text, text)
objects = st.builds(ObjectName, text, text, text)
references = st.builds(Ref, text, text, st.sampled_from(Form))
diagnostics = st.builds(
    Diagnostic,
    text,
    text,
    st.sampled_from(Severity),
    path=text,
    span=st.none() | st.builds(Span, text, numbers, numbers),
    hint=text,
)
costs = st.builds(
    Cost,
    rows=numbers,
    tokens=numbers,
    epochs=numbers,
    epochs_assumed=st.booleans(),
    validation_rows=st.none() | numbers,
    base_model=text,
    exact=st.booleans(),
    credit_rate=st.none() | st.floats(0, 1000),
    rate_learnt=st.booleans(),
)
spreads = st.builds(Spread, numbers, numbers, numbers, numbers, numbers)
profiles = st.builds(
    Profile,
    numbers,
    text,
    prompt_tokens=spreads,
    overlong=few(st.builds(Overlong, st.builds(PairLimit, numbers, numbers), numbers)),
    counter=text,
)
changes = st.builds(
    Change,
    addresses,
    st.sampled_from(Action),
    st.sampled_from(State),
    row=numbers,
    reason=text,
    notes=few(diagnostics),
    differences=few(st.builds(Difference, text, st.none() | text, st.none() | text, text)),
    cost=st.none() | costs,
    figures=few(st.builds(SideFigures, text, text, profiles, st.none() | numbers)),
)
common = {
    "id": text,
    "address": addresses,
    "title": text,
    "hazards": few(st.sampled_from(Hazard)),
    "after": few(text),
    "needs": few(addresses),
}
schemas = st.none() | st.builds(SchemaName, text, text)
checks = few(st.builds(Check, text, few(st.tuples(text, text))))
steps = st.one_of(
    st.builds(Execute, **common, sql=few(text | references), outputs=few(text), once=st.booleans(), schema=schemas),
    st.builds(Measure, **common, sql=text, tokens=numbers, epochs=numbers, credit_rate=st.none() | st.floats(0, 1000)),
    st.builds(AwaitJob, **common, job=text | references, model=objects),
    st.builds(Gate, **common, checks=checks, model=objects, on_fail=text),
    st.builds(LoadFile, **common, path=text, sha256=text, prompt=text, completion=text, sql=few(text | references)),
    st.builds(Confirm, **common, sql=text, expected=few(text), otherwise=text),
)
plans = st.builds(
    Plan,
    text,
    text,
    text,
    text,
    changes=few(changes),
    steps=few(steps),
    diagnostics=few(diagnostics),
    digest=text,
    graph=st.builds(Graph, few(st.builds(Node, addresses, text)), few(st.builds(Edge, addresses, addresses, text))),
)
LLAMA, TRAIN = Address("model", "llama"), Address("dataset", "train")
NAME = ObjectName("ML", "SUPPORT", "LLAMA")
PLAN = Plan(
    "bot",
    "dev",
    "ACCT",
    "ML_TRAINER",
    changes=(Change(LLAMA, Action.CREATE, State.ABSENT, 18, cost=Cost(412, 38204, 3, credit_rate=1.0)),),
    steps=(
        Execute(id="train", address=LLAMA, title="train", hazards=(Hazard.BILLED,), sql=("SELECT 1",), once=True),
        AwaitJob(id="await", address=LLAMA, title="wait", after=("train",), job=Ref("train", "job_id"), model=NAME),
        Execute(
            id="mark", address=LLAMA, title="mark", sql=("SET '", Ref("train", "job_id", Form.INSIDE_LITERAL), "'")
        ),
    ),
    digest="abc",
    graph=Graph((Node(LLAMA), Node(TRAIN)), (Edge(TRAIN, LLAMA, "trains"),)),
)


@given(plans)
def test_a_plan_survives_its_file(plan):
    written = json.dumps(plan_to_dict(plan))
    read = plan_from_dict(json.loads(written))
    assert read == plan
    assert json.dumps(plan_to_dict(read)) == written


def test_what_is_derived_for_readers():
    document = plan_to_dict(PLAN)
    assert document["format_version"] == FORMAT_VERSION == "1.0"
    assert document["summary"] == {
        "actions": {"create": 1},
        "has_changes": True,
        "trained_tokens": 114612,
        "credits": 0.114612,
        "credit_rates_unknown": [],
        "hazards": ["billed"],
    }
    assert document["changes"][0]["cost"]["trained_tokens"] == 114612
    assert [step.get("statement") for step in document["steps"]] == ["SELECT 1", None, "SET '${job_id}'"]
    assert [step["type"] for step in document["steps"]] == ["execute", "await_job", "execute"]


def test_keys_of_a_later_minor_version_are_passed_over():
    document = json.loads(json.dumps(plan_to_dict(PLAN)))
    document["signed_by"] = "somebody"
    document["steps"][0]["cost"] = 7
    assert plan_from_dict(document) == PLAN


@pytest.mark.parametrize("document", [[], "plan", None, 3, {}, {"format_version": "2.0"}, {"format_version": 1.0}])
def test_another_format_is_refused(document):
    with pytest.raises(ValueError, match="the plan has format"):
        plan_from_dict(document)


DERIVED = {"summary", "statement", "trained_tokens", "credits", "credit_rates_unknown", "format_version"}
WRONG = (3.5, True, {"type": "ref"}, [[]], {"type": []})


def damages(value, path=()):
    """List every value of a plan, and every wrong one that could stand in its place."""
    if path:
        yield from (
            (path, wrong) for wrong in WRONG if isinstance(wrong, dict | list) or type(wrong) is not type(value)
        )
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if key not in DERIVED:
            yield from damages(child, (*path, key))


@pytest.mark.parametrize(("path", "wrong"), list(damages(plan_to_dict(PLAN))))
def test_a_value_of_a_wrong_type_is_damage(path, wrong):
    document = copy.deepcopy(plan_to_dict(PLAN))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    with pytest.raises(ValueError, match="the plan is damaged"):
        plan_from_dict(document)


@pytest.mark.parametrize("key", ["project", "role", "account", "environment"])
def test_a_missing_value_is_damage(key):
    document = plan_to_dict(PLAN)
    del document[key]
    with pytest.raises(ValueError, match=f"the plan is damaged: '{key}'"):
        plan_from_dict(document)
