"""One server for many sequences, and the connections of those who act by hand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError

import snowflake.connector
from snowflake.connector import ProgrammingError, SnowflakeConnection
from torture.commands import Commands
from torture.ledger import BY_HAND
from torture.manifests import Manifests
from wire.control import Control
from wire.project import write_connections

from ftspec.emulator.launch import Account, attach
from ftspec.emulator.settings import write_settings

SETUP = """
CREATE ROLE ML_TRAINER;
GRANT ROLE ML_TRAINER TO ROLE SYSADMIN;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE ML_TRAINER;
USE ROLE ML_TRAINER;
CREATE DATABASE ML;
CREATE SCHEMA ML.HOME;
CREATE TABLE ML.HOME.QUESTIONS (PROMPT VARCHAR, COMPLETION VARCHAR);
INSERT INTO ML.HOME.QUESTIONS VALUES ('When do you open?', 'At nine.'), ('Where can I park?', 'Behind the house.');
"""
QUICK_SECONDS, SLOW_SECONDS = 0.0, 7200.0


@dataclass
class Stand:
    """A server, a way to start commands, and sessions of an administrator, of the trainer and of a consumer.

    `first_apply` are the statements that bring a project to where a first apply would have brought it.
    """

    folder: Path
    account: Path
    parameters: dict[str, object]
    commands: Commands
    admin: SnowflakeConnection
    trainer: SnowflakeConnection
    consumer: SnowflakeConnection
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    training_seconds: float = QUICK_SECONDS
    first_apply: tuple[str, ...] = ()

    @property
    def control(self) -> Control:
        """Give the server's control endpoint."""
        return Control(str(self.parameters["host"]), int(str(self.parameters["port"])))

    def jobs(self) -> list[dict[str, object]]:
        """List the jobs of the account."""
        (row,) = run(self.admin, "SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")
        return json.loads(str(row[0]))

    def end_job(self, job: str, how: str) -> None:
        """Let a job fail, be cancelled by hand, or finish; one that is over by now stays what it is."""
        with suppress(HTTPError, ProgrammingError):
            if how == "cancel":
                run(self.admin, f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CANCEL', '{job}')")
            else:
                self.control.ask("POST", f"/jobs/{job}", do=how)

    def let_trainings_take(self, seconds: float) -> None:
        """Say how long trainings take that are started from now on."""
        if seconds != self.training_seconds:
            write_settings(self.account, {"training_seconds": seconds})
            self.training_seconds = seconds


def run(connection: SnowflakeConnection, sql: str) -> list[tuple[object, ...]]:
    """Run a statement by hand, and give its rows."""
    with connection.cursor() as cursor:
        return list(cursor.execute(BY_HAND + sql).fetchall())


@contextmanager
def build_stand(folder: Path) -> Iterator[Stand]:
    """Start a server in a folder, and all that acts on it."""
    setup = folder / "setup.sql"
    setup.write_text(SETUP)
    account = folder / "account"
    with ExitStack() as stack:
        attachment = stack.enter_context(
            attach(Account(account, "ML", "HOME", (setup,), QUICK_SECONDS, allow_control=True), idle_seconds=0.1)
        )
        parameters = attachment.parameters()
        home = folder / "home"
        write_connections(home, {"wired": {k: v for k, v in parameters.items() if k not in {"database", "schema"}}})
        project = folder / "project"
        Manifests().write(project, "project")
        commands = Commands(folder, project, {"SNOWFLAKE_HOME": str(home)})
        stack.callback(commands.close)
        connections = [
            stack.enter_context(snowflake.connector.connect(**parameters, role=role))
            for role in ("ACCOUNTADMIN", "ML_TRAINER", "ACCOUNTADMIN")
        ]
        run(connections[2], "USE SECONDARY ROLES NONE")
        yield Stand(folder, account, parameters, commands, *connections)
