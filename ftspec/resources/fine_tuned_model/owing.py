"""Grants that a model had which was dropped to be trained again in its place, and that the new one is still to get.

They are written into the journal before the drop, and struck off once they are made again, before the marker of the new
model is written: whichever run ends the training finds them there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from ftspec.model.address import Address, ObjectName
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Execute
from ftspec.resources.base import Query, Scope, Seen, is_absent, rows_of
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import own_live
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.swapping import leave_granted, list_coming, pass_grants
from ftspec.resources.grant import MODEL, Grant, Grantee, ModelGrant
from ftspec.resources.journal import Event, append_entry, owed_entry, read_attempts
from ftspec.resources.ledger import parse_ledger, read_ledger
from ftspec.resources.shown_grants import show_grants_to

_GRANTS = "grants"


def read_owed(model: FineTunedModel, scope: Scope, seen: Seen) -> tuple[ModelGrant, ...]:
    """Give what the journal has last told of grants that are still to be made again."""
    if not scope.journal:
        return ()
    names = {model.address.name, model.renamed_from}
    told = [
        str(row["DETAIL"])
        for row in rows_of(seen.get(read_attempts(scope)))
        if str(row["EVENT"]) == Event.OWED and row["RESOURCE"] in names
    ]
    return tuple(ModelGrant(*grant) for grant in json.loads(told[-1])[_GRANTS]) if told else ()


def ask_grantees(model: FineTunedModel, live: LiveModel | None, scope: Scope, seen: Seen) -> frozenset[Query]:
    """Ask whether those who are to get grants again are still there."""
    owed = read_owed(model, scope, seen) if _is_new(live) else ()
    return frozenset(show_grants_to(_grantee_of(grant)) for grant in owed)


def find_due(owed: Iterable[ModelGrant], live: LiveModel | None, seen: Seen) -> tuple[ModelGrant, ...]:
    """Give what is still to be granted: nothing once a marker is written, nor to those who are gone meanwhile."""
    if not _is_new(live):
        return ()
    return tuple(grant for grant in owed if not is_absent(seen.get(show_grants_to(_grantee_of(grant)))))


def _is_new(live: LiveModel | None) -> bool:
    return live is None or live.marker is None


def list_declared_grants(
    grants: Iterable[ModelGrant], model: ObjectName, scope: Scope, seen: Seen
) -> tuple[ModelGrant, ...]:
    """List those of the grants on a model that ftspec itself made as they are declared: it makes them again anyway."""
    ledger = parse_ledger(seen.get(read_ledger(scope))) if scope.journal else {}
    return tuple(
        grant
        for grant in grants
        if (Grant(MODEL, str(model), grant.privilege), grant.option) in ledger.get(_grantee_of(grant), frozenset())
    )


def drop_in_place(actual: Model, live: LiveModel, desired: FineTunedModel, scope: Scope) -> Model:
    """Say what is there once a live model is dropped: its grants are due, and what is granted by hand is owed.

    What this plan revokes is not, nor what ftspec will grant anyway; what it grants before the drop is due again.
    """
    left = (leave_granted(grant, desired.model, scope) for grant in actual.grants if grant not in actual.declared)
    owed = _unite((grant for grant in left if grant is not None), actual.due)
    due = _unite((*actual.grants, *list_coming(desired.model, scope)), actual.due)
    return replace(actual, live=None, grants=(), owed=owed, due=due, taken=actual.taken - {live.name})


def owe_grants(
    desired: FineTunedModel, before: Model, dropped: Model, scope: Scope, after: tuple[str, ...]
) -> tuple[Execute, ...]:
    """Write down what will be owed once a live model is dropped; also that it is nothing, where more was told."""
    if not scope.journal or not (before.owed or dropped.owed):
        return ()
    title = f"write down what is granted on {desired.model} by hand, for the model that takes its place"
    return (_tell(f"owe {desired.address.name}", title, desired.address, scope, dropped.owed, after),)


def restore_grants(
    desired: FineTunedModel, actual: Model, scope: Scope, model: ObjectName, after: tuple[str, ...]
) -> tuple[Execute, ...]:
    """Make the grants that are due on a model that has no marker yet, and strike off what was owed.

    A plan that is made between the steps may know less of them, so they are done whatever it says.
    """
    passed = pass_grants(desired, actual.due, scope, model, after, carried=True)
    if not scope.journal or not actual.owed or not _is_new(actual.live):
        return passed
    behind = tuple(step.id for step in passed) or after
    title = f"strike off what was written down: it is granted on {model} again"
    return (*passed, _tell(f"settle {desired.address.name}", title, desired.address, scope, (), behind))


def _tell(
    name: str, title: str, address: Address, scope: Scope, owed: Iterable[ModelGrant], after: tuple[str, ...]
) -> Execute:
    """Append to the journal what is owed from then on; the newest row counts, so it may be sent again."""
    listed = [[grant.grantee_type, grant.grantee, grant.privilege, grant.option] for grant in owed]
    entry = owed_entry(address.name, json.dumps({_GRANTS: listed}))
    return Execute(
        id=name, address=address, title=title, after=after, sql=(append_entry(scope, "", 0, entry),), carried=True
    )


def _unite(first: Iterable[ModelGrant], second: Iterable[ModelGrant]) -> tuple[ModelGrant, ...]:
    """Put grants together, each privilege of a grantee once."""
    found = {(grant.grantee_type, grant.grantee, grant.privilege): grant for grant in (*second, *first)}
    return tuple(sorted(found.values()))


def note_unrecorded(desired: FineTunedModel, actual: Model, scope: Scope) -> Diagnostics:
    """Say what a replacement in place may lose where no journal keeps it."""
    live = own_live(desired, actual, scope)
    if scope.journal or not desired.in_place or live is None or not actual.grants:
        return ()
    message = (
        f"only the run that drops {live.name} makes its grants again: without a journal those that are not declared "
        "are lost if it ends before the training does"
    )
    hint = "set journal: true in ftspec.yaml, or let it wait: no --no-wait, no --timeout"
    return (Diagnostic("FT241", message, Severity.WARNING, path="spec/rollout", hint=hint),)


def _grantee_of(grant: ModelGrant) -> Grantee:
    return Grantee(grant.grantee, of_database=grant.grantee_type == "DATABASE ROLE")
