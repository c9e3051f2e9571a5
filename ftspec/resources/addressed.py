"""Content-addressed tables: `NAME__<8 hex>` holds the very rows that its digits stand for, and never changes.

A view `NAME` shows the newest. Jobs read the table, so that the rows a model saw can be read later.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from ftspec.model.address import ObjectName
from ftspec.resources import finetune
from ftspec.resources.base import Export, Seen, StandsAs
from ftspec.resources.holdout import BUCKETS, select_training, select_validation
from ftspec.resources.marker import NONE, data_fingerprint
from ftspec.resources.rows import RowFile

_DIGITS = 8
_LOADING = "__L"
_SUFFIX = re.compile(r"__([0-9A-F]{8})(__L)?")
_NAMED = re.compile(r"__([0-9A-Fa-f]{8})\b")


@dataclass(frozen=True, slots=True)
class JobQueries:
    """What a job is given: its queries, and the digits of the tables that they read, as a marker has them."""

    training: str = ""
    validation: str | None = None
    tables: str = NONE


NO_QUERIES = JobQueries()


def table_of(view: ObjectName, fingerprint: str) -> ObjectName:
    """Name the table of the rows that have a data fingerprint."""
    digits = hashlib.sha256(fingerprint.encode()).hexdigest()[:_DIGITS].upper()
    return replace(view, name=f"{view.name}__{digits}")


def loading_of(table: ObjectName) -> ObjectName:
    """Name the table that rows are loaded into before they are all there."""
    return replace(table, name=f"{table.name}{_LOADING}")


def read_digits(name: ObjectName, view: ObjectName) -> str | None:
    """Read the digits of a table of a view as a marker has them; "" while it is being loaded, None for other names."""
    if name.parent != view.parent or not name.name.startswith(view.name):
        return None
    found = _SUFFIX.fullmatch(name.name.removeprefix(view.name))
    if found is None:
        return None
    return "" if found[2] else found[1].lower()


def is_loading(name: ObjectName) -> bool:
    """Tell whether a name is that of a table whose rows may not all be there."""
    return name.name.endswith(_LOADING)


def find_digits(text: str) -> tuple[str, ...]:
    """Find the digits of all tables that a query may name, as a marker has them."""
    return tuple(dict.fromkeys(found.lower() for found in _NAMED.findall(text)))


def select_pairs(name: ObjectName) -> str:
    """Write a SELECT of all pairs of a table or view."""
    return f"SELECT PROMPT, COMPLETION FROM {name}"


def file_fingerprint(file: RowFile) -> str:
    """Give the data fingerprint of the rows of a file."""
    tally = file.tally(0, BUCKETS)
    return data_fingerprint(tally.rows, tally.total)


def find_fingerprint(source: Export, seen: Seen) -> str:
    """Give the data fingerprint of all rows of a dataset; empty where it was not read."""
    if source.file is not None:
        return file_fingerprint(source.file)
    answer = seen.get(finetune.count_pairs(source.whole))
    found = None if answer is None else finetune.parse_pairs(answer)
    return found if isinstance(found, str) else ""


def build_queries(training: Export, validation: Export | None, holdout: int | None, seen: Seen) -> JobQueries:
    """Write what a job is given, from what its datasets stand as; `holdout` are buckets of the training data."""
    whole, digits = _find_select(training, seen)
    if holdout is not None:
        return JobQueries(select_training(whole, holdout), select_validation(whole, holdout), digits or NONE)
    other, more = _find_select(validation, seen) if validation is not None else (None, "")
    tables = ".".join(dict.fromkeys(found for found in (digits, more) if found))
    return JobQueries(whole, other, tables or NONE)


def _find_select(source: Export, seen: Seen) -> tuple[str, str]:
    """Give the SELECT that a job reads, and the digits of the table in it, where it is one."""
    if source.made is None or source.stands_as is StandsAs.INLINE:
        return source.whole, ""
    if source.stands_as is StandsAs.VIEW:
        return select_pairs(source.made), ""
    table = table_of(source.made, find_fingerprint(source, seen))
    return select_pairs(table), read_digits(table, source.made) or ""
