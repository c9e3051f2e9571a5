"""Finding, starting and ending the server of a folder; the one module that clients import.

DuckDB files belong to one process, so one server serves a folder. Nothing here imports the server: a client may
run in an environment that could not start one. The locks, all of them files in the folder:

- a client holds `clients.lock` shared as long as it is attached;
- whoever starts a server, or removes the account, holds `start.lock` alone;
- a server holds `server.lock` alone as long as it lives, and takes `clients.lock` alone before it ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ftspec.emulator.locks import FileLock, is_supported
from ftspec.emulator.places import Places, read_json, write_json
from ftspec.emulator.starting import START_SECONDS, EmbeddedError, start_server, wait_for_facts

__all__ = ["Account", "Attachment", "EmbeddedError", "attach", "build_parameters", "reset", "run", "serve"]

_END_SECONDS = 15.0
_POLL_SECONDS = 0.02
_IDLE_SECONDS = 5.0
# An idle server looks at the clients' lock now and then, for a moment.
_LOOK_SECONDS = 1.0

USER, PASSWORD, WAREHOUSE, ACCOUNT_NAME = "EMBEDDED", "embedded", "COMPUTE_WH", "embedded"


@dataclass(frozen=True)
class Account:
    """An embedded account: its folder, what is current in it, and what it starts with.

    `setup` files are run once, when the account is first made. `training_seconds` is how long a training takes.
    """

    folder: Path
    database: str | None
    schema: str | None
    setup: tuple[Path, ...] = ()
    training_seconds: float | None = None


class Attachment:
    """A client's hold on a running server: the server lives at least as long as this is open."""

    def __init__(self, account: Account, lock: FileLock, facts: Mapping[str, object]) -> None:
        self._account = account
        self._lock = lock
        self._facts = facts

    @property
    def folder(self) -> Path:
        """Give the folder of the account."""
        return self._account.folder

    def parameters(self) -> dict[str, object]:
        """Give the arguments for `snowflake.connector.connect`."""
        return build_parameters(self._account, self._facts)

    def close(self) -> None:
        """Leave; the server ends some seconds after the last client left."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def attach(account: Account, *, idle_seconds: float = _IDLE_SECONDS) -> Attachment:
    """Attach to the folder's server, and start it where there is none.

    `idle_seconds` is how long a server that is started here outlives its last client. Raises EmbeddedError.
    """
    places = _prepare(account.folder)
    clients = FileLock(places.clients_lock)
    try:
        _share(clients, places)
        facts = _find_or_start(account, places, idle_seconds)
    except BaseException:
        clients.close()
        raise
    return Attachment(account, clients, facts)


def serve(account: Account, *, port: int = 0, on_ready: Callable[[Mapping[str, object]], None]) -> None:
    """Serve the folder in the foreground until SIGINT or SIGTERM; a server that a command left idle is ended first.

    `on_ready` gets the arguments for `snowflake.connector.connect`. Raises EmbeddedError, also where one is in use.
    """
    places = _prepare(account.folder)
    with ExitStack() as starting:
        starting.enter_context(_starting(places))
        _end_idle_server(places)

        def announce(facts: Mapping[str, object]) -> None:
            starting.close()
            on_ready(build_parameters(account, facts))

        run(account, port=port, idle_seconds=None, on_ready=announce)


def reset(folder: Path) -> None:
    """Remove the account in a folder; an idle server is ended first.

    Raises EmbeddedError while a client is attached, or a server runs in the foreground.
    """
    places = _prepare(folder)
    with _starting(places):
        _end_idle_server(places)
        # The locks stay: others may be waiting for them.
        for path in sorted(path for path in places.folder.iterdir() if path.suffix != ".lock"):
            _remove(path)


def build_parameters(account: Account, facts: Mapping[str, object]) -> dict[str, object]:
    """Build the arguments for `snowflake.connector.connect` from what a server says of itself."""
    parameters: dict[str, object] = {
        "user": USER,
        "password": PASSWORD,
        "account": ACCOUNT_NAME,
        "host": facts["host"],
        "port": facts["port"],
        "protocol": "http",
        "warehouse": WAREHOUSE,
    }
    if account.database is not None:
        parameters["database"] = account.database
    if account.schema is not None:
        parameters["schema"] = account.schema
    return parameters


def run(
    account: Account,
    *,
    port: int,
    idle_seconds: float | None,
    on_ready: Callable[[Mapping[str, object]], None],
) -> None:
    """Serve in this process, holding the server lock; `on_ready` gets pid, host and port.

    Raises EmbeddedError.
    """
    places = _prepare(account.folder)
    lock = FileLock(places.server_lock)
    try:
        if not lock.try_exclusive():
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} is already served{_who(places)}")
        _write_settings(account)
        _run_locked(account, port, idle_seconds, on_ready)
    finally:
        lock.close()


def _run_locked(
    account: Account, port: int, idle_seconds: float | None, on_ready: Callable[[Mapping[str, object]], None]
) -> None:
    try:
        import fakesnow.instance  # noqa: F401, PLC0415  # clients import this module without it
    except ImportError as error:
        raise EmbeddedError(
            f"the embedded Snowflake needs fakesnow and the 4.x driver: pip install 'ftspec[embedded]' ({error})"
        ) from error
    from ftspec.emulator.catalog import DamagedFileError  # noqa: PLC0415  # the same
    from ftspec.emulator.server import ServeOptions, run_server  # noqa: PLC0415  # the same
    from ftspec.emulator.setup import Setup, SetupError  # noqa: PLC0415  # the same

    setup = Setup(account.database, account.schema, account.setup)
    try:
        run_server(ServeOptions(account.folder, setup, port, idle_seconds), on_ready)
    except SetupError as error:
        raise EmbeddedError(str(error)) from error
    except DamagedFileError as error:
        raise EmbeddedError(f"{error}; hint: remove the account with a reset and make it anew") from error
    except OSError as error:
        raise EmbeddedError(f"the embedded Snowflake in {account.folder} could not start: {error}") from error


def _prepare(folder: Path) -> Places:
    if not is_supported():
        raise EmbeddedError("the embedded Snowflake needs POSIX file locks, which this system does not have")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"cannot make the folder {folder}: {error}") from error
    return Places(folder)


def _find_or_start(account: Account, places: Places, idle_seconds: float) -> Mapping[str, object]:
    with _starting(places):
        end = time.monotonic() + _END_SECONDS
        while not _is_free(places):
            facts = read_json(places.server)
            if facts is not None:
                _write_settings(account)
                return facts
            # A server that was told to end has taken its word back, and is gone in a moment.
            if time.monotonic() > end:
                raise EmbeddedError(f"the embedded Snowflake in {places.folder} is ending and does not end")
            time.sleep(_POLL_SECONDS)
        places.server.unlink(missing_ok=True)
        places.failure.unlink(missing_ok=True)
        return wait_for_facts(places, start_server(places, _options(account, idle_seconds)))


@contextmanager
def _starting(places: Places) -> Iterator[None]:
    """Be the only one who starts or removes; nobody else looks at the server's lock meanwhile."""
    lock = FileLock(places.start_lock)
    try:
        if not lock.wait_exclusive(START_SECONDS):
            raise EmbeddedError(f"somebody has been starting the embedded Snowflake in {places.folder} for too long")
        yield
    finally:
        lock.close()


