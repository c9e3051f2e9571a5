"""One server a folder: started, shared, ended, killed, removed, and made from setup files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from snowflake.connector import connect
from snowflake.connector.errors import ProgrammingError

from ftspec.emulator.launch import Account, EmbeddedError, attach, reset, serve

IDLE = 0.2


@pytest.fixture
def account(tmp_path):
    return Account(tmp_path / "embedded account", None, None, training_seconds=0.4)


def run(attachment, *statements, **changes):
    with connect(**{**attachment.parameters(), **changes}) as connection, connection.cursor() as cursor:
        rows = []
        for statement in statements:
            cursor.execute(statement)
            rows = cursor.fetchall()
        return rows


def facts(account):
    return json.loads((account.folder / "server.json").read_text(encoding="utf-8"))


def wait_until_gone(pid):
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            waited, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
        else:
            if waited == pid:
                return
        time.sleep(0.02)
    raise AssertionError("the server does not end")


def test_state_survives_the_server(account):
    with attach(account, idle_seconds=IDLE) as first:
        run(
            first,
            "CREATE DATABASE D",
            "CREATE TABLE T (A VARCHAR, B VARCHAR) COMMENT = 'kept'",
            "INSERT INTO T VALUES ('how?', 'so')",
            "CREATE VIEW V AS SELECT A FROM T",
            "CREATE ROLE R",
            "GRANT SELECT ON VIEW V TO ROLE R",
            "SELECT SNOWFLAKE.CORTEX.FINETUNE("
            "'CREATE', 'm', 'llama3-8b', 'SELECT a AS prompt, b AS completion FROM t')",
        )
        pid = facts(account)["pid"]
    wait_until_gone(pid)
    assert not (account.folder / "server.json").exists()
    time.sleep(0.4)
    with attach(account, idle_seconds=IDLE) as second:
        assert facts(account)["pid"] != pid
        assert run(second, "SELECT * FROM D.PUBLIC.V") == [("how?",)]
        assert run(second, "SHOW TABLES IN DATABASE D")[0][5] == "kept"
        assert len(run(second, "SHOW GRANTS TO ROLE R")) == 1
        # The job was due while no server ran.
        (job,) = json.loads(run(second, "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")[0][0])
        assert job["status"] == "SUCCESS"
        assert run(second, "SELECT AI_COMPLETE('D.PUBLIC.M', 'how?')") == [("so",)]


def test_acknowledged_statements_survive_sigkill(account):
    with attach(account, idle_seconds=IDLE) as first:
        pid = facts(account)["pid"]
        run(first, "CREATE DATABASE D", "CREATE TABLE T (A INT)", "CREATE ROLE R", "INSERT INTO T VALUES (1), (2)")
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)
        with attach(account, idle_seconds=IDLE) as second:
            assert facts(account)["pid"] != pid
            assert run(second, "SELECT COUNT(*) FROM D.PUBLIC.T") == [(2,)]
            assert "R" in {row[1] for row in run(second, "SHOW ROLES")}


def test_clients_that_come_at_once_share_one_server(account):
    with ThreadPoolExecutor(6) as pool:
        attached = list(pool.map(lambda _: attach(account, idle_seconds=IDLE), range(6)))
    try:
        assert len({attachment.parameters()["port"] for attachment in attached}) == 1
        assert run(attached[-1], "SELECT 1") == [(1,)]
    finally:
        for attachment in attached:
            attachment.close()


def test_processes_that_come_and_go_always_find_a_server(account):
    script = (
        "import sys; from pathlib import Path; from ftspec.emulator.launch import *\n"
        "import urllib.request, time\n"
        "with attach(Account(Path(sys.argv[1]), None, None), idle_seconds=0.0) as a:\n"
        "    p = a.parameters()\n"
        "    urllib.request.urlopen(f\"http://{p['host']}:{p['port']}/session\", data=b'{}').read()\n"
    )
    for _ in range(3):
        processes = [subprocess.Popen([sys.executable, "-c", script, str(account.folder)]) for _ in range(3)]
        assert [process.wait(60) for process in processes] == [0, 0, 0]


def test_the_history_outlives_the_server_and_tells_what_it_cut_off(account):
    with attach(account, idle_seconds=IDLE) as first:
        pid = facts(account)["pid"]
        [(session,)] = run(first, "CREATE DATABASE D", "SELECT CURRENT_SESSION()")
        long = "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) A, TABLE(GENERATOR(ROWCOUNT => 1000000)) B"
        connection = connect(**first.parameters(), server_session_keep_alive=True)
        connection.cursor().execute_async(long)
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)
        connection.close(retry=False)
        with attach(account, idle_seconds=IDLE) as second:
            shown = "SELECT SESSION_ID, EXECUTION_STATUS, ERROR_CODE FROM TABLE(D.INFORMATION_SCHEMA.QUERY_HISTORY())"
            rows = run(second, f"{shown} WHERE QUERY_TYPE <> 'CREATE_DATABASE' ORDER BY START_TIME")
    begun = int(session)
    assert rows == [
        (begun, "SUCCESS", None),
        (begun + 1, "FAILED_WITH_INCIDENT", "000603"),
        (begun + 2, "RUNNING", None),
    ]


def test_the_server_ends_when_its_last_client_was_killed(account):
    script = (
        "import sys, time; from pathlib import Path; from ftspec.emulator.launch import *\n"
        "attach(Account(Path(sys.argv[1]), None, None), idle_seconds=0.2)\n"
        "print('attached', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(account.folder)], stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout.readline() == "attached\n"
        pid = facts(account)["pid"]
        time.sleep(0.5)
        os.kill(pid, 0)
        client.kill()
    wait_until_gone(pid)


def test_a_server_in_the_foreground_refuses_a_second_one_and_serves_clients(account):
    ready = threading.Event()
    found = {}

    def on_ready(parameters):
        found.update(parameters)
        ready.set()

    script = (
        "import sys, json; from pathlib import Path; from ftspec.emulator.launch import *\n"
        "serve(Account(Path(sys.argv[1]), None, None), on_ready=lambda p: print(json.dumps(p), flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(account.folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        parameters = json.loads(server.stdout.readline())
        with connect(**parameters) as connection:
            assert connection.cursor().execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(EmbeddedError, match=f"process {server.pid}, port {parameters['port']}"):
            serve(account, on_ready=on_ready)
        with pytest.raises(EmbeddedError, match="in use"):
            reset(account.folder)
        with attach(account) as attachment:
            assert attachment.parameters()["port"] == parameters["port"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) == 0
    assert not ready.is_set()


def test_a_server_in_the_foreground_takes_over_from_one_that_is_idle(account):
    with attach(account, idle_seconds=60) as attachment:
        run(attachment, "CREATE DATABASE D")
    idle = facts(account)["pid"]
    script = (
        "import sys; from pathlib import Path; from ftspec.emulator.launch import *\n"
        "serve(Account(Path(sys.argv[1]), None, None), on_ready=lambda p: print('ready', flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(account.folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout.readline() == "ready\n"
        assert facts(account)["pid"] == server.pid != idle
        with attach(account) as attachment:
            assert "D" in [row[1] for row in run(attachment, "SHOW DATABASES")]
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) == 0


def test_a_server_whose_folder_was_removed_leaves_the_next_one_alone(account):
    with attach(account, idle_seconds=1.5) as attachment:
        run(attachment, "SELECT 1")
    old = facts(account)["pid"]
    shutil.rmtree(account.folder)
    with attach(account, idle_seconds=IDLE) as attachment:
        assert facts(account)["pid"] != old
        wait_until_gone(old)
        with attach(account) as another:
            assert another.parameters()["port"] == attachment.parameters()["port"]


def test_reset_removes_the_account_but_not_under_a_client(account):
    with attach(account, idle_seconds=30) as attachment:
        run(attachment, "CREATE DATABASE D")
        with pytest.raises(EmbeddedError, match="in use"):
            reset(account.folder)
    reset(account.folder)
    assert {path.suffix for path in account.folder.iterdir()} == {".lock"}
    with attach(account, idle_seconds=IDLE) as attachment:
        assert [row[1] for row in run(attachment, "SHOW DATABASES")] == ["SNOWFLAKE"]


def test_setup_files_make_the_account_once(tmp_path):
    sql, rows, lines = tmp_path / "setup.sql", tmp_path / "faq.csv", tmp_path / "notes.jsonl"
    sql.write_text("CREATE ROLE TRAINER; -- a role; with a comment\nGRANT ROLE TRAINER TO USER EMBEDDED;\n")
    rows.write_text('question,Answer\n"What, exactly?","So; it\'s ""that"""\nWhy?,\n', encoding="utf-8")
    lines.write_text('{"id": 1, "text": "größer"}\n{"id": 2, "tags": ["a"]}\n', encoding="utf-8")
    account = Account(tmp_path / "folder", "ML", "SUPPORT", (sql, rows, lines))
    with attach(account, idle_seconds=IDLE) as attachment:
        assert run(attachment, "SELECT QUESTION, ANSWER FROM FAQ ORDER BY 1") == [
            ("What, exactly?", 'So; it\'s "that"'), ("Why?", ""),
        ]  # fmt: skip
        assert run(attachment, "SELECT * FROM ML.SUPPORT.NOTES ORDER BY ID") == [
            ("1", "größer", None), ("2", None, '["a"]'),
        ]  # fmt: skip
        run(attachment, "USE ROLE TRAINER", "DROP TABLE IF EXISTS NO_SUCH")
        run(attachment, "DROP TABLE FAQ")
        pid = facts(account)["pid"]
    wait_until_gone(pid)
    with attach(account, idle_seconds=IDLE) as attachment:
        assert [row[1] for row in run(attachment, "SHOW TABLES")] == ["NOTES"]


