"""Tags: which ones an object carries, its own and those of what holds it.

https://docs.snowflake.com/en/user-guide/object-tagging/introduction
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.names import Key

TAGGED = ("DATABASE", "MODEL", "SCHEMA", "TABLE", "VIEW")
"""The kinds of objects that can carry a tag here."""
LONGEST_VALUE = 256
_TAGS = "TAGS"
# `MODULE` is what Snowflake's SDK calls a model; the domain TABLE stands for "all table-like objects such as views".
_DOMAINS: Mapping[str, tuple[str, ...]] = {
    "DATABASE": ("DATABASE",),
    "MODEL": ("MODEL",),
    "MODULE": ("MODEL",),
    "SCHEMA": ("SCHEMA",),
    "TABLE": ("TABLE", "VIEW"),
    "VIEW": ("VIEW",),
}


@dataclass(frozen=True, slots=True)
class TagReference:
    """A tag that an object carries; `carrier` is the object, or what holds it, on which it was set."""

    tag: Key
    value: str
    carrier: Key


def domain_kinds(domain: str) -> tuple[str, ...]:
    """Give the kinds of objects that a domain stands for; none where it is not known here."""
    return _DOMAINS.get(domain.upper(), ())


def shown_domain(kind: str) -> str:
    """Give the domain that is shown of a kind of object."""
    return "TABLE" if kind == "VIEW" else kind


def read_tags(catalog: Catalog, entry: Entry) -> dict[Key, str]:
    """Read the tags set on an object itself; those that were dropped meanwhile are left out."""
    saved: Any = entry.extra.get(_TAGS, [])
    tags = {Key("TAG", name, database, schema): str(value) for database, schema, name, value in saved}
    return {key: value for key, value in sorted(tags.items()) if catalog.find(key) is not None}


def write_tags(entry: Entry, tags: Mapping[Key, str]) -> Entry:
    """Put tags into an object's record."""
    saved = [[key.database, key.schema, key.name, value] for key, value in sorted(tags.items())]
    return replace(entry, extra={**entry.extra, _TAGS: saved})


def list_references(catalog: Catalog, entry: Entry) -> tuple[TagReference, ...]:
    """List the tags of an object: its own go before its schema's, and these before its database's."""
    found: dict[Key, TagReference] = {}
    for key in (entry.key, *reversed(entry.key.holders)):
        carrier = entry if key == entry.key else catalog.find(key)
        for tag, value in read_tags(catalog, carrier).items() if carrier is not None else ():
            found.setdefault(tag, TagReference(tag, value, key))
    return tuple(found[tag] for tag in sorted(found))