def _options(account: Account, idle_seconds: float) -> list[str]:
    options = ["--idle-seconds", str(idle_seconds)]
    for name, value in (
        ("--database", account.database),
        ("--schema", account.schema),
        ("--training-seconds", account.training_seconds),
    ):
        options += [] if value is None else [name, str(value)]
    for path in account.setup:
        options += ["--setup", str(path.absolute())]
    return options


def _share(clients: FileLock, places: Places) -> None:
    """Take the clients' lock; a server that is ending holds it until it is gone."""
    if not clients.wait_shared(_END_SECONDS):
        raise EmbeddedError(f"the embedded Snowflake in {places.folder} is ending and does not end")


def _is_free(places: Places) -> bool:
    """Say whether no server has the folder."""
    lock = FileLock(places.server_lock)
    try:
        return lock.try_exclusive()
    finally:
        lock.close()


def _write_settings(account: Account) -> None:
    if account.training_seconds is not None:
        settings = Places(account.folder).folder / "settings.json"
        write_json(settings, {**(read_json(settings) or {}), "training_seconds": account.training_seconds})


def _who(places: Places) -> str:
    facts = read_json(places.server)
    return "" if facts is None else f" (process {facts['pid']}, port {facts['port']})"


def _end_idle_server(places: Places) -> None:
    """End a server that nobody uses; EmbeddedError where somebody does, or where it runs in the foreground."""
    clients = FileLock(places.clients_lock)
    try:
        used = not clients.wait_exclusive(_LOOK_SECONDS) or (read_json(places.server) or {}).get("stays")
        if used and not _is_free(places):
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} is in use{_who(places)}")
        _end_server(places)
    finally:
        clients.close()


def _end_server(places: Places) -> None:
    """End the server, which has no clients, and wait until it is gone."""
    facts = read_json(places.server)
    if _is_free(places) or facts is None:
        return
    os.kill(int(str(facts["pid"])), signal.SIGTERM)
    end = time.monotonic() + _END_SECONDS
    while not _is_free(places):
        if time.monotonic() > end:
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} does not end{_who(places)}")
        time.sleep(_POLL_SECONDS)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
