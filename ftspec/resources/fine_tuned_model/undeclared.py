"""What becomes of models that this project made and no document declares any more (rows 19 to 21 of the table)."""

from __future__ import annotations

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Severity
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.blocking import build_blocked
from ftspec.resources.fine_tuned_model.differing import list_cancelled, list_pruned
from ftspec.resources.marker import NONE, YES


def decide_undeclared(address: Address, actual: Model, scope: Scope) -> Change:
    """Decide what becomes of a model that no document declares any more."""
    protected = [model for model in actual.others if model.marker is not None and model.marker.protect == YES]
    if protected:
        reason = f"{protected[0].name} is protected from deletion" + (
            "" if scope.destroys else ", and declared no more"
        )
        hint = "to delete it, apply it once with deletion_protection: false"
        if not scope.destroys:
            hint = f"declare it again, or ftspec forget {address.name}; {hint}"
        return build_blocked(address, 19, State.OUTDATED, reason, hint=hint, code="FT210")
    if actual.orphan and not scope.orphans:
        names = ", ".join(str(model.name) for model in actual.others)
        reason = f"{names} was made by this project, in a schema that no manifest names any more"
        hint = f"ftspec forget {address.name}, or ftspec apply --orphans --allow deletes"
        note = Diagnostic("FT211", reason, Severity.WARNING, path="metadata/name", hint=hint)
        return Change(address, Action.NO_OP, State.OUTDATED, 21, reason, notes=(note,))
    state = State.LIVE if actual.others else State.TRAINING
    reason = "" if scope.destroys else "it was made by this project, and is declared no more"
    differences = (*list_cancelled(actual.running()), *list_pruned(actual.others))
    made = actual.others[-1].spec if actual.others else NONE
    return Change(
        address, Action.DELETE, state, 20, reason, differences=differences, fingerprint=made.removeprefix(NONE)
    )
