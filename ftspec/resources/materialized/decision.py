"""What is to be done with a dataset that stands in Snowflake, or that no longer should."""

from __future__ import annotations

from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Span
from ftspec.resources.addressed import loading_of
from ftspec.resources.base import Scope
from ftspec.resources.marker import count_rows
from ftspec.resources.materialized.actual import VIEW, Found, Goal, Standing, Wanted, find_goal, is_loaded, is_shown
from ftspec.resources.materialized.dropping import Drop, find_drops, find_holders
from ftspec.resources.materialized.reading import is_counted, is_ours

INLINE = "inline: the query goes with the job"


def decide_standing(address: Address, wanted: Wanted | None, actual: Standing, scope: Scope) -> Change:
    """Decide what becomes of the view and the tables of a dataset; `wanted` None: it is declared no more."""
    if wanted is not None:
        blocked = _check_seen(wanted, actual) or _check_names(wanted, find_goal(wanted, actual), actual, scope)
        if blocked is not None:
            return blocked
    goal = find_goal(wanted, actual)
    drops = find_drops(address, goal, actual, scope)
    differences = (*(_list_made(goal, wanted, actual) if goal and wanted else ()), *_list_dropped(drops))
    if not differences:
        return Change(address, Action.NO_OP, State.LIVE, reason=_explain_rest(address, goal, wanted, actual, scope))
    if wanted is None:
        reason = "" if scope.destroys else "it was made by this project, and is declared no more"
        return Change(address, Action.DELETE, State.OUTDATED, reason=reason, differences=differences)
    action, state = Action.UPDATE, State.OUTDATED
    if goal is not None and actual.named is None:
        action, state = Action.CREATE, State.UNFINISHED if actual.tables else State.ABSENT
    return Change(address, action, state, differences=differences)


def _check_seen(wanted: Wanted, actual: Standing) -> Change | None:
    """Block where it is not known what is there, or which rows are declared."""
    if find_goal(wanted, actual) is None:
        return None
    if actual.unknown:
        return _block(wanted, State.UNKNOWN, "FT253", actual.unknown, hint="use a role that may list them")
    if is_counted(wanted) and not actual.fingerprint:
        reason = f"its rows cannot be read: {actual.refusal}"
        hint = "repair the query, or grant the running role what it needs"
        return _block(wanted, State.UNKNOWN, "FT220", reason, hint=hint, span=wanted.place)
    return None


def _check_names(wanted: Wanted, goal: Goal | None, actual: Standing, scope: Scope) -> Change | None:
    """Block where a name is taken by what is not ours."""
    if goal is None:
        return None
    taken = sorted(actual.strangers & ({goal.table, loading_of(goal.table)} if goal.table else set()))
    if actual.named is not None and not _is_own_view(actual.named, wanted.address, scope):
        taken.insert(0, actual.named.name)
    if taken:
        hint = "rename the dataset, or drop or rename that object by hand"
        return _block(wanted, State.CONFLICT, "FT251", _explain_conflict(taken[0], actual.named), hint=hint)
    wrong = [found for found in actual.tables if found.name == goal.table and not _holds(found, goal)]
    if wrong:
        reason = f"conflict: {wrong[0].name} is there already, and its comment tells of other rows"
        return _block(wanted, State.CONFLICT, "FT251", reason, hint="drop it by hand: it is made again")
    return None


def _explain_conflict(name: ObjectName, named: Found | None) -> str:
    marker = named.marker if named is not None and named.name == name else None
    whose = "not made by ftspec for this dataset"
    if marker is not None:
        whose = f"of project {marker.project}, environment {marker.env}, dataset {marker.resource}"
    return f"conflict: {name} is there already, {whose}"


def _is_own_view(found: Found, address: Address, scope: Scope) -> bool:
    return found.kind == VIEW and is_ours(found.marker, address, scope)


def _holds(found: Found, goal: Goal) -> bool:
    return found.marker is not None and found.marker.data == goal.data


def _block(wanted: Wanted, state: State, code: str, reason: str, *, hint: str, span: Span | None = None) -> Change:
    note = Diagnostic(code, reason, path="metadata/name", span=span, hint=hint)
    return Change(wanted.address, Action.BLOCKED, state, reason=reason, notes=(note,))


def _list_made(goal: Goal, wanted: Wanted, actual: Standing) -> tuple[Difference, ...]:
    found: list[Difference] = []
    before = actual.named.marker if actual.named is not None else None
    if not is_loaded(goal, actual) and goal.table is not None:
        if wanted.file is not None:
            found.append(Difference("file", wanted.file.source.path, wanted.file.source.path))
        rows, earlier = f"{count_rows(goal.data) or 0:,}", count_rows(before.data) if before is not None else None
        found += [Difference("rows", f"{earlier:,}" if earlier else None, rows)]
        found.append(Difference("table", None, str(goal.table)))
    if not is_shown(goal, actual):
        shown = f"{goal.view} on {goal.table.name}" if goal.table is not None else str(goal.view)
        found.append(Difference("view", None, shown))
    return tuple(found)


def _list_dropped(drops: tuple[Drop, ...]) -> tuple[Difference, ...]:
    return tuple(Difference(drop.kind.lower(), str(drop.name), None, "dropped") for drop in drops)


def _explain_rest(address: Address, goal: Goal | None, wanted: Wanted | None, actual: Standing, scope: Scope) -> str:
    """Say why nothing is to be done."""
    if goal is not None:
        return f"{goal.view} is as declared" if goal.table is None else f"{goal.table} has the rows as declared"
    holders = [who for table in actual.tables for who in find_holders(table.name, address, actual, scope)]
    if holders:
        return f"{actual.tables[0].name} stays: {holders[0]} names it"
    return INLINE if wanted is not None else "nobody knows who names its tables"
