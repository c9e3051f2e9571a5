"""Which tuned model a COMPLETE call means, and whether the role may ask it."""

from __future__ import annotations

from ftspec.emulator.catalog import Entry
from ftspec.emulator.cortex.completions import build_unknown_model
from ftspec.emulator.cortex.names import read_model_name
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.names import Key
from ftspec.emulator.turn import Turn

_MAY_ASK = ("USAGE", "READ")


def find_model(turn: Turn, text: str) -> Entry:
    """Find a tuned model by its name, completed with the session's database and schema.

    Takes USAGE, READ or OWNERSHIP on the model and USAGE on what holds it. Raises SnowflakeError
    `unknown model "…"` for whatever may not be asked: nothing is said about what may not be seen.
    """
    key = resolve_model(turn, text)
    entry = turn.catalog.find(key)
    if entry is None or not _may_ask(turn, key):
        raise build_unknown_model(text)
    return entry


def list_models(turn: Turn) -> dict[Key, Entry]:
    """List every tuned model that the role may ask."""
    return {entry.key: entry for entry in turn.catalog.list_objects("MODEL") if _may_ask(turn, entry.key)}


def resolve_model(turn: Turn, text: str) -> Key:
    """Complete a model's name; raises SnowflakeError `unknown model "…"` for what is no name here."""
    try:
        name = read_model_name(text)
        return turn.resolve("MODEL", tuple(part for part in (name.database, name.schema, name.name) if part))
    except SnowflakeError as error:
        raise build_unknown_model(text) from error


def _may_ask(turn: Turn, key: Key) -> bool:
    try:
        turn.authority.require_usage(key.database, key.schema)
    except SnowflakeError:
        return False
    return turn.authority.allows(key, _MAY_ASK)
