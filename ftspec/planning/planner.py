"""Decisions of the kinds to a plan: changes in order, and the steps that serve them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ftspec.manifest.document import Document
from ftspec.model.address import Address
from ftspec.model.change import Action, Change
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.graph import Graph
from ftspec.model.plan import Execute, Hazard, Plan, Step
from ftspec.planning.desired import DesiredState
from ftspec.planning.graph import draw_desired
from ftspec.planning.order import link_steps, order_addresses, sort_steps
from ftspec.resources import KINDS
from ftspec.resources.base import Kind, Scope, Seen
from ftspec.resources.sql import show_text

_ENDING = frozenset({Hazard.CANCELS, Hazard.PRUNES, Hazard.DELETES, Hazard.REVOKES})
_MOVING = frozenset({"progress", "training_loss", "validation_loss", "trained_tokens", "query_id", "figures"})
"""What may move without making a plan stale: rows are profiled again before they are paid for."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One change, with the steps that serve it."""

    change: Change
    steps: tuple[Step, ...]


def build_plan(desired: DesiredState, seen: Seen, scope: Scope, *, within: frozenset[Address] | None = None) -> Plan:
    """Observe, decide and order; the same input gives the same plan, byte for byte.

    `within` leaves out what has another address: nothing becomes of it.
    """
    decided = _decide(desired, seen, scope, within)
    decisions = {decision.change.address: decision for decision in decided}
    dependencies = {address: _needs(desired, address) for address in decisions}
    ordered = tuple(decisions[address] for address in order_addresses(dependencies))
    kept = _drop_blocked(ordered)
    steps = sort_steps(link_steps(_drop_dangling(tuple(step for decision in kept for step in decision.steps))))
    documents = desired.documents()
    changes = tuple(_place_notes(decision.change, documents) for decision in kept)
    notes = tuple(note for change in changes for note in change.notes)
    return Plan(
        project=scope.project,
        environment=scope.environment,
        account=scope.account,
        role=scope.role,
        changes=changes,
        steps=steps,
        diagnostics=desired.diagnostics + notes,
        digest=_digest(desired, seen, scope, changes),
        graph=_draw(desired, tuple(change.address for change in changes)),
    )


def _draw(desired: DesiredState, addresses: tuple[Address, ...]) -> Graph:
    """Draw what the plan is about: also what is declared no more, which nothing is known to lead to."""
    return draw_desired(desired).within(frozenset(addresses)).with_nodes(addresses)


def _decide(desired: DesiredState, seen: Seen, scope: Scope, within: frozenset[Address] | None) -> tuple[Decision, ...]:
    """Decide kind by kind, what is made of others first: what it drops lets go of what it was made of."""
    found: list[Decision] = []
    for kind in reversed(KINDS):
        here = replace(scope, leaving=_list_leaving(found), coming=_list_coming(found))
        decided = tuple(
            decision
            for decision in _decide_kind(kind, desired, seen, here)
            if within is None or decision.change.address in within
        )
        found += _refuse_renames(decided)
    return tuple(found)


def _decide_kind(kind: Kind[Any, Any], desired: DesiredState, seen: Seen, scope: Scope) -> tuple[Decision, ...]:
    declared = desired.declared.get(kind.noun, ())
    by_address = {entry.address: entry for entry in declared}
    found = []
    for address, actual in sorted(kind.observe(declared, scope, seen).items()):
        resource = by_address.get(address)
        change = kind.decide(address, resource, actual, scope)
        found.append(Decision(change, kind.steps(change, resource, actual, scope)))
    return tuple(found)


def _list_leaving(decided: list[Decision]) -> tuple[tuple[str, str], ...]:
    """List the statements that drop, cancel or revoke something, each with the id of its step."""
    steps = [step for decision in decided for step in decision.steps if _ENDING.intersection(step.hazards)]
    return tuple((show_text(step.sql), step.id) for step in steps if isinstance(step, Execute))


def _list_coming(decided: list[Decision]) -> tuple[tuple[str, str], ...]:
    """List the statements that grant something on what is there, each with the id of its step."""
    steps = [step for decision in decided for step in decision.steps if isinstance(step, Execute) and not step.needs]
    listed = [(show_text(step.sql), step.id) for step in steps]
    return tuple(entry for entry in listed if entry[0].startswith("GRANT "))