@pytest.mark.parametrize(
    ("name", "content", "fragment"),
    [
        ("bad.sql", "CREATE DATABASE D;\n\nCREATE TABLE D.PUBLIC.T (A INT; ", r"bad\.sql, line 3: .*syntax error"),
        ("bad.sql", "CREATE DATABASE D; SELECT * FROM D.PUBLIC.NO_SUCH", r"bad\.sql, line 1: .*NO_SUCH"),
        ("bad.csv", "a,b\n1,2\n3\n", r"bad\.csv, line 3: 1 values for 2 columns"),
        ("bad.csv", "a,A\n1,2\n", r"bad\.csv: column names"),
        ("bad.jsonl", '{"a": 1}\nnot json\n', r"bad\.jsonl, line 2"),
        ("bad.txt", "", r"bad\.txt: its name ends in none of"),
    ],
)
def test_a_setup_that_fails_leaves_nothing(tmp_path, name, content, fragment):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    account = Account(tmp_path / "folder", "ML", "PUBLIC", (path,))
    with pytest.raises(EmbeddedError, match=f"(?s){fragment}"):
        attach(account)
    assert not (account.folder / "account").exists()
    assert not (account.folder / "account.new").exists()
    path.unlink()
    with pytest.raises(EmbeddedError, match=name.replace(".", r"\.")):
        attach(account)


