"""`embedded serve`: one line says how to connect, with either driver, and a signal ends it cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from support.workspace import REPOSITORY
from wire.driver import build_environment

SCRIPT = REPOSITORY / "tests" / "wire" / "reading.py"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_of_json_connects_both_drivers(drivers, tmp_path, number):
    command = [sys.executable, "-W", "error", "-m", "ftspec", "embedded", "serve", "--json"]
    process = subprocess.Popen(
        [*command, "--folder", str(tmp_path / "an account")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=build_environment({"PYTHONPATH": os.fspath(REPOSITORY)}),
    )
    try:
        line = process.stdout.readline()
        asked = json.dumps({"parameters": json.loads(line), "statements": ["SELECT 1 AS ONE"]})
        for driver in drivers:
            ran = driver.run(str(SCRIPT), stdin=asked)
            assert ran.code == 0, ran.err
            assert json.loads(ran.out)["answers"][0]["rows"] == [["builtins.int 1"]]
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_statements_of_a_file_are_run_up_to_the_first_error(hold, tmp_path):
    wired = hold()
    file = tmp_path / "several.sql"
    file.write_text(
        "CREATE TABLE ML.SUPPORT.T (A INT); -- one; two\nINSERT INTO ML.SUPPORT.T\n  VALUES (1), (2);\n\n"
        "SELECT SUM(A) AS TOTAL FROM ML.SUPPORT.T;\n"
    )
    ran = wired.workspace.run("--format", "json", "embedded", "sql", "--role", "ACCOUNTADMIN", "-f", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("[") == 3
    assert json.loads(ran.out[ran.out.rindex("[") :]) == [{"TOTAL": 3}]
    file.write_text("SELECT 1;\n\n  SELECT * FROM NO_SUCH;\nDROP TABLE ML.SUPPORT.T;\n")
    ran = wired.workspace.run("embedded", "sql", "--role", "ACCOUNTADMIN", "--file", str(file))
    assert ran.code == 1
    assert ran.err.startswith(f"{file}:3:3: error FT308: Snowflake refused: ")
    assert wired.query("SELECT COUNT(*) FROM ML.SUPPORT.T") == [(2,)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"-- nothing\n", "holds no statement"),
        (b"SELECT 'x", "cannot be split"),
        (b"\xff", "cannot be read"),
    ],
)
def test_a_file_without_statements_is_told(hold, tmp_path, content, message):
    file = tmp_path / "several.sql"
    if content is not None:
        file.write_bytes(content)
    ran = hold().workspace.run("embedded", "sql", "-f", str(file))
    assert ran.code == 1
    assert ran.err.startswith(f"error FT408: '{file}' {message}")
