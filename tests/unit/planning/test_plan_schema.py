"""The JSON Schema of a plan says all that a plan's form has, and nothing else fits it."""

from __future__ import annotations

import copy
import json
from dataclasses import fields

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from unit.planning.test_planfile import PLAN, plans

from ftspec.backends.files import name_schemas, read_plan_schema, read_schema_text, read_schemas
from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.model.change import Action, Change, Cost, Difference, SideFigures, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.model.graph import Edge, Graph, Node
from ftspec.model.plan import (
    AwaitJob,
    Check,
    Confirm,
    Execute,
    Form,
    Gate,
    Hazard,
    LoadFile,
    Measure,
    Plan,
    Ref,
    Training,
)
from ftspec.model.profile import Overlong, PairLimit, Profile, Spread
from ftspec.planning.guard import APPROVED
from ftspec.planning.planfile import SavedPlan, plan_to_dict, saved_from_dict, saved_to_dict

SCHEMA = read_plan_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
CHOICES = {"retry": False, "replace": [], "targets": [], "role_change": False, "orphans": False, "destroy": False} | {
    "exact_tokens": False,
    "learn_rate": False,
}
VALUES = {
    "address": Address,
    "await_job": AwaitJob,
    "change": Change,
    "check": Check,
    "confirm": Confirm,
    "cost": Cost,
    "diagnostic": Diagnostic,
    "difference": Difference,
    "edge": Edge,
    "execute": Execute,
    "gate": Gate,
    "graph": Graph,
    "load_file": LoadFile,
    "measure": Measure,
    "node": Node,
    "object_name": ObjectName,
    "overlong": Overlong,
    "pair_limit": PairLimit,
    "profile": Profile,
    "ref": Ref,
    "schema_name": SchemaName,
    "side_figures": SideFigures,
    "span": Span,
    "spread": Spread,
    "training": Training,
}
LEFT_OUT = {"change": {"statements"}}
"""Fields that a plan is written without where they are empty."""
DERIVED = {
    "confirm": {"statement"},
    "execute": {"statement"},
    "load_file": {"statement"},
    "cost": {"trained_tokens", "credits"},
}
NAMED = {"confirm", "execute", "measure", "await_job", "gate", "load_file", "ref"}


def saved(plan=PLAN):
    return json.loads(json.dumps(saved_to_dict(SavedPlan(plan, CHOICES, APPROVED))))


def properties_of(part, path):
    """Give every property and definition below a part of the schema."""
    for word in ("properties", "$defs"):
        for name, found in part.get(word, {}).items():
            yield f"{path}/{name}", found
            yield from properties_of(found, f"{path}/{name}")


@pytest.mark.parametrize(("path", "part"), [pytest.param(*found, id=found[0]) for found in properties_of(SCHEMA, "")])
def test_every_property_is_explained_and_every_object_closed(path, part):
    assert part["title"]
    assert part["description"].endswith(".")
    for example in part.get("examples", ()):
        Draft202012Validator({**part, "$defs": SCHEMA["$defs"]}).validate(example)
    if "properties" in part and path != "/step":
        assert part["additionalProperties"] is False


@pytest.mark.parametrize("name", VALUES)
def test_it_has_the_very_fields_of_the_values(name):
    known = {entry.name for entry in fields(VALUES[name])} | DERIVED.get(name, set())
    known |= {"type"} if name in NAMED else set()
    assert set(SCHEMA["$defs"][name]["properties"]) == known
    assert set(SCHEMA["$defs"][name]["required"]) == known - LEFT_OUT.get(name, set())


def test_it_has_the_very_words_of_the_vocabulary():
    definitions = SCHEMA["$defs"]
    words = {"action": Action, "state": State, "hazard": Hazard}
    for name, known in words.items():
        assert definitions[name]["enum"] == [word.value for word in known]
    assert definitions["ref"]["properties"]["form"]["enum"] == [form.value for form in Form]
    assert definitions["diagnostic"]["properties"]["severity"]["enum"] == [word.value for word in Severity]
    assert {entry.name for entry in fields(Plan)} <= set(SCHEMA["properties"])


def test_it_ships_beside_those_of_the_manifests():
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(read_schema_text("Plan")) == SCHEMA
    assert set(name_schemas()) - set(read_schemas()) == {"Manifest", "Plan"}


@given(plans)
def test_every_plan_fits(plan):
    VALIDATOR.validate(json.loads(json.dumps(plan_to_dict(plan))))
    document = saved(plan)
    VALIDATOR.validate(document)
    assert saved_from_dict(document, SCHEMA) == SavedPlan(plan, CHOICES, APPROVED)


def objects_of(value, path=()):
    """Give every object in a document, by path."""
    if isinstance(value, dict):
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from objects_of(child, (*path, key))


OBJECTS = [path for path, _ in objects_of(saved())]


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: "/".join(map(str, path)))
def test_what_is_added_or_missing_is_refused_with_its_path(path):
    def place_of(document):
        for key in path:
            document = document[key]
        return document

    more = copy.deepcopy(saved())
    place_of(more)["surprise"] = 1
    with pytest.raises(ValueError, match=r"damaged at (\S*/)?surprise: |at summary/actions: 'actions' is 'surprise'"):
        saved_from_dict(more, SCHEMA)
    if path[-1:] == ("actions",):
        return
    for key in place_of(saved()):
        less = copy.deepcopy(saved())
        del place_of(less)[key]
        if (path, key) not in {((), "format_version"), ((), "checksum")} and key != "type":
            with pytest.raises(ValueError, match=f"'{key}'"):
                saved_from_dict(less, SCHEMA)
        with pytest.raises(ValueError, match="plan"):
            saved_from_dict(less, SCHEMA)


def test_a_plan_that_was_changed_is_refused_though_its_form_is_right():
    document = saved()
    document["steps"][0]["title"] = "something else"
    VALIDATOR.validate(document)
    with pytest.raises(ValueError, match="its checksum is not that of its content"):
        saved_from_dict(document, SCHEMA)


def test_a_plan_that_was_printed_is_no_saved_one():
    with pytest.raises(ValueError, match="which no --out has saved"):
        saved_from_dict(plan_to_dict(PLAN), SCHEMA)
