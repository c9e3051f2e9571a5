"""Readers of what concerns the session: USE, ALTER SESSION, EXPLAIN."""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.reading.tokens import Reader
from ftspec.emulator.statements import (
    AlterSession,
    ControlTransaction,
    Explain,
    SetVariable,
    ShowParameters,
    Use,
    UseSecondaryRoles,
)

_KINDS = ("ROLE", "WAREHOUSE", "DATABASE", "SCHEMA")


def read_use(reader: Reader) -> Use | UseSecondaryRoles:
    """Read what follows USE."""
    if reader.accept("SECONDARY", "ROLES") or reader.accept("SECONDARY ROLES"):
        return UseSecondaryRoles(reader.expect_one("ALL", "NONE"))
    kind = reader.accept_one(*_KINDS) if reader.peek(1) != "." else ""
    return Use(kind, reader.name())


def read_alter_session(reader: Reader) -> AlterSession:
    """Read what follows ALTER SESSION."""
    if reader.expect_one("SET", "UNSET") == "UNSET":
        names = [reader.word()]
        while reader.accept(","):
            names.append(reader.word())
        return AlterSession(tuple((name, None) for name in names))
    parameters: list[tuple[str, str | None]] = []
    while not parameters or not reader.at_end:
        name = reader.word()
        reader.expect("=")
        parameters.append((name, reader.value()))
        reader.accept(",")
    return AlterSession(tuple(parameters))


def read_show_parameters(reader: Reader) -> ShowParameters:
    """Read what follows SHOW PARAMETERS."""
    like = reader.string() if reader.accept("LIKE") else None
    if reader.accept_one("IN", "FOR") and not reader.accept("SESSION"):
        raise refusals.unsupported(f"SHOW PARAMETERS IN {reader.word()}")
    return ShowParameters(like)


def read_set(reader: Reader) -> SetVariable:
    """Read what follows SET."""
    if reader.peek() == "(":
        raise refusals.unsupported("SET of several variables")
    name = reader.identifier()
    reader.expect("=")
    return SetVariable(name, reader.rest())


def read_unset(reader: Reader) -> SetVariable:
    """Read what follows UNSET."""
    return SetVariable(reader.identifier(), None)


def read_begin(reader: Reader) -> ControlTransaction:
    """Read what follows BEGIN [ WORK | TRANSACTION ] [ NAME name ]."""
    reader.accept_one("WORK", "TRANSACTION")
    return _read_begun(reader)


def read_start(reader: Reader) -> ControlTransaction:
    """Read what follows START TRANSACTION [ NAME name ]."""
    reader.expect("TRANSACTION")
    return _read_begun(reader)


def _read_begun(reader: Reader) -> ControlTransaction:
    if reader.accept("NAME"):
        reader.identifier()
    return ControlTransaction("BEGIN")


def read_end(reader: Reader, verb: str) -> ControlTransaction:
    """Read what follows COMMIT or ROLLBACK [ WORK ]."""
    reader.accept("WORK")
    return ControlTransaction(verb)


def read_explain(reader: Reader) -> Explain:
    """Read what follows EXPLAIN; TABULAR is the default form.

    https://docs.snowflake.com/en/sql-reference/sql/explain
    """
    form = reader.expect_one("TABULAR", "JSON", "TEXT") if reader.accept("USING") else "TABULAR"
    return Explain(form, reader.rest())
