"""A rollback, the end of its hold, and letting a model go: what people ask for by hand, as changes and steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, State
from ftspec.model.plan import Execute, Step
from ftspec.resources import finetune
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import list_held, own_live, running_others
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import list_cancelled, list_replaced
from ftspec.resources.fine_tuned_model.owing import restore_grants
from ftspec.resources.fine_tuned_model.swapping import swap_models, write_hold
from ftspec.resources.marker import NONE


def find_previous(actual: Model) -> LiveModel | None:
    """Give the newest earlier model that is kept; where a rollback was cut off, the one that it was to bring back.

    From a model that a rollback brought back it goes further back, and never to what that one left.
    """
    kept = [model for model in actual.others if model.marker is not None]
    begun = list_held(actual)
    live = actual.live
    if live is None and begun:
        return begun[0]
    if live is not None and live.hold:
        kept = [model for model in kept if model.created_on < live.created_on and model.spec != live.hold]
    return kept[-1] if kept else None


def roll_back(desired: FineTunedModel, actual: Model, scope: Scope, previous: LiveModel) -> tuple[Step, ...]:
    """Bring an earlier model back, and write on it what it was brought back from: no apply replaces it then."""
    live = own_live(desired, actual, scope)
    left = live.hold or live.spec if live is not None else previous.hold or desired.fingerprint
    passed = restore_grants(desired, actual, scope, previous.name, ())
    mark = replace(write_hold(desired.address, previous, left), after=tuple(step.id for step in passed))
    return (*passed, mark, *swap_models(desired, actual, scope, previous.name, (mark.id,)))


def complete_rollback(desired: FineTunedModel, actual: Model, ready: LiveModel) -> Change:
    """Decide what becomes of a rollback that was cut off between its two renames (row 10): it is completed."""
    reason = f"a rollback was cut off: {ready.name}, which it was to bring back, goes live"
    differences = (*list_cancelled(running_others(desired, actual)), *list_replaced(desired, None, ready))
    return Change(desired.address, Action.PROMOTE, State.UNFINISHED, 10, reason, differences=differences)


def resume_model(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Step, ...]:
    """End the hold of what is live, and of what a rollback that was cut off was to bring back."""
    live = own_live(desired, actual, scope)
    return end_holds(desired.address, actual.others if live is None else (live, *actual.others))


def end_holds(address: Address, models: Iterable[LiveModel]) -> tuple[Execute, ...]:
    """End the hold of each model that has one."""
    return tuple(write_hold(address, model, NONE) for model in models if model.hold)


def forget_models(address: Address, actual: Model) -> tuple[Step, ...]:
    """Take the markers off the models of a resource: they stay, and are nobody's."""
    models = tuple(model for model in (actual.live, *actual.others) if model is not None and model.marker is not None)
    return tuple(
        Execute(
            id=f"forget {address.name} {model.name.name}",
            address=address,
            title=f"take the marker off {model.name}",
            sql=(finetune.set_model_comment(model.name, model.comment),),
        )
        for model in models
    )
