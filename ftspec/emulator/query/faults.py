"""DuckDB's and fakesnow's errors, as Snowflake's."""

from __future__ import annotations

import re

import duckdb
from snowflake.connector.errors import Error as ConnectorError
from sqlglot.errors import SqlglotError

from ftspec.emulator import refusals
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.query.rewrites import DIVISION_BY_ZERO
from ftspec.emulator.reading.tokens import Source, position_of

# What the engine raises for a statement it cannot run; anything else is a fault of this server.
ENGINE_ERRORS = (duckdb.Error, ConnectorError, SqlglotError, NotImplementedError)

_COLUMN = re.compile(
    r'Referenced column "([^"]+)" (?:not found|was not found)|does not have a column (?:named|with name) "([^"]+)"'
    r"|Referenced update column (\S+) not found"
)
_NOT_BOUND = re.compile(r"Values were not provided for the following (?:prepared statement )?parameters: (\w+)")
_VALUE_COUNT = re.compile(r"(?:expected|has) (\d+) columns but (\d+) values were supplied")
_PARSER_TOKEN = re.compile(r'syntax error at or near "(.+)"')
_TABLE_ALIAS = re.compile(r'Referenced table "([^"]+)" not found')
_MERGED_TWICE = "cannot affect the same target row more than once"
_NOT_A_NUMBER = re.compile(r"Could not convert string ['\"](.*)['\"] to (?:INT|DECIMAL|DOUBLE|FLOAT|HUGEINT)")
_AMBIGUOUS = re.compile(r'Ambiguous reference to column name "([^"]+)"')
_NOT_GROUPED = re.compile(r'column "([^"]+)" must appear in the GROUP BY clause')
_FUNCTION = re.compile(r"Function with name ([\w$]+) does not exist")
_TABLE = re.compile(r"(?:Table|View) with name (\S+) does not exist")


def translate(error: Exception, source: Source) -> SnowflakeError:
    """Translate an engine's error; `source` is the statement, to point at the name at fault."""
    cause = error.__cause__ if isinstance(error.__cause__, duckdb.Error) else error
    text = str(cause)
    if match := _COLUMN.search(text) or _TABLE_ALIAS.search(text):
        return _invalid_identifier(source, next(group for group in match.groups() if group))
    if DIVISION_BY_ZERO in text:
        return SnowflakeError(DIVISION_BY_ZERO, errno=100051, sqlstate="22012")
    if match := _NOT_BOUND.search(text):
        return refusals.not_bound(match[1])
    if match := _VALUE_COUNT.search(text):
        return refusals.value_count(int(match[1]), int(match[2]))
    if _MERGED_TWICE in text:
        return SnowflakeError("Duplicate row detected during DML action", errno=100090, sqlstate="42P18")
    if match := _AMBIGUOUS.search(text):
        return refusals.ambiguous_column(match[1])
    if match := _NOT_GROUPED.search(text):
        return refusals.not_grouped(match[1])
    if match := _FUNCTION.search(text):
        return refusals.unknown_function(match[1].upper())
    if match := _TABLE.search(text):
        return refusals.missing("OBJECT", match[1].rstrip("!"))
    return _by_class(error, cause, text, source)


def is_conflict(error: Exception) -> bool:
    """Say whether DuckDB refused a change because another one came in between."""
    cause = error if isinstance(error, duckdb.Error) else error.__cause__
    return isinstance(cause, duckdb.TransactionException) and "onflict" in str(cause)


def _by_class(error: Exception, cause: Exception, text: str, source: Source) -> SnowflakeError:
    first_line = text.split("\n", maxsplit=1)[0]
    match cause:
        case duckdb.ConversionException():
            return _conversion(first_line)
        case duckdb.InterruptException():
            return refusals.canceled()
        case duckdb.ConstraintException():
            null = "NOT NULL" in first_line
            message = "NULL result in a non-nullable column" if null else first_line
            return SnowflakeError(message, errno=100072, sqlstate="22000")
        case duckdb.TransactionException():
            return SnowflakeError(first_line, errno=625, sqlstate="57014")
        case duckdb.ParserException():
            return _syntax_error(source, _PARSER_TOKEN.search(first_line))
        case duckdb.BinderException() | duckdb.CatalogException():
            return SnowflakeError(f"SQL compilation error:\n{first_line}", errno=1044, sqlstate="42P13")
        case NotImplementedError():
            return refusals.unsupported(first_line)
        case _:
            pass
    if isinstance(error, ConnectorError) and error.errno and error.errno > 0:
        message = str(error.raw_msg or error.msg)
        return SnowflakeError(message, errno=int(error.errno), sqlstate=error.sqlstate or "42000")
    return SnowflakeError(first_line, errno=100183, sqlstate="P0000")


def _conversion(text: str) -> SnowflakeError:
    """Refuse a value that is not of the type it should be."""
    match = _NOT_A_NUMBER.search(text)
    message = f"Numeric value '{match[1]}' is not recognized" if match else text
    return SnowflakeError(message, errno=100038, sqlstate="22018")


def _syntax_error(source: Source, match: re.Match[str] | None) -> SnowflakeError:
    """Point at the token at which DuckDB stumbled, or at the end: what sqlglot lets through is no statement either."""
    word = match[1].strip('"').upper() if match else ""
    for token in source.tokens:
        if token.text.upper() == word:
            return refusals.syntax(*position_of(source.text, token.start), token.text)
    return refusals.syntax(*position_of(source.text, source.tokens[-1].end + 1), "<EOF>")


def _invalid_identifier(source: Source, name: str) -> SnowflakeError:
    """Point at the first place where the statement has the name."""
    for at, token in enumerate(source.tokens):
        if token.text.upper() != name.upper():
            continue
        first = at
        while first > 1 and source.tokens[first - 1].text == ".":
            first -= 2
        begin = source.tokens[first].start
        line, position = position_of(source.text, begin)
        return refusals.invalid_identifier(_shown(source.text[begin : token.end + 1]), line, position)
    return refusals.invalid_identifier(name, 1, 0)


def _shown(text: str) -> str:
    return text if '"' in text else text.upper()
