"""Finding, starting and ending the server of a folder; the one module that clients import.

DuckDB files belong to one process, so one server serves a folder. Nothing here imports the server: a client may
run in an environment that could not start one. The locks, all of them files in the folder:

- a client holds `clients.lock` shared as long as it is attached;
- whoever starts a server, or removes the account, holds `start.lock` alone;
- a server holds `server.lock` alone as long as it lives, and takes `clients.lock` alone before it ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ftspec.emulator.ending import (
    END_SECONDS,
    POLL_SECONDS,
    be_starting,
    end_idle_server,
    is_free,
    name_server,
    reset,
)
from ftspec.emulator.locks import FileLock
from ftspec.emulator.places import Places, read_json
from ftspec.emulator.settings import SettingsError, read_settings, write_settings
from ftspec.emulator.starting import EmbeddedError, explain_faults, prepare_folder, start_server, wait_for_facts

__all__ = ["Account", "Attachment", "EmbeddedError", "attach", "build_parameters", "reset", "run", "serve"]

_IDLE_SECONDS = 5.0

USER, PASSWORD, WAREHOUSE, ACCOUNT_NAME = "EMBEDDED", "embedded", "COMPUTE_WH", "embedded"


@dataclass(frozen=True)
class Account:
    """An embedded account: its folder, what is current in it, and what it starts with.

    `setup` files are run once, when the account is first made; `allow_control` lets clients ask for misbehaviour.
    """

    folder: Path
    database: str | None
    schema: str | None
    setup: tuple[Path, ...] = ()
    training_seconds: float | None = None
    allow_control: bool = False


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
    with explain_faults(account.folder):
        places = prepare_folder(account.folder)
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
    with explain_faults(account.folder), ExitStack() as starting:
        places = prepare_folder(account.folder)
        starting.enter_context(be_starting(places))
        end_idle_server(places)

        def announce(facts: Mapping[str, object]) -> None:
            starting.close()
            on_ready(build_parameters(account, facts))

        run(account, port=port, idle_seconds=None, on_ready=announce)


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
    with explain_faults(account.folder):
        places = prepare_folder(account.folder)
        lock = FileLock(places.server_lock)
    try:
        if not lock.try_exclusive():
            raise EmbeddedError(f"the embedded Snowflake in {places.folder} is already served{name_server(places)}")
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
        run_server(ServeOptions(account.folder, setup, port, idle_seconds, account.allow_control), on_ready)
    except SetupError as error:
        raise EmbeddedError(str(error)) from error
    except DamagedFileError as error:
        raise EmbeddedError(f"{error}; hint: remove the account with a reset and make it anew") from error
    except OSError as error:
        raise EmbeddedError(f"the embedded Snowflake in {account.folder} could not start: {error}") from error


def _find_or_start(account: Account, places: Places, idle_seconds: float) -> Mapping[str, object]:
    with be_starting(places):
        end = time.monotonic() + END_SECONDS
        while not is_free(places):
            facts = read_json(places.server)
            if facts is not None:
                _write_settings(account)
                return facts
            # A server that was told to end has taken its word back, and is gone in a moment.
            if time.monotonic() > end:
                raise EmbeddedError(f"the embedded Snowflake in {places.folder} is ending and does not end")
            time.sleep(POLL_SECONDS)
        places.server.unlink(missing_ok=True)
        places.failure.unlink(missing_ok=True)
        return wait_for_facts(places, start_server(places, _options(account, idle_seconds)))


def _options(account: Account, idle_seconds: float) -> list[str]:
    options = ["--idle-seconds", str(idle_seconds), *(["--allow-control"] if account.allow_control else [])]
    for name, value in (
        ("--database", account.database),
        ("--schema", account.schema),
        ("--training-seconds", account.training_seconds),
    ):
        options += [] if value is None else [name, str(value)]
    return [*options, *(f"--setup={path.absolute()}" for path in account.setup)]


def _share(clients: FileLock, places: Places) -> None:
    """Take the clients' lock; a server that is ending holds it until it is gone."""
    if not clients.wait_shared(END_SECONDS):
        raise EmbeddedError(f"the embedded Snowflake in {places.folder} is ending and does not end")


def _write_settings(account: Account) -> None:
    given = {} if account.training_seconds is None else {"training_seconds": account.training_seconds}
    try:
        if not given.items() <= read_settings(account.folder).items():
            write_settings(account.folder, given)
    except SettingsError as error:
        raise EmbeddedError(f"{error}; hint: correct it, or remove the account with a reset") from error
