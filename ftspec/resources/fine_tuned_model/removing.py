"""The steps that end jobs, and all that is there of a model which is declared no more."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.model.address import Address, SchemaName, split_name
from ftspec.model.plan import Execute, Hazard, Step
from ftspec.resources import finetune
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.swapping import drop_models
from ftspec.resources.finetune import Job


def delete_all(address: Address, actual: Model, scope: Scope) -> tuple[Step, ...]:
    """Cancel what runs, then drop all that is there."""
    schema = actual.others[0].name.parent if actual.others else scope.home
    cancels = cancel_jobs(address, actual.running(), schema)
    return (*cancels, *drop_models(address, actual.others, Hazard.DELETES, tuple(step.id for step in cancels)))


def cancel_jobs(address: Address, jobs: Iterable[Job], schema: SchemaName) -> tuple[Step, ...]:
    """Cancel jobs; CANCEL looks in the current schema (Snowflake: FINETUNE ('CANCEL')).

    That is the one of the model that a job is to make, and `schema` where nothing tells of it.
    """
    return tuple(
        Execute(
            id=f"cancel {address.name} {job.id}",
            address=address,
            title=f"cancel job {job.id}",
            hazards=(Hazard.CANCELS,),
            sql=(finetune.cancel(job.id),),
            schema=_schema_of(job) or schema,
        )
        for job in jobs
    )


def _schema_of(job: Job) -> SchemaName | None:
    parts = split_name(job.model) if job.model else ()
    return SchemaName(parts[0], parts[1]) if len(parts) == len(("database", "schema", "name")) else None
