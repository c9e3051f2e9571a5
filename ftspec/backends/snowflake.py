"""A session over snowflake-connector-python, which is imported only when a session is opened.

Works with both majors of the driver, 4.x and 5.x, which differ in how a statement is kept from being sent again.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftspec.engine.session import Fate, Identity, SessionError
from ftspec.model.address import SchemaName
from ftspec.resources.base import Answer, Query, Refusal, Row
from ftspec.resources.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIDE_BY_SIDE = 8
MOST_BYTES = 4_000_000
"""What is read of a file that is fetched."""
LOGIN_SECONDS = 20
"""How long a login by password may take, where a connection does not say: the driver would try for minutes."""
_PAUSES = (1, 1, 2, 4, 8, 0)
_IDENTITY = (
    "SELECT CURRENT_ACCOUNT() AS ACCOUNT, CURRENT_USER() AS USER_NAME, CURRENT_ROLE() AS ROLE_NAME, "
    "CURRENT_WAREHOUSE() AS WAREHOUSE, CURRENT_DATABASE() AS DATABASE_NAME, CURRENT_SCHEMA() AS SCHEMA_NAME"
)
_PRIMARY_ROLE_ONLY = "USE SECONDARY ROLES NONE"
_SQLSTATE_LENGTH = 5
_FIRST_ERROR_OF_DRIVER = 250000
_LOGIN_ERRORS = range(390000, 400000)
_CONNECTION_STATES = ("08", "HYT")
"""Error numbers from 250000 on, and SQLSTATEs of the connection and of time-outs, are the driver's and the network's
own: the statement may or may not have run. So are 5.x's numbers from 1 on; only Snowflake's errors have a SQLSTATE.
Numbers of login errors are Snowflake's own again."""


class SnowflakeSession:
    """A session with Snowflake. `parameters` are those of `snowflake.connector.connect`."""

    def __init__(self, parameters: Mapping[str, object], on_close: Callable[[], None] | None = None) -> None:
        import snowflake.connector as driver  # noqa: PLC0415 - importing the driver takes longer than most commands

        _silence()
        self._driver: Any = driver
        self._major = int(driver.__version__.split(".")[0])
        self._parameters = {"application": "ftspec", **parameters}
        self._on_close = on_close
        self._once: Any = None
        self._connection: Any = self._connect()
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="read")
        self._run(self._connection, _PRIMARY_ROLE_ONLY)
        self._identity = self._read_identity()

    @property
    def identity(self) -> Identity:
        """Say who and where the session is."""
        return self._identity

    def read(self, queries: tuple[Query, ...]) -> tuple[Answer, ...]:
        """Run reads side by side, each on a cursor of its own."""
        return tuple(self._pool.map(self._answer, queries))

    def fetch(self, locations: tuple[str, ...]) -> tuple[str | Refusal, ...]:
        """Download files side by side, each into a folder of its own that is gone afterwards."""
        return tuple(self._pool.map(self._download, locations))

    def execute(
        self, sql: str, *, once: bool = False, schema: SchemaName | None = None, tag: str = ""
    ) -> tuple[Row, ...]:
        """Run one statement; `once`: with the driver's own retries off, `tag`: under a query tag of its own.

        What needs another current schema has a session of its own: others find unqualified names where they were.
        """
        if schema is not None and schema != SchemaName(self._identity.database, self._identity.schema):
            with closing(self.fork()) as other:
                other.execute(f"USE SCHEMA {schema}", once=once)
                return other.execute(sql, once=once, tag=tag)
        connection = self._without_retries() if once else self._connection
        if tag:
            self._run(connection, f"ALTER SESSION SET QUERY_TAG = {literal(tag)}")
        return self._run(connection, sql, once=once)

    def fork(self) -> SnowflakeSession:
        """Open another session with the same parameters."""
        return SnowflakeSession(self._parameters)

    def close(self) -> None:
        """End the session; whatever goes wrong in ending it no longer matters."""
        self._pool.shutdown(cancel_futures=True)
        for connection in (self._once, self._connection):
            if connection is not None:
                try:
                    connection.close()
                except self._driver.Error:
                    logging.getLogger(__name__).debug("closing failed", exc_info=True)
        if self._on_close is not None:
            self._on_close()

    def _answer(self, query: Query) -> Answer:
        try:
            return tuple(map(_plain, self._run(self._connection, query.sql)))
        except SessionError as error:
            if error.fate is Fate.REFUSED:
                return Refusal(error.errno, error.sqlstate, error.message, error.query_id)
            raise

    def _download(self, location: str) -> str | Refusal:
        try:
            with tempfile.TemporaryDirectory(prefix="ftspec-") as folder:
                target = f"file://{Path(folder).as_posix()}/"
                self._run(self._connection, f"GET {literal(location)} {literal(target)}")
                return _read_only_file(Path(folder))
        except SessionError as error:
            return Refusal(error.errno, error.sqlstate, error.message, error.query_id)
        except OSError as error:
            return Refusal(0, "", f"it cannot be kept on this machine: {error.strerror or error}")

    def _run(self, connection: Any, sql: str, *, once: bool = False) -> tuple[Row, ...]:  # noqa: ANN401 - two drivers
        options = {"_no_retry": True} if once and self._major < 5 else {}  # noqa: PLR2004
        cursor = connection.cursor(self._driver.DictCursor)
        try:
            cursor.execute(sql, **options)
            return tuple(cursor.fetchall())
        except self._driver.Error as error:
            raise read_error(error) from error
        finally:
            cursor.close()

    def _without_retries(self) -> Any:  # noqa: ANN401 - two drivers
        """Open a second connection for what must not run twice: its query tags are of these statements alone.

        5.x has no switch for one statement, so this connection never sends anything twice.
        """
        if self._once is None:
            options = {"retry_max_attempts": 1} if self._major >= 5 else {}  # noqa: PLR2004 - the driver's major
            self._once = self._connect(**options)
            self._run(self._once, _PRIMARY_ROLE_ONLY)
        return self._once

    def _connect(self, **options: object) -> Any:  # noqa: ANN401 - two drivers
        try:
            if self._major >= 5:  # noqa: PLR2004 - the driver's major
                options = {"enable_server_session_keep_alive_auto_detection": False, **options}
            else:
                options = {"backoff_policy": self._pause_between_tries, **options}
            return self._driver.connect(**self._parameters, **options)
        except self._driver.Error as error:
            raise read_error(error) from error

    def _pause_between_tries(self) -> Iterator[int]:
        """Give the seconds between the tries of a request, and give up then: 4.x by itself would try for ever."""
        yield from _PAUSES
        raise self._driver.OperationalError(f"no answer came in {len(_PAUSES)} tries")

    def _read_identity(self) -> Identity:
        row = self._run(self._connection, _IDENTITY)[0]
        return Identity(*(str(value or "") for value in row.values()))


