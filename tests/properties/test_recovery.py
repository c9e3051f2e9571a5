"""An apply that is cut off at any event is completed by the next one, and no training is paid for twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import REPOSITORY, Workspace, copy_project

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Applied, Run
from ftspec.model.change import Action
from ftspec.model.plan import StepProgressed

SCENARIO = REPOSITORY / "tests" / "scenarios" / "first_training"
EVENTS = 15
"""Events of an undisturbed apply of the scenario, progress left out: six steps begin, wait or end."""


class CutOffError(Exception):
    """The run ends here."""


def load(folder: Path) -> operations.Loaded:
    files, _ = read_project(folder)
    return operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)


def apply(workspace: Workspace, cut: int | None = None) -> tuple[int, Applied | None]:
    """Apply in this process; `cut` is the event at which the run ends. Gives how many events were seen."""
    loaded = load(workspace.folder)
    seen = 0

    def emit(event: object) -> None:
        nonlocal seen
        if isinstance(event, StepProgressed):
            return
        seen += 1
        if cut is not None and seen > cut:
            raise CutOffError

    assert loaded.project is not None
    session = open_session(loaded.project, workspace.folder)
    try:
        planned = operations.plan(loaded, session)
        applied = operations.apply(loaded, planned, session, emit, Run("run", "test", Pace(parallelism=1)))
    except CutOffError:
        return seen, None
    finally:
        session.close()
    return seen, applied


def creates(workspace: Workspace) -> int:
    return sum("FINETUNE('CREATE'" in str(entry["sql"]) for entry in workspace.log())


@pytest.mark.parametrize("cut", range(EVENTS))
def test_an_apply_that_is_cut_off_is_completed(tmp_path, cut):
    workspace = copy_project(SCENARIO, tmp_path / "project")
    _, unfinished = apply(workspace, cut)
    assert (unfinished is None) == (cut < EVENTS - 1)
    _, applied = apply(workspace)
    assert applied is not None
    assert not applied.failed
    assert [change for change in applied.after.changes if change.action is not Action.NO_OP] == []
    assert creates(workspace) == 1
    assert workspace.run("ask", "my_super_llama", "Where can I park?").code == 0


def test_an_undisturbed_apply_has_as_many_events_as_are_cut(tmp_path):
    workspace = copy_project(SCENARIO, tmp_path / "project")
    events, applied = apply(workspace)
    assert events == EVENTS - 1
    assert applied is not None
