"""The status of models: what is live, what trains, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.engine.session import Session
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, State
from ftspec.model.plan import Plan
from ftspec.planning.desired import DesiredState
from ftspec.resources import finetune
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel, FineTunedModelKind, Model
from ftspec.resources.finetune import Job


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model: its Snowflake name, state, what a plan would do, and the job that matters, if one is known.

    `leftovers` are its models under other names: earlier ones, and candidates.
    """

    address: Address
    model: ObjectName | None
    state: State
    action: Action
    reason: str
    owner: str = ""
    job: Job | None = None
    leftovers: tuple[ObjectName, ...] = ()


def read_status(
    session: Session, desired: DesiredState, seen: Seen, scope: Scope, plan: Plan
) -> tuple[ModelStatus, ...]:
    """Join the decisions of a plan with the job behind each model, which is described once more."""
    kind = FineTunedModelKind()
    declared = tuple(entry for entry in desired.declared[kind.noun] if isinstance(entry, FineTunedModel))
    actual = kind.observe(declared, scope, seen)
    jobs = _describe(session, tuple(sorted({job_of(model) for model in actual.values()} - {""})))
    names = {entry.address: entry.model for entry in declared}
    found = []
    for change in plan.changes:
        model = actual.get(change.address)
        if model is not None:
            made = model.live or (model.others[-1] if model.others else None)
            name = names.get(change.address) or (made.name if made else None)
            owner = made.owner if made else ""
            job = jobs.get(job_of(model))
            others = tuple(entry.name for entry in model.others if entry is not made)
            found.append(
                ModelStatus(
                    change.address,
                    name,
                    change.state,
                    change.action,
                    change.reason,
                    owner,
                    job,
                    others,
                )
            )
    return tuple(found)


def job_of(model: Model) -> str:
    """Name the job that matters: the newest that runs, else the one that made the live model, else the last."""
    running = model.running()
    if running:
        return running[-1].id
    made = model.live or (model.others[-1] if model.others else None)
    if made is not None and made.job:
        return made.job
    return model.jobs[-1].id if model.jobs else ""


def _describe(session: Session, jobs: tuple[str, ...]) -> dict[str, Job]:
    answers = session.read(tuple(finetune.describe_job(job) for job in jobs))
    parsed = [None if isinstance(answer, Refusal) else finetune.parse_job(answer) for answer in answers]
    return {job: told for job, told in zip(jobs, parsed, strict=True) if told is not None}
