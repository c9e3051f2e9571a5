"""The last look before a training is paid for: its rows are profiled again, and may not have grown too far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ftspec.engine.session import Session
from ftspec.manifest.environment import Limits
from ftspec.model.plan import Blocked, Done, Failed, Measure, Outcome, Plan, Training
from ftspec.model.profile import Profile
from ftspec.resources.base import Query, Refusal
from ftspec.resources.credit_rate import MILLION
from ftspec.resources.profile import parse_profile

_GROWTH = 10
"""Tokens may have grown by one part in so many over what was shown."""


def measure_rows(session: Session, step: Measure) -> Outcome:
    """Profile training rows once more; blocked when they have grown by more than a tenth."""
    (answer,) = session.read((Query(step.sql),))
    profile = parse_profile(answer)
    if isinstance(profile, Refusal):
        return Failed(f"the rows cannot be read: {' '.join(profile.message.split())}", profile.query_id)
    why = _find_growth(step, profile)
    if why:
        return _block(why)
    return Done({"data": profile.fingerprint, "rows": str(profile.rows), "tokens": str(profile.tokens)})


def check_limits(
    step: Measure, outcome: Outcome, plan: Plan, outcomes: Mapping[str, Outcome], limits: Limits
) -> Outcome:
    """Block a training that would bring all trainings of the plan, as measured or else as shown, beyond a limit."""
    if not isinstance(outcome, Done):
        return outcome
    measures = [other for other in plan.steps if isinstance(other, Measure)]
    known = {**outcomes, step.id: outcome}
    trained = {other.id: _tokens_of(other, known.get(other.id)) * other.epochs for other in measures}
    tokens = sum(trained.values())
    spent = sum(trained[other.id] * (other.credit_rate or 0.0) for other in measures) / MILLION
    if limits.training_tokens is not None and tokens > limits.training_tokens:
        return _block(f"the plan would train {tokens:,} tokens now, more than the limit of {limits.training_tokens:,}")
    if limits.credits is not None and spent > limits.credits:
        return _block(f"the plan would take {spent:,.6g} credits now, more than the limit of {limits.credits:,g}")
    return outcome


def _block(why: str) -> Blocked:
    return Blocked(f"{why}: no training was started; plan again, and read the new figures")


def settle_training(training: Training | None, outputs: Mapping[tuple[str, str], str]) -> Training | None:
    """Put the fingerprint of the rows that were measured into what a training is of."""
    if training is None or not training.measured_by:
        return training
    return replace(training, data=outputs[training.measured_by, "data"], measured_by="")


def _find_growth(step: Measure, profile: Profile) -> str:
    if profile.rows == 0:
        return "the training data has no rows any more"
    if step.most_rows is not None and profile.rows > step.most_rows:
        return f"the training data has {profile.rows:,} rows now, more than the {step.most_rows:,} of the base model"
    if profile.tokens * _GROWTH > step.tokens * (_GROWTH + 1):
        return f"the training data has grown by more than a tenth, from {step.tokens:,} to {profile.tokens:,} tokens"
    return ""


def _tokens_of(step: Measure, outcome: Outcome | None) -> int:
    return int(outcome.outputs["tokens"]) if isinstance(outcome, Done) else step.tokens