@pytest.mark.parametrize("name", ["catalog.sqlite", "databases/D.db"])
def test_a_damaged_file_is_named(account, name):
    with attach(account, idle_seconds=IDLE) as attachment:
        run(attachment, "CREATE DATABASE D")
        pid = facts(account)["pid"]
    wait_until_gone(pid)
    path = account.folder / "account" / name
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(EmbeddedError, match=path.name.replace(".", r"\.")):
        attach(account)
    reset(account.folder)
    attach(account, idle_seconds=IDLE).close()


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_damaged_settings_are_named_and_left_alone(account, content):
    account.folder.mkdir()
    settings = account.folder / "settings.json"
    settings.write_bytes(content)
    with pytest.raises(EmbeddedError, match=r"settings\.json is damaged.*; hint: correct it"):
        attach(account)
    assert settings.read_bytes() == content
    reset(account.folder)
    attach(account, idle_seconds=IDLE).close()


def test_a_damaged_log_is_written_on(account):
    account.folder.mkdir()
    log = account.folder / "log.jsonl"
    log.write_bytes(b'{"n": 1, "sql": "SELECT 0"}\n\xff\xfe\n{"n": 3, "sq')
    with attach(replace(account, allow_control=True), idle_seconds=IDLE) as attachment:
        run(attachment, "SELECT 1")
        place = attachment.parameters()
        with urllib.request.urlopen(f"http://{place['host']}:{place['port']}/control/log?after=1") as answer:
            told = json.loads(answer.read())["statements"]
    assert [(entry["n"], entry["sql"]) for entry in told] == [(4, "SELECT 1")]


