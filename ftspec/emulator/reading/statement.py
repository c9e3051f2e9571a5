"""The one entry of the readers: which control-plane statement a text is, if it is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ftspec.emulator.reading.artifacts import read_get_artifacts, read_list_artifacts
from ftspec.emulator.reading.grants import read_grant
from ftspec.emulator.reading.objects import read_alter, read_comment, read_create, read_drop
from ftspec.emulator.reading.sessions import (
    read_begin,
    read_end,
    read_explain,
    read_set,
    read_start,
    read_unset,
    read_use,
)
from ftspec.emulator.reading.shows import read_show
from ftspec.emulator.reading.tokens import Reader, Source
from ftspec.emulator.staging.reading import read_copy, read_get, read_list, read_put
from ftspec.emulator.statements import Statement

_READERS: Mapping[str, Callable[[Reader], Statement | None]] = {
    "ALTER": read_alter,
    "BEGIN": read_begin,
    "COMMENT": read_comment,
    "COPY": read_copy,
    "COMMIT": lambda reader: read_end(reader, "COMMIT"),
    "CREATE": read_create,
    "DROP": read_drop,
    "EXPLAIN": read_explain,
    "GET": lambda reader: read_get_artifacts(reader) or read_get(reader),
    "PUT": read_put,
    "REMOVE": lambda reader: read_list(reader, remove=True),
    "RM": lambda reader: read_list(reader, remove=True),
    "GRANT": lambda reader: read_grant(reader, revoke=False),
    "LIST": lambda reader: read_list_artifacts(reader) or read_list(reader, remove=False),
    "LS": lambda reader: read_list_artifacts(reader) or read_list(reader, remove=False),
    "REVOKE": lambda reader: read_grant(reader, revoke=True),
    "ROLLBACK": lambda reader: read_end(reader, "ROLLBACK"),
    "SET": read_set,
    "SHOW": read_show,
    "START": read_start,
    "UNSET": read_unset,
    "USE": read_use,
}


def read_statement(source: Source) -> Statement | None:
    """Read a control-plane statement, or give None where the statement belongs to the data.

    Raises SnowflakeError: 1003 with the place of the token that does not fit, 2 for what is not supported.
    """
    reader = Reader(source)
    read = _READERS.get(reader.peek())
    if read is None:
        return None
    reader.word()
    statement = read(reader)
    if statement is not None:
        reader.expect_end()
    return statement
