"""Guards: what a run may do without being asked."""

from __future__ import annotations

from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.model.plan import Hazard, Plan, Step
from ftspec.planning.cost import total_tokens

APPROVED = frozenset({Hazard.BILLED, Hazard.INFERENCE, Hazard.PRUNES, Hazard.REVOKES})
"""Hazards that `--auto-approve` includes; the others need `--allow`, one by one."""


def list_hazards(plan: Plan) -> tuple[Hazard, ...]:
    """List the hazards of a plan's steps, each once."""
    return tuple(sorted({hazard for step in plan.steps for hazard in step.hazards}))


def check_hazards(plan: Plan, allowed: frozenset[Hazard], denied: frozenset[Hazard] = frozenset()) -> Diagnostics:
    """Refuse an unattended run of steps whose hazards nobody allowed, or that were ruled out."""
    return check_denied(plan, denied) + tuple(
        Diagnostic(
            "FT401",
            f"to {step.title} is a hazard ({hazard}) that --auto-approve does not include",
            hint=f"add --allow {hazard}, or apply without --auto-approve and answer the prompt",
        )
        for step, hazard in _list_others(plan, APPROVED | allowed | denied)
    )


def check_saved(plan: Plan, allowed: frozenset[Hazard]) -> Diagnostics:
    """Refuse steps of a saved plan whose hazards were not allowed when it was made."""
    return tuple(
        Diagnostic(
            "FT401",
            f"to {step.title} is a hazard ({hazard}) that the saved plan does not allow",
            hint=f"make the plan anew with ftspec plan --out FILE --allow {hazard}",
        )
        for step, hazard in _list_others(plan, allowed)
    )


def check_denied(plan: Plan, denied: frozenset[Hazard]) -> Diagnostics:
    """Refuse steps whose hazards were ruled out."""
    return tuple(
        Diagnostic("FT412", f"to {step.title} is a hazard ({hazard}) that --deny rules out")
        for step, hazard in _list_others(plan, frozenset(Hazard) - denied)
    )


def _list_others(plan: Plan, known: frozenset[Hazard]) -> tuple[tuple[Step, Hazard], ...]:
    return tuple((step, hazard) for step in plan.steps for hazard in step.hazards if hazard not in known)


def check_limits(plan: Plan, training_tokens: int | None) -> Diagnostics:
    """Refuse a plan that would train more tokens than the project allows for one apply."""
    tokens = total_tokens(plan)
    if training_tokens is None or tokens <= training_tokens:
        return ()
    message = f"the plan trains {tokens:,} tokens, more than the limit of {training_tokens:,}"
    hint = "raise limits.training_tokens, or apply fewer models at a time with --target"
    return (Diagnostic("FT411", message, path="spec/limits/training_tokens", hint=hint),)
