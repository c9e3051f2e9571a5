"""A replacement that is cut off at any event is completed by the next apply, and whoever may call the model still may.

The live name is missing between the two renames of the swap, and at no other time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.workspace import REPOSITORY, Workspace, copy_project

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Applied, Run
from ftspec.engine.session import Session
from ftspec.model.change import Action
from ftspec.model.plan import Failed, StepProgressed, StepStarted

SCENARIO = REPOSITORY / "tests" / "scenarios" / "replaced"
MODEL = "ML.SUPPORT.LLAMA"
STEPS = ("measure", "train", "await", "mark", "pass", "retire", "promote", "probe")
EVENTS = 2 * len(STEPS)
"""Events of an undisturbed replacement, progress left out: each step begins and ends."""
SHOW = "SHOW MODELS LIKE 'LLAMA' IN SCHEMA ML.SUPPORT"


NOTHING: Mapping[str, str] = {}


class CutOffError(Exception):
    """The run ends here."""


def load(folder: Path) -> operations.Loaded:
    files, _ = read_project(folder)
    return operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)


def prepare(folder: Path, kept: int = 1) -> Workspace:
    """Make a model that is live and used, and declare another spec of it; `kept` is how many earlier models stay."""
    workspace = copy_project(SCENARIO, folder)
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    path = workspace.folder / "models.yaml"
    path.write_text(path.read_text().replace("max_epochs: 2}", f"max_epochs: 3}}\n  keep_previous: {kept}"))
    return workspace


def apply(
    workspace: Workspace, cut: int | None = None, meddle: Mapping[str, str] = NOTHING
) -> tuple[list[tuple[str, bool, bool]], Applied | None]:
    """Apply in this process; `cut` is the event at which the run ends, `meddle` what somebody does as a step begins.

    Gives each event: the first word of its step, whether that begins, and whether the live name is there.
    """
    loaded = load(workspace.folder)
    seen: list[tuple[str, bool, bool]] = []

    def emit(event: object) -> None:
        if isinstance(event, StepProgressed):
            return
        step = event.step  # type: ignore[attr-defined]
        if isinstance(event, StepStarted) and step.id.split()[0] in meddle:
            workspace.sql(meddle[step.id.split()[0]])
        seen.append((step.id.split()[0], isinstance(event, StepStarted), is_there(witness)))
        if cut is not None and len(seen) > cut:
            raise CutOffError

    assert loaded.project is not None
    session = open_session(loaded.project, workspace.folder)
    witness = session.fork()
    try:
        planned = operations.plan(loaded, session)
        applied = operations.apply(loaded, planned, session, emit, Run("run", "test", Pace(parallelism=1)))
    except CutOffError:
        return seen, None
    finally:
        witness.close()
        session.close()
    return seen, applied


def is_there(session: Session) -> bool:
    return bool(session.execute(SHOW))


def creates(workspace: Workspace) -> list[str]:
    return [str(entry["sql"]) for entry in workspace.log() if "FINETUNE('CREATE'" in str(entry["sql"])]


def answer(workspace: Workspace) -> object:
    """Call the model under its live name, as the application does."""
    (row,) = workspace.sql(f"SELECT SNOWFLAKE.CORTEX.COMPLETE('{MODEL}', 'Where can I park?') AS A", role="SUPPORT_APP")
    return row["A"]


PROMOTES = 2 * STEPS.index("promote")
"""The event at which the model before has given way; where it is not kept, its drop comes behind all other steps."""
CUTS = [(1, cut) for cut in range(EVENTS)] + [(0, cut) for cut in range(PROMOTES, EVENTS + 2)]


@pytest.mark.parametrize(("kept", "cut"), CUTS)
def test_a_replacement_that_is_cut_off_is_completed(tmp_path, kept, cut):
    workspace = prepare(tmp_path / "project", kept)
    seen, unfinished = apply(workspace, cut)
    assert unfinished is None
    word, begins, there = seen[-1]
    assert (word == "drop") == (cut >= EVENTS)
    assert there == ((word, begins) not in {("retire", False), ("promote", True)})
    if there:
        assert answer(workspace) == "There is a car park behind the house."
    _, applied = apply(workspace)
    assert applied is not None
    assert not applied.failed
    assert {change.action for change in applied.after.changes} == {Action.NO_OP}
    assert answer(workspace) == "There is a car park behind the house."
    assert len(creates(workspace)) == len(set(creates(workspace))) == 2
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    assert len(workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")) == 1 + kept


def test_the_live_name_is_missing_between_the_two_renames_only(tmp_path):
    workspace = prepare(tmp_path / "project")
    begin = len(workspace.log())
    seen, applied = apply(workspace)
    assert applied is not None
    assert [word for word, begins, _ in seen if begins] == list(STEPS)
    assert len(seen) == EVENTS
    assert [(word, begins) for word, begins, there in seen if not there] == [("retire", False), ("promote", True)]
    sent = [str(entry["sql"]) for entry in workspace.log()[begin:]]
    renames = [index for index, sql in enumerate(sent) if " RENAME TO " in sql]
    between = [sql for sql in sent[renames[0] + 1 : renames[1]] if not sql.startswith("ALTER SESSION") and sql != SHOW]
    assert len(renames) == 2
    assert between == []


def comment_of(workspace: Workspace) -> str:
    (row,) = workspace.sql(SHOW)
    return str(row["comment"])


@pytest.mark.parametrize(
    ("step", "meddle", "repair"),
    [
        (
            "promote",
            "ALTER MODEL ML.SUPPORT.LLAMA__5BD2BCE8 RENAME TO ML.SUPPORT.ELSEWHERE",
            "ALTER MODEL ML.SUPPORT.ELSEWHERE RENAME TO ML.SUPPORT.LLAMA__5BD2BCE8",
        ),
        (
            "probe",
            "REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE PUBLIC",
            "GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE PUBLIC",
        ),
    ],
)
def test_a_swap_that_fails_is_undone_at_once(tmp_path, step, meddle, repair):
    workspace = prepare(tmp_path / "project")
    before = comment_of(workspace)
    seen, applied = apply(workspace, meddle={step: meddle})
    assert applied is not None
    assert applied.failed
    outcome = applied.outcomes[f"{step} llama"]
    assert isinstance(outcome, Failed)
    assert "what came before was undone" in outcome.error
    assert seen[-1][2]
    assert comment_of(workspace) == before
    workspace.sql(repair)
    assert answer(workspace) == "There is a car park behind the house."
    _, again = apply(workspace)
    assert again is not None
    assert not again.failed
    assert comment_of(workspace) != before
    assert len(creates(workspace)) == 2
    assert workspace.run("plan", "--detailed-exitcode").code == 0
