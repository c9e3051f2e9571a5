"""What a statement answers: columns with Snowflake's types, and rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Cell: TypeAlias = str | int | float | bool | None
"""A value as rows carry it: a timestamp is epoch milliseconds, semi-structured values are JSON text."""

# Statement type ids, as the drivers know them (snowflake-connector-python, STATEMENT_TYPE_ID_*).
UNKNOWN = 0x0000
SELECT = 0x1000
COPY = 0x3600
SCL = 0x4000
USE = 0x4300
SHOW = 0x4400
DESCRIBE = 0x4500
TCL = 0x5000
DDL = 0x6000
MULTIPLE = 0xA000


# Changes, whose one row counts the rows that they changed.
DML_COUNTS = frozenset({0x3000, 0x3100, 0x3200, 0x3300, 0x3400, 0x3500})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `type` is Snowflake's wire name (text, fixed, real, boolean, timestamp_ltz, array, …)."""

    name: str
    type: str = "text"
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one statement, with rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    statement_type: int = UNKNOWN


@dataclass(frozen=True, slots=True)
class EncodedResult:
    """The answer to a data statement, in the wire's own form.

    `rowtype` describes the columns; `body` holds queryResultFormat and the rows; `total` counts rows; `table` has the
    rows as they were before they were encoded, for RESULT_SCAN.
    """

    rowtype: tuple[dict[str, object], ...]
    body: dict[str, object]
    total: int
    statement_type: int
    table: Any = field(default=None, compare=False, repr=False)


Answer: TypeAlias = Result | EncodedResult


def status(text: str, statement_type: int = DDL) -> Result:
    """Build the one-cell answer of a statement that only reports."""
    return Result((Column("status"),), ((text,),), statement_type)


SUCCESS = "Statement executed successfully."
