"""The reads of a plan: few rounds, side by side, and no more statements for more models."""

from __future__ import annotations

import threading

import pytest
from support.workspace import wait_until

from ftspec import operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.manifest.document import SourceFile

SCHEMAS = ("SUPPORT", "SALES", "LEGAL")
ROLES = 8
SETUP = "".join(
    [
        "CREATE ROLE ML_TRAINER;\nGRANT ROLE ML_TRAINER TO ROLE SYSADMIN;\n",
        "GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;\n",
        *(f"CREATE ROLE APP_{number};\n" for number in range(ROLES)),
        "USE ROLE ML_TRAINER;\nCREATE DATABASE ML;\n",
        *(f"CREATE SCHEMA ML.{schema};\n" for schema in SCHEMAS),
        "CREATE TABLE ML.SUPPORT.QUESTIONS (PROMPT VARCHAR, COMPLETION VARCHAR);\n",
        "INSERT INTO ML.SUPPORT.QUESTIONS VALUES ('When?', 'At nine.'), ('Where?', 'Here.'), ('Who?', 'We.');\n",
    ]
)
DATASET = "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {name: train}\nspec: {table: ML.SUPPORT.QUESTIONS}\n"


def write_manifests(folder, models_each):
    """Declare so many models in each schema, and roles that may use them in turn."""
    names = [f"{schema.lower()}_{number}" for schema in SCHEMAS for number in range(models_each)]
    models = [
        f"apiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {{name: {name}}}\n"
        f"spec: {{base_model: llama3-8b, training_data: train, model_name: ML.{name.split('_')[0].upper()}.{name}}}\n"
        for name in names
    ]
    roles = [
        f"apiVersion: ftspec/v1\nkind: Privileges\nmetadata: {{name: app_{number}}}\n"
        f"spec: {{role: APP_{number}, can_use: [{names[number % len(names)]}]}}\n"
        for number in range(ROLES)
    ]
    (folder / "models.yaml").write_text("---\n".join([DATASET, *models, *roles]))


@pytest.fixture
def wired(hold, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "setup.sql").write_text(SETUP)
    (source / "ftspec.yaml").write_text(
        "apiVersion: ftspec/v1\nkind: Project\nmetadata:\n  name: wide\nspec:\n  database: ML\n  schema: SUPPORT\n"
        "  environments:\n    embedded:\n      connection: embedded\n      role: ML_TRAINER\n"
        "      warehouse: COMPUTE_WH\n      training_seconds: 0.3\n      setup: [setup.sql]\n"
    )
    return hold(source=source, allow_control=True)


def read_noop_plan(wired):
    """Plan in this process, and give the plan and the statements that it took."""
    files, faults = read_project(wired.folder)
    assert all(isinstance(file, SourceFile) for file in files)
    loaded = operations.load(files, read_schemas(), environment=None, variables={}, version="0.1.0")
    assert not faults
    assert not loaded.diagnostics
    session = open_session(loaded.project, wired.folder)
    try:
        before = len(wired.workspace.log())
        planned = operations.plan(loaded, session)
        return planned, [str(entry["sql"]) for entry in wired.workspace.log()[before:]]
    finally:
        session.close()


def test_reads_of_a_plan_that_changes_nothing(drivers, wired):
    counts = {}
    for models_each in (1, 4):
        write_manifests(wired.folder, models_each)
        applied = wired.workspace.run("apply", "--auto-approve")
        assert applied.code == 0, applied.out + applied.err
        planned, statements = read_noop_plan(wired)
        assert planned.plan.steps == ()
        assert len(planned.plan.changes) == 1 + models_each * len(SCHEMAS) + ROLES
        assert planned.rounds <= 3
        assert len(statements) == len(set(statements))
        counts[models_each] = len(statements)
    assert counts[4] == counts[1]

    environment = wired.name_connection()
    for driver in drivers:
        pause = wired.control.add("pause", match="^SHOW ", times=None)
        before = len(wired.workspace.log())
        ran = []
        plan = threading.Thread(
            target=lambda: ran.append(driver.ftspec(wired.folder, "plan", "--detailed-exitcode", **environment))  # noqa: B023
        )
        plan.start()
        wait_until(lambda: wired.control.waiting(pause) >= 4)  # noqa: B023
        wired.control.release(pause)
        plan.join()
        assert ran[0].code == 0, ran[0].out + ran[0].err
        # Two statements open the session, and one looks for the lock after the reads.
        assert len(wired.workspace.log()) - before == counts[4] + 3
