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
from ftspec.resources.fine_tuned_model import FineTunedModel, FineTunedModelKind, Model, list_suffixed
from ftspec.resources.finetune import Job, JobStatus


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model: its Snowflake name, state, what a plan would do, and the job that matters, if one is known.

    `leftovers` are models that its trainings left under other names.
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
    suffixed = _find_suffixed(session, declared, seen, scope)
    names = {entry.address: entry.model for entry in declared}
    found = []
    for change in plan.changes:
        model = actual.get(change.address)
        if model is not None:
            name = names.get(change.address) or (model.live.name if model.live else None)
            owner = model.live.owner if model.live else ""
            job = jobs.get(job_of(model))
            others = {entry.name for entry in (*model.candidates, *model.kept)} | suffixed.get(change.address, set())
            found.append(
                ModelStatus(
                    change.address,
                    name,
                    change.state,
                    change.action,
                    change.reason,
                    owner,
                    job,
                    tuple(sorted(others)),
                )
            )
    return tuple(found)


def job_of(model: Model) -> str:
    """Name the job that matters: the newest that runs, else the one that made the live model, else the last."""
    running = model.running()
    if running:
        return running[-1].id
    if model.live is not None and model.live.marker is not None:
        return model.live.marker.job.strip("-")
    return model.jobs[-1].id if model.jobs else ""


def _find_suffixed(
    session: Session, declared: tuple[FineTunedModel, ...], seen: Seen, scope: Scope
) -> dict[Address, set[ObjectName]]:
    """Find the models that a job of ours saved under a suffix; a plan asks no ended job while the model is live."""
    suspects = list_suffixed(declared, scope, seen)
    listed = finetune.parse_jobs(seen.get(finetune.list_jobs(), ())) if suspects else ()
    ended = tuple(job.id for job in listed if job.status is JobStatus.SUCCESS)
    found: dict[Address, set[ObjectName]] = {}
    for job in _describe(session, ended).values():
        for address, names in suspects.items():
            if job.marker is not None and job.marker.is_for(address, scope):
                made = {name for name in names if finetune.same_model(job.model, name)}
                found[address] = found.get(address, set()) | made
    return found


def _describe(session: Session, jobs: tuple[str, ...]) -> dict[str, Job]:
    answers = session.read(tuple(finetune.describe_job(job) for job in jobs))
    parsed = [None if isinstance(answer, Refusal) else finetune.parse_job(answer) for answer in answers]
    return {job: told for job, told in zip(jobs, parsed, strict=True) if told is not None}
