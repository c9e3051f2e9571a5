"""Connections: the embedded Snowflake, or a name in Snowflake's own connections.toml."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from ftspec.backends.snowflake import LOGIN_SECONDS, SnowflakeSession
from ftspec.emulator.inspecting import find_changed_setup
from ftspec.emulator.launch import Account, EmbeddedError, attach
from ftspec.engine.session import Fault, SessionError
from ftspec.manifest.environment import EMBEDDED, Environment
from ftspec.manifest.project import Project
from ftspec.model.address import quote
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity

TRAINING_SECONDS = "FTSPEC_TRAINING_SECONDS"
"""The variable of the process by which trainings of embedded accounts take another time than is declared."""
_LONGEST_TRAINING = 86_400
_OWN_FOLDER = ".ftspec"
_BAD_PERMISSIONS = "Bad owner or permissions"
_WRONG_PASSWORD = frozenset({390100, 390144, 394300, 394304})
_WRONG_ROLE = frozenset({390186, 390189})

Tell = Callable[[Diagnostics], None]


def keep_silent(_warnings: Diagnostics) -> None:
    """Tell nobody."""


def open_session(project: Project, root: Path, tell: Tell = keep_silent) -> SnowflakeSession:
    """Open a session with the project's environment; Fault when that cannot be done, placed at its settings.

    `tell` gets warnings, which have such places too.
    """
    environment = project.environment
    if environment.is_embedded:
        tell(check_setup(environment, root))
        return _open_embedded(environment, root)
    return _open_named(environment, tell)


def embedded_account(environment: Environment | None, root: Path) -> Account:
    """Describe the embedded account of an environment: each has its own; None: that of a folder without a project."""
    if environment is None:
        return Account(folder=root / _OWN_FOLDER / EMBEDDED, database=None, schema=None)
    return Account(
        folder=root / _OWN_FOLDER / environment.name,
        database=environment.home.database,
        schema=environment.home.name,
        setup=tuple(root / path for path in environment.setup),
        training_seconds=_read_training_seconds(environment),
    )


def _read_training_seconds(environment: Environment) -> float | None:
    """Read how long trainings take: what the process was told goes before what is declared."""
    text = os.environ.get(TRAINING_SECONDS, "")
    if not text:
        return environment.training_seconds
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_TRAINING:
        message = f"{TRAINING_SECONDS} is {text!r}, wanted a number of seconds, 0 to {_LONGEST_TRAINING:,}"
        raise Fault(Diagnostic("FT314", message, hint=f"for example {TRAINING_SECONDS}=0.2"))
    return seconds


def check_setup(environment: Environment, root: Path) -> Diagnostics:
    """Warn of setup files that are not what the embedded account was made from: they are run once, and never again."""
    account = embedded_account(environment, root)
    changed = find_changed_setup(account.folder, account.setup) if environment.is_embedded else ()
    hint = f"`ftspec embedded reset --env {environment.name}` removes the account, the next command makes it anew"
    return tuple(
        Diagnostic(
            "FT312",
            f"the setup file {environment.setup[index]!r} has changed since the embedded account was made, "
            "and is not run again",
            Severity.WARNING,
            path=f"spec/environments/{environment.name}/setup/{index}",
            hint=hint,
        )
        for index, path in enumerate(account.setup)
        if path in changed
    )


def _open_embedded(environment: Environment, root: Path) -> SnowflakeSession:
    account = embedded_account(environment, root)
    for index, path in enumerate(account.setup):
        if not path.is_file():
            raise Fault(_refuse_absence(environment, index, path))
    try:
        attachment = attach(account)
    except EmbeddedError as error:
        raise Fault(_explain_embedded(error, account, environment)) from error
    try:
        # The driver would ask the metadata services of clouds where it runs; offline means that nothing is asked.
        os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        parameters = {**attachment.parameters(), "login_timeout": LOGIN_SECONDS, **_settings(environment)}
        return _connect(parameters, environment, attachment.close)
    except BaseException:
        attachment.close()
        raise


def _refuse_absence(environment: Environment, index: int, path: Path) -> Diagnostic:
    message = f"the setup file {environment.setup[index]!r} is not there"
    beside = [found.name for found in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, sorted(beside), n=1)
    hint = f"did you mean {close[0]!r}?" if close else ""
    return Diagnostic("FT311", message, path=f"spec/environments/{environment.name}/setup/{index}", hint=hint)


def _explain_embedded(error: EmbeddedError, account: Account, environment: Environment) -> Diagnostic:
    """Say in one line why there is no server, at the setup file that it names, if it names one."""
    message = f"the embedded Snowflake cannot be used: {' '.join(str(error).split())}"
    named = [f"setup/{index}" for index, path in enumerate(account.setup) if f"{path.absolute()}" in str(error)]
    return Diagnostic("FT310", message, path=f"spec/environments/{environment.name}/{(*named, 'connection')[0]}")


def _open_named(environment: Environment, tell: Tell) -> SnowflakeSession:
    where = f"spec/environments/{environment.name}/connection"
    sections = _read_connections(where, tell)
    if environment.connection not in sections:
        known = sorted(sections)
        close = difflib.get_close_matches(environment.connection, [*known, EMBEDDED], n=1)
        hint = f"known are: {', '.join(known)}" if known else "connections.toml is read from ~/.snowflake"
        hint = f"did you mean {close[0]!r}?" if close else hint
        message = f"there is no connection {environment.connection!r} in Snowflake's connections.toml"
        raise Fault(Diagnostic("FT301", message, path=where, hint=hint))
    own = sections[environment.connection]
    # Who logs in through a browser or a second factor takes longer, and knows how long.
    patience = {} if own.keys() & {"login_timeout", "authenticator"} else {"login_timeout": LOGIN_SECONDS}
    parameters = {"connection_name": environment.connection, **patience, **_settings(environment)}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", _BAD_PERMISSIONS)  # told already: the driver reads the file once more
        return _connect(parameters, environment, None)


def _settings(environment: Environment) -> Mapping[str, str]:
    """Give the settings of an environment that go before those of its connection."""
    settings = {
        "database": quote(environment.home.database),
        "schema": quote(environment.home.name),
        "role": environment.role and quote(environment.role),
        "warehouse": environment.warehouse and quote(environment.warehouse),
    }
    return {key: value for key, value in settings.items() if value}


def _connect(
    parameters: Mapping[str, object], environment: Environment, on_close: Callable[[], None] | None
) -> SnowflakeSession:
    try:
        return SnowflakeSession(parameters, on_close)
    except SessionError as error:
        raise Fault(_explain(error, environment)) from error


def _explain(error: SessionError, environment: Environment) -> Diagnostic:
    """Say in the user's terms why no session came about."""
    place = f"spec/environments/{environment.name}"
    words = error.message.lower()
    if "incorrect username or password" in words or error.errno in _WRONG_PASSWORD:
        message = f"connection {environment.connection!r}: Snowflake does not accept this user and password"
        return Diagnostic("FT302", message, path=f"{place}/connection", hint="correct them in connections.toml")
    if error.errno in _WRONG_ROLE or (environment.role and "role" in words):
        role = f"role {environment.role}" if environment.role else "its role"
        message = f"connection {environment.connection!r}: {role} does not exist, or is not granted to its user"
        hint = f"GRANT ROLE {environment.role or '…'} TO USER …, or name another role"
        return Diagnostic("FT303", message, path=f"{place}/{'role' if environment.role else 'connection'}", hint=hint)
    message = f"connection {environment.connection!r}: Snowflake cannot be reached: {error.message}"
    hint = "check account, host and network; `ftspec validate` needs no connection"
    return Diagnostic("FT307", message, path=f"{place}/connection", hint=hint)


def _read_connections(where: str, tell: Tell) -> Mapping[str, Mapping[str, object]]:
    from snowflake.connector.config_manager import CONFIG_MANAGER  # noqa: PLC0415 - the driver is slow to import
    from snowflake.connector.errors import Error  # noqa: PLC0415 - the same

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sections = CONFIG_MANAGER["connections"].items()
    except (Error, OSError, ValueError) as error:
        # The driver only says that it failed; what failed is the error's cause.
        problem = str(error.__cause__ or error).splitlines()[0]
        message = f"Snowflake's connections.toml cannot be read: {problem}"
        raise Fault(Diagnostic("FT301", message, path=where)) from error
    tell(tuple(_warn_of_file(str(warned.message), where) for warned in caught))
    return {str(name): section for name, section in sections if isinstance(section, Mapping)}


def _warn_of_file(words: str, where: str) -> Diagnostic:
    message = f"the driver warns: {words.splitlines()[0].rstrip('.')}"
    return Diagnostic("FT313", message, Severity.WARNING, path=where, hint="let its owner alone read it: chmod 0600")
