"""What a change does to its resource, as the lines of a diff. Pure: the JSON form of a plan to values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ftspec.cli.views.plan_text import Plain, cost_pairs, describe_value, list_differences


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff: `sign` is + for what comes, - for what goes, a blank for what stays; `label` may be empty."""

    sign: str
    label: str
    text: str


def diff_lines(change: Plain) -> Iterator[DiffLine]:
    """Write each difference as lines, and below the training data what it takes to learn from it."""
    for difference in list_differences(change):
        if difference["path"] == "grants":
            yield _grant_line(difference)
            continue
        yield from _property_lines(change, difference)
        if difference["path"] == "training_data" and change["cost"] is not None:
            yield from (DiffLine(" ", title, text) for title, text in cost_pairs(change))


def _grant_line(difference: Plain) -> DiffLine:
    before, after, note = difference["before"], difference["after"], difference["note"]
    behind = f"  ({note})" if note else ""
    sign = " " if before == after else "+" if before is None else "-"
    return DiffLine(sign, "", f"{after if after is not None else before}{behind}")


def _property_lines(change: Plain, difference: Plain) -> Iterator[DiffLine]:
    before, after, note = difference["before"], difference["after"], difference["note"]
    label = difference["path"].removeprefix("options.")
    if before is not None and before != after:
        yield DiffLine("-", label, f"{before} ({note})" if note and after is None else before)
    if after is not None:
        sign = " " if before == after else "+"
        yield DiffLine(sign, label, describe_value(change, difference["path"], after))
