"""The data: one DuckDB file a database, attached to one instance that fakesnow drives.

This is the edge to fakesnow and DuckDB: nothing above it sees their types.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
from fakesnow import info_schema, macros
from fakesnow.conn import FakeSnowflakeConnection
from fakesnow.instance import FakeSnow
from fakesnow.rowtype import describe_as_rowtype

from ftspec.emulator.catalog import DamagedFileError
from ftspec.emulator.names import Key

_SUFFIX = ".db"
ROW_CALL = "_FTSPEC_ROW_CALL"
"""The engine's function that a Cortex call becomes: token of the statement, name of the function, JSON arguments."""
RowCall: TypeAlias = Callable[[str, str, str], str | None]
_INTERNAL_SCHEMAS = ("main", "information_schema", "_fs_information_schema")

# fakesnow reads rows through an interface that DuckDB 2 calls slow; the rows are the same.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the data knows of one column; `rowtype` is its type as the wire describes it."""

    name: str
    rowtype: Mapping[str, object]
    nullable: bool
    default: str | None


class DataConnection:
    """One session's connection: it has its own transaction, and follows the session's database and schema."""

    def __init__(self, connection: FakeSnowflakeConnection) -> None:
        self._fake: Any = connection  # fakesnow publishes no types
        self._place: tuple[str | None, str | None] = (None, None)
        self._settled: tuple[str | None, str | None] | None = None
        self.in_transaction = False
        self.autocommit = True
        self._registered: list[str] = []
        self._numbers = itertools.count(1)

    @property
    def duck(self) -> duckdb.DuckDBPyConnection:
        """Give the DuckDB connection underneath."""
        return self._fake._duck_conn  # noqa: SLF001  # fakesnow offers no other way to it

    def use(self, database: str | None, schema: str | None) -> None:
        """Say what is current from the next statement on; it may be called while another one runs."""
        self._place = (database, schema)

    @contextmanager
    def at(self, database: str, schema: str) -> Iterator[None]:
        """Be in another place for the statements of the block."""
        before = self._place
        self.use(database, schema)
        try:
            yield
        finally:
            self.use(*before)

    def cursor(self) -> Any:  # noqa: ANN401  # fakesnow publishes no types
        """Give a fakesnow cursor in the current database and schema."""
        if self._settled != self._place:
            database, schema = self._settled = self._place
            self._fake.database = database
            self._fake._schema = schema  # noqa: SLF001  # the setter of `schema`
            self._fake.database_set = database is not None
            self._fake.schema_set = schema is not None
            # Names in statements are complete; only fakesnow's macros are found through this path.
            place = "memory.main" if database is None else f"{quoted(database)}.{quoted(schema or 'main')}"
            self.duck.execute(f"SET schema = {literal(place)}")
        return self._fake.cursor()

    def register(self, rows: Any) -> str:  # noqa: ANN401  # a pyarrow table
        """Make rows readable in this connection until the next statement; give the name of the view."""
        name = f"_rows_{next(self._numbers)}"
        names = [str(column) for column in rows.column_names]
        # DuckDB wants names that differ, also in more than case.
        known = Counter(column.casefold() for column in names)
        shown = [f"{column}_{at}" if known[column.casefold()] > 1 else column for at, column in enumerate(names)]
        self.duck.register(name, rows.rename_columns(shown))
        self._registered.append(name)
        return name

    def forget_registered(self) -> None:
        """Forget the rows that the last statement read."""
        while self._registered:
            self.duck.unregister(self._registered.pop())

    def interrupt(self) -> None:
        """Stop what runs."""
        self.duck.interrupt()

    def set_autocommit(self, *, on: bool) -> None:
        """Switch AUTOCOMMIT; switching commits what is open, as Snowflake does."""
        self.commit()
        self.autocommit = on

    def begin(self) -> None:
        """Open a transaction, unless one is open."""
        if not self.in_transaction:
            self.duck.execute("BEGIN TRANSACTION")
            self.in_transaction = True

    def commit(self) -> None:
        """Commit what is open, if anything is."""
        if self.in_transaction:
            self.duck.execute("COMMIT")
            self.in_transaction = False

    def rollback(self) -> None:
        """Roll back what is open, if anything is."""
        if self.in_transaction:
            self.in_transaction = False
            self.duck.execute("ROLLBACK")

    def close(self) -> None:
        """Roll back what is open and close."""
        self._fake.close()


