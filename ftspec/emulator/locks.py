"""File locks between processes: they end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # not POSIX: launch.py says so before it comes here
    fcntl = None  # type: ignore[assignment]

_POLL_SECONDS = 0.02


def is_supported() -> bool:
    """Say whether this system has the locks."""
    return fcntl is not None


class FileLock:
    """An open lock file; closing it releases whatever it holds."""

    def __init__(self, path: Path) -> None:
        # Not inheritable: a child of a client must not keep a lock alive.
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_shared(self) -> bool:
        """Take the lock beside others that share it, if nobody has it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Take the lock alone, if nobody has it."""
        return self._try(fcntl.LOCK_EX)

    def _try(self, mode: int) -> bool:
        if self._descriptor is None:
            raise ValueError("the lock file is closed")
        try:
            fcntl.flock(self._descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait_shared(self, seconds: float) -> bool:
        """Wait for the shared lock; say whether it came in time."""
        return _wait(self.try_shared, seconds)

    def wait_exclusive(self, seconds: float) -> bool:
        """Wait for the lock alone; say whether it came in time."""
        return _wait(self.try_exclusive, seconds)

    def release(self) -> None:
        """Give the lock up and keep the file open."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the lock up."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _wait(take: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not take():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True
