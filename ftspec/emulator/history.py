"""The history of statements: written before a statement takes effect, and with it where it changes the catalog.

https://docs.snowflake.com/en/sql-reference/functions/query_history
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftspec.emulator.statement_log import hide_passwords

if TYPE_CHECKING:
    from ftspec.emulator.catalog import Catalog
    from ftspec.emulator.errors import SnowflakeError
    from ftspec.emulator.turn import Turn

RUNNING, SUCCESS, FAILED, INCIDENT = "RUNNING", "SUCCESS", "FAILED_WITH_ERROR", "FAILED_WITH_INCIDENT"
KEPT_MS = 7 * 24 * 3600 * 1000

_COLUMNS = (
    "id, text, database, schema, type, session, user, role, warehouse, tag, internal, status, code, message,"
    " begun, ended, rows"
)
_CUT_OFF = "SQL execution internal error: the server ended while the statement ran."


@dataclass(frozen=True, slots=True)
class Query:
    """One statement as the history keeps it; `begun` and `ended` are epoch milliseconds."""

    id: str
    text: str
    database: str | None
    schema: str | None
    type: str
    session: int
    user: str
    role: str
    warehouse: str | None
    tag: str
    internal: bool
    status: str
    code: int | None
    message: str | None
    begun: int
    ended: int | None
    rows: int | None


class History:
    """Statements in the catalog's file; the caller holds the account's lock and the transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._connection = catalog.connection

    def open(self, now: int) -> None:
        """Forget what is older than a week, and end what was running when the server did.

        What changes the catalog is marked a success together with the change, so nothing of it was done.
        """
        self._connection.execute("DELETE FROM queries WHERE begun < ?", (now - KEPT_MS,))
        self._connection.execute(
            "UPDATE queries SET status = ?, code = 603, message = ?, ended = ? WHERE status = ?",
            (INCIDENT, _CUT_OFF, now, RUNNING),
        )

    def begin(self, turn: Turn, text: str, *, internal: bool) -> None:
        """Write that a statement runs, unless that is written already; passwords in it are blanked."""
        session, (database, schema) = turn.session, turn.place
        shown = hide_passwords(text)
        self._connection.execute(
            f"INSERT OR IGNORE INTO queries ({_COLUMNS})"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, NULL, NULL)",
            (
                turn.query_id, shown, database, schema, name_type(shown), session.number, session.user, session.role,
                session.warehouse, session.tag, int(internal), RUNNING, turn.now,
            ),
        )  # fmt: skip

    def finish(self, query_id: str, now: int, *, rows: int | None = None, error: SnowflakeError | None = None) -> None:
        """Write how a statement ended."""
        self._connection.execute(
            "UPDATE queries SET status = ?, code = ?, message = ?, ended = ?, rows = ? WHERE id = ?",
            (
                SUCCESS if error is None else FAILED,
                error and error.errno,
                error and error.message,
                now,
                rows,
                query_id,
            ),
        )

    def find(self, query_id: str) -> Query | None:
        """Read one statement."""
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM queries WHERE id = ?", (query_id,)).fetchone()
        return None if row is None else _query(row)

    def list_newest(self, where: str = "1", values: tuple[object, ...] = ()) -> list[Query]:
        """Read the statements that meet a condition on the table's columns, newest first."""
        found: sqlite3.Cursor = self._connection.execute(
            f"SELECT {_COLUMNS} FROM queries WHERE {where} ORDER BY number DESC", values
        )
        return [_query(row) for row in found]

    def find_id(self, session: int, place: int, besides: str) -> str | None:
        """Give the id of a session's statement: from its first one where `place` is positive, else from its last."""
        order, offset = ("ASC", place - 1) if place > 0 else ("DESC", -place - 1)
        row = self._connection.execute(
            f"SELECT id FROM queries WHERE session = ? AND id <> ? ORDER BY number {order} LIMIT 1 OFFSET ?",
            (session, besides, offset),
        ).fetchone()
        return None if row is None else str(row[0])

    def last_session(self) -> int:
        """Give the highest number that a session had."""
        return int(self._connection.execute("SELECT coalesce(max(session), 0) FROM queries").fetchone()[0])


def _query(row: tuple[object, ...]) -> Query:
    return Query(*row)  # type: ignore[arg-type]  # SQLite's types are those of the columns


# The types whose words are not the first word of the statement alone (query_history, QUERY_TYPE).
_TWO_WORDS = frozenset({"ALTER", "COMMENT", "CREATE", "DROP", "TRUNCATE"})
_OTHER_TYPES = {
    "BEGIN": "BEGIN_TRANSACTION", "START": "BEGIN_TRANSACTION", "DESC": "DESCRIBE", "GET": "GET_FILES",
    "LIST": "LIST_FILES", "LS": "LIST_FILES", "PUT": "PUT_FILES", "REMOVE": "REMOVE_FILES", "RM": "REMOVE_FILES",
    "WITH": "SELECT", "VALUES": "SELECT",
}  # fmt: skip
_NOT_A_KIND = frozenset({"OR", "REPLACE", "TEMPORARY", "TEMP", "TRANSIENT", "SECURE", "IF", "EXISTS", "ON", "NOT"})


def name_type(text: str) -> str:
    """Give the QUERY_TYPE of a statement by its first words."""
    words = text.upper().replace("(", " ").split()[:8]
    if not words:
        return "UNKNOWN"
    if words[0] in _TWO_WORDS:
        kinds = [word.strip(";") for word in words[1:] if word not in _NOT_A_KIND]
        return "_".join([words[0], *kinds[:1]])
    first = words[0].strip(";")
    return _OTHER_TYPES.get(first, first if first.isalpha() else "UNKNOWN")
