"""Changes of a fine-tuned model with which nothing is done, and why."""

from __future__ import annotations

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.resources.base import Refusal
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Profile


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


def build_kept(address: Address, row: int, state: State, reason: str, *, hint: str = "") -> Change:
    """Build the change of a live model that differs from what is declared, and stays on purpose."""
    note = Diagnostic("FT215", reason, Severity.NOTE, path="metadata/name", hint=hint)
    return Change(address, Action.NO_OP, state, row, reason, notes=(note,))


def check_data(desired: FineTunedModel, actual: Model, row: int, state: State) -> Change | None:
    """Refuse a training whose rows cannot be read, or are none; the fault is placed where the data is declared."""
    for source, profile in zip((desired.training, desired.validation), actual.profiles, strict=False):
        if source is not None and isinstance(profile, Refusal):
            reason = f"{source.address} cannot be read: {profile.message}"
            hint = "the job would fail with the same error; repair the query, or grant the running role what it needs"
            path = "spec/training_data" if source == desired.training else "spec/validation_data"
            return build_blocked(
                desired.address, row, state, reason, code="FT220", hint=hint, path=path, span=source.place
            )
    training = actual.profiles[0] if actual.profiles else None
    if isinstance(training, Profile) and training.rows == 0:
        source = desired.training
        reason = f"there is nothing to learn: {source.address} gives no rows"
        path = "spec/training_data"
        return build_blocked(desired.address, row, state, reason, code="FT221", path=path, span=source.place)
    return _check_holdout(desired, actual, row, state)


def _check_holdout(desired: FineTunedModel, actual: Model, row: int, state: State) -> Change | None:
    """Refuse a training with nothing to validate on: few prompts may all fall on one side."""
    kept_back = actual.profiles[1] if desired.holdout is not None and len(actual.profiles) > 1 else None
    if not isinstance(kept_back, Profile) or kept_back.rows:
        return None
    reason = f"there is nothing to validate on: none of the prompts of {desired.training.address} is held out"
    hint = "hold out a larger share, or name a Dataset"
    return build_blocked(desired.address, row, state, reason, code="FT250", hint=hint, path="spec/validation_data")
