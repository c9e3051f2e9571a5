"""What editors and pre-commit are given: a schema of all manifests, a catalogue of schemas, a hook."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import yaml
from jsonschema import Draft202012Validator
from support.workspace import REPOSITORY, Workspace

from ftspec.backends.files import name_schemas, read_schema_text, read_schemas

SCHEMAS = REPOSITORY / "schemas"
EXAMPLES = REPOSITORY / "examples"


def all_documents():
    for path in sorted(EXAMPLES.rglob("*.yaml")):
        if not any(part.startswith(".") for part in path.relative_to(EXAMPLES).parts):
            for document in yaml.safe_load_all(path.read_text()):
                if str(document.get("apiVersion", "")).startswith("ftspec/"):
                    yield path.relative_to(EXAMPLES).as_posix(), document


def test_the_schema_of_all_manifests_knows_every_kind_and_takes_every_example():
    schema = json.loads(read_schema_text("Manifest"))
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["kind"]["enum"] == [
        json.loads((SCHEMAS / kind["then"]["$ref"].removeprefix("#/$defs/")).read_text())["title"]
        for kind in schema["allOf"]
    ]
    assert set(schema["properties"]["kind"]["enum"]) == set(read_schemas())
    found = list(all_documents())
    assert len(found) > 8
    for name, document in found:
        assert not list(Draft202012Validator(schema).iter_errors(document)), name


@pytest.mark.parametrize("kind", sorted(read_schemas()))
def test_the_schema_of_all_manifests_refuses_what_a_kind_refuses(kind):
    schema = json.loads(read_schema_text("Manifest"))
    document = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": "x"}, "spec": {"nonsense": 1}}
    (error, *_) = Draft202012Validator(schema).iter_errors(document)
    assert "nonsense" in error.message or "required" in error.message


def test_the_catalogue_names_schemas_that_are_there():
    catalogue = json.loads((SCHEMAS / "catalog.json").read_text())
    assert catalogue["version"] == 1
    for entry in catalogue["schemas"]:
        assert set(entry) == {"name", "description", "fileMatch", "url"}
        assert (SCHEMAS / entry["url"]).is_file()
    assert "Manifest" in name_schemas()


def test_the_hook_is_a_command_of_ours_and_runs_for_what_a_project_is_made_of():
    (hook,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    program, *arguments = shlex.split(hook["entry"])
    assert program == "ftspec"
    assert Workspace(EXAMPLES / "quickstart").run(*arguments).code == 0
    for name in ("ftspec.yaml", "models.yml", "rows.csv", "rows.jsonl"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "README.md")
