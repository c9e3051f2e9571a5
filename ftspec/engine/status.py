"""The status of models: what is live, what trains, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ftspec.engine.session import Session
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, Change, State
from ftspec.model.plan import Plan
from ftspec.planning.desired import DesiredState
from ftspec.resources import finetune
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel, FineTunedModelKind, LiveModel, Model, own_live
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
    that was made; `curve` is of its training, None: it was not asked for, or there is no model. `replacing`: `made` is
    live and answers, and the state is that of what is to take its place.
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
    replacing: bool = False

    @property
    def words(self) -> str:
        """Say how the model stands; a live one that is about to be replaced is live before anything else."""
        return f"live, replacement {self.state.value}" if self.replacing else self.state.value


_OF_REPLACEMENT = frozenset({State.TRAINING, State.UNFINISHED, State.FAILED, State.UNKNOWN})
_UNMARKED = 4
"""The row of the decision table in which the live model is the one that is unfinished."""


def read_status(
    session: Session, desired: DesiredState, seen: Seen, scope: Scope, plan: Plan
) -> tuple[ModelStatus, ...]:
    """Join the decisions of a plan with the job behind each model, which is described once more."""
    kind = FineTunedModelKind()
    declared = tuple(entry for entry in desired.declared[kind.noun] if isinstance(entry, FineTunedModel))
    actual = kind.observe(declared, scope, seen)
    jobs = _describe(session, tuple(sorted({job_of(model) for model in actual.values()} - {""})))
    by_address = {entry.address: entry for entry in declared}
    found = []
    for change in plan.changes:
        model = actual.get(change.address)
        if model is not None:
            entry = by_address.get(change.address)
            replacing = entry is not None and _is_replaced(change, entry, model, scope)
            status = _join(change, model, jobs.get(job_of(model)), None if entry is None else entry.model)
            found.append(replace(status, replacing=replacing))
    return tuple(found)


def _is_replaced(change: Change, desired: FineTunedModel, model: Model, scope: Scope) -> bool:
    return change.state in _OF_REPLACEMENT and change.row != _UNMARKED and own_live(desired, model, scope) is not None


def _join(change: Change, model: Model, job: Job | None, name: ObjectName | None) -> ModelStatus:
    made = _find_made(model)
    return ModelStatus(
        address=change.address,
        model=name or (made.name if made else None),
        state=change.state,
        action=change.action,
        reason=change.reason,
        owner=made.owner if made else "",
        job=job,
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
