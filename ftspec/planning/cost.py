"""What a plan costs, in all."""

from __future__ import annotations

from ftspec.model.plan import Plan


def total_tokens(plan: Plan) -> int:
    """Add up the tokens that the plan would train: those of one pass times the epochs, model by model."""
    return sum(change.cost.trained_tokens for change in plan.changes if change.cost is not None)


def total_credits(plan: Plan) -> float:
    """Add up the credits of the trainings whose rate is known."""
    return sum(change.cost.credits or 0.0 for change in plan.changes if change.cost is not None)


def list_unknown_rates(plan: Plan) -> list[str]:
    """Name the base models that would be trained and whose credit rate is not known."""
    costs = [change.cost for change in plan.changes if change.cost is not None]
    return sorted({cost.base_model for cost in costs if cost.credit_rate is None})
