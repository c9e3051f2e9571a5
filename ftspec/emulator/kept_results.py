"""The rows of the latest statements, which RESULT_SCAN reads again.

https://docs.snowflake.com/en/sql-reference/functions/result_scan
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pyarrow as pa

from ftspec.emulator.result import Answer, Cell, Result

Table: TypeAlias = Any
"""A pyarrow table, which publishes no types."""

_KEPT, _LARGEST_BYTES = 100, 64 * 1024 * 1024

_TYPES: Mapping[str, Callable[[], Any]] = {
    "fixed": pa.int64,
    "real": pa.float64,
    "boolean": pa.bool_,
    "timestamp_ltz": lambda: pa.timestamp("ms", tz="UTC"),
}


class KeptResults:
    """The latest results, by query id; each can be read by the user whose statement gave it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, Result | Table]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, query_id: str, user: str, answer: Answer) -> None:
        """Keep a result, unless it is very large: the rows of a SHOW, which are few, as they are."""
        kept = answer if isinstance(answer, Result) else answer.table
        if kept is None or (not isinstance(kept, Result) and kept.nbytes > _LARGEST_BYTES):
            return
        with self._lock:
            self._kept[query_id] = (user, kept)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def find(self, query_id: str, user: str) -> Table | None:
        """Give the rows of a user's statement."""
        with self._lock:
            owner, kept = self._kept.get(query_id, ("", None))
        if owner != user:
            return None
        return build_table(kept) if isinstance(kept, Result) else kept


def build_table(result: Result) -> Table:
    """Give rows as a table."""
    columns = [[row[place] for row in result.rows] for place in range(len(result.columns))]
    arrays = [
        pa.array(_written(cells, column.type), type=_TYPES.get(column.type, pa.string)())
        for cells, column in zip(columns, result.columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=[column.name for column in result.columns])


def _written(cells: list[Cell], type_: str) -> list[Cell]:
    if type_ in _TYPES:
        return cells
    return [None if cell is None else str(cell) for cell in cells]
