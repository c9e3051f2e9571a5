"""Logging in: who may, with which role, and what is current then.

https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ftspec.emulator.access import PUBLIC
from ftspec.emulator.account import OpenAccount
from ftspec.emulator.authority import assumable_roles
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.principals import is_password
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.key_pairs import PUBLIC_KEYS, is_signed, read_subject
from ftspec.emulator.names import fold_name, role_key, schema_key, warehouse_key
from ftspec.emulator.session import Session
from ftspec.emulator.session_parameters import PARAMETERS, check_parameter

# The majors of the Python driver that know stages on their own machine.
_LOCAL_STAGES = frozenset({"2", "3", "4"})


class LoginError(Exception):
    """A login that is refused: `code` is Snowflake's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What a client logs in with; names are as it wrote them."""

    user: str
    password: str
    token: str = ""
    authenticator: str = "SNOWFLAKE"
    role: str = ""
    warehouse: str = ""
    database: str = ""
    schema: str = ""
    client: str = ""
    server: str = ""
    client_version: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)


def read_login(content: Mapping[str, Any], names: Mapping[str, str], server: str) -> LoginRequest:
    """Read a login request: its `data`, the names in its address, and the server's URL."""
    parameters = content.get("SESSION_PARAMETERS")
    return LoginRequest(
        user=str(content.get("LOGIN_NAME") or ""),
        password=str(content.get("PASSWORD") or ""),
        token=str(content.get("TOKEN") or ""),
        authenticator=str(content.get("AUTHENTICATOR") or "SNOWFLAKE"),
        role=names.get("roleName", ""),
        warehouse=names.get("warehouse", ""),
        database=names.get("databaseName", ""),
        schema=names.get("schemaName", ""),
        server=server,
        client=str(content.get("CLIENT_APP_ID") or ""),
        client_version=str(content.get("CLIENT_APP_VERSION") or ""),
        parameters=parameters if isinstance(parameters, dict) else {},
    )


def log_in(account: OpenAccount, request: LoginRequest) -> Session:
    """Open a session.

    Raises LoginError: 390100 for a wrong user or password, 390144 for a token that is not the user's, 390189 for a
    role that may not be assumed, and the number of the refusal for a session parameter. A database, schema or
    warehouse that may not be used is left out, as Snowflake does.
    """
    _check_authenticator(request.authenticator.upper())
    _check_parameters(request.parameters)
    with account.lock:
        user = _find_user(account, request)
        role = _choose_role(account, user, request.role)
        session = account.open_session(user.key.name, role)
        session.client = f"{request.client} {request.client_version}".strip()
        is_local = request.client_version.partition(".")[0] in _LOCAL_STAGES
        session.files_at = None if is_local else request.server
        _choose_place(account, session, user, request)
        _set_parameters(session, request.parameters)
    return session


def _check_authenticator(name: str) -> None:
    if name == "PROGRAMMATIC_ACCESS_TOKEN":
        raise LoginError("394400", "Programmatic access tokens are not supported; use a password or a key pair.")
    if name not in {"SNOWFLAKE", "SNOWFLAKE_JWT", "USERNAME_PASSWORD_MFA", ""}:
        raise LoginError("390100", f"The authenticator {name} is not supported.")


def _find_user(account: OpenAccount, request: LoginRequest) -> Entry:
    wanted = request.user.upper()
    for entry in account.catalog.list_objects("USER"):
        if str(entry.extra.get("LOGIN_NAME", entry.key.name)).upper() != wanted:
            continue
        if str(entry.extra.get("DISABLED", "false")).lower() == "true":
            raise LoginError("390101", "User access disabled. Contact your local system administrator.")
        if request.authenticator.upper() == "SNOWFLAKE_JWT":
            if _is_key_pair(account, entry, request.token):
                return entry
            break
        if is_password(request.password, entry.extra.get("PASSWORD_HASH")):
            return entry
    if request.authenticator.upper() == "SNOWFLAKE_JWT":
        raise LoginError("390144", f"JWT token is invalid. [{uuid.uuid4()}]")
    raise LoginError("390100", "Incorrect username or password was specified.")


def _is_key_pair(account: OpenAccount, user: Entry, token: str) -> bool:
    locator, subject = read_subject(token)
    name = account.catalog.read_fact("account_name")
    known = {account.catalog.read_fact("account_locator"), f"{account.catalog.read_fact('organization_name')}-{name}"}
    login_name = str(user.extra.get("LOGIN_NAME", user.key.name)).upper()
    return locator in known and subject == login_name and is_signed(token, map(user.extra.get, PUBLIC_KEYS))


def _choose_role(account: OpenAccount, user: Entry, wanted: str) -> str:
    allowed = assumable_roles(account.catalog, user.key.name)
    if wanted:
        role = fold_name(wanted)
        if role not in allowed or account.catalog.find(role_key(role)) is None:
            raise LoginError(
                "390189",
                f"Role '{role}' specified in the connect string does not exist or not authorized. "
                "Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.",
            )
        return role
    default = str(user.extra.get("DEFAULT_ROLE", PUBLIC))
    return default if default in allowed else PUBLIC


def _choose_place(account: OpenAccount, session: Session, user: Entry, request: LoginRequest) -> None:
    turn = account.turn(session)
    warehouse = fold_name(request.warehouse or str(user.extra.get("DEFAULT_WAREHOUSE", "")))
    key = warehouse_key(warehouse)
    if account.catalog.find(key) is not None and turn.authority.allows(key, ("USAGE", "OPERATE")):
        session.warehouse = warehouse
    default_database, _, default_schema = str(user.extra.get("DEFAULT_NAMESPACE", "")).partition(".")
    database = fold_name(request.database or default_database)
    if not database or database == "SNOWFLAKE" or not turn.can_use_database(database):
        return
    schema = fold_name(request.schema or default_schema) or turn.default_schema(database)
    place = schema_key(database, schema or "")
    usable = account.catalog.find(place) is not None and turn.authority.allows(place, ("USAGE",))
    turn.use_place(database, schema if usable else None)


def _check_parameters(parameters: Mapping[str, object]) -> None:
    for name, value in _followed(parameters):
        try:
            check_parameter(name, value)
        except SnowflakeError as error:
            raise LoginError(f"{error.errno:06d}", error.message) from error


def _set_parameters(session: Session, parameters: Mapping[str, object]) -> None:
    for name, value in _followed(parameters):
        session.parameters[name] = value
        if name == "AUTOCOMMIT":
            session.data.set_autocommit(on=value.upper() == "TRUE")


def _followed(parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, str(parameters[name])) for name in PARAMETERS if parameters.get(name) is not None]
