"""Changes of a fine-tuned model with which nothing is done, and why."""

from __future__ import annotations

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.choosing import own_live
from ftspec.resources.fine_tuned_model.desired import FineTunedModel


def build_blocked(  # noqa: PLR0913  # a diagnostic's parts
    address: Address,
    row: int,
    state: State,
    reason: str,
    *,
    code: str = "FT201",
    hint: str = "",
    path: str = "",
    span: Span | None = None,
) -> Change:
    """Build the change of a model with which nothing is done, and say why; `span` is a place in another file."""
    note = Diagnostic(code, reason, Severity.ERROR, path=path or "metadata/name", span=span, hint=hint)
    return Change(address, Action.BLOCKED, state, row, reason, notes=(note,))


def build_kept(  # noqa: PLR0913  # a change's parts
    address: Address,
    row: int,
    state: State,
    reason: str,
    *,
    code: str = "FT215",
    hint: str = "",
    unlike: tuple[Difference, ...] = (),
    settled: tuple[Difference, ...] = (),
) -> Change:
    """Build the change of a live model that differs from what is declared, and stays on purpose.

    `unlike` is what differs and stays, `settled` what is brought up to date on and around the model.
    """
    note = Diagnostic(code, reason, Severity.NOTE, path="metadata/name", hint=hint)
    action = Action.UPDATE if settled else Action.NO_OP
    return Change(address, action, state, row, reason, notes=(note,), differences=(*unlike, *settled))


def block_conflict(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    """Row 6: block a model whose name is taken by one that is not ours."""
    live = actual.live
    if live is None or own_live(desired, actual, scope) is not None:
        return None
    hint = "choose another spec.model_name, or drop that model by hand"
    if live.marker is None:
        whose = "and nothing says that ftspec made it"
        hint = f"ftspec import {desired.address.name} takes it over as it is; or {hint}"
    else:
        whose = f"of project {live.marker.project}, environment {live.marker.env}, model {live.marker.resource}"
        if live.marker.is_of(scope):
            hint = f"where it is the same model under a new name, set renamed_from: {live.marker.resource}"
    reason = f"conflict: {live.name} is there already, {whose}"
    return build_blocked(desired.address, 6, State.CONFLICT, reason, hint=hint)
