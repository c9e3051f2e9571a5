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
from ftspec.resources.fine_tuned_model.swapping import swap_models
from ftspec.resources.marker import NONE, join_comment


def find_previous(actual: Model) -> LiveModel | None:
    """Give the newest earlier model that is kept; where a rollback was cut off, the one that it was to bring back."""
    kept = [model for model in actual.others if model.marker is not None]
    begun = list_held(actual)
    if actual.live is None and begun:
        return begun[-1]
    return kept[-1] if kept else None


def roll_back(desired: FineTunedModel, actual: Model, scope: Scope, previous: LiveModel) -> tuple[Step, ...]:
    """Bring an earlier model back, and write on it what it was brought back from: no apply replaces it then."""
    live = own_live(desired, actual, scope)
    left = live.spec if live is not None else desired.fingerprint
    if live is None and previous.marker is not None and previous.marker.hold != NONE:
        left = previous.marker.hold
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


def write_hold(address: Address, model: LiveModel, hold: str) -> Execute:
    """Write a hold on a model, or end it with `-`."""
    if model.marker is None:
        message = "only a model with a marker can be held"
        raise AssertionError(message)
    comment = join_comment(model.comment, str(replace(model.marker, hold=hold)))
    title = f"end the hold of {model.name}" if hold == NONE else f"hold {model.name}"
    return Execute(
        id=f"hold {address.name} {model.name.name}",
        address=address,
        title=title,
        sql=(finetune.set_model_comment(model.name, comment),),
    )


def end_holds(address: Address, models: Iterable[LiveModel]) -> tuple[Execute, ...]:
    """End the hold of each model that has one."""
    held = (model for model in models if model.marker is not None and model.marker.hold != NONE)
    return tuple(write_hold(address, model, NONE) for model in held)


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
