"""Connections: the embedded Snowflake, or a name in Snowflake's own connections.toml."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ftspec.backends.snowflake import LOGIN_SECONDS, SnowflakeSession
from ftspec.emulator.launch import Account, EmbeddedError, attach
from ftspec.engine.session import Fault, SessionError
from ftspec.manifest.environment import Environment
from ftspec.manifest.project import Project
from ftspec.model.address import quote
from ftspec.model.diagnostics import Diagnostic

EMBEDDED_FOLDER = ".ftspec/embedded"
_WRONG_PASSWORD = frozenset({390100, 390144, 394300, 394304})
_WRONG_ROLE = frozenset({390186, 390189})


def open_session(project: Project, root: Path) -> SnowflakeSession:
    """Open a session with the project's environment; Fault when that cannot be done, placed at its settings."""
    environment = project.environment
    if environment.is_embedded:
        return _open_embedded(environment, root)
    return _open_named(environment)


def embedded_account(environment: Environment | None, root: Path) -> Account:
    """Describe the embedded account of a project's folder."""
    folder = root / EMBEDDED_FOLDER
    if environment is None:
        return Account(folder=folder, database=None, schema=None)
    return Account(
        folder=folder,
        database=environment.home.database,
        schema=environment.home.name,
        setup=tuple(root / path for path in environment.setup),
        training_seconds=environment.training_seconds,
    )


def _open_embedded(environment: Environment, root: Path) -> SnowflakeSession:
    for index, path in enumerate(environment.setup):
        if not (root / path).is_file():
            where = f"spec/environments/{environment.name}/setup/{index}"
            raise Fault(Diagnostic("FT311", f"the setup file {path!r} is not there", path=where))
    try:
        attachment = attach(embedded_account(environment, root))
    except EmbeddedError as error:
        where = f"spec/environments/{environment.name}/connection"
        raise Fault(Diagnostic("FT310", f"the embedded Snowflake cannot be used: {error}", path=where)) from error
    try:
        # The driver would ask the metadata services of clouds where it runs; offline means that nothing is asked.
        os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        parameters = {**attachment.parameters(), "login_timeout": LOGIN_SECONDS, **_settings(environment)}
        return _connect(parameters, environment, attachment.close)
    except BaseException:
        attachment.close()
        raise


def _open_named(environment: Environment) -> SnowflakeSession:
    where = f"spec/environments/{environment.name}/connection"
    sections = _read_connections(where)
    if environment.connection not in sections:
        known = sorted(sections)
        close = difflib.get_close_matches(environment.connection, known, n=1)
        hint = f"known are: {', '.join(known)}" if known else "connections.toml is read from ~/.snowflake"
        hint = f"did you mean {close[0]!r}?" if close else hint
        message = f"there is no connection {environment.connection!r} in Snowflake's connections.toml"
        raise Fault(Diagnostic("FT301", message, path=where, hint=hint))
    own = sections[environment.connection]
    # Who logs in through a browser or a second factor takes longer, and knows how long.
    patience = {} if own.keys() & {"login_timeout", "authenticator"} else {"login_timeout": LOGIN_SECONDS}
    parameters = {"connection_name": environment.connection, **patience, **_settings(environment)}
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


def _read_connections(where: str) -> Mapping[str, Mapping[str, object]]:
    from snowflake.connector.config_manager import CONFIG_MANAGER  # noqa: PLC0415 - the driver is slow to import
    from snowflake.connector.errors import Error  # noqa: PLC0415 - the same

    try:
        sections = CONFIG_MANAGER["connections"].items()
    except (Error, OSError, ValueError) as error:
        # The driver only says that it failed; what failed is the error's cause.
        problem = str(error.__cause__ or error).splitlines()[0]
        message = f"Snowflake's connections.toml cannot be read: {problem}"
        raise Fault(Diagnostic("FT301", message, path=where)) from error
    return {str(name): section for name, section in sections if isinstance(section, Mapping)}
