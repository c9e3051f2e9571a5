"""A session: who is logged in, what is current, and its own connection to the data."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftspec.emulator.duck import DataConnection


@dataclass(slots=True)
class Session:
    """The state that USE and ALTER SESSION change; `lock` keeps its statements one after another.

    `files_at` is the URL of this server for drivers that know no stage that is a folder (the 4.x one does).
    An asynchronous statement runs in a copy of its session, with a connection of its own (`is_beside`).
    `internal` sessions are those in which a training reads its data: no client has their token.
    """

    token: str
    number: int
    user: str
    role: str
    data: DataConnection
    secondary: str = "ALL"
    internal: bool = False
    database: str | None = None
    schema: str | None = None
    warehouse: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    client: str = ""
    master_token: str = ""
    opened: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    last_query_id: str | None = None
    is_beside: bool = False
    files_at: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def tag(self) -> str:
        """Give the session's QUERY_TAG."""
        return self.parameters.get("QUERY_TAG", "")
