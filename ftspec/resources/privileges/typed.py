"""Tables and views that are spelled out by the other one's word, which GRANT does not take."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.model.address import split_name
from ftspec.model.diagnostics import Diagnostic, Span
from ftspec.resources.base import Query, Seen, rows_of
from ftspec.resources.grant import Grant
from ftspec.resources.privileges.desired import Wanted
from ftspec.resources.shown_grants import is_truncated, show_views
from ftspec.resources.standing import Standing

_OTHER = {"TABLE": "view", "VIEW": "table"}


def read_types(missing: Iterable[Wanted]) -> set[Query]:
    """Ask for the views beside what is spelled out as a table or view."""
    return {_show(entry.grant) for entry in missing if _is_spelled(entry)}


def find_mistyped(missing: Iterable[Wanted], seen: Seen, runner: Standing) -> frozenset[Grant]:
    """Find what is listed among the views and declared as a table, or seen, not listed, and declared as a view."""
    return frozenset(entry.grant for entry in missing if _is_spelled(entry) and _is_mistyped(entry.grant, seen, runner))


def explain_mistyped(grants: tuple[Grant, ...], span: Span | None) -> Diagnostic:
    """Say which word it takes."""
    word, other = grants[0].object_type.lower(), _OTHER[grants[0].object_type]
    message = f"{grants[0].name} is a {other}, and declared as a {word}"
    hint = f"write {other}: in place of {word}:"
    return Diagnostic("FT263", message, path="spec/grants", span=span, hint=hint)


def _is_spelled(entry: Wanted) -> bool:
    return not entry.preset and entry.grant.object_type in _OTHER and entry.model is None


def _is_mistyped(grant: Grant, seen: Seen, runner: Standing) -> bool:
    answer = seen.get(_show(grant))
    listed = split_name(grant.name)[-1] in {str(row["name"]) for row in rows_of(answer)}
    if grant.object_type == "TABLE":
        return listed
    return isinstance(answer, tuple) and not is_truncated(answer) and not listed and runner.touches(grant)


def _show(grant: Grant) -> Query:
    database, schema, _ = split_name(grant.name)
    return show_views(database, schema)
