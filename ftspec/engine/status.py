"""The status of models: what is live, what trains, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.engine.session import Session
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, Change, State
from ftspec.model.plan import Plan
from ftspec.planning.desired import DesiredState
from ftspec.resources import finetune
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel, FineTunedModelKind, LiveModel, Model
from ftspec.resources.finetune import Job
from ftspec.resources.training_results import TrainingStep


@dataclass(frozen=True, slots=True)
class MadeModel:
    """A model that is there: its name, its default version, when it was made in epoch milliseconds (0: unknown)."""

    name: ObjectName
    version: str
    made_on: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What a training recorded, step by step; `unread` says why it is not available."""

    steps: tuple[TrainingStep, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model: its Snowflake name, state, what a plan would do, and the job that matters, if one is known.

    `leftovers` are its models under other names: earlier ones, and candidates; `made` is the live one, or else the last
    that was made; `curve` is of its training, None: it was not asked for, or there is no model.
    """

    address: Address
    model: ObjectName | None
    state: State
    action: Action
    reason: str
    owner: str = ""
    job: Job | None = None
    leftovers: tuple[ObjectName, ...] = ()
    made: MadeModel | None = None
    curve: Curve | None = None


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
            found.append(_join(change, model, names.get(change.address), jobs))
    return tuple(found)


def _join(change: Change, model: Model, name: ObjectName | None, jobs: Mapping[str, Job]) -> ModelStatus:
    made = _find_made(model)
    return ModelStatus(
        address=change.address,
        model=name or (made.name if made else None),
        state=change.state,
        action=change.action,
        reason=change.reason,
        owner=made.owner if made else "",
        job=jobs.get(job_of(model)),
        leftovers=tuple(entry.name for entry in model.others if entry is not made),
        made=None if made is None else MadeModel(made.name, made.version, made.created_on),
    )


def _find_made(model: Model) -> LiveModel | None:
    return model.live or (model.others[-1] if model.others else None)


def job_of(model: Model) -> str:
    """Name the job that matters: the newest that runs, else the one that made the live model, else the last."""
    running = model.running()
    if running:
        return running[-1].id
    made = _find_made(model)
    if made is not None and made.job:
        return made.job
    return model.jobs[-1].id if model.jobs else ""


def _describe(session: Session, jobs: tuple[str, ...]) -> dict[str, Job]:
    answers = session.read(tuple(finetune.describe_job(job) for job in jobs))
    parsed = [None if isinstance(answer, Refusal) else finetune.parse_job(answer) for answer in answers]
    return {job: told for job, told in zip(jobs, parsed, strict=True) if told is not None}
