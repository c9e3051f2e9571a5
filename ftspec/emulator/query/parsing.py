"""Parsing of data statements, with Snowflake's syntax errors."""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import Token, exp
from sqlglot.errors import ParseError

from ftspec.emulator import refusals
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.query.engine_words import check_engine_words
from ftspec.emulator.query.positions import replace_positions
from ftspec.emulator.reading.tokens import Source, position_of

# sqlglot warns when it keeps a statement unparsed; such a statement is refused here anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# What Snowflake's statements begin with (sql-reference/sql-all).
_STATEMENT_WORDS = frozenset(
    {
        "ALTER", "ANALYZE", "BEGIN", "CALL", "COMMENT", "COMMIT", "COPY", "CREATE", "DECLARE", "DELETE", "DESC",
        "DESCRIBE", "DROP", "EXECUTE", "EXPLAIN", "FETCH", "GET", "GRANT", "INSERT", "LET", "LIST", "LS", "MERGE",
        "PUT", "REMOVE", "REVOKE", "RM", "ROLLBACK", "SELECT", "SET", "SHOW", "START", "TRUNCATE", "UNDROP", "UNSET",
        "UPDATE", "USE", "VALUES", "WITH", "(",
    }
)  # fmt: skip
_UNEXPECTED = "Unexpected token"
_MANAGED_ACCESS = ("WITH", "MANAGED", "ACCESS")


def parse_data_statement(source: Source) -> exp.Expr:
    """Parse one statement.

    Raises SnowflakeError 1003 with the line, the position and the token that does not fit, and what
    `check_engine_words` raises.
    """
    check_first_word(source)
    # Blanks keep the places of the tokens in the text that the client sent.
    begin, end = source.tokens[0].start, source.tokens[-1].end + 1
    text = _blank(source.text[:begin]) + source.text[begin:end]
    managed = find_managed_access(source)
    if managed is not None:
        text = text[: managed[0]] + _blank(text[managed[0] : managed[1]]) + text[managed[1] :]
    try:
        expression = sqlglot.parse_one(text, read="snowflake")
    except ParseError as error:
        raise _syntax_error(source, error) from error
    check_engine_words(expression, text)
    replace_positions(expression)
    return expression


def _blank(text: str) -> str:
    return "".join("\n" if letter == "\n" else " " for letter in text)


def find_managed_access(source: Source) -> tuple[int, int] | None:
    """Find where CREATE SCHEMA says WITH MANAGED ACCESS, which sqlglot does not know."""
    words = [token.text.upper() for token in source.tokens]
    if words[0] != "CREATE" or "SCHEMA" not in words[:4]:
        return None
    for at in range(len(words) - len(_MANAGED_ACCESS) + 1):
        if tuple(words[at : at + len(_MANAGED_ACCESS)]) == _MANAGED_ACCESS:
            return source.tokens[at].start, source.tokens[at + len(_MANAGED_ACCESS) - 1].end + 1
    return None


def check_first_word(source: Source) -> None:
    """Refuse what begins as no statement of Snowflake does: sqlglot would take it for an expression."""
    first = source.tokens[0]
    if first.text.upper() not in _STATEMENT_WORDS:
        raise _at_offset(source, first.start)


def _syntax_error(source: Source, error: ParseError) -> SnowflakeError:
    first = error.errors[0] if error.errors else {}
    token = _find_token(source, int(first.get("line") or 1), int(first.get("col") or 0))
    description = str(first.get("description") or "")
    last = source.tokens[-1]
    if token is None or (token is last and _UNEXPECTED not in description):
        # sqlglot points at the last token where it wanted one more.
        return _at_offset(source, last.end + 1)
    return _at_offset(source, token.start)


def _find_token(source: Source, line: int, column: int) -> Token | None:
    for token in source.tokens:
        if (token.line, token.col) == (line, column):
            return token
    return None


def _at_offset(source: Source, offset: int) -> SnowflakeError:
    rest = source.text[offset:]
    offset += len(rest) - len(rest.lstrip())
    line, position = position_of(source.text, offset)
    found = [token for token in source.tokens if token.start == offset]
    if found:
        return refusals.syntax(line, position, source.text[found[0].start : found[0].end + 1])
    if source.text[offset : offset + 1] == ";":
        return refusals.syntax(line, position, ";")
    return refusals.syntax(line, position, "<EOF>")
