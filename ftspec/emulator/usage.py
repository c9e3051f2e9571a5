"""What was used: the calls that statements made of models, by hour, for the views of usage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.turn import Turn

HOUR_MS = 3_600_000
_TABLE = """
CREATE TABLE IF NOT EXISTS usage (
  hour INTEGER NOT NULL, function TEXT NOT NULL, model TEXT NOT NULL, query TEXT NOT NULL, warehouse TEXT,
  roles TEXT NOT NULL, tag TEXT NOT NULL, user TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
  PRIMARY KEY (hour, function, model, query)) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one function and model in one query; `hour` is its first millisecond, `roles` the primary first."""

    hour: int
    function: str
    model: str
    query: str
    warehouse: str | None
    roles: tuple[str, ...]
    tag: str
    user: str
    input: int
    output: int


class UsageStore:
    """Usage in the catalog's file."""

    def __init__(self, account: OpenAccount) -> None:
        self._account = account
        account.catalog.connection.execute(_TABLE)

    def record(self, turn: Turn, tokens: Mapping[tuple[str, str, str], int]) -> None:
        """Write down the tokens of a statement by function, model and direction (input, output)."""
        if not tokens:
            return
        session = turn.session
        roles = (session.role, *sorted(turn.authority.standing.active - {session.role}))
        shared = (turn.query_id, session.warehouse, json.dumps(roles), session.tag, session.user)
        for function, model in sorted({(function, model) for function, model, _ in tokens}):
            with self._account.lock, self._account.catalog.transaction():
                self._account.catalog.connection.execute(
                    "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET input = input + excluded.input, output = output + excluded.output",
                    (
                        turn.now // HOUR_MS * HOUR_MS,
                        function,
                        model,
                        *shared,
                        tokens[function, model, "input"],
                        tokens[function, model, "output"],
                    ),
                )

    def list_all(self) -> tuple[Usage, ...]:
        """Read everything that was used, oldest first."""
        rows = self._account.catalog.connection.execute("SELECT * FROM usage ORDER BY hour, query, function, model")
        return tuple(
            Usage(hour, function, model, query, warehouse, tuple(json.loads(roles)), tag, user, used, given)
            for hour, function, model, query, warehouse, roles, tag, user, used, given in rows.fetchall()
        )