def _refuse_renames(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Block a delete and a create of one and the same thing: it would be paid for again under another name."""
    gone = _by_fingerprint(decisions, Action.DELETE)
    made = _by_fingerprint(decisions, Action.CREATE)
    return tuple(
        _refuse_rename(decision, gone, made) if decision.change.fingerprint in gone.keys() & made.keys() else decision
        for decision in decisions
    )


def _by_fingerprint(decisions: tuple[Decision, ...], action: Action) -> Mapping[str, Address]:
    changes = (decision.change for decision in decisions)
    return {change.fingerprint: change.address for change in changes if change.action is action and change.fingerprint}


def _refuse_rename(decision: Decision, gone: Mapping[str, Address], made: Mapping[str, Address]) -> Decision:
    change = decision.change
    old, new = gone[change.fingerprint], made[change.fingerprint]
    if change.address not in {old, new}:
        return decision
    reason = f"{old} would be deleted, and {new}, which is the same, created and paid for"
    hint = f"set renamed_from: {old.name} in {new}, or delete and create in two applies"
    note = Diagnostic("FT206", reason, path="metadata/name", hint=hint)
    refused = replace(
        change, action=Action.BLOCKED, reason=reason, notes=(*change.notes, note), differences=(), cost=None
    )
    return Decision(refused, ())


def _needs(desired: DesiredState, address: Address) -> tuple[Address, ...]:
    resource = desired.find(address)
    return () if resource is None else resource.depends_on


def _drop_blocked(ordered: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Leave out what waits for a blocked resource, and what waits for that in turn."""
    blocked = {decision.change.address for decision in ordered if decision.change.action is Action.BLOCKED}
    kept = []
    for decision in ordered:
        kept.append(_drop_waiting(decision, blocked))
        if len(kept[-1].steps) < len(decision.steps):
            blocked.add(decision.change.address)
    return tuple(kept)


def _drop_dangling(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Leave out steps that come after one that was left out: what names a table still stands."""
    while True:
        known = {step.id for step in steps}
        kept = tuple(step for step in steps if known.issuperset(step.after))
        if len(kept) == len(steps):
            return kept
        steps = kept


def _drop_waiting(decision: Decision, blocked: set[Address]) -> Decision:
    """Leave out steps that need a blocked resource, and say so on the change; a training takes all with it.

    Nothing is taken away meanwhile.
    """
    waiting = [step for step in decision.steps if blocked.intersection(step.needs)]
    if not waiting:
        return decision
    trains = any(Hazard.BILLED in step.hazards for step in waiting)
    revokes = [step for step in decision.steps if Hazard.REVOKES in step.hazards and step not in waiting]
    left_out = {step.id for step in (decision.steps if trains else (*waiting, *revokes))}
    names = ", ".join(str(address) for address in sorted({need for step in waiting for need in step.needs} & blocked))
    message = f"{len(left_out)} of its steps wait for {names}, which is blocked"
    note = Diagnostic("FT205", message, Severity.WARNING, path="metadata/name")
    steps = tuple(step for step in decision.steps if step.id not in left_out)
    change = replace(decision.change, notes=(*decision.change.notes, note))
    if not steps:
        change = replace(change, action=Action.BLOCKED, reason=f"waits for {names}", cost=None)
    return Decision(change, steps)


def _place_notes(change: Change, documents: Mapping[Address, Any]) -> Change:
    document = documents.get(change.address)
    if document is None:
        return change
    notes: Diagnostics = tuple(document.locate(note) for note in change.notes)
    return replace(change, notes=notes)


def _digest(desired: DesiredState, seen: Seen, scope: Scope, changes: tuple[Change, ...]) -> str:
    """Digest all that the decisions read: what was observed, and what was declared; not how far a job has come.

    Of rows only what was decided by them counts.
    """
    observed = {
        kind.noun: {
            str(address): _plain(asdict(actual))
            for address, actual in sorted(kind.observe(desired.declared.get(kind.noun, ()), scope, seen).items())
        }
        for kind in KINDS
    }
    declared = {str(address): document.spec for address, document in sorted(desired.documents().items())}
    decided = [
        [str(change.address), change.action, change.row, [note.code for note in change.notes if _is_error(note)]]
        for change in changes
    ]
    files = [(file.source.path, file.sha256) for file in scope.files]
    parts = [asdict(replace(scope, files=())), files, declared, observed, decided]
    text = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_error(note: Diagnostic) -> bool:
    return note.severity is Severity.ERROR


def _plain(value: object) -> object:
    """Turn values into what JSON can say, with sets sorted, and what moves while nothing changes left out."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items() if key not in _MOVING}
    if isinstance(value, frozenset):
        return sorted((_plain(entry) for entry in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def restrict_plan(plan: Plan, addresses: frozenset[Address]) -> Plan:
    """Leave of a plan what concerns some addresses."""
    gone = {note for change in plan.changes if change.address not in addresses for note in change.notes}
    return replace(
        plan,
        diagnostics=tuple(note for note in plan.diagnostics if note not in gone),
        changes=tuple(change for change in plan.changes if change.address in addresses),
        steps=tuple(step for step in plan.steps if step.address in addresses),
        graph=plan.graph.within(addresses),
    )


def declared_digests(desired: DesiredState, after: Plan) -> str:
    """Write down, as JSON, a digest of what each resource that is as declared was declared as."""
    documents = desired.documents()
    settled = [change.address for change in after.changes if change.action is Action.NO_OP]
    return json.dumps(
        {str(address): digest_document(documents[address]) for address in settled if address in documents},
        sort_keys=True,
    )


def digest_document(document: Document) -> str:
    """Digest a document as it was declared."""
    return hashlib.sha256(json.dumps(document.spec, sort_keys=True, default=str).encode()).hexdigest()[:16]
