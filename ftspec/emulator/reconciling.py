"""After a crash: the catalog and the database files are made to agree again."""

from __future__ import annotations

from ftspec.emulator.access import ACCOUNTADMIN
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.duck import Duck


def reconcile(catalog: Catalog, duck: Duck, now: int) -> None:
    """Record what the files hold and the catalog does not know, and forget what the files no longer hold.

    A statement that was cut off between its two writes was never acknowledged, so either outcome is right. An
    object that was being made belongs to the role that was making it.
    """
    stored = frozenset((*duck.list_databases(), *duck.list_schemas(), *duck.list_tables()))
    intents = catalog.read_intents()
    for key in sorted(stored):
        if catalog.find(key) is None:
            catalog.put(Entry(key, intents.get(key, ACCOUNTADMIN), now))
    for kind in ("TABLE", "VIEW", "SCHEMA", "DATABASE"):
        for entry in catalog.list_objects(kind):
            if entry.key not in stored and entry.key.name != "SNOWFLAKE":
                catalog.remove(entry.key)
    catalog.clear_intents()
