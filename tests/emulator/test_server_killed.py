"""Killed at any moment under load: every acknowledged statement is kept, and nothing is half there."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

import pytest
from snowflake.connector import connect

from ftspec.emulator.launch import Account, attach

WRITERS = 4
# FTSPEC_KILLS=200 for a long run.
KILLS = int(os.environ.get("FTSPEC_KILLS", "2"))
DATA = "SELECT 'how?' AS PROMPT, 'so' AS COMPLETION"


@dataclass
class Writer:
    """One client with a schema of its own: what it knows to be there, and what it asked for last."""

    number: int
    random: random.Random
    rows: set[int] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    comment: str = ""
    made: int = 0
    unsure: str = ""
    """What the statement that was sent last is about, "" once it was answered."""
    fault: Exception | None = None
    killed: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self):
        return f"D.W{self.number}"

    def write(self, parameters):
        """Write until the server is gone."""
        try:
            with (
                connect(**parameters, network_timeout=1, login_timeout=1) as connection,
                connection.cursor() as cursor,
            ):
                while True:
                    self.step(cursor)
        except Exception as error:  # noqa: BLE001 - told by the test, not by this thread
            # Whatever the driver says of a server that is gone is right; nothing may fail before.
            self.fault = None if self.killed.is_set() else error

    def step(self, cursor):
        action = self.random.choice(
            [self.insert, self.insert, self.create, self.drop, self.grant, self.revoke, self.train, self.comment_on]
        )
        action(cursor)
        self.unsure = ""

    def ask(self, cursor, about, statement):
        self.unsure = about
        return cursor.execute(statement).fetchall()

    def insert(self, cursor):
        self.made += 2
        first, second = self.made, self.made + 1
        self.ask(cursor, f"row {first}", f"INSERT INTO {self.place}.ROWS VALUES ({first}), ({second})")
        self.rows |= {first, second}

    def create(self, cursor):
        self.made += 2
        name = f"T{self.made}"
        rows = f"SELECT COLUMN1 AS A FROM VALUES (1), (2), ({self.made})"
        self.ask(cursor, f"table {name}", f"CREATE TABLE {self.place}.{name} AS {rows}")
        self.tables.add(name)

    def drop(self, cursor):
        for name in sorted(self.tables)[:1]:
            self.ask(cursor, f"table {name}", f"DROP TABLE {self.place}.{name}")
            self.tables.discard(name)
            self.granted.discard(name)

    def grant(self, cursor):
        for name in sorted(self.tables - self.granted)[:1]:
            self.ask(cursor, f"grant {name}", f"GRANT SELECT ON TABLE {self.place}.{name} TO ROLE R")
            self.granted.add(name)

    def revoke(self, cursor):
        for name in sorted(self.granted)[:1]:
            self.ask(cursor, f"grant {name}", f"REVOKE SELECT ON TABLE {self.place}.{name} FROM ROLE R")
            self.granted.discard(name)

    def train(self, cursor):
        call = f"'CREATE', '{self.place}.TUNED', 'llama3-8b', '{DATA.replace(chr(39), chr(39) * 2)}'"
        ((job,),) = self.ask(cursor, "job", f"SELECT SNOWFLAKE.CORTEX.FINETUNE({call})")
        self.jobs.add(job)

    def comment_on(self, cursor):
        self.made += 2
        self.ask(cursor, f"comment {self.made}", f"ALTER MODEL {self.place}.TUNED SET COMMENT = 'comment {self.made}'")
        self.comment = f"comment {self.made}"


def set_up(cursor, writers):
    cursor.execute("CREATE DATABASE D")
    cursor.execute("CREATE ROLE R")
    for writer in writers:
        cursor.execute(f"CREATE SCHEMA {writer.place}")
        cursor.execute(f"CREATE TABLE {writer.place}.ROWS (A INT)")
        writer.train(cursor)
    end = time.monotonic() + 30
    while len(cursor.execute("SHOW MODELS IN DATABASE D").fetchall()) < len(writers):
        assert time.monotonic() < end
        time.sleep(0.05)


def check_sure(found, known, unsure, what):
    """Everything known is there and nothing else, the last statement's object left open."""
    open_ = {unsure.removeprefix(what)} if unsure.startswith(what) else set()
    assert found - open_ == known - open_, (what, unsure)


