"""The steps that bring a trained model live, so that every prefix of them is a state that the next plan continues.

Grants of the live model on the candidate, the live model out of the way, the candidate in its place, one question
asked, and the models that nobody keeps dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ftspec.model.address import Address, ObjectName
from ftspec.model.plan import Execute, Hazard, Step
from ftspec.resources import finetune
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import find_pruned, own_live
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.grant import ModelGrant, copy_grant, read_model_grants, take_grant
from ftspec.resources.marker import NONE, join_comment
from ftspec.resources.naming import name_beside
from ftspec.resources.sql import literal

PROBE = "Hello"
"""What a model is asked once it stands under the live name: only that it answers counts."""


def go_live(
    desired: FineTunedModel,
    actual: Model,
    scope: Scope,
    candidate: ObjectName,
    after: tuple[str, ...],
    coming: LiveModel | None = None,
) -> tuple[Step, ...]:
    """Put a candidate under the live name, and drop what nobody keeps; `after` are the steps that it waits for.

    `coming` is the candidate, where it is there already.
    """
    if candidate == desired.model:
        pruned = find_pruned(desired, actual, scope)
        return tuple(drop_models(desired.address, pruned, Hazard.PRUNES, after))
    pruned = find_pruned(desired, actual, scope, coming, swaps=True)
    live = own_live(desired, actual, scope)
    if live is not None:
        kept = kept_name(desired, actual, live, candidate)
        pruned = tuple(replace(model, name=kept) if model == live else model for model in pruned)
    moves = swap_models(desired, actual, scope, candidate, after)
    return (*moves, *drop_models(desired.address, pruned, Hazard.PRUNES, (moves[-1].id,)))


def kept_name(desired: FineTunedModel, actual: Model, live: LiveModel, candidate: ObjectName) -> ObjectName:
    """Give the name under which a live model is kept when a candidate takes its place."""
    data = live.identity.data if live.identity else NONE
    return name_beside(desired.model, live.spec, data, {*actual.taken, candidate})


def swap_models(
    desired: FineTunedModel, actual: Model, scope: Scope, candidate: ObjectName, after: tuple[str, ...]
) -> tuple[Execute, ...]:
    """Put a candidate under the live name, and what is live out of the way."""
    live = own_live(desired, actual, scope)
    if live is None:
        return (_rename_in(desired, candidate, None, after),)
    known = _remember(desired, live, after)
    behind = tuple(step.id for step in known) or after
    return (*known, *_swap(desired, actual, scope, candidate, kept_name(desired, actual, live, candidate), behind))


def _remember(desired: FineTunedModel, live: LiveModel, after: tuple[str, ...]) -> tuple[Execute, ...]:
    """Write on a live model what it was made from, where a run that was cut off did not: its name tells it no more."""
    if live.marker is not None or live.maker is None or live.maker.marker is None:
        return ()
    marker = replace(live.maker.marker, resource=desired.address.name, job=live.maker.id)
    return (
        Execute(
            id=f"remember {desired.address.name}",
            address=desired.address,
            title=f"write on {live.name} what it was made from",
            after=after,
            sql=(f"ALTER MODEL {live.name} SET COMMENT = {literal(join_comment(live.comment, str(marker)))}",),
        ),
    )


def _swap(
    desired: FineTunedModel,
    actual: Model,
    scope: Scope,
    candidate: ObjectName,
    kept: ObjectName,
    after: tuple[str, ...],
) -> tuple[Execute, ...]:
    coming = list_coming(desired.model, scope)
    # What was due has been given before the marker was written.
    given = {_name_grant(desired, grant) for grant in (*actual.due, *coming)}
    left = [grant for grant in actual.grants if _name_grant(desired, grant) not in given]
    granted = (*after, *sorted(set(coming.values())))
    passed = pass_grants(desired, (*left, *coming), scope, candidate, granted)
    out = Execute(
        id=f"retire {desired.address.name}",
        address=desired.address,
        title=f"keep what is live now as {kept.name}",
        after=tuple(step.id for step in passed) or after,
        sql=(finetune.rename_model(desired.model, kept),),
        once=True,
    )
    into = _rename_in(desired, candidate, kept, (out.id,))
    probe = _probe(desired, scope, candidate, kept, (into.id,))
    withdrawn = _withdraw_grants(desired, actual.grants, scope, kept, probe.id)
    return (*passed, out, into, probe, *withdrawn, *_release(desired, actual.live, kept, (probe, *withdrawn)[-1].id))


def _release(desired: FineTunedModel, live: LiveModel | None, kept: ObjectName, after: str) -> tuple[Execute, ...]:
    """End the hold of what was live: once something else is, there is nothing to hold."""
    if live is None or not live.hold:
        return ()
    end = write_hold(desired.address, replace(live, name=kept), NONE)
    return (replace(end, id=f"release {desired.address.name}", after=(after,), carried=True),)


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


def drop_models(address: Address, models: Iterable[LiveModel], hazard: Hazard, after: tuple[str, ...]) -> list[Step]:
    """Drop models, each by itself."""
    return [
        Execute(
            id=f"drop {address.name} {model.name.name}",
            address=address,
            title=f"drop {model.name}",
            hazards=(hazard,),
            after=after,
            sql=(finetune.drop_model(model.name),),
        )
        for model in models
    ]


def pass_grants(
    desired: FineTunedModel,
    grants: Iterable[ModelGrant],
    scope: Scope,
    candidate: ObjectName,
    after: tuple[str, ...],
    *,
    carried: bool = False,
) -> tuple[Execute, ...]:
    """Make the grants of a model that gives way on the one that takes its place, but for those that end meanwhile."""
    left = (leave_granted(grant, desired.model, scope) for grant in grants)
    return tuple(
        Execute(
            id=f"pass {_name_grant(desired, grant)}",
            address=desired.address,
            title=f"let {grant.grantee_type.lower()} {grant.grantee} keep {grant.privilege} on the model",
            after=after,
            sql=(copy_grant(grant, candidate),),
            carried=carried,
        )
        for grant in left
        if grant is not None
    )


def _withdraw_grants(
    desired: FineTunedModel, grants: Iterable[ModelGrant], scope: Scope, kept: ObjectName, after: str
) -> tuple[Execute, ...]:
    """Take from the model that is kept what this plan revokes: whether before or after the swap is not known."""
    steps: list[Execute] = []
    for grant in grants:
        left = leave_granted(grant, desired.model, scope)
        if left == grant:
            continue
        step = Execute(
            id=f"withdraw {_name_grant(desired, grant)}",
            address=desired.address,
            title=f"let {grant.grantee_type.lower()} {grant.grantee} lose {grant.privilege} on {kept.name} too",
            hazards=(Hazard.REVOKES,),
            after=(steps[-1].id if steps else after,),
            sql=(take_grant(grant, kept, option_only=left is not None),),
            carried=True,
        )
        steps.append(step)
    return tuple(steps)


def list_coming(model: ObjectName, scope: Scope) -> Mapping[ModelGrant, str]:
    """List what this plan grants on a live model before it gives way, each with the id of its step."""
    return {grant: step for sql, step in scope.coming for grant in read_model_grants(sql, model)}


def leave_granted(grant: ModelGrant, model: ObjectName, scope: Scope) -> ModelGrant | None:
    """Give what is left of a grant on a model after this plan, None for nothing."""
    leaving = dict(scope.leaving)
    if take_grant(grant, model) in leaving:
        return None
    return replace(grant, option=False) if take_grant(grant, model, option_only=True) in leaving else grant


def _name_grant(desired: FineTunedModel, grant: ModelGrant) -> str:
    return f"{desired.address.name} {grant.grantee_type.lower()} {grant.grantee} {grant.privilege}"


def _rename_in(
    desired: FineTunedModel, candidate: ObjectName, kept: ObjectName | None, after: tuple[str, ...]
) -> Execute:
    return Execute(
        id=f"promote {desired.address.name}",
        address=desired.address,
        title=f"bring {candidate.name} live as {desired.model}",
        after=after,
        sql=(finetune.rename_model(candidate, desired.model),),
        once=True,
        undo=() if kept is None else (finetune.rename_model(kept, desired.model),),
    )


def _probe(
    desired: FineTunedModel, scope: Scope, candidate: ObjectName, kept: ObjectName, after: tuple[str, ...]
) -> Execute:
    return Execute(
        id=f"probe {desired.address.name}",
        address=desired.address,
        title=f"see that {desired.model} answers",
        hazards=(Hazard.INFERENCE,),
        after=after,
        sql=(finetune.ask(scope.inference, desired.model, PROBE),),
        undo=(finetune.rename_model(desired.model, candidate), finetune.rename_model(kept, desired.model)),
    )
