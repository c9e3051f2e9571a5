"""What a plan costs, in all."""

from __future__ import annotations

from ftspec.model.plan import Plan


def total_tokens(plan: Plan) -> int:
    """Add up the tokens that the plan would train: those of one pass times the epochs, model by model."""
    return sum(change.cost.trained_tokens for change in plan.changes if change.cost is not None)
