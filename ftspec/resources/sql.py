"""Literals, identifiers and calls: the only code that quotes."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.model.address import quote
from ftspec.model.plan import Form, Ref, SqlText


def literal(text: str) -> str:
    """Write a string constant; a backslash is an escape character in it (Snowflake: String & binary data types)."""
    return f"'{inside_literal(text)}'"


def inside_literal(text: str) -> str:
    """Escape text that stands between quotes already."""
    return text.replace("\\", "\\\\").replace("'", "''")


def identifier(name: str) -> str:
    """Write a stored name as an identifier, quoted only where it must be."""
    return quote(name)


def call(function: str, *arguments: str | None) -> str:
    """Write `SELECT function(…)` over string constants; None is NULL."""
    written = ", ".join("NULL" if argument is None else literal(argument) for argument in arguments)
    return f"SELECT {function}({written})"


def block_comment(text: str) -> str:
    """Write a block comment; `text` may not end it early."""
    if "*/" in text:
        message = f"{text!r} would end the comment that holds it"
        raise ValueError(message)
    return f"/* {text} */"


def bind(text: SqlText, outputs: Mapping[tuple[str, str], str]) -> str:
    """Put the values of earlier steps into a statement; `outputs` by step id and output name."""
    return "".join(part if isinstance(part, str) else _write_ref(part, outputs) for part in text)


def show_text(text: SqlText) -> str:
    """Write a statement for people: values not known yet stand as ${name}."""
    return "".join(part if isinstance(part, str) else str(part) for part in text)


def _write_ref(ref: Ref, outputs: Mapping[tuple[str, str], str]) -> str:
    value = outputs[ref.step, ref.output]
    match ref.form:
        case Form.NAME:
            return identifier(value)
        case Form.LITERAL:
            return literal(value)
        case Form.INSIDE_LITERAL:
            return inside_literal(value)
