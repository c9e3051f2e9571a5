"""The token by which a job logs in: it is there from the beginning, renewed while ftspec runs, and gone in the end."""

from __future__ import annotations

import importlib
import itertools
import json
import stat
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.workspace import REPOSITORY, wait_until

BROKEN = {2: b"no JSON", 3: b"{}", 4: None}
"""What the runner answers, by the number of the request, where it is no token; None: an error."""


class Runner(ThreadingHTTPServer):
    """What gives tokens to a job: each request another one."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.numbers = itertools.count(1)
        self.asked = []


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        number = next(self.server.numbers)
        self.server.asked.append((self.path, self.headers["Authorization"]))
        body = BROKEN.get(number, json.dumps({"value": f"token {number}"}).encode())
        self.send_response(200 if body is not None else 500)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def runner(monkeypatch):
    with Runner() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"http://127.0.0.1:{server.server_port}/token?version=2")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
        yield server
        server.shutdown()


@pytest.fixture
def identity(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "action"))
    yield importlib.import_module("identity")
    sys.modules.pop("identity")


def test_a_token_is_renewed_until_the_end_whatever_the_runner_says_in_between(runner, identity, tmp_path, capsys):
    path = tmp_path / "token"
    with identity.keep_token(str(path), "snow flake", each=0.02):
        assert path.read_text().startswith("token ")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        wait_until(lambda: int(path.read_text().removeprefix("token ")) > max(BROKEN) + 1)
    assert list(tmp_path.iterdir()) == []
    asked = len(runner.asked)
    assert set(runner.asked) == {("/token?version=2&audience=snow+flake", "Bearer secret")}
    assert capsys.readouterr().out.splitlines() == [
        "::error title=ftspec::the token for Snowflake cannot be renewed: the runner answers with something else",
        "::error title=ftspec::the token for Snowflake cannot be renewed: the runner answers with something else",
        "::error title=ftspec::the token for Snowflake cannot be renewed: HTTP Error 500: Internal Server Error",
    ]
    time.sleep(0.1)
    assert len(runner.asked) == asked


@pytest.mark.usefixtures("runner")
def test_a_token_outlives_what_takes_less_than_four_minutes(identity, tmp_path):
    path = tmp_path / "token"
    with identity.keep_token(str(path), "snowflake"):
        assert path.read_text() == "token 1"
    assert not path.exists()


def test_without_a_path_nobody_is_asked(runner, identity):
    with identity.keep_token("", "snowflake"):
        assert runner.asked == []


def test_a_runner_that_gives_no_token_is_told(runner, identity, tmp_path):
    next(runner.numbers)
    with (
        pytest.raises(SystemExit, match="there is no token for Snowflake: the runner answers with something else"),
        identity.keep_token(str(tmp_path / "token"), "snowflake"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
