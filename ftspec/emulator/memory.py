"""What was read of the catalog's objects and grants since their last change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any


class Memory:
    """Remembers readings; whoever writes, or rolls back, makes it forget them.

    `forgotten` counts how often it had to: as long as it stays, nothing that can be read here has changed.
    """

    def __init__(self) -> None:
        self.forgotten = 0
        self._known: dict[Hashable, Any] = {}

    def recall(self, what: Hashable, read: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever `read` gives
        """Give a reading as it was, or read it anew where something changed."""
        if what not in self._known:
            self._known[what] = read()
        return self._known[what]

    def forget(self) -> None:
        """Forget everything."""
        self.forgotten += 1
        self._known.clear()
