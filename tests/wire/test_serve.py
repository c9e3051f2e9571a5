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
