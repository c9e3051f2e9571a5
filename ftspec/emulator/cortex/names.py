"""Names of models as FINETUNE and COMPLETE take them: one to three parts, quoted or not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ftspec.emulator.errors import SnowflakeError

if TYPE_CHECKING:
    from collections.abc import Collection

_LONGEST_IDENTIFIER = 255
_PART = re.compile(r'"(?:[^"]|"")+"|[A-Za-z][A-Za-z0-9_]*')
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name: folded parts to compare by, and the last part as it was typed to show.

    `database` and `schema` are None where the name leaves them to the session.
    """

    database: str | None
    schema: str | None
    name: str
    typed: str

    def qualified(self, database: str, schema: str) -> ModelName:
        """Fill the parts that are missing with the session's database and schema."""
        return replace(self, database=self.database or database, schema=self.schema or schema)


def read_model_name(text: str) -> ModelName:
    """Read `name`, `schema.name` or `database.schema.name`.

    Unquoted parts hold letters, digits and underscores, begin with a letter and fold to upper case; parts in
    double quotes hold anything and keep their case (finetune-create, "name"). Raises SnowflakeError 1008.
    """
    parts: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        parts.append(match.group())
        position = match.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    folded = [fold_identifier(part) for part in parts]
    whole = bool(match) and position == len(text) and len(parts) <= _MOST_PARTS
    if not whole or any(len(part) > _LONGEST_IDENTIFIER for part in folded):
        raise SnowflakeError(f"Invalid identifier for the model name: '{text}'", errno=1008, sqlstate="22023")
    database, schema, name = (None, None, *folded)[-_MOST_PARTS:]
    return ModelName(database, schema, name or "", parts[-1])


def fold_identifier(part: str) -> str:
    """Fold one identifier as Snowflake does: upper case, unless it stands in double quotes."""
    if part.startswith('"'):
        return part[1:-1].replace('""', '"')
    return part.upper()


def quote_identifier(folded: str) -> str:
    """Write a folded identifier so that it reads back the same, with quotes only where they are needed."""
    if re.fullmatch(r"[A-Z_][A-Z0-9_]*", folded):
        return folded
    return '"' + folded.replace('"', '""') + '"'


def build_free_name(name: str, typed: str, taken: Collection[str]) -> tuple[str, str]:
    """Give the first of NAME, NAME_1, NAME_2 … that is not in `taken`, folded and as typed.

    Snowflake appends a suffix to the later model of one name (finetune-create, "name"); the form of the suffix
    is not documented: a counter is this server's choice, and no client may rely on it.
    """
    if name not in taken:
        return name, typed
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    suffix = f"_{number}"
    shown = f'{typed[:-1]}{suffix}"' if typed.startswith('"') else f"{typed}{suffix}"
    return f"{name}{suffix}", shown
