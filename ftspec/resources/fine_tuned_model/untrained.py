"""What becomes of a declared model whose manifest names no training data: it is kept and granted, and never trained.

Such a model was there before it was declared. The rows are those of the decision table that do not train.
"""

from __future__ import annotations

from ftspec.model.change import Action, Change, State
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.blocking import block_conflict, build_blocked
from ftspec.resources.fine_tuned_model.choosing import own_live, running_others
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import UNMARKED, list_cancelled, list_settled

_TRAIN = "add training_data and base_model to train it"


def decide_untrained(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    """Keep the live model of ours, whatever it was made from; without one there is nothing to be done."""
    name = desired.address.name
    if actual.unknown:
        hint = "use a role that sees the project's models and jobs"
        return build_blocked(desired.address, 1, State.UNKNOWN, f"unknown outcome: {actual.unknown}", hint=hint)
    if name in scope.replace:
        reason = "it cannot be trained again: its manifest names no training_data"
        return build_blocked(desired.address, 18, State.UNKNOWN, reason, code="FT284", hint=_TRAIN)
    if own_live(desired, actual, scope) is None:
        return block_conflict(desired, actual, scope) or _find_nothing(desired, actual)
    others, settled = running_others(desired, actual), list_settled(desired, actual, scope)
    if others:
        reason = f"job {others[0].id} trains, and the manifest names no training_data"
        differences = (*list_cancelled(others), *settled)
        return Change(desired.address, Action.CANCEL, State.LIVE, 3, reason, differences=differences)
    if not settled:
        return Change(desired.address, Action.NO_OP, State.LIVE, 5, "live, and never trained")
    if actual.live is not None and actual.live.marker is None:
        return Change(desired.address, Action.FINISH, State.UNFINISHED, 4, UNMARKED, differences=settled)
    return Change(desired.address, Action.UPDATE, State.LIVE, 5, differences=settled)


def _find_nothing(desired: FineTunedModel, actual: Model) -> Change:
    kept = ", ".join(str(model.name) for model in actual.others if model.marker is not None)
    if kept:
        reason = f"nothing is live, and only {kept} is left of this model"
        hint = f"ftspec rollback {desired.address.name}"
        return build_blocked(desired.address, 17, State.OUTDATED, reason, hint=hint)
    reason = f"there is no model {desired.model}, and the manifest names no training_data to train it from"
    return build_blocked(desired.address, 18, State.ABSENT, reason, code="FT284", hint=f"{_TRAIN}; or correct its name")
