"""What is left of a plan, held against one that was made anew: what moved meanwhile is not done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ftspec.model.change import Action
from ftspec.model.plan import Blocked, Done, Execute, Outcome, Plan, Skipped, Step
from ftspec.resources.sql import bind, show_text

Outputs = Mapping[tuple[str, str], str]


def find_moved(left: Iterable[Step], fresh: Plan, outputs: Outputs) -> Iterator[tuple[Step, Outcome]]:
    """Give the statements that are not to be done any more, with what becomes of them."""
    steps = {step.id: step for step in fresh.steps}
    blocked = {change.address: change.reason for change in fresh.changes if change.action is Action.BLOCKED}
    settled = {change.address for change in fresh.changes if change.action is Action.NO_OP}
    for step in left:
        if not isinstance(step, Execute):
            continue
        if step.address in settled:
            yield step, Done()  # another run has done it meanwhile
        elif step.address in blocked:
            yield step, Blocked(blocked[step.address])
        elif step.id not in steps and not step.carried:
            yield step, Skipped("the state has changed while its job trained: plan again")
        elif step.id in steps and _text_of(steps[step.id], {}) != _text_of(step, outputs):
            yield step, Blocked("the state has changed while its job trained: plan again")


def _text_of(step: Step, outputs: Outputs) -> str:
    if not isinstance(step, Execute):
        return ""
    return bind(step.sql, outputs) if outputs else show_text(step.sql)
