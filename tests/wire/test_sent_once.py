"""A training is started once, whatever becomes of the answer; reads and waiting survive a lost connection."""

from __future__ import annotations

import re

import pytest
from support.workspace import REPOSITORY

CREATE = "FINETUNE('CREATE'"
RENAME = r"^ALTER MODEL .* RENAME TO"
IMPATIENT = """
import sys
from pathlib import Path
from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run

folder = Path(sys.argv[1])
files, _ = read_project(folder)
loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
session = open_session(loaded.project, folder)
planned = operations.plan(loaded, session)
pace = Pace(answer_timeout=1)
applied = operations.apply(loaded, planned, session, lambda event: None, Run("run", "test", pace))
print(applied.outcomes["train my_super_llama"])
session.close()
"""
"""An apply that waits for a second, not a minute, until the query history knows a statement."""


@pytest.fixture
def named(hold):
    """Give a project whose server misbehaves on request, and the environment that leads there."""
    wired = hold(allow_control=True)
    return wired, wired.name_connection()


@pytest.mark.parametrize("fault", [{"fault": "drop", "when": "after"}, {"fault": "garble"}], ids=["lost", "garbled"])
def test_a_create_whose_answer_is_lost_is_not_sent_again(driver, named, fault):
    """The query history knows it by its tag, and its job is found by the marker in its query."""
    wired, environment = named
    rule = wired.control.add(match=re.escape(CREATE), times=None, **fault)
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err
    assert "Planned again: no changes." in ran.out
    assert wired.control.applied(rule) == 1
    assert len(wired.log_of(CREATE)) == 1
    assert [job["status"] for job in wired.jobs()] == ["SUCCESS"]


@pytest.mark.parametrize(
    "fault",
    [{"fault": "answer"}, {"fault": "drop"}, {"fault": "answer", "status": 403}],
    ids=["busy", "refused", "forbidden"],
)
def test_a_create_that_never_arrived_is_not_sent_again_by_itself(driver, named, fault):
    """The query history does not know it, and may yet: nobody sends it again but who asks for that."""
    wired, environment = named
    rule = wired.control.add(match=re.escape(CREATE), times=None, **fault)
    ran = driver.run("-W", "error", "-c", IMPATIENT, str(wired.folder), **environment)
    assert ran.code == 0, ran.err
    assert "unknown outcome: the answer was lost" in ran.out
    assert "unknown=True" in ran.out
    assert wired.control.applied(rule) == 1
    wired.control.release(rule)
    blocked = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert blocked.code == 1
    assert "unknown outcome: a training was submitted" in blocked.out
    assert wired.log_of(CREATE) == []
    again = driver.ftspec(wired.folder, "apply", "--auto-approve", "--retry", **environment)
    assert again.code == 0, again.err
    assert len(wired.log_of(CREATE)) == 1
    assert [job["status"] for job in wired.jobs()] == ["SUCCESS"]


def test_a_swap_whose_answers_are_lost_renames_each_model_once(driver, hold):
    """A second RENAME would be refused, and a refusal undoes the swap: the query history knows the first one."""
    wired = hold(source=REPOSITORY / "tests" / "scenarios" / "replaced", allow_control=True)
    environment = wired.name_connection()
    first = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert first.code == 0, first.err
    manifest = wired.folder / "models.yaml"
    manifest.write_text(manifest.read_text().replace("max_epochs: 2", "max_epochs: 3"))
    rule = wired.control.add("drop", match=RENAME, when="after", times=None)
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 0, ran.err
    assert "Planned again: no changes." in ran.out
    assert wired.control.applied(rule) == 2
    out, into = (sql for sql in wired.log_of(" RENAME TO ") if sql.startswith("ALTER MODEL"))
    assert out.startswith("ALTER MODEL ML.SUPPORT.LLAMA RENAME TO ML.SUPPORT.LLAMA__")
    assert into.endswith(" RENAME TO ML.SUPPORT.LLAMA")
    assert len(wired.jobs()) == 2


def test_reads_grants_and_waiting_survive_lost_answers(driver, named):
    wired, environment = named
    rules = [
        wired.control.add("answer", match="SHOW MODELS"),
        wired.control.add("drop", match="GRANT USAGE ON DATABASE", when="after"),
        wired.control.add("drop", match="'DESCRIBE'", when="after"),
    ]
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 0, ran.err
    assert [wired.control.applied(rule) for rule in rules] == [1, 1, 1]
    assert len(wired.log_of(CREATE)) == 1


def test_a_server_that_stops_answering_is_told_in_one_line(driver, named):
    wired, environment = named
    wired.control.add("drop", match="SHOW ", times=None)
    ran = driver.ftspec(wired.folder, "plan", **environment)
    assert ran.code == 1
    assert ran.out == ""
    first, hint = ran.err.strip().splitlines()
    assert first.startswith("error FT309: the connection to Snowflake was lost: ")
    assert hint == "  hint: run the command again: what was started goes on in Snowflake, and is not started twice"
