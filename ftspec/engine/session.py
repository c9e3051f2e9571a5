"""The port: one narrow way to Snowflake, and what can go wrong on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ftspec.model.address import SchemaName
from ftspec.model.diagnostics import Diagnostic
from ftspec.resources.base import Answer, Query, Refusal, Row


class Fate(StrEnum):
    """What is known of a statement that failed: it did nothing, or nobody knows."""

    REFUSED = "refused"
    LOST = "lost"


class SessionError(Exception):
    """A statement failed: Snowflake's message, error number, SQLSTATE and query id, where it answered at all.

    `hint` is the repair, where the one who sent the statement knows it.
    """

    def __init__(
        self,
        message: str,
        *,
        fate: Fate,
        errno: int = 0,
        sqlstate: str = "",
        query_id: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fate = fate
        self.errno = errno
        self.sqlstate = sqlstate
        self.query_id = query_id
        self.hint = hint

    def with_hint(self, hint: str) -> SessionError:
        """Give the same error with another hint."""
        return SessionError(
            self.message,
            fate=self.fate,
            errno=self.errno,
            sqlstate=self.sqlstate,
            query_id=self.query_id,
            hint=hint,
        )

    def __str__(self) -> str:
        number = f"{self.errno:06d} ({self.sqlstate}): " if self.errno else ""
        return f"{number}{self.message}"


class Fault(Exception):  # noqa: N818 - a fault of the user's settings or words, not of the program
    """What was asked cannot be done; the diagnostic's path, where it has one, is a place in the Project document."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Identity:
    """Who and where a session is: stored names, empty where there is none."""

    account: str
    user: str
    role: str
    warehouse: str
    database: str
    schema: str


class Session(Protocol):
    """A session with Snowflake."""

    @property
    def identity(self) -> Identity:
        """Say who and where the session is."""

    def read(self, queries: tuple[Query, ...]) -> tuple[Answer, ...]:
        """Run reads side by side; a refused one is an answer too, a lost connection raises SessionError."""

    def fetch(self, locations: tuple[str, ...]) -> tuple[str | Refusal, ...]:
        """Give the text of small files that lie in Snowflake, side by side; whatever keeps one back is its refusal."""

    def execute(
        self, sql: str, *, once: bool = False, schema: SchemaName | None = None, tag: str = ""
    ) -> tuple[Row, ...]:
        """Run one statement, `once`: never sent twice; `schema` is made current for it, `tag` is its query tag."""

    def fork(self) -> Session:
        """Open another session like this one, to be closed by itself."""

    def close(self) -> None:
        """End the session."""
