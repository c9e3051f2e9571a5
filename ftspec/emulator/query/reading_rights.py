"""Whether a query may read what it names; a view is read with its owner's rights."""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.authority import Authority, build_standing
from ftspec.emulator.catalog import Entry
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.names import Key

_DEEPEST_VIEW = 32


def require_select(authority: Authority, key: Key, depth: int = 0) -> Entry:
    """Demand that a table or view can be read, and that a view's owner can still read what it names.

    Raises SnowflakeError 2003 for what may not be seen, 3001 without SELECT, 2037 where a view cannot be expanded.
    """
    authority.require_usage(key.database, key.schema)
    entry = authority.catalog.find(key)
    if entry is None:
        raise refusals.missing("OBJECT", key.shown)
    authority.require(entry, ("SELECT",))
    if key.kind == "VIEW":
        _require_expansion(authority, entry, depth)
    return entry


def _require_expansion(authority: Authority, view: Entry, depth: int) -> None:
    owner = Authority(
        authority.catalog,
        build_standing(authority.catalog, user="", role=view.owner or "", secondary="NONE"),
    )
    if depth > _DEEPEST_VIEW:
        raise refusals.view_expansion(view.key.name, "the view names itself")
    for key in read_reads(view):
        current = key
        if authority.catalog.find(key) is None:
            current = key.as_kind("TABLE" if key.kind == "VIEW" else "VIEW")
        try:
            require_select(owner, current if authority.catalog.find(current) else key, depth + 1)
        except SnowflakeError as error:
            raise refusals.view_expansion(view.key.name, error.message) from error


def read_reads(view: Entry) -> tuple[Key, ...]:
    """Read which tables and views a view names."""
    reads = view.extra.get("READS", [])
    if not isinstance(reads, list):
        return ()
    return tuple(Key(str(kind), str(name), str(db), str(schema)) for kind, db, schema, name in reads)


def write_reads(keys: tuple[Key, ...]) -> list[list[str]]:
    """Write which tables and views a view names, for its record."""
    return [[key.kind, key.database, key.schema, key.name] for key in sorted(set(keys))]
