"""A training is started once, whatever becomes of the answer; reads and waiting survive a lost connection."""

from __future__ import annotations

import json

import pytest
from wire.proxy import Trouble, proxy_to

CREATE = "FINETUNE('CREATE'"
MODEL = "ML.SUPPORT.MY_SUPER_LLAMA"


@pytest.fixture
def proxied(hold):
    """Give a project whose connection leads through a proxy."""
    wired = hold()
    with proxy_to(*wired.address) as proxy:
        yield wired, proxy, wired.name_connection(port=proxy.port)


def jobs_of(wired):
    rows = wired.workspace.sql("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW') AS JOBS")
    return json.loads(str(rows[0]["JOBS"]))


def check_continued(driver, wired, environment):
    """Apply once more: the one job's model is live, and nothing is left to do."""
    again = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert again.code == 0, again.err
    planned = driver.ftspec(wired.folder, "plan", "--detailed-exitcode", **environment)
    assert planned.code == 0, planned.out


def test_a_create_whose_answer_is_lost_is_not_sent_again(driver, proxied):
    wired, proxy, environment = proxied
    proxy.troubles.append(Trouble(CREATE, "lose"))
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 1
    assert "unknown outcome: the answer was lost" in ran.err
    assert "Traceback" not in ran.err
    assert [passage.done for passage in proxy.holding(CREATE)] == ["lose"]
    assert len(wired.log_of(CREATE)) == 1
    check_continued(driver, wired, environment)
    assert len(wired.log_of(CREATE)) == 1


@pytest.mark.parametrize("kind", ["busy", "refuse"])
def test_a_create_that_never_arrived_is_not_sent_again_by_itself(driver, proxied, kind):
    wired, proxy, environment = proxied
    proxy.troubles.append(Trouble(CREATE, kind))
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 1
    assert "unknown outcome: the answer was lost" in ran.err
    assert [passage.done for passage in proxy.holding(CREATE)] == [kind]
    assert wired.log_of(CREATE) == []
    check_continued(driver, wired, environment)
    assert len(wired.log_of(CREATE)) == 1
