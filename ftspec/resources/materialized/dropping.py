"""Which tables and views of a dataset are to be dropped: never one that a model's marker or a running job names."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.model.address import Address, ObjectName
from ftspec.resources.addressed import is_loading, loading_of, read_digits
from ftspec.resources.base import Scope
from ftspec.resources.materialized.actual import VIEW, Goal, Standing, is_loaded
from ftspec.resources.materialized.reading import is_ours, view_of


@dataclass(frozen=True, slots=True)
class Drop:
    """A table or view to be dropped, after the steps that drop or cancel what names it."""

    name: ObjectName
    kind: str
    after: tuple[str, ...] = ()


def find_drops(address: Address, goal: Goal | None, actual: Standing, scope: Scope) -> tuple[Drop, ...]:
    """List what is ours and no longer wanted: the view first, then the tables that nobody names."""
    drops = []
    named = actual.named
    if goal is None and named is not None and named.kind == VIEW and is_ours(named.marker, address, scope):
        drops.append(Drop(named.name, VIEW))
    for table in actual.tables:
        after = _find_release(table.name, view_of(address, scope), actual, scope)
        if after is not None and not _is_wanted(table.name, goal, actual):
            drops.append(Drop(table.name, "TABLE", after))
    return tuple(drops)


def find_holders(name: ObjectName, address: Address, actual: Standing, scope: Scope) -> tuple[str, ...]:
    """List the models and jobs that name a table, and that this plan leaves as they are."""
    digits, releases = read_digits(name, view_of(address, scope)), dict(scope.leaving)
    return tuple(
        namer.what
        for namer in actual.namers
        if digits and digits in namer.digits and releases.keys().isdisjoint(namer.releases)
    )


def _is_wanted(name: ObjectName, goal: Goal | None, actual: Standing) -> bool:
    """Tell whether a table is the one that is shown, or is about to be loaded anew."""
    if goal is None or goal.table is None:
        return False
    return name == goal.table or (name == loading_of(goal.table) and not is_loaded(goal, actual))


def _find_release(name: ObjectName, view: ObjectName, actual: Standing, scope: Scope) -> tuple[str, ...] | None:
    """Give the steps after which nobody names a table; None while somebody does, or may."""
    if is_loading(name):
        return ()
    if actual.unseen:
        return None
    digits, releases = read_digits(name, view), dict(scope.leaving)
    namers = [namer for namer in actual.namers if digits in namer.digits]
    after = [[releases[sql] for sql in namer.releases if sql in releases] for namer in namers]
    return tuple(sorted({step for steps in after for step in steps})) if all(after) else None
