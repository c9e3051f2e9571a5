"""Guards: what a run may do without being asked."""

from __future__ import annotations

from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.model.plan import Hazard, Plan

APPROVED = frozenset({Hazard.BILLED, Hazard.INFERENCE, Hazard.PRUNES, Hazard.REVOKES})
"""Hazards that `--auto-approve` includes; the others need `--allow`, one by one."""


def list_hazards(plan: Plan) -> tuple[Hazard, ...]:
    """List the hazards of a plan's steps, each once."""
    return tuple(sorted({hazard for step in plan.steps for hazard in step.hazards}))


def check_hazards(plan: Plan, allowed: frozenset[Hazard]) -> Diagnostics:
    """Refuse an unattended run of steps whose hazards nobody allowed."""
    return tuple(
        Diagnostic(
            "FT401",
            f"to {step.title} is a hazard ({hazard}) that --auto-approve does not include",
            hint=f"add --allow {hazard}, or apply without --auto-approve and answer the prompt",
        )
        for step in plan.steps
        for hazard in step.hazards
        if hazard not in APPROVED | allowed
    )
