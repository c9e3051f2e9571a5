"""Guards: what a run may do without being asked."""

from __future__ import annotations

from ftspec.manifest.environment import Limits
from ftspec.manifest.project import Project
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Hazard, Plan, Step
from ftspec.planning.cost import list_unknown_rates, total_credits, total_tokens

APPROVED = frozenset({Hazard.BILLED, Hazard.INFERENCE, Hazard.PRUNES, Hazard.REVOKES})
"""Hazards that `--auto-approve` includes; the others need `--allow`, one by one."""


def tell_lost(project: Project) -> Diagnostics:
    """Say what is lost where a project keeps no journal."""
    if project.environment.journal:
        return ()
    message = (
        "without a journal nobody knows what was tried and granted: a failed training that Snowflake lists no more is "
        "paid for again, and only mode: authoritative takes grants back"
    )
    hint = "leave journal: false out; ftspec history and plan --drift need a journal too"
    found = Diagnostic("FT217", message, Severity.WARNING, path=project.path_of("journal"), hint=hint)
    return (project.document.locate(found),)


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


def check_limits(plan: Plan, limits: Limits) -> Diagnostics:
    """Refuse a plan that exceeds what the project allows for one apply; warn where that cannot be known."""
    found = []
    tokens, spent = total_tokens(plan), total_credits(plan)
    if limits.training_tokens is not None and tokens > limits.training_tokens:
        message = f"the plan trains {tokens:,} tokens, more than the limit of {limits.training_tokens:,}"
        hint = "raise limits.training_tokens, or apply fewer models at a time with --target"
        found.append(Diagnostic("FT411", message, path="spec/limits/training_tokens", hint=hint))
    if limits.credits is None:
        return tuple(found)
    if spent > limits.credits:
        message = f"the plan takes {spent:,.6g} credits, more than the limit of {limits.credits:,g}"
        hint = "raise limits.credits, or apply fewer models at a time with --target"
        found.append(Diagnostic("FT418", message, path="spec/limits/credits", hint=hint))
    unknown = list_unknown_rates(plan)
    if unknown:
        message = f"limits.credits cannot be checked: no credit rate is known of {', '.join(unknown)}"
        hint = f"set credit_rates.{unknown[0]}, or learn it from the usage history with --learn-rate"
        found.append(Diagnostic("FT419", message, Severity.WARNING, path="spec/limits/credits", hint=hint))
    return tuple(found)
