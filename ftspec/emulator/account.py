"""An open account: its catalog, its data, its sessions, and the one lock that keeps statements apart."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
import uuid
from pathlib import Path
from weakref import WeakValueDictionary

from ftspec.emulator.access import (
    ACCOUNTADMIN,
    PUBLIC,
    SECURITYADMIN,
    SYSADMIN,
    SYSTEM_HIERARCHY,
    SYSTEM_ROLES,
    USERADMIN,
    Grant,
    Grantee,
)
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.clock import Clock
from ftspec.emulator.control.principals import hash_password
from ftspec.emulator.duck import Duck
from ftspec.emulator.executions import Executions
from ftspec.emulator.history import History
from ftspec.emulator.inferring import StatementCalls
from ftspec.emulator.kept_results import KeptResults
from ftspec.emulator.names import (
    ACCOUNT,
    AI_FUNCTIONS_USER,
    CORTEX_USER,
    Key,
    database_key,
    role_key,
    user_key,
    warehouse_key,
)
from ftspec.emulator.reconciling import reconcile
from ftspec.emulator.service import FineTuning
from ftspec.emulator.session import Session
from ftspec.emulator.settings import Settings
from ftspec.emulator.staging.ending import end_sessions
from ftspec.emulator.staging.endpoint import Addresses
from ftspec.emulator.turn import Turn

USER, PASSWORD, WAREHOUSE = "EMBEDDED", "embedded", "COMPUTE_WH"
_ENDING_SECONDS = 2
CATALOG_FILE, DATABASES_FOLDER = "catalog.sqlite", "databases"
_CLOCK_FACT = "clock_forward_ms"

_FACTS = {
    "account_locator": "EMBEDDED",
    "account_name": "EMBEDDED",
    "organization_name": "FTSPEC",
    "region": "AWS_US_WEST_2",
}
# The account privileges of the system roles (security-access-control-overview, "System-defined roles").
_ACCOUNT_GRANTS = (
    *((privilege, SYSADMIN) for privilege in ("CREATE DATABASE", "CREATE WAREHOUSE")),
    *((privilege, USERADMIN) for privilege in ("CREATE ROLE", "CREATE USER")),
    ("MANAGE GRANTS", SECURITYADMIN),
    ("MONITOR USAGE", ACCOUNTADMIN),
    ("USE AI FUNCTIONS", PUBLIC),
)


class OpenAccount:
    """The account in a folder; `folder` holds the catalog and the database files."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.lock = threading.RLock()
        self.sessions: dict[str, Session] = {}
        self.catalog = Catalog(folder / CATALOG_FILE)
        self.history = History(self.catalog)
        self.results = KeptResults()
        self.executions = Executions()
        self.addresses = Addresses()
        self._calls: WeakValueDictionary[str, StatementCalls] = WeakValueDictionary()
        self.duck = Duck(folder / DATABASES_FOLDER, self._answer_row)
        self.clock = Clock(int(self.catalog.read_fact(_CLOCK_FACT) or 0))
        with self.catalog.transaction():
            if self.catalog.read_fact("account_name") is None:
                _populate(self.catalog, self.clock.now_ms(), locked_down=settings.locked_down)
            reconcile(self.catalog, self.duck, self.clock.now_ms())
            end_sessions(self.catalog, self.folder)
            self.history.open(self.clock.now_ms())
        self._numbers = itertools.count(self.history.last_session() + 1)
        self.service = FineTuning(self)

    def close(self) -> None:
        """End the sessions and close every file."""
        self.service.stop()
        running = self.executions.list_running()
        for execution in running:
            execution.cancel()
        for execution in running:
            execution.done.wait(_ENDING_SECONDS)
        with self.lock:
            for session in self.sessions.values():
                session.data.close()
            self.sessions.clear()
            self.duck.close()
            self.catalog.close()

    def open_session(self, user: str, role: str, *, secondary: str = "ALL", internal: bool = False) -> Session:
        """Open a session without a current database; it is registered under its token."""
        with self.lock:
            session = Session(
                token=secrets.token_urlsafe(32),
                number=next(self._numbers),
                user=user,
                role=role,
                data=self.duck.connect(),
                secondary=secondary,
                internal=internal,
                master_token=secrets.token_urlsafe(32),
            )
            self.sessions[session.token] = session
        return session

    def renew_token(self, session: Session) -> None:
        """Give a session another token; with an earlier one the client is told to ask for this one."""
        with self.lock:
            session.token = secrets.token_urlsafe(32)
            session.renewed = time.monotonic()
            self.sessions[session.token] = session

    def close_session(self, session: Session) -> None:
        """End a session; what it left open is rolled back."""
        with self.lock:
            for token in [token for token, found in self.sessions.items() if found is session]:
                del self.sessions[token]
        with session.lock:
            session.data.close()
        with self.lock, self.catalog.transaction():
            end_sessions(self.catalog, self.folder, session.number)

    def register_calls(self, calls: StatementCalls) -> StatementCalls:
        """Let the engine find the calls of a statement, as long as the statement is there."""
        self._calls[calls.token] = calls
        return calls

    def _answer_row(self, token: str, function: str, arguments: str) -> str | None:
        return self._calls[token].answer(function, arguments)

    def turn(self, session: Session) -> Turn:
        """Begin a statement's turn."""
        return Turn(self, session, str(uuid.uuid4()), self.clock.now_ms())

    def move_clock(self, milliseconds: int) -> None:
        """Move the account's clock forward; it stays so when the server starts again."""
        with self.lock, self.catalog.transaction():
            self.clock.forward_ms += milliseconds
            self.catalog.write_fact(_CLOCK_FACT, str(self.clock.forward_ms))

    def intend(self, key: Key, owner: str) -> None:
        """Write down that an object is about to be made, so that a crash leaves it to its owner."""
        self.catalog.write_intent(key, owner)

    def leave_place(self, key: Key) -> None:
        """Take a database or schema that is being dropped away from every session."""
        for session in self.sessions.values():
            if key.kind == "DATABASE" and session.database == key.name:
                session.database = session.schema = None
                session.data.use(None, None)
            elif (session.database, session.schema) == (key.database, key.name):
                session.schema = None
                session.data.use(session.database, None)


