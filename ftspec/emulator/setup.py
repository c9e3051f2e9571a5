"""Making an account: the setup files are run once, through the executor that serves clients.

`.sql` holds statements; `.csv` (with a header) and `.jsonl` become tables of their file's name. Columns of both are
VARCHAR, with upper-cased names: no type is guessed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ftspec.emulator.access import ACCOUNTADMIN
from ftspec.emulator.account import USER, WAREHOUSE, OpenAccount
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.executor import Executor
from ftspec.emulator.names import database_key, quote, schema_key
from ftspec.emulator.reading.tokens import split_statements
from ftspec.emulator.session import Session
from ftspec.emulator.settings import Settings
from ftspec.emulator.statement_request import StatementRequest

_ROWS_AT_ONCE = 500


class SetupError(Exception):
    """A setup file that failed; the message names the file and the statement or line."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a new account starts with."""

    database: str | None = None
    schema: str | None = None
    files: tuple[Path, ...] = ()


def build_account(folder: Path, log_folder: Path, setup: Setup) -> None:
    """Make an account in an empty folder.

    Raises SetupError; the folder is then to be thrown away.
    """
    account = OpenAccount(folder, Settings(log_folder))
    try:
        session = account.open_session(USER, ACCOUNTADMIN)
        session.warehouse = WAREHOUSE
        executor = Executor(account, log_folder)
        with closing(executor.log):
            runner = _Runner(executor, session, setup)
            for path in setup.files:
                runner.run_file(path)
    finally:
        account.close()


class _Runner:
    def __init__(self, executor: Executor, session: Session, setup: Setup) -> None:
        self._executor = executor
        self._session = session
        self._setup = setup

    def run_file(self, path: Path) -> None:
        try:
            match path.suffix.lower():
                case ".sql":
                    self._run_sql(path, path.read_text(encoding="utf-8"))
                case ".csv":
                    self._load(path, *_read_csv(path))
                case ".jsonl":
                    self._load(path, *_read_jsonl(path))
                case _:
                    raise SetupError(f"setup file {path}: its name ends in none of .sql, .csv, .jsonl")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"setup file {path}: {error}") from error

    def _run_sql(self, path: Path, text: str) -> None:
        self._make_place(create=False)
        try:
            statements = split_statements(text)
        except SnowflakeError as error:
            raise SetupError(f"setup file {path}: {error.message}") from error
        for source in statements:
            line = source.tokens[0].line
            self._run(source.slice, f"setup file {path}, line {line}")

    def _run(self, statement: str, where: str, bindings: dict[str, object] | None = None) -> None:
        answer = self._executor.run(self._session, StatementRequest(statement, bindings=bindings))
        if not answer["success"]:
            raise SetupError(f"{where}: {answer['message']}: {statement[:200]}")

    def _make_place(self, *, create: bool) -> None:
        """Make the account's database and schema current; where rows are loaded, they are created if missing."""
        session, where = self._session, "the account's database and schema"
        catalog = self._executor.account.catalog
        database, schema = self._setup.database, self._setup.schema or "PUBLIC"
        if session.database is None and database is not None:
            if create:
                self._run(f"CREATE DATABASE IF NOT EXISTS {database}", where)
            if catalog.find(database_key(_fold(database))) is not None:
                self._run(f"USE DATABASE {database}", where)
        if session.database is None:
            return
        wanted = database is None or session.database == _fold(database)
        if wanted and self._setup.schema is not None and session.schema in {None, "PUBLIC"}:
            if create:
                self._run(f"CREATE SCHEMA IF NOT EXISTS {schema}", where)
            if catalog.find(schema_key(session.database, _fold(schema))) is not None:
                self._run(f"USE SCHEMA {schema}", where)

    def _load(self, path: Path, columns: list[str], rows: list[list[str | None]]) -> None:
        self._make_place(create=True)
        table, where = quote(path.stem.upper()), f"setup file {path}"
        described = ", ".join(f"{quote(name)} VARCHAR" for name in columns)
        self._run(f"CREATE TABLE {table} ({described})", where)
        marks = ", ".join("?" * len(columns))
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            part = rows[begin : begin + _ROWS_AT_ONCE]
            bindings: dict[str, object] = {
                str(at + 1): {"type": "TEXT", "value": [row[at] for row in part]} for at in range(len(columns))
            }
            self._run(f"INSERT INTO {table} VALUES ({marks})", f"{where}, rows from {begin + 1}", bindings)


def _fold(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.upper()


def _read_csv(path: Path) -> tuple[list[str], list[list[str | None]]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        header = next(reader, None)
        if not header:
            raise SetupError(f"setup file {path}: it has no header line")
        rows: list[list[str | None]] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise SetupError(
                    f"setup file {path}, line {reader.line_num}: {len(row)} values for {len(header)} columns"
                )
            rows.append(list(row))
    return _check_columns(path, header), rows


def _read_jsonl(path: Path) -> tuple[list[str], list[list[str | None]]]:
    objects: list[dict[str, object]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise SetupError(f"setup file {path}, line {number}: {error}") from error
        if not isinstance(value, dict):
            raise SetupError(f"setup file {path}, line {number}: not a JSON object")
        objects.append(value)
    names = list(dict.fromkeys(name for value in objects for name in value))
    if not names:
        raise SetupError(f"setup file {path}: it has no columns")
    return _check_columns(path, names), [[_cell(value.get(name)) for name in names] for value in objects]


def _check_columns(path: Path, names: Iterable[str]) -> list[str]:
    columns = [name.strip().upper() for name in names]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled or "" in columns:
        raise SetupError(f"setup file {path}: column names must be there and differ, found {', '.join(columns)}")
    return columns


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
