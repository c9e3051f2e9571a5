"""The command line when its lock is ended by somebody else: it says so, starts nothing, and exits 1."""

from __future__ import annotations

import re

from support.workspace import wait_until


def test_an_apply_whose_lock_was_ended_by_hand_starts_no_training(hold):
    wired = hold(allow_control=True)
    environment = wired.name_connection()
    rule = wired.control.add("pause", match="CREATE TABLE IF NOT EXISTS .*FTSPEC_JOURNAL")
    applying = wired.workspace.start("apply", "--auto-approve", **environment)
    wait_until(lambda: wired.control.waiting(rule) == 1)
    waiting = wired.workspace.start("apply", "--auto-approve", "--lock-timeout", "0.1", **environment)
    _, refusal = waiting.communicate(timeout=60)
    assert waiting.returncode == 1
    assert refusal.count("note FT501: waiting 0.1 s at most: project support_bot, environment embedded is locked") == 1
    command = re.search(r"ftspec (force-unlock) (\w+) (--env) (\w+)\n", refusal)
    assert command is not None
    assert wired.workspace.run_apart(*command.groups(), **environment).code == 0
    wired.control.release(rule)
    _, err = applying.communicate(timeout=60)
    assert applying.returncode == 1
    lost = "the lock of project support_bot, environment embedded was lost: somebody removed it"
    assert f"error FT503: {lost}\n  hint: another run may be applying; run the command again" in err
    assert "Traceback" not in err
    assert wired.jobs() == []
