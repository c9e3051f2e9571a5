"""The same scenario through both drivers: the same plan, the same statements, the same end."""

from __future__ import annotations

import re
from collections import Counter

from support.workspace import normalise

CHANGES = ("GRANT ", "REVOKE ", "ALTER MODEL ", "DROP ", "CREATE ")
OF_ONE_RUN = ("FTSPEC_LOCK_", "FTSPEC_JOURNAL", "QUERY_TAG")
"""What holds a run's own id and times: the lock, the journal, the tags."""

LOOKS = ("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW'", "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE'")

FOLDER = re.compile(r"'file://[^']*'")


def is_change(statement: str) -> bool:
    return statement.startswith(CHANGES) or "FINETUNE('CREATE'" in statement


def ignore_how_often_jobs_were_looked_at(*reads):
    """How many looks a training takes depends on the moment, and on the jitter of the pauses."""
    for found in reads:
        for statement in [text for text in found if text.startswith(LOOKS)]:
            found[statement] = 1


def observe(driver, wired):
    """Plan, apply, plan again, with what was sent for each."""
    seen = {}
    for name, arguments in {
        "plan": ("plan", "--detailed-exitcode"),
        "apply": ("apply", "--auto-approve", "--parallelism", "1"),
        "again": ("plan", "--detailed-exitcode"),
        "ask": ("ask", "my_super_llama", "Where can I park?"),
        "status": ("status", "my_super_llama"),
    }.items():
        before = len(wired.workspace.log())
        ran = driver.ftspec(wired.folder, *arguments)
        log = [str(entry["sql"]) for entry in wired.workspace.log()[before:]]
        log = [FOLDER.sub("'file:///…/'", text) for text in log]
        sent = [text for text in log if not any(word in text for word in OF_ONE_RUN)]
        seen[name] = (ran, [normalise(statement) for statement in sent])
    return seen


def test_the_environments_have_the_two_majors(driver):
    ran = driver.run("-c", "import snowflake.connector; print(snowflake.connector.__version__.split('.')[0])")
    assert ran.out == f"{driver.major}\n"


def test_a_scenario_goes_the_same_way_through_both_drivers(drivers, hold):
    old, new = (observe(driver, hold(f"driver{driver.major}")) for driver in drivers)
    assert [ran.code for ran, _ in old.values()] == [2, 0, 0, 0, 0]
    for name in old:
        assert old[name][0].code == new[name][0].code, name
        changes = [[text for text in seen[name][1] if is_change(text)] for seen in (old, new)]
        assert changes[0] == changes[1], name
        assert len(changes[0]) == (5 if name == "apply" else 0)
        reads = [Counter(text for text in seen[name][1] if not is_change(text)) for seen in (old, new)]
        if name == "apply":
            ignore_how_often_jobs_were_looked_at(*reads)
        assert reads[0] == reads[1], name
    for name in ("plan", "again", "ask", "status"):
        assert normalise(old[name][0].out) == normalise(new[name][0].out)
        assert old[name][0].err == new[name][0].err == ""
    assert old["again"][0].out.endswith("No changes: Snowflake is as the manifests declare.\n")
    assert "    epochs   1: training " in old["status"][0].out
    assert old["ask"][0].out == "There is a car park behind the house.\n"
