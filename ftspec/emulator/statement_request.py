"""What a client asks for: one request with a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """One request: its text, and what came with it.

    `statement_count` is how many statements the text is announced to hold, 0 for any number; None leaves it to the
    session's MULTI_STATEMENT_COUNT. `timeout` is the request's own STATEMENT_TIMEOUT_IN_SECONDS, 0 for none.
    """

    text: str
    request_id: str = ""
    bindings: Mapping[str, Any] | None = None
    statement_count: int | None = None
    describe_only: bool = False
    asynchronous: bool = False
    internal: bool = False
    timeout: int = 0
