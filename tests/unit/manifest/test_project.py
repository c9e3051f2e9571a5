from __future__ import annotations

from pathlib import Path

import pytest

from ftspec.backends.files import read_schemas
from ftspec.manifest.document import SourceFile
from ftspec.manifest.project import resolve
from ftspec.manifest.reader import read_documents
from ftspec.model.address import SchemaName

SCHEMAS = read_schemas()
WHOLE = (Path(__file__).parent / "whole.yaml").read_text(encoding="utf-8")


def resolve_text(text, *, environment=None, version="0.1.0", **variables):
    reading = read_documents((SourceFile("ftspec.yaml", text),))
    assert reading.diagnostics == ()
    return resolve(reading.documents, SCHEMAS, environment=environment, variables=variables, version=version)


def project_text(environments, **settings):
    lines = [f"  {key}: {value}" for key, value in settings.items()]
    lines += ["  environments:", *(f"    {name}: {value}" for name, value in environments.items())]
    return "\n".join(["apiVersion: ftspec/v1", "kind: Project", "metadata: {name: p}", "spec:", *lines, ""])


def test_the_first_environment_is_the_default():
    resolution = resolve_text(WHOLE)
    assert resolution.diagnostics == ()
    project = resolution.project
    assert (project.name, project.environment.name, project.inference) == ("support_bot", "embedded", "complete")
    assert project.home == SchemaName("ML", "SUPPORT")
    assert project.environment.is_embedded
    assert project.environment.setup == ("setup.sql", "training_dataset.csv")
    assert project.environment.training_seconds == 1.5
    assert (project.environment.role, project.environment.warehouse) == (None, None)
    assert project.document.kind == "Project"
    assert [document.kind for document in resolution.documents] == [
        "Dataset",
        "Dataset",
        "FineTunedModel",
        "Privileges",
    ]


def test_an_environment_overrides_the_project_and_names_are_folded():
    dev = resolve_text(WHOLE, environment="dev").project.environment
    assert (dev.connection, dev.home) == ("ml_dev", SchemaName("ML_DEV", "SUPPORT"))
    assert (dev.role, dev.warehouse) == ("ML_TRAINER", "my WH")
    assert (dev.training_seconds, dev.setup, dev.is_embedded) == (None, (), False)
    prod = resolve_text(WHOLE, environment="prod").project
    assert (prod.home, prod.inference) == (SchemaName("ML", "LIVE"), "ai_complete")


def test_the_embedded_training_takes_three_seconds_by_default():
    text = project_text({"a": "{connection: embedded}"}, database="D", schema="S")
    assert resolve_text(text).project.environment.training_seconds == 3.0


@pytest.mark.parametrize(
    ("environment", "given", "company"),
    [
        ("dev", {}, "ABC"),
        ("prod", {}, "ABC Corp"),
        ("prod", {"company": "given"}, "given"),
        ("dev", {"new": "x"}, "ABC"),
    ],
)
def test_variables_of_the_command_line_go_before_those_of_environment_and_project(environment, given, company):
    documents = resolve_text(WHOLE, environment=environment, **given).documents
    assert documents[1].spec["where"] == f"company = '{company}'"
    assert documents[2].spec["comment"] == f"Answers questions about {company}, costs ${{5}}"


def test_a_variable_can_be_given_that_no_manifest_defines():
    text = project_text({"a": "{connection: '${connection}'}"}, database="${db}_${db}", schema="S")
    project = resolve_text(text, connection="snow", db="ml").project
    assert (project.environment.connection, project.home) == ("snow", SchemaName("ML_ML", "S"))


def test_what_stands_for_a_variable_is_not_read_again():
    text = project_text({"a": "{connection: c}"}, database="'${db}'", schema="S", variables="{db: '\"$${x}\"'}")
    assert resolve_text(text).project.home == SchemaName("${x}", "S")
    assert resolve_text(text, db='"${y}"').project.home == SchemaName("${y}", "S")


