"""CREATE TAG, and SET and UNSET of tags on objects.

https://docs.snowflake.com/en/sql-reference/sql/create-tag
"""

from __future__ import annotations

from typing import Any

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.model_statements import ChangeTags, CreateTag
from ftspec.emulator.names import ACCOUNT, Parts, quote
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.tags import LONGEST_VALUE, read_tags, write_tags
from ftspec.emulator.turn import Turn

_APPLY = "APPLY TAG"


def perform_create_tag(turn: Turn, statement: CreateTag) -> Result:
    """Make a tag; without allowed values it takes any."""
    key = turn.resolve("TAG", statement.name, "CREATE TAG")
    turn.authority.require_create("TAG", key.database, key.schema)
    known = turn.catalog.find(key)
    if known is not None and statement.if_not_exists:
        return status(f"{quote(key.name)} already exists, statement succeeded.")
    if known is not None:
        if not statement.replace:
            raise refusals.already_exists(key.shown)
        turn.authority.require_ownership(known)
        turn.catalog.remove(key)
    extra: dict[str, object] = {"ALLOWED_VALUES": list(statement.allowed)}
    turn.register(turn.new_entry(key, comment=statement.comment, extra=extra))
    return status(f"Tag {quote(key.name)} successfully created.")


def perform_change_tags(turn: Turn, statement: ChangeTags) -> Result:
    """Set or unset tags of an object.

    Takes APPLY TAG on the account, or the ownership of both the object and the tag.
    """
    key = turn.resolve(statement.kind, statement.name, "ALTER")
    if statement.if_exists and turn.catalog.find(key) is None:
        return status(SUCCESS)
    entry = turn.authority.require_entry(key)
    tags = read_tags(turn.catalog, entry)
    for name, value in statement.tags:
        tag = _require_tag(turn, entry, name)
        if value is None:
            tags.pop(tag.key, None)
            continue
        _check_value(tag, value)
        tags[tag.key] = value
    turn.catalog.put(write_tags(entry, tags))
    return status(SUCCESS)


def _require_tag(turn: Turn, entry: Entry, name: Parts) -> Entry:
    tag = turn.authority.require_entry(turn.resolve("TAG", name, "ALTER"))
    if not turn.authority.allows(ACCOUNT, (_APPLY,)):
        turn.authority.require_ownership(entry)
        turn.authority.require_ownership(tag)
    return tag


def _check_value(tag: Entry, value: str) -> None:
    allowed: Any = tag.extra["ALLOWED_VALUES"]
    if len(value) > LONGEST_VALUE or (allowed and value not in allowed):
        raise refusals.invalid_value(value, tag.key.name)
