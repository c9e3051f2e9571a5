"""The store of the control plane: objects, grants, future grants and settings, in one SQLite file.

One statement is one transaction, opened by whoever executes it. No rule of access control lives here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ftspec.emulator.grant_tables import GrantTables, place_of
from ftspec.emulator.memory import Memory
from ftspec.emulator.names import Key

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
  kind TEXT NOT NULL, database TEXT NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL,
  owner TEXT, comment TEXT NOT NULL, created INTEGER NOT NULL, extra TEXT NOT NULL,
  PRIMARY KEY (kind, database, schema, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (
  kind TEXT NOT NULL, database TEXT NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL,
  privilege TEXT NOT NULL, to_kind TEXT NOT NULL, to_name TEXT NOT NULL,
  option INTEGER NOT NULL, granted_by TEXT NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (kind, database, schema, name, privilege, to_kind, to_name, granted_by)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS grants_to ON grants (to_kind, to_name);
CREATE TABLE IF NOT EXISTS future_grants (
  kind TEXT NOT NULL, place_kind TEXT NOT NULL, database TEXT NOT NULL, name TEXT NOT NULL,
  privilege TEXT NOT NULL, to_kind TEXT NOT NULL, to_name TEXT NOT NULL,
  option INTEGER NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (kind, place_kind, database, name, privilege, to_kind, to_name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents (
  kind TEXT NOT NULL, database TEXT NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL,
  PRIMARY KEY (kind, database, schema, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY, created INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS learned (job TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loads (
  kind TEXT NOT NULL, database TEXT NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL,
  path TEXT NOT NULL, md5 TEXT NOT NULL, loaded INTEGER NOT NULL,
  PRIMARY KEY (kind, database, schema, name, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queries (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, database TEXT, schema TEXT,
  type TEXT NOT NULL, session INTEGER NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL, warehouse TEXT,
  tag TEXT NOT NULL, internal INTEGER NOT NULL, status TEXT NOT NULL, code INTEGER, message TEXT,
  begun INTEGER NOT NULL, ended INTEGER, rows INTEGER);
CREATE INDEX IF NOT EXISTS queries_of_session ON queries (session, number);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of the account; `owner` is None for what Snowflake itself owns, `created` epoch ms."""

    key: Key
    owner: str | None
    created: int
    comment: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


class DamagedFileError(Exception):
    """A file of the account that cannot be opened; the message names it."""


