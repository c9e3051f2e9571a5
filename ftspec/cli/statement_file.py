"""Statements from a file, each with its place, so that a fault can be found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.reading.tokens import position_of, split_statements
from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic, Span


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, and where it begins; None where it came with the command."""

    text: str
    span: Span | None = None


def read_statement_file(path: Path) -> tuple[Placed, ...]:
    """Read the statements of a file; raises Fault FT408 where it cannot be read or holds none."""
    try:
        sources = split_statements(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(Diagnostic("FT408", f"{str(path)!r} cannot be read: {error}")) from error
    except SnowflakeError as error:
        raise Fault(Diagnostic("FT408", f"{str(path)!r} cannot be split into statements: {error.message}")) from error
    if not sources:
        raise Fault(Diagnostic("FT408", f"{str(path)!r} holds no statement", hint="for example: SHOW MODELS;"))
    placed: list[Placed] = []
    for source in sources:
        line, position = position_of(source.text, source.tokens[0].start)
        placed.append(Placed(source.slice, Span(str(path), line, position + 1)))
    return tuple(placed)