def _populate(catalog: Catalog, now: int, *, locked_down: bool) -> None:
    """Write what a new account has: system roles, one user, one warehouse, the SNOWFLAKE database.

    CORTEX_USER and USE AI FUNCTIONS are granted to PUBLIC (aisql-privileges-and-access), unless locked down.
    """
    for name, value in _FACTS.items():
        catalog.write_fact(name, value)
    for role in SYSTEM_ROLES:
        catalog.put(Entry(role_key(role), None, now))
    for inheriting, inherited in SYSTEM_HIERARCHY:
        catalog.put_grant(_grant(role_key(inherited), "USAGE", inheriting, now))
    for privilege, role in _ACCOUNT_GRANTS:
        if not (locked_down and role == PUBLIC):
            catalog.put_grant(_grant(ACCOUNT, privilege, role, now))
    catalog.put(Entry(database_key("SNOWFLAKE"), None, now))
    for database_role in (CORTEX_USER, AI_FUNCTIONS_USER):
        catalog.put(Entry(database_role, None, now))
    if not locked_down:
        catalog.put_grant(_grant(CORTEX_USER, "USAGE", PUBLIC, now))
    catalog.put(Entry(warehouse_key(WAREHOUSE), SYSADMIN, now))
    catalog.put_grant(_grant(warehouse_key(WAREHOUSE), "USAGE", PUBLIC, now, by=SYSADMIN))
    _populate_user(catalog, now)


def _populate_user(catalog: Catalog, now: int) -> None:
    properties = {
        "DEFAULT_ROLE": ACCOUNTADMIN,
        "DEFAULT_WAREHOUSE": WAREHOUSE,
        "PASSWORD_HASH": hash_password(PASSWORD),
    }
    catalog.put(Entry(user_key(USER), ACCOUNTADMIN, now, "", properties))
    to = Grantee("USER", USER)
    catalog.put_grant(Grant(role_key(ACCOUNTADMIN), "USAGE", to, option=False, by="", created=now))


def _grant(on: Key, privilege: str, role: str, now: int, by: str = "") -> Grant:
    return Grant(on, privilege, Grantee("ROLE", role), option=False, by=by, created=now)
