"""What the account says of its base models: whether they are there, and until when.

https://docs.snowflake.com/en/sql-reference/sql/show-cortex-base-models
"""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.resources.base import Answer, Query, Row, rows_of

ENDED = "EOL"
LEGACY = "LEGACY"


@dataclass(frozen=True, slots=True)
class Life:
    """The life of a base model, as the account tells it; days are empty where it tells none."""

    status: str
    legacy_on: str = ""
    ends_on: str = ""


def list_base_models() -> Query:
    """Ask for the base models of the account."""
    return Query("SHOW CORTEX BASE MODELS")


def find_life(answer: Answer | None, name: str) -> Life | None:
    """Find what an answer says of a base model; None where it says nothing, because it was refused or lists another.

    The account's names are those of objects, so upper-case.
    """
    row = next((row for row in rows_of(answer) if str(row.get("name", "")).upper() == name.upper()), None)
    return (
        None if row is None else Life(_text(row, "lifecycle_status"), _text(row, "legacy_date"), _text(row, "eol_date"))
    )


def lists_base_models(answer: Answer | None) -> bool:
    """Tell whether the account has answered, so that a base model that it does not list is not there."""
    return isinstance(answer, tuple) and bool(answer)


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)
