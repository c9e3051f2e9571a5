"""A training is started once, whatever becomes of the answer; reads and waiting survive a lost connection."""

from __future__ import annotations

import pytest
from wire.proxy import Trouble, proxy_to

CREATE = "FINETUNE('CREATE'"


@pytest.fixture
def proxied(hold):
    """Give a project whose connection leads through a proxy."""
    wired = hold()
    with proxy_to(*wired.address) as proxy:
        yield wired, proxy, wired.name_connection(port=proxy.port)


def check_unknown(driver, proxied, kind):
    """Apply while the answer to CREATE goes astray: one request, and no more is said than is known."""
    wired, proxy, environment = proxied
    proxy.troubles.append(Trouble(CREATE, kind))
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 1
    assert "failed: start training ML.SUPPORT.MY_SUPER_LLAMA: unknown outcome: the answer was lost" in ran.err
    assert "Traceback" not in ran.err
    assert [passage.done for passage in proxy.holding(CREATE)] == [kind]
    return len(wired.log_of(CREATE))


def check_continued(driver, proxied):
    """Apply once more: one job in all, its model is live, and nothing is left to do."""
    wired, _, environment = proxied
    again = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert again.code == 0, again.err
    assert "Planned again: no changes." in again.out
    assert len(wired.log_of(CREATE)) == 1
    assert [job["status"] for job in wired.jobs()] == ["SUCCESS"]


@pytest.mark.parametrize("kind", ["lose", "garble"])
def test_a_create_whose_answer_is_lost_is_not_sent_again(driver, proxied, kind):
    assert check_unknown(driver, proxied, kind) == 1
    if kind == "lose":
        check_continued(driver, proxied)


@pytest.mark.parametrize("kind", ["busy", "refuse", "forbidden"])
def test_a_create_that_never_arrived_is_not_sent_again_by_itself(driver, proxied, kind):
    assert check_unknown(driver, proxied, kind) == 0
    if kind == "busy":
        check_continued(driver, proxied)


def test_reads_grants_and_waiting_survive_lost_answers(driver, proxied):
    wired, proxy, environment = proxied
    troubles = {"SHOW MODELS": "busy", "GRANT USAGE ON DATABASE": "lose", "'DESCRIBE'": "lose"}
    proxy.troubles += [Trouble(mark, kind) for mark, kind in troubles.items()]
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", **environment)
    assert ran.code == 0, ran.err
    for mark, kind in troubles.items():
        assert [passage.done for passage in proxy.holding(mark)].count(kind) == 1
    assert len(wired.log_of(CREATE)) == 1


def test_a_server_that_stops_answering_is_told_in_one_line(driver, proxied):
    wired, proxy, environment = proxied
    proxy.troubles.append(Trouble("SHOW ", "refuse", times=1000))
    ran = driver.ftspec(wired.folder, "plan", **environment)
    assert ran.code == 1
    assert ran.out == ""
    first, hint = ran.err.strip().splitlines()
    assert first.startswith("error FT309: the connection to Snowflake was lost: ")
    assert hint == "  hint: run the command again: what was started goes on in Snowflake, and is not started twice"
