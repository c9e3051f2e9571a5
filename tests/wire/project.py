"""A project whose server is held by the test, and named connections that lead to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import snowflake.connector
from snowflake.connector import SnowflakeConnection
from support.workspace import REPOSITORY, Workspace
from wire.control import Control

from ftspec.emulator.launch import Attachment

FIRST_TRAINING = REPOSITORY / "tests" / "scenarios" / "first_training"


@dataclass(frozen=True)
class Wired:
    """A project in a folder of its own, whose server runs for as long as the test."""

    workspace: Workspace
    attachment: Attachment

    @property
    def folder(self) -> Path:
        """Give the project's folder."""
        return self.workspace.folder

    @property
    def address(self) -> tuple[str, int]:
        """Give the server's host and port."""
        parameters = self.attachment.parameters()
        return str(parameters["host"]), int(str(parameters["port"]))

    @property
    def control(self) -> Control:
        """Give the server's control endpoint, which must have been allowed."""
        return Control(*self.address)

    def name_connection(self, **changes: object) -> dict[str, str]:
        """Write connections.toml with the server as `wired`, and let the project use it.

        Gives the environment variables that lead the driver there; a change to None leaves a setting out.
        """
        home = self.folder.parent / f"{self.folder.name} home"
        given = {key: value for key, value in self.attachment.parameters().items() if key not in {"database", "schema"}}
        write_connections(home, {"wired": {**given, **changes}})
        self.rewrite("connection: embedded", "connection: wired")
        for line in ("      training_seconds: 0.3\n", "      setup: [setup.sql]\n"):
            self.rewrite(line, "")
        return {"SNOWFLAKE_HOME": str(home)}

    def rewrite(self, old: str, new: str) -> None:
        """Change the text of ftspec.yaml."""
        path = self.folder / "ftspec.yaml"
        text = path.read_text()
        assert old in text or new in text
        path.write_text(text.replace(old, new))

    def connect(self, **changes: object) -> SnowflakeConnection:
        """Open a connection of the test's own, straight to the server."""
        return snowflake.connector.connect(**{**self.attachment.parameters(), **changes})

    def query(self, statement: str, **changes: object) -> list[tuple[object, ...]]:
        """Run a statement by hand, and give its rows."""
        with self.connect(**changes) as connection, connection.cursor() as cursor:
            return list(cursor.execute(statement).fetchall())

    def jobs(self) -> list[dict[str, object]]:
        """List the jobs of the account as FINETUNE('SHOW') does."""
        return json.loads(str(self.query("SELECT SNOWFLAKE.CORTEX.FINETUNE('SHOW')")[0][0]))

    def log_of(self, mark: str) -> list[str]:
        """List the statements of the server's log that hold a mark."""
        return [str(entry["sql"]) for entry in self.workspace.log() if mark in str(entry["sql"])]


def write_connections(home: Path, connections: dict[str, dict[str, object]]) -> None:
    """Write a connections.toml that only its owner may read, as the driver demands."""
    lines = []
    for name, settings in connections.items():
        lines.append(f"[{name}]")
        for key, value in settings.items():
            if value is not None:
                lines.append(f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"')
    write_toml(home, "\n".join(lines) + "\n")


def write_toml(home: Path, text: str) -> None:
    """Write the text of a connections.toml."""
    home.mkdir(exist_ok=True)
    path = home / "connections.toml"
    path.touch(mode=0o600)
    path.write_text(text)
