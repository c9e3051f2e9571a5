"""Reading one file into a temporary table with the types of its target, and what was wrong in it."""

from __future__ import annotations

import csv
import gzip
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from ftspec.emulator import refusals
from ftspec.emulator.duck import literal, quoted
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.names import Key
from ftspec.emulator.staging.formats import FileFormat

_GZIP = b"\x1f\x8b"
_LARGEST_JSON = 128 * 1024 * 1024
_NO_NULLS = ("\n",)  # DuckDB wants one text at least: without quotes, no field can hold a line break
_NUMBERS = itertools.count(1)
_VALUE = re.compile(r'Could not convert string "(.*?)" to|Could not convert string \'(.*?)\' to', re.DOTALL)
# What Snowflake says of a value that does not fit, and its number, by the type it should have had.
_CASTS: Sequence[tuple[str, str, int, str]] = (
    ("BOOLEAN", "Boolean value '{}' is not recognized", 100037, "22018"),
    ("DATE", "Date '{}' is not recognized", 100040, "22007"),
    ("TIMESTAMP", "Timestamp '{}' is not recognized", 100035, "22007"),
    ("TIME", "Time '{}' is not recognized", 100108, "22007"),
    ("JSON", "Error parsing JSON: {}", 100069, "22P02"),
    ("", "Numeric value '{}' is not recognized", 100038, "22018"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """The table and those of its columns that are loaded, with DuckDB's types."""

    key: Key
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that cannot be loaded; `place` counts columns from 1."""

    message: str
    errno: int
    sqlstate: str
    line: int
    character: int
    column: str | None = None
    place: int = 0
    table: str = ""

    def refuse(self, file: str) -> SnowflakeError:
        """Build the error that ends the whole statement."""
        column = "" if self.column is None else f', column "{self.table}"["{self.column}":{self.place}]'
        where = f"\n  File '{file}', line {self.line}, character {self.character}\n  Row {self.line}{column}"
        hint = (
            "\n  If you would like to continue loading when an error is encountered, use other values such as"
            " 'SKIP_FILE' or 'CONTINUE' for the ON_ERROR option."
        )
        return SnowflakeError(f"{self.message}{where}{hint}", errno=self.errno, sqlstate=self.sqlstate)


@dataclass(frozen=True, slots=True)
class Staged:
    """What was read: how many good rows, into which columns, and the faults in the order of the file."""

    rows: int
    columns: tuple[str, ...]
    faults: tuple[Fault, ...]


def stage_file(
    duck: duckdb.DuckDBPyConnection, table: str, path: Path, format_: FileFormat, target: Target, match: str
) -> Staged:
    """Read a file into the temporary table `table`.

    Raises SnowflakeError for a file that cannot be read at all.
    """
    if format_.type == "JSON":
        return _stage_json(duck, table, path, format_, target, match)
    columns = target.columns if match == "NONE" else _match_header(path, format_, target, match)
    return _stage_csv(duck, table, path, format_, Target(target.key, columns))


def open_text(path: Path, compression: str) -> IO[str]:
    """Open a file's text, compressed or not."""
    if compression == "GZIP" or (compression == "AUTO" and is_gzip(path)):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def is_gzip(path: Path) -> bool:
    """Say whether a file begins as gzip does."""
    with path.open("rb") as content:
        return content.read(2) == _GZIP


def _compression(path: Path, format_: FileFormat) -> str:
    return "gzip" if format_.compression == "GZIP" or (format_.compression == "AUTO" and is_gzip(path)) else "none"


def _match_header(path: Path, format_: FileFormat, target: Target, match: str) -> tuple[tuple[str, str], ...]:
    """Give the file's columns in its order: those that the table has not got are read and left out."""
    with open_text(path, format_.compression) as lines:
        header = next(csv.reader(lines, delimiter=format_.delimiter, quotechar=format_.quote or None), [])
    known = {_fold(name, match): (name, type_) for name, type_ in target.columns}
    return tuple(known.get(_fold(name.strip(), match), ("", "VARCHAR")) for name in header)


def _fold(name: str, match: str) -> str:
    return name if match == "CASE_SENSITIVE" else name.upper()


def _stage_csv(duck: duckdb.DuckDBPyConnection, table: str, path: Path, format_: FileFormat, target: Target) -> Staged:
    number = next(_NUMBERS)
    types = ", ".join(
        f"{literal(f'c{at}')}: {literal('VARCHAR' if type_ == 'JSON' else type_)}"
        for at, (_, type_) in enumerate(target.columns)
    )
    nulls = ", ".join(literal(null) for null in format_.nulls or _NO_NULLS)
    chosen = [(at, name, type_) for at, (name, type_) in enumerate(target.columns) if name]
    shown = ", ".join(f"{_column(at, type_)} AS {quoted(name)}" for at, name, type_ in chosen)
    duck.execute(
        f"CREATE TEMP TABLE {quoted(table)} AS SELECT {shown} FROM read_csv({literal(str(path))},"
        f" columns = {{{types}}}, header = false, auto_detect = false, skip = {format_.skip},"
        f" delim = {literal(format_.delimiter)}, quote = {literal(format_.quote)},"
        f" escape = {literal(format_.escape)}, nullstr = [{nulls}], allow_quoted_nulls = false,"
        f" compression = {literal(_compression(path, format_))}, ignore_errors = true, store_rejects = true,"
        f" rejects_table = '_rejects_{number}', rejects_scan = '_scans_{number}')"
    )
    rejects = duck.execute(
        "SELECT line, line_byte_position, byte_position, column_idx, error_type, error_message, csv_line"
        f" FROM temp._rejects_{number} ORDER BY line, column_idx"
    ).fetchall()
    for name in ("_rejects_", "_scans_"):
        duck.execute(f"DROP TABLE temp.{name}{number}")
    faults: dict[int, Fault] = {}
    for reject in rejects:
        faults.setdefault(int(reject[0]), _read_reject(reject, target, format_))
    return Staged(_count(duck, table), tuple(name for _, name, _ in chosen), tuple(faults.values()))


def _column(at: int, type_: str) -> str:
    return f"CAST(c{at} AS JSON)" if type_ == "JSON" else f"c{at}"


def _count(duck: duckdb.DuckDBPyConnection, table: str) -> int:
    row = duck.execute(f"SELECT count(*) FROM temp.{quoted(table)}").fetchone()
    return int(row[0]) if row else 0


def _read_reject(reject: Sequence[object], target: Target, format_: FileFormat) -> Fault:
    line, begin, at, place, kind, message, text = reject
    character = max(1, int(str(at or begin or 0)) - int(str(begin or 0)) + 1)
    number, expected = int(str(place or 1)), len(target.columns)
    if kind in {"MISSING COLUMNS", "TOO MANY COLUMNS"}:
        found = len(next(csv.reader([str(text)], delimiter=format_.delimiter[:1], quotechar=format_.quote or None), []))
        said = (
            f"Number of columns in file ({found}) does not match that of the corresponding table ({expected}),"
            " use file format option error_on_column_count_mismatch=false to ignore this error"
        )
        return Fault(said, 100080, "22000", int(str(line)), character, table=target.key.name)
    if kind == "CAST" and 1 <= number <= expected:
        name, type_ = target.columns[number - 1]
        return _fault_of_cast(str(message), type_, int(str(line)), character, (name, number, target.key.name))
    return Fault(str(message).split("\n", maxsplit=1)[0], 100183, "P0000", int(str(line)), character)


def _fault_of_cast(message: str, type_: str, line: int, character: int, column: tuple[str, int, str]) -> Fault:
    found = _VALUE.search(message)
    value = next((group for group in found.groups() if group is not None), "") if found else message
    for start, text, errno, sqlstate in _CASTS:
        if type_.startswith(start):
            name, place, table = column
            return Fault(text.format(value), errno, sqlstate, line, character, name, place, table)
    raise AssertionError("unreachable: the last entry fits every type")


def _stage_json(
    duck: duckdb.DuckDBPyConnection, table: str, path: Path, format_: FileFormat, target: Target, match: str
) -> Staged:
    """Read documents, one a row; a document that is no JSON ends the file, so it cannot be skipped."""
    shape = "auto" if format_.strip_array else "unstructured"
    reading = (
        f"read_json_objects({literal(str(path))}, format = {literal(shape)},"
        f" maximum_object_size = {_LARGEST_JSON}, compression = {literal(_compression(path, format_))})"
    )
    raw = f"{table}_raw"
    try:
        duck.execute(f"CREATE TEMP TABLE {quoted(raw)} AS SELECT row_number() OVER () AS line, json FROM {reading}")
    except duckdb.Error as error:
        if "JSON" not in str(error):
            raise
        raise refusals.invalid_json(str(error).split("\n", maxsplit=1)[0].rpartition(": ")[2]) from error
    try:
        paths = _json_paths(duck, raw, target, match)
        faults = _find_json_faults(duck, raw, paths, target)
        shown = ", ".join(f"{_json_value(path, type_)} AS {quoted(name)}" for name, type_, path in paths)
        bad = ", ".join(str(fault.line) for fault in faults) or "0"
        duck.execute(
            f"CREATE TEMP TABLE {quoted(table)} AS"
            f" SELECT {shown} FROM temp.{quoted(raw)} WHERE line NOT IN ({bad}) ORDER BY line"
        )
    finally:
        duck.execute(f"DROP TABLE IF EXISTS temp.{quoted(raw)}")
    return Staged(_count(duck, table), tuple(name for name, _, _ in paths), faults)


def _json_paths(
    duck: duckdb.DuckDBPyConnection, raw: str, target: Target, match: str
) -> list[tuple[str, str, str | None]]:
    """Give the column, type and path of each value; None stands for the whole document."""
    if match == "NONE":
        return [(*target.columns[0], None)]
    rows = duck.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM temp.{quoted(raw)} WHERE json_type(json) = 'OBJECT'"
    ).fetchall()
    found: dict[str, str] = {}
    for (key,) in sorted(rows):
        found.setdefault(_fold(str(key), match), str(key))
    paths: list[tuple[str, str, str | None]] = []
    for name, type_ in target.columns:
        key = found.get(_fold(name, match))
        if key is not None:
            paths.append((name, type_, '$."' + key.replace('"', '\\"') + '"'))
    if not paths:
        raise refusals.no_matching_columns()
    return paths


def _json_value(path: str | None, type_: str, cast: str = "CAST") -> str:
    if path is None:
        return "json"
    if type_ == "JSON":
        return f"json_extract(json, {literal(path)})"
    text = f"json_extract_string(json, {literal(path)})"
    return text if type_ == "VARCHAR" else f"{cast}({text} AS {type_})"


def _find_json_faults(
    duck: duckdb.DuckDBPyConnection, raw: str, paths: list[tuple[str, str, str | None]], target: Target
) -> tuple[Fault, ...]:
    faults: dict[int, Fault] = {}
    for name, type_, path in paths:
        if path is None or type_ in {"JSON", "VARCHAR"}:
            continue
        place = 1 + [column for column, _ in target.columns].index(name)
        text = _json_value(path, "VARCHAR")
        rows = duck.execute(
            f"SELECT line, {text} FROM temp.{quoted(raw)}"
            f" WHERE {text} IS NOT NULL AND {_json_value(path, type_, 'TRY_CAST')} IS NULL"
        ).fetchall()
        for line, value in rows:
            said = f"Could not convert string '{value}' to"
            faults.setdefault(line, _fault_of_cast(said, type_, line, 1, (name, place, target.key.name)))
    return tuple(faults[line] for line in sorted(faults))
