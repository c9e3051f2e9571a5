"""What the server's log says was paid for: never twice for one model, spec and data, unless that was asked for.

A training may be paid for again, without being asked for, in one case alone: the model that it made was dropped, by
hand or because the manifests let it go. What failed, was cancelled, was forgotten or lost its answer stays paid.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ftspec.resources.marker import Marker, leading_marker

_CREATE = re.compile(r"SELECT SNOWFLAKE\.CORTEX\.FINETUNE\('CREATE', '([^']+)', '[^']+', '((?:[^']|'')*)'")
_RENAME = re.compile(r"ALTER MODEL (\S+) RENAME TO (\S+)")
_DROP = re.compile(r"DROP MODEL (\S+)")
BY_HAND = "/* by hand */ "
"""How the statements begin that the test itself sends."""

Paid = tuple[str, str, str]
"""Model, spec and data."""


@dataclass
class Ledger:
    """What was paid for and not dropped since, as far as the log was read.

    `open` are the names under which each training's model stands or would stand, `holders` the newest training of each
    name.
    """

    open: dict[Paid, set[str]] = field(default_factory=dict)
    holders: dict[str, Paid] = field(default_factory=dict)
    trainings: int = 0
    cancelled: int = 0

    def enter(self, entries: Iterable[Mapping[str, object]], asked: Collection[str] | None = None) -> None:
        """Read more of the log; `asked`: --retry or --replace was given meanwhile, when these models were there."""
        for entry in entries:
            if entry["outcome"] == "success":
                self._enter(str(entry["sql"]).removeprefix(BY_HAND), asked)

    def _enter(self, sql: str, asked: Collection[str] | None) -> None:
        if found := _CREATE.match(sql):
            self._pay(found[1], _read_paid(found[2]), asked)
        elif found := _RENAME.fullmatch(sql):
            self._move(found[1], found[2])
        elif found := _DROP.fullmatch(sql):
            self._drop(found[1])
        elif "FINETUNE('CANCEL'" in sql:
            self.cancelled += 1

    def _pay(self, name: str, paid: Paid, asked: Collection[str] | None) -> None:
        self.trainings += 1
        before = self.open.get(paid, set())
        assert asked is not None or not before, f"{paid} was paid for twice: as {sorted(before)}, and now as {name}"
        # What was asked for takes the place of a training that came to nothing, and stands beside a model.
        before = before.intersection(asked or ())
        self.open[paid] = {*before, name}
        self.holders[name] = paid

    def _move(self, name: str, new: str) -> None:
        paid = self.holders.pop(name)
        self.open[paid] = {*self.open[paid] - {name}, new}
        self.holders[new] = paid

    def _drop(self, name: str) -> None:
        paid = self.holders.pop(name)
        self.open[paid].discard(name)


def _read_paid(literal: str) -> Paid:
    marker: Marker | None = leading_marker(literal.replace("''", "'"))
    assert marker is not None, literal
    return marker.resource, marker.spec, marker.data
