"""A replacement in place that is cut off is completed, and who was granted the dropped model by hand has it back.

The model is gone while its replacement trains, and its grants with it: the journal keeps them meanwhile.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import REPOSITORY, Workspace, copy_project

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run
from ftspec.model.plan import StepStarted

SCENARIO = REPOSITORY / "tests" / "scenarios" / "in_place"
MODEL = "ML.SUPPORT.LLAMA"
BY_HAND = ("FIRST_APP", "SECOND_APP")
ALL = {*BY_HAND, "SUPPORT_APP"}


class CutOffError(Exception):
    """The run ends here."""


def ignore(_event: object) -> None:
    """Show nothing."""


def prepare(folder: Path) -> Workspace:
    """Make a model that is live, and granted to two roles by hand; declare another spec of it."""
    workspace = copy_project(SCENARIO, folder)
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    for role in BY_HAND:
        workspace.sql(f"CREATE ROLE {role}")
        workspace.sql(f"GRANT USAGE ON MODEL {MODEL} TO ROLE {role}")
    edit(workspace, "models.yaml", "max_epochs: 2", "max_epochs: 3")
    return workspace


def edit(workspace: Workspace, name: str, old: str, new: str) -> None:
    path = workspace.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def cut_off(workspace: Workspace, step: str, *, begins: bool) -> None:
    """Apply, up to the moment at which a step, by the first words of its id, begins or has ended."""
    files, _ = read_project(workspace.folder)
    loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)

    def emit(event: object) -> None:
        if event.step.id.startswith(step) and isinstance(event, StepStarted) == begins:  # type: ignore[attr-defined]
            raise CutOffError

    session = open_session(loaded.project, workspace.folder)
    try:
        planned = operations.plan(loaded, session)
        with pytest.raises(CutOffError):
            operations.apply(loaded, planned, session, emit, Run("run", "test", Pace(parallelism=1)))
    finally:
        session.close()


def holders(workspace: Workspace) -> set[str]:
    rows = workspace.sql(f"SHOW GRANTS ON MODEL {MODEL}")
    return {str(row["grantee_name"]) for row in rows if row["privilege"] == "USAGE"}


def finish(workspace: Workspace) -> str:
    """Apply what is left, and give the plan that it was."""
    planned = workspace.run("plan")
    applied = workspace.run("apply", "--auto-approve", "--allow", "deletes")
    assert applied.code == 0, applied.out + applied.err
    again = workspace.run("plan", "--detailed-exitcode")
    assert again.code == 0, again.out + again.err
    return planned.out


@pytest.mark.parametrize(
    ("step", "begins"),
    [
        ("drop", True),
        ("drop", False),
        ("train", False),
        ("await", False),
        ("pass llama role SECOND_APP", True),
        ("settle", True),
        ("mark", True),
        ("mark", False),
    ],
)
def test_what_was_granted_by_hand_comes_back_whichever_run_finishes(tmp_path, step, begins):
    workspace = prepare(tmp_path / "project")
    cut_off(workspace, step, begins=begins)
    finish(workspace)
    assert holders(workspace) == ALL
    assert len(workspace.jobs()) == 2


def test_a_run_that_does_not_wait_leaves_the_grants_to_the_one_that_finishes(tmp_path):
    workspace = prepare(tmp_path / "project")
    left = workspace.run("apply", "--auto-approve", "--allow", "deletes", "--no-wait")
    assert left.code == 0, left.out + left.err
    planned = finish(workspace)
    for role in BY_HAND:
        assert f"let role {role} keep USAGE on the model\n      GRANT USAGE ON MODEL {MODEL} TO ROLE {role}" in planned
    assert planned.count("TO ROLE SUPPORT_APP") == 1
    assert holders(workspace) == ALL


def test_what_is_declared_no_more_does_not_come_back(tmp_path):
    workspace = prepare(tmp_path / "project")
    assert workspace.run("apply", "--auto-approve", "--allow", "deletes", "--no-wait").code == 0
    edit(workspace, "models.yaml", "  can_use: [llama]", "  grants: [{privilege: USAGE, database: ML}]")
    finish(workspace)
    assert holders(workspace) == set(BY_HAND)


def test_a_role_that_is_gone_meanwhile_is_left_out(tmp_path):
    workspace = prepare(tmp_path / "project")
    assert workspace.run("apply", "--auto-approve", "--allow", "deletes", "--no-wait").code == 0
    workspace.sql("DROP ROLE FIRST_APP")
    assert "FIRST_APP" not in finish(workspace)
    assert holders(workspace) == {"SECOND_APP", "SUPPORT_APP"}


def test_grants_come_back_once(tmp_path):
    workspace = prepare(tmp_path / "project")
    assert workspace.run("apply", "--auto-approve", "--allow", "deletes").code == 0
    assert holders(workspace) == ALL
    workspace.sql(f"REVOKE USAGE ON MODEL {MODEL} FROM ROLE FIRST_APP")
    workspace.sql(f"DROP MODEL {MODEL}")
    assert "keep USAGE" not in finish(workspace)
    assert holders(workspace) == {"SUPPORT_APP"}


def test_grants_are_made_again_by_the_next_try_of_a_training_that_failed(tmp_path):
    workspace = prepare(tmp_path / "project")
    edit(workspace, "ftspec.yaml", "training_seconds: 0.3", "training_seconds: 600")
    assert workspace.run("apply", "--auto-approve", "--allow", "deletes", "--no-wait").code == 0
    assert workspace.run("cancel", "llama").code == 0
    edit(workspace, "ftspec.yaml", "training_seconds: 600", "training_seconds: 0.3")
    assert workspace.run("apply", "--auto-approve").code == 1
    edit(workspace, "models.yaml", "max_epochs: 3", "max_epochs: 4")
    finish(workspace)
    assert holders(workspace) == ALL


def test_without_a_journal_the_plan_says_what_is_lost(tmp_path):
    workspace = prepare(tmp_path / "project")
    edit(workspace, "ftspec.yaml", "  schema: SUPPORT\n", "  schema: SUPPORT\n  journal: false\n")
    planned = workspace.run("plan")
    assert planned.code == 0
    assert f"      warning FT241    only the run that drops {MODEL} makes its grants again" in planned.out
    applied = workspace.run("apply", "--auto-approve", "--allow", "deletes")
    assert applied.code == 0, applied.out + applied.err
    assert holders(workspace) == ALL
