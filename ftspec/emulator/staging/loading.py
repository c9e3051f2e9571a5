"""COPY INTO a table: files are read by DuckDB's own readers into a temporary table, judged, and then inserted.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.duck import quoted
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.names import Key
from ftspec.emulator.query.faults import ENGINE_ERRORS, translate
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.result import COPY, Answer, Cell, Column, Result
from ftspec.emulator.staging.formats import FileFormat, read_format
from ftspec.emulator.staging.loads import Loads
from ftspec.emulator.staging.locations import Location, StagedFile, find_location, list_files
from ftspec.emulator.staging.staged_rows import Fault, Staged, Target, stage_file
from ftspec.emulator.staging.statements import CopyInto, Options
from ftspec.emulator.staging.transforming import Transformation, prepare_transformation
from ftspec.emulator.warehouses import require_warehouse

if TYPE_CHECKING:
    from ftspec.emulator.turn import Turn

_OPTIONS = frozenset(
    {"FILE_FORMAT", "FILES", "FORCE", "MATCH_BY_COLUMN_NAME", "ON_ERROR", "PATTERN", "PURGE"}
)  # fmt: skip
_MOST_FILES = 1000
_KEPT_MS = 64 * 24 * 3600 * 1000
_MATCHES = ("NONE", "CASE_SENSITIVE", "CASE_INSENSITIVE")
_COLUMNS = (
    Column("file"), Column("status"), Column("rows_parsed", "fixed"), Column("rows_loaded", "fixed"),
    Column("error_limit", "fixed"), Column("errors_seen", "fixed"), Column("first_error"),
    Column("first_error_line", "fixed"), Column("first_error_character", "fixed"), Column("first_error_column_name"),
)  # fmt: skip
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Load:
    """One COPY INTO, checked and ready to run."""

    turn: Turn
    source: Source
    target: Target
    location: Location
    files: tuple[StagedFile, ...]
    format: FileFormat
    on_error: str
    match: str
    purge: bool
    transformation: Transformation | None


def perform_copy(turn: Turn, statement: CopyInto) -> Answer | Callable[[], Answer]:
    """Check a COPY INTO under the account's lock; give what is left to do without it.

    Takes INSERT on the table, and READ on the stage. A file that was loaded into the table within 64 days is left
    out, unless it has changed or FORCE is set.
    """
    for name in statement.options:
        if name not in _OPTIONS:
            raise refusals.unsupported(f"COPY INTO … {name}")
    key = turn.table_or_view(statement.table, "COPY")
    turn.authority.require_usage(key.database, key.schema)
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing("OBJECT", key.shown)
    turn.authority.require(entry, ("INSERT",))
    location = find_location(turn, statement.location, "READ")
    format_ = read_format(turn, statement.options.get("FILE_FORMAT", _stage_format(turn, location)))
    require_warehouse(turn)
    files = _choose_files(turn, statement.options, location, key)
    load = _build_load(turn, statement, entry, location, files, format_)
    if not files:
        return Result((Column("status"),), (("Copy executed with 0 files processed.",),), COPY)
    return lambda: _run(load)


def _stage_format(turn: Turn, location: Location) -> Options:
    entry = turn.catalog.find(location.stage)
    options = entry.extra.get("OPTIONS") if entry is not None and location.stage.kind == "STAGE" else None
    found = options.get("FILE_FORMAT") if isinstance(options, dict) else None
    return found or {}


def _build_load(
    turn: Turn,
    statement: CopyInto,
    entry: Entry,
    location: Location,
    files: tuple[StagedFile, ...],
    format_: FileFormat,
) -> _Load:
    options = statement.options
    match = str(options.get("MATCH_BY_COLUMN_NAME", "NONE")).upper()
    if match not in _MATCHES:
        raise refusals.invalid_value(match, "MATCH_BY_COLUMN_NAME")
    on_error = str(options.get("ON_ERROR", "ABORT_STATEMENT")).upper()
    if on_error not in {"ABORT_STATEMENT", "CONTINUE", "SKIP_FILE"}:
        raise refusals.unsupported(f"ON_ERROR = {on_error}")
    if statement.query is not None and (match != "NONE" or on_error != "ABORT_STATEMENT"):
        raise refusals.unsupported("COPY INTO with a query and MATCH_BY_COLUMN_NAME or another ON_ERROR")
    target = _build_target(turn, entry.key, statement.columns)
    if statement.query is None:
        _check_shape(target, format_, match)
    transformation = None if statement.query is None else prepare_transformation(turn, statement.query, format_)
    purge = _read_truth(options, "PURGE")
    return _Load(turn, statement.source, target, location, files, format_, on_error, match, purge, transformation)


def _build_target(turn: Turn, key: Key, names: tuple[str, ...]) -> Target:
    types = turn.account.duck.read_types(key)
    for name in names:
        if name not in types:
            raise refusals.invalid_identifier(name, 1, 0)
    return Target(key, tuple((name, types[name]) for name in names or types))


def _check_shape(target: Target, format_: FileFormat, match: str) -> None:
    if format_.type == "CSV" and match != "NONE" and not format_.header:
        raise refusals.unsupported("MATCH_BY_COLUMN_NAME of CSV files without PARSE_HEADER = TRUE")
    is_one = len(target.columns) == 1 and target.columns[0][1] == "JSON"
    if format_.type == "JSON" and match == "NONE" and not is_one:
        raise refusals.json_into_columns()


def _choose_files(turn: Turn, options: Options, location: Location, table: Key) -> tuple[StagedFile, ...]:
    pattern = options.get("PATTERN")
    files = tuple(list_files(location, None if pattern is None else str(pattern)))
    named = options.get("FILES")
    if named is not None:
        wanted = (named,) if isinstance(named, str) else tuple(named)
        if len(wanted) > _MOST_FILES:
            raise refusals.invalid_value(str(len(wanted)), "FILES")
        by_name = {file.name: file for file in files}
        places = [f"{location.path.rstrip('/')}/{name}".lstrip("/") for name in wanted]
        missing = [place for place in places if place not in by_name]
        if missing:
            raise refusals.missing_file(location.prefix + missing[0])
        files = tuple(by_name[place] for place in places)
    if _read_truth(options, "FORCE"):
        return files
    known = Loads(turn.catalog).list_since(table, turn.now - _KEPT_MS)
    return tuple(file for file in files if known.get(_load_path(location, file)) != file.md5)


def _load_path(location: Location, file: StagedFile) -> str:
    return "/".join((location.stage.kind, *location.stage.parts, file.name))


def _read_truth(options: Options, name: str) -> bool:
    text = str(options.get(name, "FALSE")).upper()
    if text not in {"TRUE", "FALSE"}:
        raise refusals.invalid_value(text, name)
    return text == "TRUE"


def _run(load: _Load) -> Answer:
    """Load the files as one transaction, and write down which ones were."""
    data = load.turn.session.data
    is_own = not data.in_transaction and data.autocommit
    tables = {file: f"_staged_{next(_NUMBERS)}" for file in load.files}
    data.begin()
    try:
        # Every file is judged before anything is inserted: an open transaction must not keep half of a load.
        staged = {file: _stage(load, file, table) for file, table in tables.items()}
        outcomes = [(file, found, _insert(load, found, tables[file])) for file, found in staged.items()]
    except (SnowflakeError, *ENGINE_ERRORS) as error:
        if is_own:
            data.rollback()
        raise error if isinstance(error, SnowflakeError) else translate(error, load.source) from error
    finally:
        _drop(load, tables.values())
    if is_own:
        data.commit()
    return _finish(load, outcomes)


def _drop(load: _Load, tables: Iterable[str]) -> None:
    for table in tables:
        # In a transaction that DuckDB has given up nothing can be dropped: they go with it.
        with suppress(*ENGINE_ERRORS):
            load.turn.session.data.duck.execute(f"DROP TABLE IF EXISTS temp.{quoted(table)}")


def _finish(load: _Load, outcomes: list[tuple[StagedFile, Staged, int]]) -> Answer:
    account = load.turn.account
    loaded = [file for file, staged, rows in outcomes if rows or not staged.faults]
    with account.lock, account.catalog.transaction():
        for file in loaded:
            Loads(account.catalog).put(load.target.key, _load_path(load.location, file), file.md5, load.turn.now)
    rows = tuple(_report(load, file, staged, count) for file, staged, count in outcomes)
    if load.purge:
        for file in loaded:
            file.path.unlink(missing_ok=True)
    return Result(_COLUMNS, rows, COPY)


def _stage(load: _Load, file: StagedFile, table: str) -> Staged:
    shape = load.target if load.transformation is None else load.transformation.shape
    staged = stage_file(load.turn.session.data.duck, table, file.path, load.format, shape, load.match)
    if staged.faults and load.on_error == "ABORT_STATEMENT":
        raise staged.faults[0].refuse(load.location.prefix + file.name)
    return staged


def _insert(load: _Load, staged: Staged, table: str) -> int:
    """Insert the good rows of a file, unless ON_ERROR leaves it out; give how many."""
    if staged.faults and load.on_error == "SKIP_FILE":
        return 0
    data, target, transformation = load.turn.session.data, load.target, load.transformation
    if transformation is not None:
        names = ", ".join(quoted(name) for name, _ in target.columns[: len(transformation.names)])
        query = transformation.write(data, table)
    else:
        names = ", ".join(quoted(name) for name in staged.columns)
        query = f"SELECT {names} FROM temp.{quoted(table)}"
    place = ".".join(quoted(part) for part in target.key.parts)
    row = data.duck.execute(f"INSERT INTO {place} ({names}) {query}").fetchone()
    return int(row[0]) if row else 0


def _report(load: _Load, file: StagedFile, staged: Staged, loaded: int) -> tuple[Cell, ...]:
    first: Fault | None = staged.faults[0] if staged.faults else None
    state = "LOADED" if first is None else "PARTIALLY_LOADED" if loaded else "LOAD_FAILED"
    parsed = staged.rows + len(staged.faults)
    limit = parsed if load.on_error == "CONTINUE" else 1
    shown = load.location.prefix + file.name
    if first is None:
        return (shown, state, parsed, loaded, limit, 0, None, None, None, None)
    column = None if first.column is None else f'"{load.target.key.name}"["{first.column}":{first.place}]'
    return (shown, state, parsed, loaded, limit, len(staged.faults), first.message, first.line, first.character, column)
