"""The live state of a dataset that stands in Snowflake, and what is wanted of it, as values."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.model.address import Address, ObjectName
from ftspec.model.diagnostics import Span
from ftspec.resources.addressed import table_of
from ftspec.resources.base import StandsAs
from ftspec.resources.marker import NONE, Marker
from ftspec.resources.rows import RowFile

VIEW = "VIEW"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declared dataset as it is to stand: `select` gives its rows, `source` is a fingerprint of what was declared.

    `file` are the rows of one that starts as a file; `place` is where in its manifest the data is declared.
    """

    address: Address
    view: ObjectName
    stands_as: StandsAs
    select: str
    source: str
    place: Span
    file: RowFile | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A table or view that is there; `marker` only where its comment has one."""

    name: ObjectName
    kind: str
    marker: Marker | None


@dataclass(frozen=True, slots=True)
class Namer:
    """Somebody who names tables by their digits: a model or a job, and the statements of which one ends that."""

    what: str
    digits: tuple[str, ...]
    releases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is there of one dataset.

    `named` stands under its own name, whoever made it; `tables` are its content-addressed ones and those being loaded,
    `strangers` names like theirs that are not ours. `fingerprint` is of the rows that are declared now, empty where
    they are not counted; `refusal` says why they cannot be. `unknown`: it cannot be told what is there. `namers` were
    read where a table may be dropped; `unseen` says why nobody knows who names one.
    """

    named: Found | None = None
    tables: tuple[Found, ...] = ()
    strangers: frozenset[ObjectName] = frozenset()
    fingerprint: str = ""
    refusal: str = ""
    unknown: str = ""
    namers: tuple[Namer, ...] = ()
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be there: the view's marker, and the table that the view shows, where it shows one."""

    view: ObjectName
    source: str
    data: str = NONE
    table: ObjectName | None = None


def find_goal(wanted: Wanted | None, actual: Standing) -> Goal | None:
    """Say what is to be there; None: nothing."""
    if wanted is None or wanted.stands_as is StandsAs.INLINE:
        return None
    if wanted.stands_as is StandsAs.VIEW:
        return Goal(wanted.view, wanted.source)
    return Goal(wanted.view, NONE, actual.fingerprint, table_of(wanted.view, actual.fingerprint))


def is_loaded(goal: Goal, actual: Standing) -> bool:
    """Tell whether the table that the view is to show is there, or none is wanted."""
    return goal.table is None or any(found.name == goal.table for found in actual.tables)


def is_shown(goal: Goal, actual: Standing) -> bool:
    """Tell whether the view is as it is to be."""
    marker = actual.named.marker if actual.named is not None else None
    return marker is not None and (marker.spec, marker.data) == (goal.source, goal.data)