def _read_only_file(folder: Path) -> str | Refusal:
    path = next(folder.iterdir(), None)
    if path is None:
        return Refusal(0, "", "there is no such file")
    with path.open("rb") as content:
        read = content.read(MOST_BYTES + 1)
    if len(read) > MOST_BYTES:
        return Refusal(0, "", f"the file is larger than {MOST_BYTES:,} bytes")
    return read.decode("utf-8", errors="replace")


def _plain(row: Row) -> Row:
    """Write moments as epoch milliseconds: what decides knows no clock and no calendar."""
    return {
        name: int(value.timestamp() * 1000) if isinstance(value, datetime) else value for name, value in row.items()
    }


def read_error(error: Any) -> SessionError:  # noqa: ANN401 - the driver's error classes differ between its majors
    """Turn the driver's error into ours: an error with a number of Snowflake's own means the statement did nothing."""
    errno = int(getattr(error, "errno", 0) or 0)
    sqlstate = str(getattr(error, "sqlstate", "") or "")
    query_id = getattr(error, "sfqid", None) or None
    message = str(getattr(error, "raw_msg", None) or getattr(error, "msg", None) or error)
    answered = len(sqlstate) == _SQLSTATE_LENGTH and not sqlstate.startswith(_CONNECTION_STATES)
    refused = answered and 0 < errno < _FIRST_ERROR_OF_DRIVER
    return SessionError(
        _shorten(message, errno),
        fate=Fate.REFUSED if refused else Fate.LOST,
        errno=errno if refused or errno in _LOGIN_ERRORS else 0,
        sqlstate=sqlstate,
        query_id=query_id,
    )


def _shorten(message: str, errno: int) -> str:
    """Leave out the number and query id that the driver puts before Snowflake's own words."""
    lines = message.strip().splitlines()
    if lines and errno and lines[0].startswith(f"{errno:06d} "):
        rest = lines[0].split(": ", 2)[2:]
        lines = [*rest, *lines[1:]]
    return " ".join(line.strip() for line in lines).rstrip(".")


def _silence() -> None:
    """Keep the driver's log lines out of the output; -v brings them back by configuring logging first."""
    logger = logging.getLogger("snowflake")
    if not logging.getLogger().handlers and not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
