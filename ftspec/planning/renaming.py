"""A project under another name: what bears the markers of the old one, and the steps that write the new one.

Pure. Only what is declared here is taken over: the next apply would drop the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Execute
from ftspec.planning.desired import DesiredState
from ftspec.resources.base import Answer, Refusal, Scope, rows_of
from ftspec.resources.fine_tuned_model import FineTunedModel, Sight
from ftspec.resources.journal import move_entries
from ftspec.resources.marker import NONE, Marker, join_comment, split_comment
from ftspec.resources.sql import literal


@dataclass(frozen=True, slots=True)
class Marked:
    """An object that bears a marker, or that a job with one has made: its type, and the user's words on it."""

    address: Address
    object_type: str
    name: ObjectName
    words: str
    marker: Marker


def list_marked(sight: Sight, objects: Answer, old: Scope) -> tuple[Marked, ...]:
    """List the models, tables and views of a project; `objects` are the rows of SHOW OBJECTS."""
    found = [
        Marked(Address("model", identity.resource), "MODEL", model.name, model.comment, replace(identity, job=job))
        for model in sight.models
        for identity, job in [(model.identity, model.job or NONE)]
        if identity is not None and identity.is_of(old)
    ]
    for row in rows_of(objects):
        words, marker = split_comment(str(row.get("comment") or ""))
        name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
        if marker is not None and marker.is_of(old):
            kind = "VIEW" if str(row.get("kind")) == "VIEW" else "TABLE"
            found.append(Marked(Address("dataset", marker.resource), kind, name, words, marker))
    return tuple(sorted(found, key=lambda each: (each.address, each.name)))


def check_marked(marked: Iterable[Marked], sight: Sight, desired: DesiredState, old: Scope) -> Diagnostics:
    """Refuse what still trains, whose job would bear the old name; tell of what is not declared, and stays."""
    faults = [
        Diagnostic(
            "FT436",
            f"job {job.id} of model {job.marker.resource} still trains, and its query bears the old name",
            hint="wait until it has ended, or cancel it, in the old project",
        )
        for job in sight.running
        if job.marker is not None and job.marker.is_of(old)
    ]
    left = [each for each in marked if not _is_declared(each, desired)]
    faults += [
        Diagnostic(
            "FT437",
            f"{each.address} is not declared here, so {each.name} stays with {_place(old)}",
            Severity.NOTE,
            hint="declare it first: the next apply would drop it",
        )
        for each in left
    ]
    return tuple(faults)


def plan_renaming(
    marked: Iterable[Marked], desired: DesiredState, old: Scope, scope: Scope, entries: int
) -> tuple[tuple[Change, ...], tuple[Execute, ...]]:
    """Write the new names into the markers of what is declared, and into the old project's rows of the journal."""
    found: dict[Address, list[Marked]] = {}
    for each in marked:
        if _is_declared(each, desired):
            found.setdefault(each.address, []).append(each)
    changes = [
        _change(address, "name", [str(each.name) for each in listed], old, scope) for address, listed in found.items()
    ]
    steps = [_rewrite(each, scope) for listed in found.values() for each in listed]
    if entries:
        address = Address("journal", scope.project)
        changes.append(_change(address, "rows", [f"{entries:,}"], old, scope))
        title = f"carry {entries:,} row{'s' * (entries != 1)} of the journal over"
        move = move_entries(old, scope)
        steps.append(Execute(id="carry journal", address=address, title=title, after=_ids(steps), sql=(move,)))
    return tuple(changes), tuple(steps)


def read_entries(answer: Answer) -> int:
    """Read how many rows of the journal there are; one that is not there, or not to be read, has none."""
    return 0 if isinstance(answer, Refusal) else int(str(answer[0]["ENTRIES"]))


def _ids(steps: Iterable[Execute]) -> tuple[str, ...]:
    return tuple(step.id for step in steps)


def _is_declared(marked: Marked, desired: DesiredState) -> bool:
    named: Mapping[Address, object] = desired.documents()
    models = (entry for entry in desired.declared.get("model", ()) if isinstance(entry, FineTunedModel))
    return marked.address in named or any(
        Address("model", entry.renamed_from or "") == marked.address for entry in models
    )


def _change(address: Address, path: str, values: Iterable[str], old: Scope, scope: Scope) -> Change:
    kept = tuple(Difference(path, value, value) for value in values)
    renamed = (("project", old.project, scope.project), ("environment", old.environment, scope.environment))
    altered = tuple(Difference(*each) for each in renamed if each[1] != each[2])
    return Change(address, Action.UPDATE, State.CONFLICT, reason="it is carried over", differences=(*kept, *altered))


def _place(scope: Scope) -> str:
    return f"project {scope.project}, environment {scope.environment}"


def _rewrite(marked: Marked, scope: Scope) -> Execute:
    marker = replace(marked.marker, project=scope.project, env=scope.environment)
    comment = literal(join_comment(marked.words, str(marker)))
    return Execute(
        id=f"adopt {marked.object_type.lower()} {marked.name.name}",
        address=marked.address,
        title=f"write on {marked.name} that it is of {_place(scope)}",
        sql=(f"ALTER {marked.object_type} {marked.name} SET COMMENT = {comment}",),
    )