class Duck:
    """The DuckDB instance of one account."""

    def __init__(self, folder: Path, row_call: RowCall) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._fake = FakeSnow(create_database_on_connect=False, create_schema_on_connect=False, db_path=folder)
        self._fake.duck_conn.execute(macros.creation_sql("memory"))
        self._add_row_call(row_call)
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            self._open(path.stem)

    def _add_row_call(self, row_call: RowCall) -> None:
        def call(tokens: pa.ChunkedArray, functions: pa.ChunkedArray, arguments: pa.ChunkedArray) -> pa.Array:
            rows = zip(tokens.to_pylist(), functions.to_pylist(), arguments.to_pylist(), strict=True)
            return pa.array((row_call(*row) for row in rows), pa.string())

        text = "VARCHAR"
        self._fake.duck_conn.create_function(
            # NULL is an argument as any other.
            ROW_CALL, call, [text] * 3, text, type="arrow", null_handling="special",
        )  # fmt: skip

    def close(self) -> None:
        """Write everything down and close."""
        self._fake.duck_conn.close()

    def connect(self) -> DataConnection:
        """Open a connection for a session."""
        return DataConnection(self._fake.connect())

    def _open(self, name: str) -> None:
        path = self.folder / f"{name}{_SUFFIX}"
        try:
            self._fake.duck_conn.execute(f"ATTACH {literal(str(path))} AS {quoted(name)}")
            self._fake.duck_conn.execute(info_schema.per_db_creation_sql(name))
            self._fake.duck_conn.execute(macros.creation_sql(name))
        except duckdb.Error as error:
            raise DamagedFileError(f"cannot open the database file {path}: {error}") from error

    def create_database(self, name: str) -> None:
        """Make a database and its PUBLIC schema."""
        self._open(name)
        self.create_schema(name, "PUBLIC")

    def can_name(self, name: str) -> bool:
        """Tell whether a database can be called so: fakesnow writes no quotes, and DuckDB has words of its own."""
        try:
            self._fake.duck_conn.extract_statements(info_schema.per_db_creation_sql(name) + macros.creation_sql(name))
        except duckdb.Error:
            return False
        return True

    def drop_database(self, name: str) -> None:
        """Remove a database and its file."""
        self._fake.duck_conn.execute(f"DETACH {quoted(name)}")
        path = self.folder / f"{name}{_SUFFIX}"
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)

    def create_schema(self, database: str, name: str) -> None:
        """Make a schema."""
        self._fake.duck_conn.execute(f"CREATE SCHEMA {quoted(database)}.{quoted(name)}")

    def drop_schema(self, database: str, name: str) -> None:
        """Remove a schema with everything in it."""
        self._fake.duck_conn.execute(f"DROP SCHEMA {quoted(database)}.{quoted(name)} CASCADE")

    def list_databases(self) -> tuple[Key, ...]:
        """List the databases that have a file."""
        return tuple(Key("DATABASE", path.stem) for path in sorted(self.folder.glob(f"*{_SUFFIX}")))

    def list_schemas(self) -> tuple[Key, ...]:
        """List the schemas of all databases."""
        rows = self._fake.duck_conn.execute(
            "SELECT database_name, schema_name FROM duckdb_schemas() WHERE NOT internal"
            " AND database_name NOT IN ('memory', '_fs_global') ORDER BY ALL"
        ).fetchall()
        return tuple(Key("SCHEMA", name, database) for database, name in rows if name not in _INTERNAL_SCHEMAS)

    def list_tables(self) -> tuple[Key, ...]:
        """List the tables and views of all schemas."""
        keys: list[Key] = []
        for kind in ("TABLE", "VIEW"):
            rows = self._fake.duck_conn.execute(
                f"SELECT database_name, schema_name, {kind.lower()}_name FROM duckdb_{kind.lower()}s()"
                " WHERE NOT internal AND NOT temporary AND database_name NOT IN ('memory', '_fs_global') ORDER BY ALL"
            ).fetchall()
            keys.extend(Key(kind, name, db, schema) for db, schema, name in rows if schema not in _INTERNAL_SCHEMAS)
        return tuple(keys)

    def read_columns(self, keys: Sequence[Key]) -> dict[Key, tuple[str, ...]]:
        """Read the names of the columns of tables and views."""
        found: dict[Key, tuple[str, ...]] = {}
        for key in keys:
            rows = self._fake.duck_conn.execute(
                "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = ?"
                " AND table_name = ? ORDER BY column_index",
                [key.database, key.schema, key.name],
            ).fetchall()
            found[key] = tuple(str(row[0]) for row in rows)
        return found

    def read_types(self, key: Key) -> dict[str, str]:
        """Read the columns of a table with their types."""
        return {name: type_ for name, type_, _ in self.read_definition(key)}

    def read_definition(self, key: Key) -> tuple[tuple[str, str, bool], ...]:
        """Read the columns of a table: the name, DuckDB's type, and whether it may be NULL."""
        rows = self._fake.duck_conn.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = ?"
            " AND schema_name = ? AND table_name = ? ORDER BY column_index",
            [key.database, key.schema, key.name],
        ).fetchall()
        return tuple((str(name), str(type_), bool(nullable)) for name, type_, nullable in rows)

    def describe_columns(self, key: Key) -> tuple[ColumnFacts, ...]:
        """Describe the columns of a table or view, in their order."""
        rows = self._fake.duck_conn.execute(
            "SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns()"
            " WHERE database_name = ? AND schema_name = ? AND table_name = ? ORDER BY column_index",
            [key.database, key.schema, key.name],
        ).fetchall()
        types = describe_as_rowtype([(name, type_, None, None, None, None) for name, type_, _, _ in rows])
        return tuple(
            ColumnFacts(str(name), dict(described), bool(nullable), None if default is None else str(default))
            for (name, _, nullable, default), described in zip(rows, types, strict=True)
        )

    def list_keys(self, key: Key, kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """List a table's keys of one kind, PRIMARY KEY or UNIQUE: the name and the columns of each."""
        rows = self._fake.duck_conn.execute(
            "SELECT constraint_name, constraint_column_names FROM duckdb_constraints() WHERE database_name = ?"
            " AND schema_name = ? AND table_name = ? AND constraint_type = ? ORDER BY constraint_index",
            [key.database, key.schema, key.name, kind],
        ).fetchall()
        return tuple((str(name), tuple(str(column) for column in columns)) for name, columns in rows)

    def count_rows(self, key: Key) -> int:
        """Count the rows of a table."""
        place = ".".join(quoted(part) for part in key.parts)
        row = self._fake.duck_conn.cursor().execute(f"SELECT count(*) FROM {place}").fetchone()
        return int(row[0]) if row else 0


def quoted(name: str) -> str:
    """Write an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a string for DuckDB."""
    return "'" + text.replace("'", "''") + "'"
