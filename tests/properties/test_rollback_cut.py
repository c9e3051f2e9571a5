"""A rollback that is cut off before any of its statements is undone or completed, by whatever is done next."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import REPOSITORY, Workspace, copy_project

from ftspec import __version__, errands, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run
from ftspec.model.change import Action
from ftspec.model.plan import StepStarted

STEPS = ("hold", "pass", "retire", "promote", "probe")
PASSES = 100


def ignore(_event: object) -> None:
    """Show nothing."""


class CutOffError(Exception):
    """The run ends here."""


class Account:
    """An account with a model of the declared spec that is live, and an earlier one that is kept."""

    def __init__(self, workspace: Workspace) -> None:
        files, _ = read_project(workspace.folder)
        self.loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
        self.workspace = workspace
        self.session = open_session(self.loaded.project, workspace.folder)
        self.runs = iter(range(PASSES))
        self.jobs: dict[str, str] = {}
        self.jobs = self.look("job=", 40)

    def run(self) -> Run:
        return Run(f"run{next(self.runs)}", "test", Pace(parallelism=1))

    def roll_back(self, cut: str = "") -> list[str]:
        """Roll back, up to the step before which the run is cut off; gives the first words of the steps begun."""
        begun: list[str] = []

        def emit(event: object) -> None:
            if isinstance(event, StepStarted):
                begun.append(event.step.id.split()[0])
                if begun[-1] == cut:
                    raise CutOffError

        try:
            errands.rollback(self.loaded, self.session, "llama", emit, self.run())
        except CutOffError:
            assert cut
        return begun

    def apply(self) -> dict[str, Action]:
        """Apply, and give what was decided for the models."""
        planned = operations.plan(self.loaded, self.session)
        applied = operations.apply(self.loaded, planned, self.session, ignore, self.run())
        assert not applied.failed
        assert {change.action for change in applied.after.changes} == {Action.NO_OP}
        return {change.address.name: change.action for change in planned.plan.changes}

    def look(self, word: str, length: int) -> dict[str, str]:
        """Give the beginning of a word of each model's marker, by the model's name, or `kept`."""
        rows = self.session.execute("SHOW MODELS IN SCHEMA ML.SUPPORT")
        comments = {str(row["name"]): str(row["comment"]) for row in rows}
        found = {name: text[text.index(word) :][:length].split()[0] for name, text in comments.items()}
        return {name if name == "LLAMA" else "kept": text for name, text in found.items()}

    def holds(self) -> dict[str, str]:
        return {name: text if text == "hold=-" else "held" for name, text in self.look("hold=", 20).items()}

    def is_as_declared(self) -> bool:
        return self.look("job=", 40) == self.jobs and set(self.holds().values()) == {"hold=-"}

    def is_rolled_back(self) -> bool:
        swapped = {"LLAMA": self.jobs["kept"], "kept": self.jobs["LLAMA"]}
        return self.look("job=", 40) == swapped and self.holds() == {"LLAMA": "held", "kept": "hold=-"}

    def restore(self) -> None:
        errands.resume(self.loaded, self.session, "llama", ignore, self.run())
        self.apply()
        assert self.is_as_declared()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Account:
    workspace = copy_project(
        REPOSITORY / "tests" / "scenarios" / "replaced", tmp_path_factory.mktemp("rollback") / "project"
    )
    path: Path = workspace.folder / "models.yaml"
    for spec in ("max_epochs: 2", "max_epochs: 3"):
        path.write_text(path.read_text().replace("max_epochs: 2", spec))
        ran = workspace.run("apply", "--auto-approve")
        assert ran.code == 0, ran.out + ran.err
    account = Account(workspace)
    yield account
    account.session.close()


@pytest.fixture
def account(made) -> Account:
    made.restore()
    return made


def test_the_steps_of_a_rollback(account):
    assert tuple(account.roll_back()) == STEPS
    assert account.is_rolled_back()
    assert account.apply()["llama"] is Action.NO_OP
    assert account.is_rolled_back()


@pytest.mark.parametrize("cut", STEPS)
def test_a_rollback_that_is_cut_off_is_completed_by_the_next_one(account, cut):
    assert account.roll_back(cut)[-1] == cut
    if cut != "probe":
        account.roll_back()
    assert account.is_rolled_back()
    assert account.apply()["llama"] is Action.NO_OP


@pytest.mark.parametrize(
    ("cut", "action"),
    [
        ("hold", Action.NO_OP),
        ("pass", Action.UPDATE),
        ("retire", Action.UPDATE),
        ("promote", Action.PROMOTE),
        ("probe", Action.NO_OP),
    ],
)
def test_an_apply_after_a_rollback_that_was_cut_off_leaves_one_of_both_models_live(account, cut, action):
    """Before the live model gave way the rollback is undone, afterwards it is completed."""
    account.roll_back(cut)
    assert account.apply()["llama"] is action
    assert account.is_rolled_back() if cut in {"promote", "probe"} else account.is_as_declared()
    jobs = account.workspace.jobs()
    assert len(jobs) == 2


@pytest.mark.parametrize("cut", ["retire", "promote"])
def test_a_rollback_that_was_cut_off_is_given_up_by_resume(account, cut):
    account.roll_back(cut)
    assert errands.resume(account.loaded, account.session, "llama", ignore, account.run())
    account.apply()
    assert account.is_as_declared()


def test_a_rollback_that_failed_and_was_undone_leaves_no_hold_behind_the_next_apply(account):
    account.workspace.sql("REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE PUBLIC")
    try:
        account.roll_back()
    finally:
        account.workspace.sql("GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE PUBLIC")
    assert account.look("job=", 40) == account.jobs
    assert account.apply()["llama"] is Action.UPDATE
    assert account.is_as_declared()
