"""A training is started once, whatever becomes of the answer; reads and waiting survive a lost connection."""

from __future__ import annotations

import re

import pytest

CREATE = "FINETUNE('CREATE'"


@pytest.fixture
def named(hold):
    """Give a project whose server misbehaves on request, and the environment that leads there."""
    wired = hold(allow_control=True)
    return wired, wired.name_connection()


def check_unknown(driver, named, fault):
    """Apply while the answer to CREATE goes astray: one request, and no more is said than is known."""
    wired, environment = named
    rule = wired.control.add(match=re.escape(CREATE), times=None, **fault)
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 1
    assert "failed: start training ML.SUPPORT.MY_SUPER_LLAMA: unknown outcome: the answer was lost" in ran.err
    assert "Traceback" not in ran.err
    assert wired.control.applied(rule) == 1
    wired.control.release(rule)
    return len(wired.log_of(CREATE))


def check_continued(driver, named):
    """Apply once more: one job in all, its model is live, and nothing is left to do."""
    wired, environment = named
    again = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert again.code == 0, again.err
    assert "Planned again: no changes." in again.out
    assert len(wired.log_of(CREATE)) == 1
    assert [job["status"] for job in wired.jobs()] == ["SUCCESS"]


@pytest.mark.parametrize("fault", [{"fault": "drop", "when": "after"}, {"fault": "garble"}], ids=["lost", "garbled"])
def test_a_create_whose_answer_is_lost_is_not_sent_again(driver, named, fault):
    assert check_unknown(driver, named, fault) == 1
    if fault["fault"] == "drop":
        check_continued(driver, named)


@pytest.mark.parametrize(
    "fault",
    [{"fault": "answer"}, {"fault": "drop"}, {"fault": "answer", "status": 403}],
    ids=["busy", "refused", "forbidden"],
)
def test_a_create_that_never_arrived_is_not_sent_again_by_itself(driver, named, fault):
    assert check_unknown(driver, named, fault) == 0
    if fault == {"fault": "answer"}:
        check_continued(driver, named)


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
