"""A lock that is lost in the middle of an apply: nothing more is started, and the next apply goes on from there."""

from __future__ import annotations

import re
from typing import Self

import pytest
from support.workspace import REPOSITORY, Workspace, copy_project, wait_until

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run
from ftspec.engine.lock import Lock, Timing, force_unlock
from ftspec.engine.session import Fault
from ftspec.model.plan import Done, StepFinished, StepProgressed, StepStarted
from ftspec.resources.lock import LEASE_SECONDS, STALE_SECONDS

SCENARIO = REPOSITORY / "tests" / "scenarios" / "replaced"
EPOCHS = iter(range(3, 10))
RUNS = iter(range(10))


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Workspace:
    """Make a model that is live and used."""
    workspace = copy_project(SCENARIO, tmp_path_factory.mktemp("lost") / "project")
    ran = workspace.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    return workspace


@pytest.fixture
def workspace(live) -> Workspace:
    """Declare a spec of the model that was not declared before."""
    path = live.folder / "models.yaml"
    path.write_text(re.sub(r"max_epochs: \d+", f"max_epochs: {next(EPOCHS)}", path.read_text()))
    return live


class Clock:
    """A clock that passes by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now


class Applying:
    """An apply in this process under a lock of its own; `act` is called at the event whose step and kind are given."""

    def __init__(self, workspace: Workspace, timing: Timing) -> None:
        files, _ = read_project(workspace.folder)
        self.loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
        self.session = open_session(self.loaded.project, workspace.folder)
        self.other = self.session.fork()
        self.lock = Lock(self.session, self.loaded.scope, "ANA@laptop", f"run{next(RUNS)}", timing)
        self.done: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        self.other.close()
        self.session.close()

    def apply(self, at: tuple[str, type], act) -> operations.Applied:
        def emit(event: object) -> None:
            if isinstance(event, StepProgressed):
                return
            word = event.step.id.split()[0]
            if isinstance(event, StepFinished) and isinstance(event.outcome, Done):
                self.done.append(word)
            if at == (word, type(event)):
                act()

        self.lock.acquire(0)
        planned = operations.plan(self.loaded, self.session)
        run = Run("run", "test", Pace(parallelism=1))
        return operations.apply(self.loaded, planned, self.session, emit, run, lock=self.lock)

    def break_lock(self) -> None:
        """End the lease as somebody else does, and wait until its renewal has noticed."""
        self.unlock()
        wait_until(lambda: not self.lock.is_held)

    def unlock(self) -> None:
        """End the lease as somebody else does."""
        force_unlock(self.other, self.loaded.scope, self.lock._tenure.lease.id)


OFTEN = Timing(renew_seconds=0.02)


def changes(workspace: Workspace, begin: int) -> list[str]:
    """List what was changed in Snowflake since an entry of the log, locks and journal left out."""
    sent = (str(entry["sql"]) for entry in workspace.log()[begin:])
    words = ("ALTER MODEL", "GRANT", "DROP MODEL", "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE'")
    return [sql for sql in sent if sql.startswith(words)]


def complete(workspace: Workspace) -> None:
    again = workspace.run("apply", "--auto-approve")
    assert again.code == 0, again.out + again.err
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_lease_that_was_not_renewed_in_time_stops_the_apply(workspace):
    clock = Clock()
    with Applying(workspace, Timing(renew_seconds=1e6, clock=clock.read)) as applying:
        with pytest.raises(Fault) as caught:
            applying.apply(("mark", StepFinished), lambda: setattr(clock, "now", float(LEASE_SECONDS + STALE_SECONDS)))
        assert applying.done == ["measure", "train", "await", "mark"]
    fault = caught.value.diagnostic
    assert fault.code == "FT503"
    assert fault.message.endswith(" was lost: its lease was not renewed in time")
    last = workspace.log()[-30:]
    assert not any(" RENAME TO ML.SUPPORT.LLAMA" in str(entry["sql"]) for entry in last)
    told = workspace.run("history").out.splitlines()[-1]
    assert "apply failed: the lock of project support_bot, environment embedded was lost" in told
    complete(workspace)


def test_a_lock_that_somebody_ended_stops_the_apply(workspace):
    with Applying(workspace, OFTEN) as applying:
        with pytest.raises(Fault) as caught:
            applying.apply(("mark", StepFinished), applying.break_lock)
        assert applying.done == ["measure", "train", "await", "mark"]
    assert caught.value.diagnostic.message.endswith(" was lost: somebody removed it")
    complete(workspace)


def test_no_training_is_started_once_somebody_ended_the_lock(workspace):
    """Its renewal would notice within a minute; before something is paid for, the lock is looked at."""
    begin = len(workspace.log())
    with Applying(workspace, Timing()) as applying:
        with pytest.raises(Fault) as caught:
            applying.apply(("train", StepStarted), applying.unlock)
        assert applying.done == ["measure"]
    assert caught.value.diagnostic.code == "FT503"
    assert changes(workspace, begin) == []
    complete(workspace)


def test_a_lock_that_was_lost_while_a_job_trains_is_taken_again(workspace):
    """It is not needed while jobs train, and the state is read again before the apply goes on."""
    with Applying(workspace, OFTEN) as applying:
        applied = applying.apply(("await", StepStarted), applying.break_lock)
        assert not applied.failed
        assert "probe" in applying.done
    assert workspace.run("plan", "--detailed-exitcode").code == 0
