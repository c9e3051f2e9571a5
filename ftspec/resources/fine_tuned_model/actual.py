"""The live state of fine-tuned models: everything that is there of one declared model, as values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ftspec.model.address import Address, ObjectName
from ftspec.model.profile import Profile
from ftspec.resources.addressed import NO_QUERIES, JobQueries
from ftspec.resources.base import Row, Scope
from ftspec.resources.fine_tuned_model.figures import NO_FIGURES, Figures
from ftspec.resources.finetune import Job, JobStatus, is_beside, same_model
from ftspec.resources.grant import Grant, ModelGrant
from ftspec.resources.marker import NONE, Marker, split_comment

_MADE = frozenset({JobStatus.SUCCESS, JobStatus.FORGOTTEN})
_SLACK_MS = 600_000
"""How long after its job has ended a model may be made, in milliseconds: far more than was ever seen."""


@dataclass(frozen=True, slots=True)
class LiveModel:
    """A model object: the user's own words in its comment, and the marker behind them.

    `maker` is the job of ours that explains a model without marker; `created_on` is in epoch milliseconds, 0 unknown;
    `version` is its default one.
    """

    name: ObjectName
    owner: str
    comment: str
    marker: Marker | None
    created_on: int = 0
    maker: Job | None = None
    version: str = ""

    @property
    def identity(self) -> Marker | None:
        """Give what the model says of itself, else what the job that made it was marked with."""
        return self.marker or (self.maker.marker if self.maker else None)

    @property
    def job(self) -> str:
        """Name the job that made it; empty where nothing says so."""
        if self.marker is not None:
            return self.marker.job.removeprefix(NONE)
        return self.maker.id if self.maker else ""

    @property
    def spec(self) -> str:
        """Give the fingerprint of the spec that it was made from."""
        return self.identity.spec if self.identity else NONE

    @property
    def hold(self) -> str:
        """Give the spec that it was rolled back from; empty where it is not held."""
        return self.marker.hold.removeprefix(NONE) if self.marker else ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a training takes and the running `role` lacks; `unverified` may be lacking, for not all of it was seen.

    `data` is what reading the data takes, where it could not be read; `mute`: the role may not ask models; `bound`: it
    may not grant on its own model, in a schema with managed access that is another role's.
    """

    role: str = ""
    needs: tuple[Grant, ...] = ()
    data: tuple[Grant, ...] = ()
    unverified: tuple[Grant, ...] = ()
    mute: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """All that is there of one declared model.

    `live` stands under the model's own name, whoever made it; `others` are models of ours under other names, oldest
    first; `jobs` are those with our marker, oldest first; `grants` those on the live model besides ownership, and
    `declared` those of them that ftspec made as they are declared; `owed` are the grants that a model lost when it was
    dropped, as the journal tells, and `due` what is to be granted on the one that takes its place;
    `figures` of its data are read only where they are needed; `taken` are names that are in use;
    `unknown` says what could not be seen, `unresolved` why nobody knows whether a training was started; `orphan`: no
    manifest names its schema any more; `unlisted` names a job that says it made a model which was not there when the
    models were listed: it may have ended between the two answers, so they are listed once more before it is held to be
    gone; `queries` are what a job would be given; `lacking` is what the running role lacks for a training, where it was
    looked up.
    """

    live: LiveModel | None = None
    others: tuple[LiveModel, ...] = ()
    jobs: tuple[Job, ...] = ()
    grants: tuple[ModelGrant, ...] = ()
    declared: tuple[ModelGrant, ...] = ()
    owed: tuple[ModelGrant, ...] = ()
    due: tuple[ModelGrant, ...] = ()
    figures: Figures = NO_FIGURES
    taken: frozenset[ObjectName] = frozenset()
    unknown: str = ""
    unresolved: str = ""
    unlisted: str = ""
    orphan: bool = False
    queries: JobQueries = NO_QUERIES
    lacking: Lacking | None = None

    def jobs_of(self, fingerprint: str) -> tuple[Job, ...]:
        """Give the jobs of one spec, oldest first."""
        return tuple(job for job in self.jobs if job.marker is not None and job.marker.spec == fingerprint)

    def last_job(self, fingerprint: str) -> Job | None:
        """Give the job of one spec that counts: the newest that runs, else the newest."""
        found = self.jobs_of(fingerprint)
        return next((job for job in reversed(found) if job.status.is_running), found[-1] if found else None)

    def running(self) -> tuple[Job, ...]:
        """Give the jobs that may still make a model."""
        return tuple(job for job in self.jobs if job.status.is_running)

    @property
    def data(self) -> str:
        """Give the fingerprint of the training rows, where they were read."""
        training = self.figures.profiles[0] if self.figures.profiles else None
        return training.fingerprint if isinstance(training, Profile) else NONE


def read_model(row: Row) -> LiveModel:
    """Read a row of SHOW MODELS."""
    words, marker = split_comment(str(row.get("comment") or ""))
    name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
    created = row.get("created_on")
    return LiveModel(
        name,
        str(row.get("owner") or ""),
        words,
        marker,
        created if isinstance(created, int) else 0,
        version=str(row.get("default_version_name") or ""),
    )


def is_ours(marker: Marker | None, address: Address, scope: Scope, renamed_from: str | None = None) -> bool:
    """Tell whether a marker names this resource, under its present name or the one that it had before."""
    if marker is None or not marker.is_of(scope):
        return False
    return marker.resource in {address.name, renamed_from}


def find_maker(model: LiveModel, jobs: tuple[Job, ...], listed: Collection[ObjectName]) -> Job | None:
    """Find the newest job that explains a model without marker: it made a model of that name, at that time.

    A newer one that made a candidate at that time, which is not `listed` any more, may have made it as well, for a
    candidate takes the name when it goes live: then nobody can say which did.
    """
    made = [job for job in jobs if job.status in _MADE and _fits(model, job)]
    may = [job for job in made if same_model(job.model, model.name) or _has_gone_live(job, model.name, listed)]
    return may[-1] if may and same_model(may[-1].model, model.name) else None


def _has_gone_live(job: Job, name: ObjectName, listed: Collection[ObjectName]) -> bool:
    """Tell whether a job made a candidate for a name that does not stand under its own any more."""
    return is_beside(job.model, name) and not any(same_model(job.model, entry) for entry in listed)


def _fits(model: LiveModel, job: Job) -> bool:
    """Tell whether a model was made while its job ran, as far as the clocks of both are known."""
    if not model.created_on:
        return job.status is JobStatus.SUCCESS
    return job.created_on <= model.created_on and (
        job.finished_on is None or model.created_on <= job.finished_on + _SLACK_MS
    )
