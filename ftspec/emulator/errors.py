"""The one error that the embedded Snowflake answers with: Snowflake's number, SQLSTATE and wording."""

from __future__ import annotations


class SnowflakeError(Exception):
    """A refused statement, as the wire protocol carries it.

    `errno` is Snowflake's error number (2003 is sent as "002003"), `sqlstate` its five characters.
    """

    def __init__(self, message: str, *, errno: int, sqlstate: str) -> None:
        super().__init__(message)
        self.message = message
        self.errno = errno
        self.sqlstate = sqlstate
