"""Readers of what concerns the session: USE, ALTER SESSION, EXPLAIN."""

from __future__ import annotations

from ftspec.emulator.reading.tokens import Reader
from ftspec.emulator.statements import AlterSession, Explain, Use, UseSecondaryRoles

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


def read_explain(reader: Reader) -> Explain:
    """Read what follows EXPLAIN; TABULAR is the default form.

    https://docs.snowflake.com/en/sql-reference/sql/explain
    """
    form = reader.expect_one("TABULAR", "JSON", "TEXT") if reader.accept("USING") else "TABULAR"
    return Explain(form, reader.rest())
