"""Which tuned model a COMPLETE call means, and whether the role may ask it."""

from __future__ import annotations

from ftspec.emulator.catalog import Entry
from ftspec.emulator.cortex.completions import build_unknown_model
from ftspec.emulator.cortex.names import read_model_name
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.turn import Turn

_MAY_ASK = ("USAGE", "READ")


def find_model(turn: Turn, text: str) -> Entry:
    """Find a tuned model by its name, completed with the session's database and schema.

    Takes USAGE, READ or OWNERSHIP on the model and USAGE on what holds it. Raises SnowflakeError
    `unknown model "…"` for whatever may not be asked: nothing is said about what may not be seen.
    """
    try:
        name = read_model_name(text)
        parts = tuple(part for part in (name.database, name.schema, name.name) if part)
        key = turn.resolve("MODEL", parts, "COMPLETE")
        turn.authority.require_usage(key.database, key.schema)
    except SnowflakeError as error:
        raise build_unknown_model(text) from error
    entry = turn.catalog.find(key)
    if entry is None or not turn.authority.allows(key, _MAY_ASK):
        raise build_unknown_model(text)
    return entry