def test_names_of_documents_can_have_variables_and_kinds_cannot():
    text = project_text({"a": "{connection: c}"}, database="D", schema="S", variables="{team: blue}")
    text += "---\napiVersion: ftspec/v1\nkind: Dataset\nmetadata: {name: 'train_${team}'}\nspec: {table: T}\n"
    text += "---\napiVersion: ftspec/v1\nkind: '${team}'\nmetadata: {name: x}\n"
    documents = resolve_text(text).documents
    assert [(each.kind, each.name) for each in documents] == [("Dataset", "train_blue"), ("${team}", "x")]


def test_each_environment_is_placed_by_its_own_variables():
    environments = {
        "dev": "{connection: c, variables: {stage: dev}}",
        "prod": "{connection: c, variables: {stage: prod}}",
    }
    text = project_text(environments, database="'ML_${stage}'", schema="S")
    assert resolve_text(text).diagnostics == ()
    assert resolve_text(text, environment="prod").project.home == SchemaName("ML_PROD", "S")
    assert [found.code for found in resolve_text(text, stage="one").diagnostics] == ["FT032"]


def test_a_variable_that_only_another_environment_wants_is_no_fault():
    environments = {
        "dev": "{connection: c}",
        "prod": "{connection: c, database: '${from_ci}', inference: '${from_ci}'}",
    }
    text = project_text(environments, database="D", schema="S")
    assert resolve_text(text).diagnostics == ()
    found = resolve_text(text, environment="prod").diagnostics
    assert [(each.code, each.path) for each in found] == [
        ("FT030", "spec/environments/prod/database"),
        ("FT030", "spec/environments/prod/inference"),
    ]


def test_an_undefined_variable_is_no_second_fault_of_its_value():
    text = project_text({"a": "{connection: c, inference: '${x}', role: '${y}'}"}, database="'a b ${z}'", schema="S")
    assert sorted({found.code for found in resolve_text(text).diagnostics}) == ["FT030"]


def test_an_unknown_environment_does_not_make_variables_undefined():
    resolution = resolve_text(WHOLE.replace("company: ABC}", "other: ABC}"), environment="nowhere")
    assert resolution.project is None
    assert [found.code for found in resolution.diagnostics] == ["FT031"]
    assert "'embedded', 'dev' and 'prod'" in resolution.diagnostics[0].hint


@pytest.mark.parametrize(
    ("wanted", "version", "codes"),
    [
        (">=0.1", "0.1.0", []),
        (">=0.1", "0.2.0.dev1", []),
        (">=0.1,<0.2", "0.2.0", ["FT033"]),
        ("~=0.3", "0.1.0", ["FT033"]),
        ("0.1", "0.1.0", ["FT033"]),
        ("", "0.1.0", ["FT012"]),
    ],
)
def test_the_version_that_the_project_wants(wanted, version, codes):
    text = project_text({"a": "{connection: c}"}, database="D", schema="S", required_version=f"'{wanted}'")
    resolution = resolve_text(text, version=version)
    assert [found.code for found in resolution.diagnostics] == codes
    assert (resolution.project is None) == bool(codes)


def test_all_faults_of_a_project_are_told_at_once():
    environments = {"a": "{connection: c, role: 'a b'}", "b": "{conection: c}"}
    text = project_text(environments, database="1x", schema="S", required_version="'>9'", inference="x")
    assert sorted(found.code for found in resolve_text(text).diagnostics) == [
        "FT010",
        "FT014",
        "FT015",
        "FT015",
        "FT033",
    ]


def test_a_project_with_a_refused_value_is_none_though_its_fault_was_told_by_the_reader():
    text = project_text({"a": "{connection: c, inference: yes}"}, database="D", schema="S")
    reading = read_documents((SourceFile("ftspec.yaml", text),))
    resolution = resolve(reading.documents, SCHEMAS, environment=None, variables={}, version="0.1.0")
    assert [found.code for found in reading.diagnostics] == ["FT003"]
    assert (resolution.project, resolution.diagnostics) == (None, ())


def test_without_a_project_the_documents_are_kept_and_no_variable_is_missed():
    reading = read_documents(
        (SourceFile("a.yaml", "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {name: a}\nspec: {table: '${t}'}\n"),)
    )
    resolution = resolve(reading.documents, SCHEMAS, environment=None, variables={}, version="0.1.0")
    assert (resolution.project, resolution.diagnostics) == (None, ())
    assert resolution.documents[0].is_refused("spec/table")
