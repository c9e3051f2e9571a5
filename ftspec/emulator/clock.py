"""The clock of an account: this machine's, moved forward as far as somebody asked."""

from __future__ import annotations

import time


class Clock:
    """Tells epoch milliseconds, `forward_ms` ahead of this machine's clock."""

    def __init__(self, forward_ms: int = 0) -> None:
        self.forward_ms = forward_ms

    def now_ms(self) -> int:
        """Read the clock."""
        return time.time_ns() // 1_000_000 + self.forward_ms
