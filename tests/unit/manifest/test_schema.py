from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from ftspec.backends.files import read_schema_text, read_schemas
from ftspec.manifest.document import SourceFile
from ftspec.manifest.later import is_later_key
from ftspec.manifest.reader import read_documents
from ftspec.manifest.schema import check_schema

SCHEMAS = read_schemas()
KINDS = ["Dataset", "FineTunedModel", "Privileges", "Project"]


def properties_of(schema, path):
    """Give every property of a schema, those of its parts and definitions included."""
    for name, part in schema.get("properties", {}).items():
        yield f"{path}/{name}", name, part
        yield from properties_of(part, f"{path}/{name}")
    for name, part in schema.get("$defs", {}).items():
        yield f"{path}/$defs/{name}", name, part
        yield from properties_of(part, f"{path}/$defs/{name}")


EVERY = [
    pytest.param(name, part, SCHEMAS[kind], id=path)
    for kind in KINDS
    for path, name, part in properties_of(SCHEMAS[kind], kind)
]


def test_there_is_a_schema_for_each_kind():
    assert sorted(SCHEMAS) == KINDS
    for kind in KINDS:
        assert json.loads(read_schema_text(kind)) == SCHEMAS[kind]
    assert read_schema_text("Nothing") is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_closed(kind):
    schema = SCHEMAS[kind]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == kind
    assert schema["description"]
    for path, _, part in [(kind, kind, schema), *properties_of(schema, kind)]:
        if part.get("type") == "object":
            assert part["additionalProperties"] is not True, path


@pytest.mark.parametrize(("name", "part", "schema"), EVERY)
def test_a_property_is_explained_and_its_examples_and_default_are_valid(name, part, schema):
    assert name.lower() not in {"on", "off", "yes", "no", "y", "n", "true", "false", "null"}
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
    assert part["title"]
    assert part["description"].endswith(".")
    assert part["examples"]
    validator = Draft202012Validator({**part, "$defs": schema.get("$defs", {})})
    for value in [*part["examples"], *([part["default"]] if "default" in part else [])]:
        validator.validate(value)


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_is_known_and_announced_at_once(kind):
    for path, name, _ in properties_of(SCHEMAS[kind], ""):
        parent = path.removesuffix(f"/{name}").removeprefix("/").replace("$defs/environment", "spec/environments/x")
        assert not is_later_key(kind, parent.replace("$defs/grant", "spec/grants/0"), name)


def check(text):
    reading = read_documents((SourceFile("a.yaml", text),))
    return [found for document in reading.documents for found in check_schema(document, SCHEMAS)]


def test_what_the_reader_refused_is_not_reported_again():
    head = "apiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {name: m}\nspec: "
    assert check(f"{head}{{base_model: yes, training_data: 2026-11-23, options: {{max_epochs: 1_000}}, on: 1}}\n") == []
    assert check("apiVersion: ftspec/v1\nkind: yes\n") == []


@pytest.mark.parametrize("name", ['"abc\\n"', '"\\e[31mred"', "'a b'", "é", "_a"])
def test_a_name_is_exactly_its_pattern(name):
    (found,) = check(f"apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {{name: {name}}}\nspec: {{table: T}}\n")
    assert (found.code, str(found.span)) == ("FT008", "a.yaml:3:18")
    assert found.message.isprintable()


def test_long_texts_are_shortened_on_one_line():
    (found,) = check(
        "apiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {name: m}\nspec:\n  base_model: x\n  training_data: t\n"
        f"  options: |\n    first\n    {'second ' * 30}\n"
    )
    assert found.message == "'options' is 'first second second second second second…', wanted a mapping"
    assert str(found.span) == "a.yaml:7:12"
