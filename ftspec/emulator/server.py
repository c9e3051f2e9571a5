"""The server process: opens the account in a folder, listens on loopback, and ends when nobody needs it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ftspec.emulator.account import OpenAccount
from ftspec.emulator.app import build_app
from ftspec.emulator.executor import Executor
from ftspec.emulator.injection.control import build_control
from ftspec.emulator.injection.faults import Faults
from ftspec.emulator.injection.interception import Drop, Interception
from ftspec.emulator.inspecting import record_setup
from ftspec.emulator.locks import FileLock
from ftspec.emulator.places import Places, read_json, write_json
from ftspec.emulator.settings import Settings
from ftspec.emulator.setup import Setup, build_account

_LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.1
_SHUTDOWN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to serve: `idle_seconds` None keeps the server running without clients.

    `allow_control` opens the control endpoint, as the setting of that name does.
    """

    folder: Path
    setup: Setup
    port: int = 0
    idle_seconds: float | None = None
    allow_control: bool = False


def run_server(options: ServeOptions, on_ready: Callable[[Mapping[str, object]], None]) -> None:
    """Serve until SIGINT, SIGTERM, or nobody is attached any more; the caller holds the server lock.

    Raises SetupError where the account could not be made, DamagedFileError for a file that cannot be opened,
    OSError where the port is taken.
    """
    places = Places(options.folder)
    _prepare_account(places, options.setup)
    account = OpenAccount(places.account, Settings(options.folder))
    try:
        with _listen(options.port) as listening:
            port = int(listening.getsockname()[1])
            account.service.start()
            _serve(account, options, listening, lambda: _announce(options, port, on_ready))
    finally:
        # Where the folder was removed meanwhile, the file may be that of another server.
        if (read_json(places.server) or {}).get("pid") == os.getpid():
            places.server.unlink(missing_ok=True)
        account.close()


def _listen(port: int) -> socket.socket:
    """Listen on loopback.

    The protocol is given by its number, because asyncio sends answers without delay (TCP_NODELAY) on such sockets
    alone; the delay would be 40 ms a statement.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_LOOPBACK, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _prepare_account(places: Places, setup: Setup) -> None:
    """Make the account where there is none, beside its place, and move it there once it is whole."""
    shutil.rmtree(places.new_account, ignore_errors=True)
    if places.account.exists():
        return
    places.new_account.mkdir(parents=True)
    try:
        build_account(places.new_account, places.folder, setup)
        record_setup(places.new_account, setup.files)
    except BaseException:
        shutil.rmtree(places.new_account, ignore_errors=True)
        raise
    places.new_account.rename(places.account)


def _announce(options: ServeOptions, port: int, on_ready: Callable[[Mapping[str, object]], None]) -> None:
    facts = {"pid": os.getpid(), "host": _LOOPBACK, "port": port, "stays": options.idle_seconds is None}
    write_json(Places(options.folder).server, facts)
    on_ready(facts)


def _serve(account: OpenAccount, options: ServeOptions, listening: socket.socket, announce: Callable[[], None]) -> None:
    def drop(client: tuple[str, int]) -> None:
        _drop_connection(server, client)

    executor = Executor(account, options.folder)
    config = uvicorn.Config(
        _build_interception(executor, options, drop),
        # Named, because connections are dropped through it; uvicorn's other one takes a third of a millisecond more.
        http=HttpToolsProtocol,
        log_level="warning",
        access_log=False,
        lifespan="off",
        # A client that thinks for a minute must not find its connection closed under it.
        timeout_keep_alive=600,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    restore = _catch_signals(server)
    idle = _start_idle_watch(server, options)
    try:
        announce()
        server.run(sockets=[listening])
    finally:
        server.should_exit = True
        restore()
        if idle is not None:
            idle.join()
        executor.log.close()


def _build_interception(executor: Executor, options: ServeOptions, drop: Drop) -> Interception:
    account, faults = executor.account, Faults()
    control = build_control(
        account, executor.log, faults, lambda: options.allow_control or account.settings.allow_control
    )
    return Interception(build_app(executor), control, account, faults, drop)


def _drop_connection(server: uvicorn.Server, client: tuple[str, int]) -> None:
    """Close a client's connection without another word."""
    for connection in server.server_state.connections:
        if isinstance(connection, HttpToolsProtocol) and connection.client == client:
            connection.transport.abort()


def _catch_signals(server: uvicorn.Server) -> Callable[[], None]:
    """End on SIGINT and SIGTERM, also before and after uvicorn watches for them itself."""

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, action in before.items():
            signal.signal(number, action)

    return restore


def _start_idle_watch(server: uvicorn.Server, options: ServeOptions) -> threading.Thread | None:
    if options.idle_seconds is None:
        return None
    thread = threading.Thread(
        target=_end_when_idle, args=(server, options.folder, options.idle_seconds), name="idle", daemon=True
    )
    thread.start()
    return thread


def _end_when_idle(server: uvicorn.Server, folder: Path, idle_seconds: float) -> None:
    """End the server once no client was attached for some seconds.

    The lock is kept until the process ends: a newcomer waits for it, and then starts a fresh server.
    """
    clients = FileLock(Places(folder).clients_lock)
    idle_since: float | None = None
    while not server.should_exit:
        if not clients.try_exclusive():
            idle_since = None
        else:
            idle_since = idle_since or time.monotonic()
            if time.monotonic() - idle_since >= idle_seconds:
                server.should_exit = True
                return
            clients.release()
        time.sleep(_POLL_SECONDS)
    clients.close()
