"""Time the embedded Snowflake's start and its control-plane statements, through the 4.x driver.

    python benchmarks/control_plane.py

Prints how long a server takes from its start to its first answer, for a new account and for a known one; and for each
statement the median through the driver, the median of the same request sent bare, and how many bare round trips of the
same server (a request that it refuses) that is. The ratio says more than milliseconds do on a busy machine.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from snowflake.connector import connect

from ftspec.emulator.launch import Account, Attachment, attach
from ftspec.emulator.places import Places

STARTS, ROUNDS = 3, 200
SETUP = ("CREATE DATABASE D", "CREATE SCHEMA D.S", "CREATE TABLE T (A INT)", "CREATE ROLE R")
STATEMENTS = (
    "USE ROLE ACCOUNTADMIN",
    "ALTER SESSION SET QUERY_TAG = 'benchmark'",
    "GRANT SELECT ON TABLE T TO ROLE R",
    "SHOW GRANTS TO ROLE R",
    "REVOKE SELECT ON TABLE T FROM ROLE R",
    "SHOW MODELS IN ACCOUNT",
    "SHOW ROLES",
)


class Bare:
    """A connection without a driver."""

    def __init__(self, attachment: Attachment, token: str = "") -> None:
        parameters = attachment.parameters()
        self._http = HTTPConnection(str(parameters["host"]), int(str(parameters["port"])))
        self._headers = {"Content-Type": "application/json", "Authorization": f'Snowflake Token="{token}"'}

    def post(self, path: str, body: object) -> None:
        """Send a request and read its answer."""
        self._http.request("POST", path, json.dumps(body).encode(), self._headers)
        self._http.getresponse().read()

    def refused(self) -> None:
        """Make the shortest round trip there is: a path that the server does not know."""
        self.post("/nowhere", {})

    def statement(self, sql: str) -> None:
        """Send a statement as the driver does."""
        path = f"/queries/v1/query-request?requestId={uuid.uuid4()}"
        self.post(path, {"sqlText": sql, "asyncExec": False, "sequenceId": 1})


def main() -> None:
    """Time starts, then statements."""
    with tempfile.TemporaryDirectory() as folder:
        time_starts(Path(folder))
        with attach(Account(Path(folder) / "0", None, None), idle_seconds=0.2) as attachment:
            time_statements(attachment)


def time_starts(folder: Path) -> None:
    """Time servers of new accounts, and of the same ones again."""
    for what in ("new", "known"):
        seconds = []
        for number in range(STARTS):
            began = time.perf_counter()
            account = Account(folder / str(number), None, None)
            with attach(account, idle_seconds=0) as attachment:
                Bare(attachment).refused()
                seconds.append(time.perf_counter() - began)
            while Places(account.folder).server.exists():
                time.sleep(0.02)
        print(f"start, {what} account: {statistics.median(seconds):.2f} s")


def time_statements(attachment: Attachment) -> None:
    """Time each statement in turns, so that a busy moment of the machine meets all of them alike."""
    with connect(**attachment.parameters()) as connection, connection.cursor() as cursor:
        bare = Bare(attachment, str(connection.rest.token) if connection.rest else "")
        for sql in SETUP:
            cursor.execute(sql)
        trips, through, sent = [], {sql: [] for sql in STATEMENTS}, {sql: [] for sql in STATEMENTS}
        for _ in range(ROUNDS):
            trips.append(milliseconds(bare.refused))
            for sql in STATEMENTS:
                through[sql].append(milliseconds(lambda sql=sql: cursor.execute(sql)))
                sent[sql].append(milliseconds(lambda sql=sql: bare.statement(sql)))
    trip = statistics.median(trips)
    print(f"bare round trip: {trip:.2f} ms\n\n  driver    bare  trips  statement")
    for sql in STATEMENTS:
        driver, request = statistics.median(through[sql]), statistics.median(sent[sql])
        print(f"{driver:5.2f} ms {request:4.2f} ms {request / trip:6.1f}  {sql}")


def milliseconds(act: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
