"""One statement's turn: the account, the session, what the role may do, and the moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ftspec.emulator import refusals
from ftspec.emulator.access import Grant, future_grants_for
from ftspec.emulator.authority import Authority, build_standing
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.names import ACCOUNT, Key, database_key, schema_key
from ftspec.emulator.privileges import OWNERSHIP

if TYPE_CHECKING:
    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.session import Session

_IN_SCHEMA = frozenset({"TABLE", "VIEW", "MODEL", "TAG", "STAGE", "FILE FORMAT"})
_MOST_PARTS = 3


@dataclass(frozen=True)
class Turn:
    """What a performer works with; `now` is epoch milliseconds."""

    account: OpenAccount
    session: Session
    query_id: str
    now: int

    @property
    def catalog(self) -> Catalog:
        """Give the control plane's store."""
        return self.account.catalog

    @cached_property
    def authority(self) -> Authority:
        """Build the checks from the session's roles, once a statement."""
        session = self.session
        standing = build_standing(self.catalog, user=session.user, role=session.role, secondary=session.secondary)
        return Authority(self.catalog, standing)

    @cached_property
    def place(self) -> tuple[str | None, str | None]:
        """Give the current database and schema: none that the session's roles may not use.

        What the session once chose stays chosen: another role may use it again.
        """
        database, schema = self.session.database, self.session.schema
        if database is None or not self.can_use_database(database):
            return None, None
        if schema is None or not self._can_use_schema(schema_key(database, schema)):
            return database, None
        return database, schema

    def _can_use_schema(self, key: Key) -> bool:
        return self.catalog.find(key) is not None and self.authority.allows(key, ("USAGE",))

    def resolve(self, kind: str, parts: tuple[str, ...], command: str = "this operation") -> Key:
        """Complete a name with the session's database and schema.

        Raises SnowflakeError 90105 or 90106 where the session has none, 2003 where the name has too many parts.
        """
        if kind == "ACCOUNT":
            return ACCOUNT
        if kind in _IN_SCHEMA:
            database, schema = self._holders(parts[:-1], command)
            return Key(kind, parts[-1], database, schema)
        if kind == "SCHEMA" and len(parts) < _MOST_PARTS:
            database = parts[0] if len(parts) > 1 else self._current_database(command)
            return schema_key(database, parts[-1])
        if kind == "DATABASE_ROLE" and len(parts) < _MOST_PARTS:
            database = parts[0] if len(parts) > 1 else self._current_database(command)
            return Key(kind, parts[-1], database)
        if len(parts) > 1:
            raise refusals.missing(kind, ".".join(parts))
        return Key(kind, parts[0])

    def _holders(self, parts: tuple[str, ...], command: str) -> tuple[str, str]:
        match parts:
            case (database, schema):
                return database, schema
            case (schema,):
                return self._current_database(command), schema
            case _:
                database = self._current_database(command)
                if self.place[1] is None:
                    raise refusals.no_current("schema", command)
                return database, self.place[1]

    def _current_database(self, command: str) -> str:
        if self.place[0] is None:
            raise refusals.no_current("database", command)
        return self.place[0]

    def table_or_view(self, parts: tuple[str, ...], command: str = "SELECT") -> Key:
        """Complete the name of something that rows are read from: a table unless a view has the name."""
        key = self.resolve("TABLE", parts, command)
        as_view = key.as_kind("VIEW")
        return as_view if self.catalog.find(as_view) is not None else key

    def register(self, entry: Entry) -> Entry:
        """Write a new object, and give it the owner and the grants that await it."""
        futures = future_grants_for(self.catalog.future_grants(), entry.key)
        for future in futures:
            if future.privilege == OWNERSHIP:
                entry = replace(entry, owner=future.to.name)
        self.catalog.put(entry)
        for future in futures:
            if future.privilege == OWNERSHIP:
                continue
            by = entry.owner or ""
            self.catalog.put_grant(Grant(entry.key, future.privilege, future.to, future.option, by, self.now))
        return entry

    def new_entry(self, key: Key, *, comment: str = "", extra: dict[str, object] | None = None) -> Entry:
        """Build an object that the session's primary role owns."""
        return Entry(key, self.session.role, self.now, comment, extra or {})

    def use_place(self, database: str | None, schema: str | None) -> None:
        """Make a database and schema current."""
        self.session.database, self.session.schema = database, schema
        self.session.data.use(database, schema)

    def default_schema(self, database: str) -> str | None:
        """Give PUBLIC where the database has it and the role may use it, as USE DATABASE chooses it."""
        key = schema_key(database, "PUBLIC")
        return "PUBLIC" if self._can_use_schema(key) else None

    def can_use_database(self, name: str) -> bool:
        """Say whether a database exists and may be made current."""
        key = database_key(name)
        return self.catalog.find(key) is not None and self.authority.allows(key, ("USAGE",))
