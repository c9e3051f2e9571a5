"""The grants and future grants of the catalog's SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from ftspec.emulator.access import FutureGrant, Grant, Grantee, role_edges
from ftspec.emulator.memory import Memory
from ftspec.emulator.names import Key


class GrantTables:
    """Reads and writes grants over the catalog's connection, inside the transaction that is open."""

    connection: sqlite3.Connection
    memory: Memory

    def write(self, sql: str, values: Sequence[object]) -> None:
        """Change objects or grants: the one way to, because it forgets what was read of them."""
        self.memory.forget()
        self.connection.execute(sql, values)

    def grants_on(self, key: Key) -> tuple[Grant, ...]:
        """Read the grants on one object, sorted by privilege and grantee."""
        found: tuple[Grant, ...] = self.memory.recall(("ON", key), lambda: self._read_grants_on(key))
        return found

    def _read_grants_on(self, key: Key) -> tuple[Grant, ...]:
        rows = self.connection.execute(
            "SELECT * FROM grants WHERE kind = ? AND database = ? AND schema = ? AND name = ?"
            " ORDER BY privilege, to_kind, to_name, granted_by",
            place_of(key),
        ).fetchall()
        return tuple(_grant(row) for row in rows)

    def grants_to(self, grantee: Grantee) -> tuple[Grant, ...]:
        """Read what one grantee holds, sorted by object and privilege."""
        rows = self.connection.execute(
            "SELECT * FROM grants WHERE to_kind = ? AND to_name = ?"
            " ORDER BY kind, database, schema, name, privilege, granted_by",
            (grantee.kind, grantee.name),
        ).fetchall()
        return tuple(_grant(row) for row in rows)

    def role_grants(self) -> tuple[Grant, ...]:
        """Read every grant of a role or database role."""
        rows = self.connection.execute(
            "SELECT * FROM grants WHERE kind IN ('ROLE', 'DATABASE_ROLE')"
            " ORDER BY kind, database, schema, name, privilege, to_kind, to_name, granted_by"
        ).fetchall()
        return tuple(_grant(row) for row in rows)

    def hierarchy(self) -> Mapping[str, tuple[str, ...]]:
        """Read which roles each role inherits directly (see `role_edges`)."""
        edges: Mapping[str, tuple[str, ...]] = self.memory.recall("EDGES", lambda: role_edges(self.role_grants()))
        return edges

    def put_grant(self, grant: Grant) -> None:
        """Write a grant; the same grantor's again keeps the first moment and may add the grant option."""
        self.write(
            "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET option = max(option, excluded.option)",
            (
                *place_of(grant.on),
                grant.privilege,
                grant.to.kind,
                grant.to.name,
                int(grant.option),
                grant.by,
                grant.created,
            ),
        )

    def drop_grant(self, grant: Grant, *, option_only: bool = False) -> None:
        """Remove a grant, or only its grant option; one that is not there is no error."""
        verb = "UPDATE grants SET option = 0" if option_only else "DELETE FROM grants"
        self.write(
            f"{verb} WHERE kind = ? AND database = ? AND schema = ? AND name = ?"
            " AND privilege = ? AND to_kind = ? AND to_name = ? AND granted_by = ?",
            (*place_of(grant.on), grant.privilege, grant.to.kind, grant.to.name, grant.by),
        )

    def future_grants(self) -> tuple[FutureGrant, ...]:
        """Read every future grant, sorted by kind, place, privilege and grantee."""
        found: tuple[FutureGrant, ...] = self.memory.recall("FUTURE", self._read_future_grants)
        return found

    def _read_future_grants(self) -> tuple[FutureGrant, ...]:
        rows = self.connection.execute(
            "SELECT * FROM future_grants ORDER BY kind, place_kind, database, name, privilege, to_kind, to_name"
        ).fetchall()
        return tuple(
            FutureGrant(kind, Key(place, name, database), privilege, Grantee(to_kind, to), bool(option), created)
            for kind, place, database, name, privilege, to_kind, to, option, created in rows
        )

    def put_future_grant(self, grant: FutureGrant) -> None:
        """Write a future grant; granting again keeps the first moment and may add the grant option."""
        self.write(
            "INSERT INTO future_grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET option = max(option, excluded.option)",
            (*_future(grant), int(grant.option), grant.created),
        )

    def drop_future_grant(self, grant: FutureGrant, *, option_only: bool = False) -> None:
        """Remove a future grant, or only its grant option; one that is not there is no error."""
        verb = "UPDATE future_grants SET option = 0" if option_only else "DELETE FROM future_grants"
        self.write(
            f"{verb} WHERE kind = ? AND place_kind = ? AND database = ? AND name = ?"
            " AND privilege = ? AND to_kind = ? AND to_name = ?",
            _future(grant),
        )


def place_of(key: Key) -> tuple[str, str, str, str]:
    """Give the columns that a key is kept in."""
    return (key.kind, key.database, key.schema, key.name)


def _future(grant: FutureGrant) -> tuple[str, ...]:
    place = grant.place
    return (grant.kind, place.kind, place.database, place.name, grant.privilege, grant.to.kind, grant.to.name)


def _grant(row: tuple[str, str, str, str, str, str, str, int, str, int]) -> Grant:
    kind, database, schema, name, privilege, to_kind, to_name, option, by, created = row
    return Grant(Key(kind, name, database, schema), privilege, Grantee(to_kind, to_name), bool(option), by, created)