def check(cursor, writer, jobs, granted):
    """Compare what the account holds with what the writer knows; then it knows what the account holds."""
    place, unsure = writer.place, writer.unsure
    rows = {row[0] for row in cursor.execute(f"SELECT A FROM {place}.ROWS").fetchall()}
    assert cursor.execute(f"SELECT COUNT(*) FROM {place}.ROWS").fetchone() == (len(rows),)
    half = {row for row in rows if row % 2 == 0} ^ {row - 1 for row in rows if row % 2}
    assert half == set()
    check_sure(
        {f"{row}" for row in rows if row % 2 == 0}, {f"{row}" for row in writer.rows if row % 2 == 0}, unsure, "row "
    )
    tables = {row[1] for row in cursor.execute(f"SHOW TABLES IN SCHEMA {place}").fetchall()} - {"ROWS"}
    check_sure(tables, writer.tables, unsure, "table ")
    seen = cursor.execute(
        f"SELECT TABLE_NAME FROM D.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'W{writer.number}'"
    ).fetchall()
    assert {row[0] for row in seen} == {*tables, "ROWS"}
    for table in tables:
        assert cursor.execute(f"SELECT COUNT(*) FROM {place}.{table}").fetchone() == (3,)
    granted = {name for schema, name in granted if schema == f"W{writer.number}"}
    lost = {unsure.removeprefix("table ")} if unsure.startswith("table ") else set()
    check_sure(granted - lost, writer.granted - lost, unsure, "grant ")
    assert granted <= tables
    assert writer.jobs <= jobs
    models = cursor.execute(f"SHOW MODELS LIKE 'TUNED' IN SCHEMA {place}").fetchall()
    ((_, *model),) = models
    assert model[5] in {writer.comment, unsure}
    writer.rows, writer.tables, writer.granted, writer.unsure = rows, tables, granted, ""
    writer.comment = model[5]


def check_all(cursor, writers):
    jobs = {job["id"] for job in json.loads(cursor.execute("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')").fetchone()[0])}
    grants = cursor.execute("SHOW GRANTS TO ROLE R").fetchall()
    granted = {tuple(grant[3].split(".")[1:]) for grant in grants if grant[2] == "TABLE"}
    unknown = jobs.difference(*(writer.jobs for writer in writers))
    assert len(unknown) <= sum(writer.unsure == "job" for writer in writers)
    writers[0].jobs |= unknown
    for writer in writers:
        check(cursor, writer, jobs, granted)


# The driver says farewell in a thread of its own, to a server that is gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_is_killed_under_load_keeps_what_it_acknowledged(tmp_path):
    account = Account(tmp_path, None, None, training_seconds=0.2)
    chance = random.Random(0)
    writers = [Writer(number, random.Random(number)) for number in range(WRITERS)]
    for kill in range(KILLS + 1):
        with attach(account, idle_seconds=10) as attachment:
            parameters = attachment.parameters()
            with connect(**parameters) as connection, connection.cursor() as cursor:
                if kill == 0:
                    set_up(cursor, writers)
                check_all(cursor, writers)
            if kill == KILLS:
                break
            threads = [threading.Thread(target=writer.write, args=(parameters,)) for writer in writers]
            for writer, thread in zip(writers, threads, strict=True):
                writer.killed.clear()
                thread.start()
            time.sleep(chance.uniform(0.3, 1.5))
            for writer in writers:
                writer.killed.set()
            os.kill(json.loads((tmp_path / "server.json").read_text())["pid"], signal.SIGKILL)
            for thread in threads:
                thread.join(60)
            assert [writer.fault for writer in writers] == [None] * WRITERS
    assert all(writer.rows and writer.jobs for writer in writers)
