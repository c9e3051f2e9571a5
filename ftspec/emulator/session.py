"""A session: who is logged in, what is current, and its own connection to the data."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftspec.emulator.duck import DataConnection


@dataclass(slots=True)
class Session:
    """The state that USE and ALTER SESSION change; `lock` keeps its statements one after another."""

    token: str
    number: int
    user: str
    role: str
    data: DataConnection
    secondary: str = "ALL"
    database: str | None = None
    schema: str | None = None
    warehouse: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    master_token: str = ""
    last_query_id: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def tag(self) -> str:
        """Give the session's QUERY_TAG."""
        return self.parameters.get("QUERY_TAG", "")
