"""Misbehaviour on request: each kind as both drivers meet it, and who may ask for it."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import urllib.error

import pytest
from support.workspace import REPOSITORY, Workspace, wait_until
from wire.driver import build_environment
from wire.project import FIRST_TRAINING, Wired

from ftspec.emulator.injection.control import ForbiddenError, check_peer
from ftspec.emulator.launch import Account, attach

SCRIPT = REPOSITORY / "tests" / "wire" / "reading.py"
CREATE = (
    "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.TUNED', 'llama3-8b', "
    "'SELECT question AS prompt, answer AS completion FROM ML.SUPPORT.QUESTIONS')"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    account = Account(
        tmp_path_factory.mktemp("account"), "ML", "SUPPORT", (FIRST_TRAINING / "setup.sql",), 600, allow_control=True
    )
    with attach(account, idle_seconds=0.1) as attachment:
        yield Wired(Workspace(account.folder), attachment)


@pytest.fixture
def control(served):
    yield served.control
    served.control.ask("DELETE", "/rules")


def read(driver, served, *statements, **changes):
    """Run statements in one session of a driver, and give its answers."""
    asked = {"parameters": {**served.attachment.parameters(), **changes}, "statements": statements}
    ran = driver.run(str(SCRIPT), stdin=json.dumps(asked))
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["answers"]


def outcomes(answers):
    return [answer.get("errno") or answer["rows"] for answer in answers]


def sent(control, mark, since):
    return [entry["outcome"] for entry in control.log(since) if mark in entry["sql"]]


def last(control):
    return max((entry["n"] for entry in control.log()), default=0)


@pytest.fixture
def table(served, driver):
    served.query(f"CREATE OR REPLACE TABLE ML.SUPPORT.T{driver.major} (A INT)")
    return f"ML.SUPPORT.T{driver.major}"


FAULTS = (
    # The statement that meets it, the fault, how often it is met.
    ("INSERT INTO {table} VALUES (1)", {"fault": "drop", "when": "before"}, 1),
    ("INSERT INTO {table} VALUES (2)", {"fault": "drop", "when": "after"}, 1),
    ("INSERT INTO {table} VALUES (3)", {"fault": "garble"}, 1),
    ("INSERT INTO {table} VALUES (4)", {"fault": "answer", "status": 429, "times": 2}, 2),
    ("INSERT INTO {table} VALUES (5)", {"fault": "answer", "status": 503, "when": "after"}, 1),
    ("INSERT INTO {table} VALUES (6)", {"fault": "expire_token"}, 1),
    ("INSERT INTO {table} VALUES (7)", {"fault": "delay", "milliseconds": 300, "times": None}, 1),
    ("SELECT COUNT(*), SUM(A) FROM {table}", {"fault": "delay", "milliseconds": 1, "when": "after"}, 1),
    ("SELECT 8", {"fault": "end_session"}, 1),
)


def test_a_statement_takes_effect_once_whatever_its_driver_meets(driver, served, control, table):
    statements = [statement.format(table=table) for statement, _, _ in FAULTS]
    rules = [
        control.add(**{"match": re.escape(statement), **rule})
        for statement, (_, rule, _) in zip(statements, FAULTS, strict=True)
    ]
    login = control.add("answer", on="logins")
    since = last(control)
    answers = outcomes(read(driver, served, *statements))
    assert [control.applied(rule) for rule in rules] == [times for _, _, times in FAULTS]
    assert control.applied(login) == 1
    assert answers[3:8] == [[["builtins.int 1"]]] * 4 + [[["builtins.int 7", "builtins.int 28"]]]
    assert answers[8:] == [390111]
    entries = [entry for entry in control.log(since) if entry["sql"] in statements]
    assert [entry["sql"] for entry in entries] == statements[:8]
    assert len({entry["session"] for entry in entries}) == 1
    times = [entry["time"] for entry in entries]
    assert times[6] - times[5] >= 300


@pytest.mark.parametrize(("faults", "rows"), [((), 1), (("drop",), 0)])
def test_a_client_can_be_killed_at_a_known_moment(driver, served, control, table, faults, rows):
    pause = control.add("pause", match="INSERT")
    for fault in faults:
        control.add(fault, match="INSERT")
    asked = {"parameters": served.attachment.parameters(), "statements": [f"INSERT INTO {table} VALUES (1)"]}
    process = subprocess.Popen(
        [driver.python, str(SCRIPT)], stdin=subprocess.PIPE, text=True, cwd=REPOSITORY, env=build_environment({})
    )
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    wait_until(lambda: control.waiting(pause) == 1)
    process.kill()
    process.wait()
    assert served.query(f"SELECT COUNT(*) FROM {table}") == [(0,)]
    since = last(control)
    control.release(pause)
    if rows:
        wait_until(lambda: sent(control, "INSERT", since))
    assert served.query(f"SELECT COUNT(*) FROM {table}") == [(rows,)]


def test_sessions_expire_or_end_all_at_once_or_one_alone(served, control):
    with served.connect() as one, served.connect() as two:
        number = one.session_id
        assert control.ask("POST", "/sessions", do="expire_token", session=number) == {"sessions": [number]}
        assert one.cursor().execute("SELECT 1").fetchone() == (1,)
        ended = control.ask("POST", "/sessions", do="end_session")["sessions"]
        assert {one.session_id, two.session_id} <= set(ended)
        with pytest.raises(Exception, match="390111"):
            two.cursor().execute("SELECT 1")


def describe(served, job):
    return json.loads(str(served.query(f"SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', '{job}')")[0][0]))


def test_a_job_stalls_fails_or_finishes_at_once(served, control):
    first, second = (str(served.query(CREATE)[0][0]) for _ in range(2))
    assert control.ask("POST", f"/jobs/{first}", do="finish") == {"id": first, "status": "SUCCESS"}
    assert describe(served, first)["status"] == "SUCCESS"
    assert describe(served, first)["model"] == "ML.SUPPORT.TUNED"
    assert (
        control.ask("POST", f"/jobs/{second}", do="fail", code="OUT_OF_LUCK", message="No luck.")["status"] == "ERROR"
    )
    assert describe(served, second)["error"] == {"code": "OUT_OF_LUCK", "message": "No luck."}
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.ask("POST", f"/jobs/{second}", do="finish")
    assert refused.value.code == 400
    assert "is over" in json.loads(refused.value.read())["error"]


def test_the_clock_moves_jobs_on_except_one_that_stalled(served, control):
    stalled, other = (str(served.query(CREATE)[0][0]) for _ in range(2))
    control.ask("POST", f"/jobs/{stalled}", do="stall")
    before = control.ask("GET", "/clock")["now_ms"]
    assert control.ask("POST", "/clock", forward_seconds=3600)["now_ms"] >= before + 3_600_000
    told = describe(served, other)
    assert (told["status"], told["finished_on"] - told["created_on"]) == ("SUCCESS", 600_000)
    assert describe(served, stalled)["status"] == "PENDING"
    control.ask("POST", f"/jobs/{stalled}", do="resume")
    assert describe(served, stalled)["status"] == "SUCCESS"


def test_statements_tell_the_clock_that_was_moved(served, control):
    names = ("CURRENT_TIMESTAMP()", "SYSDATE()", "LOCALTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME()")
    query = f"SELECT {', '.join(names)}, DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP()) AS NOW"
    before = served.query(query)[0]
    moved = 3 * 86_400
    control.ask("POST", "/clock", forward_seconds=moved)
    after = served.query(query)[0]
    assert [type(value) for value in after] == [type(value) for value in before]
    assert moved <= after[5] - before[5] <= moved + 60
    assert after[0].timestamp() - before[0].timestamp() >= moved
    assert (after[1] - before[1]).days == (after[2] - before[2]).days == 3
    assert (after[3] - before[3]).days in {3, 4}
    assert abs(after[5] * 1000 - control.ask("GET", "/clock")["now_ms"]) < 60_000
    served.query("CREATE OR REPLACE TABLE ML.SUPPORT.MOMENTS AS SELECT CURRENT_TIMESTAMP() AS AT")
    served.query("INSERT INTO ML.SUPPORT.MOMENTS SELECT CURRENT_TIMESTAMP()")
    ages = "SELECT MAX(TIMESTAMPDIFF(SECOND, AT, CURRENT_TIMESTAMP())) FROM ML.SUPPORT.MOMENTS"
    assert served.query(ages)[0][0] < 60


def test_old_jobs_are_forgotten_and_their_models_stay(served, control):
    old, failed, new = (str(served.query(CREATE)[0][0]) for _ in range(3))
    control.ask("POST", f"/jobs/{old}", do="finish")
    model = describe(served, old)["model"]
    control.ask("POST", f"/jobs/{failed}", do="fail")
    assert control.ask("DELETE", f"/jobs/{old}") == {"forgotten": [old]}
    assert failed in control.ask("DELETE", "/jobs")["forgotten"]
    assert [job["id"] for job in served.jobs()] == [new]
    with pytest.raises(Exception, match="does not exist"):
        describe(served, old)
    assert served.query(f"SELECT AI_COMPLETE('{model}', 'Where can I park?')") != []
    control.ask("DELETE", f"/jobs/{new}")


def test_the_log_is_read_from_a_statement_on(served, control):
    since = last(control)
    served.query("SELECT 41", session_parameters={"QUERY_TAG": "told"})
    with pytest.raises(Exception, match="NO_SUCH"):
        served.query("SELECT * FROM NO_SUCH")
    entries = control.log(since)
    assert [(entry["sql"], entry["outcome"], entry["errno"]) for entry in entries] == [
        ("SELECT 41", "success", None),
        ("SELECT * FROM NO_SUCH", "error", 2003),
    ]
    assert (entries[0]["tag"], entries[0]["role"], entries[0]["user"]) == ("told", "ACCOUNTADMIN", "EMBEDDED")


def test_requests_that_wait_at_a_pause_do_not_hold_up_others(served, control):
    pause = control.add("pause", match="SELECT 5", times=None)
    waiting = [threading.Thread(target=served.query, args=("SELECT 5",)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: control.waiting(pause) == 4)
    assert served.query("SELECT 6") == [(6,)]
    control.release(pause)
    for thread in waiting:
        thread.join(10)
    assert not any(thread.is_alive() for thread in waiting)


@pytest.mark.parametrize(
    ("verb", "path", "body", "message"),
    [
        ("POST", "/rules", {"fault": "explode"}, "'fault' must be one of"),
        ("GET", "/rules/4711", {}, "there is no rule 4711"),
        ("POST", "/rules", {}, "the request is no JSON"),
        ("POST", "/clock", {"forward_seconds": -1}, "the clock goes forward only"),
        ("POST", "/clock", {"forward_seconds": True}, "must be a number"),
        ("POST", "/sessions", {"do": "crash"}, "'do' must be one of"),
        ("POST", "/jobs/ft_none", {"do": "finish"}, "there is no job 'ft_none'"),
        ("POST", "/jobs/ft_none", {"do": "explode"}, "'do' must be one of"),
        ("GET", "/log?after=x", {}, "'after' must be a whole number"),
        ("GET", "/nothing", {}, "unknown request GET /control/nothing"),
    ],
)
def test_what_is_not_understood_is_refused(control, verb, path, body, message):
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.ask(verb, path, **body)
    assert refused.value.code in {400, 404}
    assert message in json.loads(refused.value.read())["error"]


def test_it_is_off_unless_it_was_asked_for(hold):
    wired = hold()
    control = wired.control
    for verb, path in (("GET", "/rules"), ("GET", "/log"), ("DELETE", "/jobs"), ("GET", "/nothing")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            control.ask(verb, path)
        assert refused.value.code == 403
        assert "serve with --allow-control" in json.loads(refused.value.read())["error"]
    settings = wired.folder / ".ftspec" / "embedded" / "settings.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "allow_control": True}))
    assert control.ask("GET", "/rules") == {"rules": []}


@pytest.mark.parametrize(
    ("host", "headers", "message"),
    [
        ("192.0.2.7", {"host": "127.0.0.1:80"}, "answers this machine alone"),
        (None, {"host": "127.0.0.1:80"}, "answers this machine alone"),
        ("127.0.0.1", {"host": "rebound.example:80"}, "does not answer web pages"),
        ("127.0.0.1", {"host": "localhost:80", "origin": "null"}, "does not answer web pages"),
    ],
)
def test_strangers_and_web_pages_are_refused(host, headers, message):
    with pytest.raises(ForbiddenError, match=message):
        check_peer(host, headers, allowed=True)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:80", "[::1]:80", "localhost", "[::1]"])
def test_this_machine_is_answered(host):
    check_peer("127.0.0.1", {"host": host}, allowed=True)