def test_what_a_crash_left_half_done_is_reconciled(account):
    with attach(account, idle_seconds=IDLE) as attachment:
        run(attachment, "CREATE DATABASE D", "CREATE TABLE KEPT (A INT)", "CREATE TABLE MADE (A INT)", "CREATE ROLE R")
        pid = facts(account)["pid"]
    wait_until_gone(pid)
    # As if the process had died between the two writes of CREATE TABLE MADE by R, and of DROP TABLE GONE.
    with sqlite3.connect(account.folder / "account" / "catalog.sqlite") as catalog:
        catalog.execute("DELETE FROM objects WHERE name = 'MADE'")
        catalog.execute("INSERT OR REPLACE INTO intents VALUES ('TABLE', 'D', 'PUBLIC', 'MADE', 'R')")
        catalog.execute("INSERT INTO objects VALUES ('TABLE', 'D', 'PUBLIC', 'GONE', 'R', '', 0, '{}')")
    catalog.close()
    with attach(account, idle_seconds=IDLE) as attachment:
        tables = {row[1]: row[9] for row in run(attachment, "SHOW TABLES IN DATABASE D")}
    assert tables == {"KEPT": "ACCOUNTADMIN", "MADE": "R"}


def test_an_environment_without_fakesnow_is_told_what_to_install(account, tmp_path):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "fakesnow.py").write_text("raise ImportError('hidden')\n")
    script = (
        "import sys; from pathlib import Path; from ftspec.emulator.launch import *\n"
        "attach(Account(Path(sys.argv[1]), None, None))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "hidden"), str(Path.cwd())])}
    process = subprocess.run(
        [sys.executable, "-c", script, str(account.folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 1
    assert "pip install 'ftspec[embedded]'" in process.stderr


def test_an_account_that_is_locked_down_keeps_cortex_from_public(account):
    account.folder.mkdir()
    (account.folder / "settings.json").write_text('{"locked_down": true}')
    create = (
        "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'm', 'llama3-8b', 'SELECT a AS prompt, a AS completion FROM t')"
    )
    with attach(account, idle_seconds=IDLE) as attachment:
        run(
            attachment,
            "CREATE DATABASE D",
            "CREATE TABLE T AS SELECT 'x' AS A",
            "CREATE ROLE R",
            "GRANT ROLE R TO USER EMBEDDED",
            "GRANT OWNERSHIP ON DATABASE D TO ROLE R",
            "GRANT OWNERSHIP ON SCHEMA D.PUBLIC TO ROLE R",
        )
        limited = ("USE ROLE R", "USE SECONDARY ROLES NONE", "USE SCHEMA D.PUBLIC")
        with pytest.raises(ProgrammingError, match="002140"):
            run(attachment, *limited, create)
        run(attachment, "GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE R")
        run(attachment, *limited, create)
        with pytest.raises(ProgrammingError, match="003001"):
            run(attachment, *limited, "SELECT AI_COMPLETE('m', 'x')")
        run(attachment, "GRANT USE AI FUNCTIONS ON ACCOUNT TO ROLE R")
        with pytest.raises(ProgrammingError, match='unknown model "m"'):
            run(attachment, *limited, "SELECT AI_COMPLETE('m', 'x')")
        shown = [(row[1], row[2], row[3]) for row in run(attachment, "SHOW GRANTS TO ROLE R")]
        assert ("USAGE", "DATABASE_ROLE", "CORTEX_USER") in shown
        run(attachment, "REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE R")
        with pytest.raises(ProgrammingError, match="002140"):
            run(attachment, *limited, create)


def test_a_server_that_is_told_to_end_stops_what_runs(account):
    with attach(account, idle_seconds=IDLE) as attached:
        pid = facts(account)["pid"]
        connection = connect(**attached.parameters(), server_session_keep_alive=True)
        connection.cursor().execute_async(
            "SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) A, TABLE(GENERATOR(ROWCOUNT => 1000000)) B"
        )
        os.kill(pid, signal.SIGTERM)
        wait_until_gone(pid)
        connection.close(retry=False)
    assert "Traceback" not in (account.folder / "server.log").read_text(encoding="utf-8")
