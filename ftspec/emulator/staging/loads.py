"""The load metadata of tables: which files were loaded, so that none is loaded twice."""

from __future__ import annotations

from ftspec.emulator.catalog import Catalog
from ftspec.emulator.names import Key

_TABLE = "kind = ? AND database = ? AND schema = ? AND name = ?"


class Loads:
    """Loaded files in the catalog's file; the caller holds the account's lock and the transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._connection = catalog.connection

    def list_since(self, table: Key, since: int) -> dict[str, str]:
        """Read which files were loaded into a table since a moment, with their digests."""
        rows = self._connection.execute(
            f"SELECT path, md5 FROM loads WHERE {_TABLE} AND loaded >= ?", (*_place(table), since)
        )
        return {str(path): str(md5) for path, md5 in rows}

    def put(self, table: Key, path: str, md5: str, now: int) -> None:
        """Write down that a file was loaded into a table."""
        self._connection.execute(
            "INSERT OR REPLACE INTO loads VALUES (?, ?, ?, ?, ?, ?, ?)", (*_place(table), path, md5, now)
        )

    def forget(self, table: Key) -> None:
        """Forget what was loaded into a table."""
        self._connection.execute(f"DELETE FROM loads WHERE {_TABLE}", _place(table))


def _place(key: Key) -> tuple[str, str, str, str]:
    return (key.kind, key.database, key.schema, key.name)
