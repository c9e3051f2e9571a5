"""Where an account's files are, and what a server tells of itself: shared by server and clients, nothing heavy."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The files in an account's folder."""

    folder: Path

    @property
    def account(self) -> Path:
        """Give the folder of the account's own files; it appears whole or not at all."""
        return self.folder / "account"

    @property
    def new_account(self) -> Path:
        """Give the folder in which an account is being made."""
        return self.folder / "account.new"

    @property
    def server(self) -> Path:
        """Give the file in which a running server says where it listens."""
        return self.folder / "server.json"

    @property
    def failure(self) -> Path:
        """Give the file in which a server says why it could not start."""
        return self.folder / "failure.json"

    @property
    def output(self) -> Path:
        """Give the file that a detached server prints to."""
        return self.folder / "server.log"

    @property
    def start_lock(self) -> Path:
        """Give the lock of whoever starts, or removes."""
        return self.folder / "start.lock"

    @property
    def server_lock(self) -> Path:
        """Give the lock that a server holds as long as it lives."""
        return self.folder / "server.lock"

    @property
    def clients_lock(self) -> Path:
        """Give the lock that clients share, and that a server takes alone before it ends."""
        return self.folder / "clients.lock"


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a file in one step: a reader sees all of it or none."""
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(json.dumps(dict(content)) + "\n", encoding="utf-8")
    new.replace(path)


def read_json(path: Path) -> Mapping[str, object] | None:
    """Read such a file, None where it is not there or not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None
