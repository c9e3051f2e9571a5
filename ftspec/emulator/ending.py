"""Ending the server of a folder, and removing its account.

Nothing here imports the server, see launch.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ftspec.emulator.locks import FileLock
from ftspec.emulator.places import Places, read_json
from ftspec.emulator.starting import START_SECONDS, EmbeddedError, explain_faults, prepare_folder

END_SECONDS = 15.0
POLL_SECONDS = 0.02
# An idle server looks at the clients' lock now and then, for a moment.
_LOOK_SECONDS = 1.0


def reset(folder: Path) -> None:
    """Remove the account in a folder; an idle server is ended first.

    Raises EmbeddedError while a client is attached, or a server runs in the foreground.
    """
    with explain_faults(folder), be_starting(places := prepare_folder(folder)):
        end_idle_server(places)
        # The locks stay: others may be waiting for them.
        for path in sorted(path for path in places.folder.iterdir() if path.suffix != ".lock"):
            _remove(path)


def is_free(places: Places) -> bool:
    """Say whether no server has the folder."""
    lock = FileLock(places.server_lock)
    try:
        return lock.try_exclusive()
    finally:
        lock.close()


def name_server(places: Places) -> str:
    """Name the server of a folder by its process and port, where it says them."""
    facts = read_json(places.server)
    return "" if facts is None else f" (process {facts['pid']}, port {facts['port']})"


@contextmanager
def be_starting(places: Places) -> Iterator[None]:
    """Be the only one who starts or removes; nobody else looks at the server's lock meanwhile."""
    lock = FileLock(places.start_lock)
    try:
        if not lock.wait_exclusive(START_SECONDS):
            raise EmbeddedError(f"somebody has been starting the embedded Snowflake in {places.folder} for too long")
        yield
    finally:
        lock.close()


def end_idle_server(places: Places) -> None:
    """End a server that nobody uses; EmbeddedError where somebody does, or where it runs in the foreground."""
    clients = FileLock(places.clients_lock)
    try:
        used = not clients.wait_exclusive(_LOOK_SECONDS) or (read_json(places.server) or {}).get("stays")
        if used and not is_free(places):
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} is in use{name_server(places)}")
        _end_server(places)
    finally:
        clients.close()


def _end_server(places: Places) -> None:
    """End the server, which has no clients, and wait until it is gone."""
    facts = read_json(places.server)
    if is_free(places) or facts is None:
        return
    os.kill(int(str(facts["pid"])), signal.SIGTERM)
    end = time.monotonic() + END_SECONDS
    while not is_free(places):
        if time.monotonic() > end:
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} does not end{name_server(places)}")
        time.sleep(POLL_SECONDS)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