class Catalog(GrantTables):
    """The control plane's tables over one SQLite connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # The account's lock, not SQLite's threads, keeps statements apart.
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise DamagedFileError(f"cannot open the catalog file {path}: {error}") from error
        self.memory = Memory()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes of the block, or none of them; a nested block joins the outer one."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            self.memory.forget()
            raise
        self.connection.execute("COMMIT")

    def find(self, key: Key) -> Entry | None:
        """Read one object."""
        found: Entry | None = self.memory.recall(key, lambda: self._read(key))
        return found

    def _read(self, key: Key) -> Entry | None:
        row = self.connection.execute(
            "SELECT * FROM objects WHERE kind = ? AND database = ? AND schema = ? AND name = ?", place_of(key)
        ).fetchone()
        return None if row is None else _entry(row)

    def list_objects(self, kind: str, database: str | None = None, schema: str | None = None) -> tuple[Entry, ...]:
        """Read the objects of a kind, sorted by database, schema and name."""
        where, values = "kind = ?", [kind]
        for column, value in (("database", database), ("schema", schema)):
            if value is not None:
                where, values = f"{where} AND {column} = ?", [*values, value]
        rows = self.connection.execute(
            f"SELECT * FROM objects WHERE {where} ORDER BY database, schema, name", values
        ).fetchall()
        return tuple(_entry(row) for row in rows)

    def list_owned(self, role: str) -> tuple[Entry, ...]:
        """Read the objects that a role owns, sorted by kind, database, schema and name."""
        rows = self.connection.execute(
            "SELECT * FROM objects WHERE owner = ? ORDER BY kind, database, schema, name", (role,)
        ).fetchall()
        return tuple(_entry(row) for row in rows)

    def put(self, entry: Entry) -> None:
        """Write an object, new or known."""
        body = json.dumps(dict(entry.extra), sort_keys=True)
        self.write(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*place_of(entry.key), entry.owner, entry.comment, entry.created, body),
        )

    def remove(self, key: Key) -> None:
        """Forget an object, everything in it, and every grant on either."""
        for table in ("objects", "grants", "loads"):
            for where, values in _reach(key):
                self.write(f"DELETE FROM {table} WHERE {where}", values)
        self._remove_future(key)
        if key.kind in {"ROLE", "USER", "DATABASE_ROLE"}:
            self._remove_grantee(key)

    def _remove_future(self, key: Key) -> None:
        if key.kind == "DATABASE":
            self.write(
                "DELETE FROM future_grants WHERE database = ? OR (place_kind = 'DATABASE' AND name = ?)",
                (key.name, key.name),
            )
        if key.kind == "SCHEMA":
            self.write(
                "DELETE FROM future_grants WHERE place_kind = 'SCHEMA' AND database = ? AND name = ?",
                (key.database, key.name),
            )

    def _remove_grantee(self, key: Key) -> None:
        grantee = (key.kind, ".".join(key.parts))
        for table in ("grants", "future_grants"):
            self.write(f"DELETE FROM {table} WHERE to_kind = ? AND to_name = ?", grantee)

    def rename(self, old: Key, new: Key) -> None:
        """Give an object without contents another name; its grants stay."""
        for table in ("objects", "grants", "loads"):
            self.write(
                f"UPDATE {table} SET kind = ?, database = ?, schema = ?, name = ?"
                " WHERE kind = ? AND database = ? AND schema = ? AND name = ?",
                (*place_of(new), *place_of(old)),
            )

    def rename_role(self, old: Key, new: Key) -> None:
        """Give a role another name wherever it owns, holds or gave something."""
        self.rename(old, new)
        before, after = ".".join(old.parts), ".".join(new.parts)
        self.write("UPDATE objects SET owner = ? WHERE owner = ?", (after, before))
        self.write("UPDATE grants SET granted_by = ? WHERE granted_by = ?", (after, before))
        for table in ("grants", "future_grants"):
            self.write(f"UPDATE {table} SET to_name = ? WHERE to_kind = ? AND to_name = ?", (after, old.kind, before))

    def write_intent(self, key: Key, owner: str) -> None:
        """Write down, at once, what is about to be made; nothing else may be written in the transaction yet."""
        self.connection.execute("DELETE FROM intents")
        self.connection.execute("INSERT INTO intents VALUES (?, ?, ?, ?, ?)", (*place_of(key), owner))
        self.connection.execute("COMMIT")
        self.connection.execute("BEGIN IMMEDIATE")

    def read_intents(self) -> dict[Key, str]:
        """Read what was about to be made, with its owner."""
        rows = self.connection.execute("SELECT * FROM intents").fetchall()
        return {Key(kind, name, database, schema): owner for kind, database, schema, name, owner in rows}

    def clear_intents(self) -> None:
        """Forget what was about to be made."""
        self.connection.execute("DELETE FROM intents")

    def read_fact(self, name: str) -> str | None:
        """Read one fact about the account."""
        row = self.connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def write_fact(self, name: str, value: str) -> None:
        """Write one fact about the account."""
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _reach(key: Key) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the conditions that find an object, and then those that find what is in it."""
    own = ("kind = ? AND database = ? AND schema = ? AND name = ?", place_of(key))
    if key.kind == "DATABASE":
        return (own, ("database = ?", (key.name,)))
    if key.kind == "SCHEMA":
        return (own, ("database = ? AND schema = ?", (key.database, key.name)))
    return (own,)


def _entry(row: tuple[str, str, str, str, str | None, str, int, str]) -> Entry:
    kind, database, schema, name, owner, comment, created, extra = row
    return Entry(Key(kind, name, database, schema), owner, created, comment, json.loads(extra))
