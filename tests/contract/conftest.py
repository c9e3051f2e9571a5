"""One suite for any Snowflake: the embedded one, or with `--live CONNECTION_NAME` a real account.

On an account everything is made under a prefix of this run in the connection's own database and schema, and dropped
again. Training jobs are paid for, so none is started there unless `--live-training` is given too.
"""

from __future__ import annotations

import json
import time
import uuid
from contextlib import ExitStack

import pytest

# What a role of the account may not do; a live account's administrator decides, so it is no fault of the contract.
_NOT_ALLOWED = {3001, 3003, 3041, 3102}
_TRAINING_SECONDS = {"embedded": 30, "live": 3600}


def pytest_collection_modifyitems(config, items):
    if config.getoption("--live"):
        for item in items:
            if "contract" in item.path.parts:
                item.add_marker(pytest.mark.live)


class Snowflake:
    """One connection, the names of this run, and what has to be dropped at its end."""

    def __init__(self, connection, *, live):
        self.connection = connection
        self.is_live = live
        self.prefix = f"FTSPEC_CONTRACT_{uuid.uuid4().hex[:8].upper()}_"
        self._drops = []
        self.place = self.one("SELECT CURRENT_DATABASE() || '.' || CURRENT_SCHEMA()")

    def run(self, sql):
        """Run a statement and give its rows as mappings by column name."""
        from snowflake.connector import DictCursor  # noqa: PLC0415  # only these tests need the driver

        with self.connection.cursor(DictCursor) as cursor:
            return cursor.execute(sql).fetchall()

    def one(self, sql):
        return next(iter(self.run(sql)[0].values()))

    def refusal(self, sql):
        """Give the number and the SQLSTATE of a statement that must be refused."""
        from snowflake.connector.errors import ProgrammingError  # noqa: PLC0415  # the same

        with pytest.raises(ProgrammingError) as caught:
            self.run(sql)
        return caught.value.errno, caught.value.sqlstate

    def name(self, word):
        return f"{self.place}.{self.prefix}{word}"

    def make(self, kind, word, rest=""):
        """Make an object that is dropped at the end; a live role that may not make it skips the test."""
        name = self.prefix + word if kind == "ROLE" else self.name(word)
        self.allowed(f"CREATE {kind} {name} {rest}")
        self._drops.append(f"DROP {kind} {name}")
        return name

    def allowed(self, sql):
        """Run a statement that a live account's role may lack the right to."""
        from snowflake.connector.errors import ProgrammingError  # noqa: PLC0415  # the same

        try:
            return self.run(sql)
        except ProgrammingError as error:
            if self.is_live and error.errno in _NOT_ALLOWED:
                pytest.skip(f"the connection's role may not: {sql}")
            raise

    def drop_later(self, kind, name):
        self._drops.append(f"DROP {kind} IF EXISTS {name}")

    def finetune(self, *arguments):
        return self.one(f"SELECT SNOWFLAKE.CORTEX.FINETUNE({', '.join(literal(one) for one in arguments)})")

    def train(self, word, query):
        """Train a model to its end and give what DESCRIBE says of the job."""
        job = self.finetune("CREATE", self.name(word), "llama3.1-8b", query)
        end = time.monotonic() + _TRAINING_SECONDS["live" if self.is_live else "embedded"]
        while time.monotonic() < end:
            described = json.loads(self.finetune("DESCRIBE", job))
            if described["status"] in {"SUCCESS", "ERROR", "CANCELLED"}:
                if "model" in described:
                    self.drop_later("MODEL", described["model"])
                return described
            time.sleep(5 if self.is_live else 0.05)
        pytest.fail(f"the job {job} did not end")

    def close(self):
        """Drop everything, also after one drop failed."""
        with ExitStack() as ending:
            ending.callback(self.connection.close)
            for sql in self._drops:
                ending.callback(self.run, sql)


def literal(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


@pytest.fixture(scope="session")
def connection(request, tmp_path_factory):
    from snowflake.connector import connect  # noqa: PLC0415  # only these tests need the driver

    name = request.config.getoption("--live")
    if name:
        yield connect(connection_name=name)
        return
    from ftspec.emulator.launch import Account, attach  # noqa: PLC0415  # and the server

    account = Account(tmp_path_factory.mktemp("contract"), None, None, training_seconds=0.3)
    with attach(account, idle_seconds=0.2) as attached:
        opened = connect(**attached.parameters())
        opened.cursor().execute("CREATE DATABASE CONTRACT").close()
        opened.cursor().execute("CREATE SCHEMA CONTRACT.S").close()
        yield opened


@pytest.fixture(scope="session")
def snowflake(request, connection):
    found = Snowflake(connection, live=bool(request.config.getoption("--live")))
    yield found
    found.close()


@pytest.fixture(scope="session")
def pairs(snowflake):
    """Give a table of prompts and completions."""
    table = snowflake.make("TABLE", "PAIRS", "(PROMPT VARCHAR, COMPLETION VARCHAR)")
    rows = ", ".join(f"('what is the number {n}', 'it is the number {n}')" for n in range(40))
    snowflake.run(f"INSERT INTO {table} VALUES {rows}")
    return table


@pytest.fixture(scope="session")
def training(request, snowflake):
    """Allow training jobs: always on the embedded Snowflake, on an account only when asked for."""
    if snowflake.is_live and not request.config.getoption("--live-training"):
        pytest.skip("a training job is paid for: --live-training allows it")
    return snowflake


@pytest.fixture(scope="session")
def trained(training, pairs):
    """Give what DESCRIBE says of a job that succeeded."""
    described = training.train("MODEL", f"/* ftspec:v1 contract */ SELECT PROMPT, COMPLETION FROM {pairs}")
    assert described["status"] == "SUCCESS"
    return described
