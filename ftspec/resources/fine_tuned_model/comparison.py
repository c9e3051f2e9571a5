"""What differs between a declared model and the one that is live, as far as the job that made it tells."""

from __future__ import annotations

from ftspec.model.change import Difference
from ftspec.resources.addressed import JobQueries
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job
from ftspec.resources.query import read_query


def compare_spec(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Difference, ...]:
    """Compare with the job that made the live model; nothing where that job, or what differs, is not known."""
    marker = actual.live.marker if actual.live else None
    job = next((job for job in actual.jobs if marker is not None and job.id == marker.job), None)
    if job is None or not job.training:
        return ()  # a job that only the journal knows tells neither queries nor options
    return compare_job(desired, job, actual.queries, scope)


def compare_job(desired: FineTunedModel, job: Job, queries: JobQueries, scope: Scope) -> tuple[Difference, ...]:
    """Compare what a job was given with what one would be given now."""
    pairs = [
        ("base_model", job.base_model, desired.base_model),
        ("training_data", *_same_if_equal(job.training, queries.training, scope)),
        ("validation_data", *_same_if_equal(job.validation, queries.validation or "", scope)),
        *_pair_options(desired, job),
    ]
    return tuple(Difference(path, before or None, after or None) for path, before, after in pairs if before != after)


def _pair_options(desired: FineTunedModel, job: Job) -> list[tuple[str, str, str]]:
    if job.options is None:
        return []
    before, after = dict(job.options), {key: str(value) for key, value in desired.options}
    return [(f"options.{key}", before.get(key, ""), after.get(key, "")) for key in sorted({*before, *after})]


def _same_if_equal(before: str, after: str, scope: Scope) -> tuple[str, str]:
    """Give two queries, and the second one twice where they differ in white space, comments or keywords' case only."""
    return (after, after) if _canonical(before, scope) == _canonical(after, scope) else (before, after)


def _canonical(query: str, scope: Scope) -> tuple[str, ...]:
    parsed, _ = read_query(query, scope.home, "") if query else (None, ())
    return (query,) if parsed is None else parsed.tokens
