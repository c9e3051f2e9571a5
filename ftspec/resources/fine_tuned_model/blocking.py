"""Changes of a fine-tuned model with which nothing is done, and why."""

from __future__ import annotations

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span


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


def build_kept(address: Address, row: int, state: State, reason: str, *, code: str = "FT215", hint: str = "") -> Change:
    """Build the change of a live model that differs from what is declared, and stays on purpose."""
    note = Diagnostic(code, reason, Severity.NOTE, path="metadata/name", hint=hint)
    return Change(address, Action.NO_OP, state, row, reason, notes=(note,))
