"""The decision table of fine-tuned models: rows are tried in order, the first that matches decides.

The row numbers are those of the table in docs/planning.md. Rows that this version does not act on are blocked, and
nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, Cost, Difference, State
from ftspec.model.diagnostics import Diagnostic, Severity
from ftspec.resources.base import Export, Refusal, Scope
from ftspec.resources.base_model import ASSUMED_EPOCHS, CHARACTERS_PER_TOKEN
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.comparison import compare_fingerprints, compare_spec
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job, JobStatus, Profile, same_model

Row = Callable[[FineTunedModel, Model, Scope], Change | None]
LATER = "is not supported by this version of ftspec yet: nothing is done"


def decide_model(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    """Try the rows in order."""
    for row in TABLE:
        change = row(desired, actual, scope)
        if change is not None:
            return change
    message = "the last row of the table matches always"
    raise AssertionError(message)


def decide_undeclared(address: Address, actual: Model) -> Change:
    """Report what is still there of a model that no document declares (row 20)."""
    what = f"model {actual.live.name}" if actual.live else f"job {(actual.running() or actual.jobs)[-1].id}"
    reason = f"{what} was made by this project and is declared no more; deleting {LATER}"
    return _blocked(address, 20, State.OUTDATED, reason, hint="declare it again, or drop it by hand")


def _unknown(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    unlisted = f"job {actual.unlisted} has made a model that is not listed yet" if actual.unlisted else ""
    if not actual.unknown and not unlisted:
        return None
    reason = f"unknown outcome: {actual.unknown or unlisted}"
    return _blocked(
        desired.address, 1, State.UNKNOWN, reason, hint="use a role that sees the project's models and jobs"
    )


def _other_job_beside_live(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    others = _running_others(desired, actual)
    if not _is_live(desired, actual, scope) or not others:
        return None
    reason = f"job {others[0].id} trains another spec of this model; cancelling it {LATER}"
    return _blocked(desired.address, 3, State.LIVE, reason, hint=f"ftspec cancel {desired.address.name}")


def _unfinished(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    if actual.live is None or actual.live.marker is not None or _maker(desired, actual) is None:
        return None
    reason = "its training ended, but the run that started it was cut off"
    return Change(
        desired.address, Action.FINISH, State.UNFINISHED, 4, reason, differences=_finishing(desired, actual.live)
    )


def _live(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    if not _is_live(desired, actual, scope) or actual.live is None:
        return None
    if desired.comment is None or desired.comment == actual.live.comment:
        return Change(desired.address, Action.NO_OP, State.LIVE, 5, "live as declared")
    differences = (Difference("comment", actual.live.comment, desired.comment),)
    return Change(desired.address, Action.UPDATE, State.LIVE, 5, differences=differences)


def _conflict(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    live = actual.live
    if live is None or (live.marker is not None and live.marker.is_for(desired.address, scope)):
        return None
    whose = "not made by ftspec"
    if live.marker is not None:
        whose = f"of project {live.marker.project}, environment {live.marker.env}, model {live.marker.resource}"
    reason = f"conflict: {live.name} is there already, {whose}"
    return _blocked(
        desired.address, 6, State.CONFLICT, reason, hint="choose another spec.model_name, or drop that model by hand"
    )


def _waiting(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    job = actual.last_job(desired.fingerprint)
    if job is None or not job.status.is_running or actual.live is not None:
        return None
    if job.status is JobStatus.UNKNOWN:
        return _blocked(
            desired.address, 1, State.UNKNOWN, f"unknown outcome: job {job.id} has a status that is not known"
        )
    reason = f"job {job.id} is {job.status}"
    return Change(desired.address, Action.WAIT, State.TRAINING, 9, reason, differences=_finishing(desired, None))


def _candidate(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    if actual.live is not None or not actual.candidates:
        return None
    reason = f"a training of this model was saved as {actual.candidates[-1].name}; bringing it live {LATER}"
    hint = f"ALTER MODEL {actual.candidates[-1].name} RENAME TO {desired.model}"
    return _blocked(desired.address, 11, State.UNFINISHED, reason, hint=hint)


def _failed(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    job = actual.last_job(desired.fingerprint)
    if job is None or job.status not in {JobStatus.ERROR, JobStatus.CANCELLED} or actual.live or scope.retry:
        return None
    how = f"failed: {job.error}" if job.status is JobStatus.ERROR else "was cancelled"
    hint = "change the model or its datasets, or run ftspec apply --retry to pay for another try"
    return _blocked(desired.address, 14, State.FAILED, f"job {job.id} {how}", hint=hint, code="FT214")


def _other_job(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    others = _running_others(desired, actual)
    if not others:
        return None
    reason = f"job {others[0].id} trains another spec of this model; replacing it {LATER}"
    return _blocked(desired.address, 15, State.TRAINING, reason, hint=f"ftspec cancel {desired.address.name}")


def _outdated(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    if actual.live is None:
        return None
    differences = compare_spec(desired, actual, scope)
    told = "another spec" if differences else "another spec, of which only the fingerprint is known"
    reason = f"{actual.live.name} was trained from {told}; replacing it {LATER}"
    hint = "declare the new spec as another model, under a name of its own"
    change = _blocked(desired.address, 16, State.OUTDATED, reason, hint=hint)
    return replace(change, differences=differences or compare_fingerprints(desired, actual))


def _kept_only(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    del scope
    if not actual.kept:
        return None
    names = ", ".join(str(model.name) for model in actual.kept)
    reason = f"only {names} is left of this model; bringing it back {LATER}"
    return _blocked(desired.address, 17, State.OUTDATED, reason, hint=f"ALTER MODEL … RENAME TO {desired.model}")


def _absent(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    del scope
    for source, profile in zip((desired.training, desired.validation), actual.profiles, strict=False):
        if source is not None and isinstance(profile, Refusal):
            return _unreadable(desired, source, profile)
    training = actual.profiles[0] if actual.profiles else None
    if isinstance(training, Profile) and training.rows == 0:
        reason = f"there is nothing to learn: {desired.training.address} gives no rows"
        return _blocked_by_data(desired, desired.training, reason, code="FT221")
    dropped = actual.last_job(desired.fingerprint)
    reason = "it was trained before, and is gone" if dropped and dropped.status is JobStatus.SUCCESS else ""
    return Change(
        desired.address,
        Action.CREATE,
        State.ABSENT,
        18,
        reason,
        differences=_creating(desired),
        cost=_cost(desired, actual),
    )


TABLE: tuple[Row, ...] = (
    _unknown,  # 1
    _other_job_beside_live,  # 3
    _unfinished,  # 4
    _live,  # 5
    _conflict,  # 6
    _waiting,  # 9
    _candidate,  # 11, 12, 13
    _failed,  # 14
    _other_job,  # 15
    _outdated,  # 16
    _kept_only,  # 10, 17
    _absent,  # 18
)
"""Rows 2, 7 and 8 need a hold, data fingerprints and retrain_on, which this version's manifests cannot declare."""


def making_job(desired: FineTunedModel, actual: Model) -> Job | None:
    """Give the job that made, or is making, the wanted model."""
    job = actual.last_job(desired.fingerprint)
    return job if job is not None and job.status.is_running else _maker(desired, actual)


def _maker(desired: FineTunedModel, actual: Model) -> Job | None:
    """Find the newest job that ended with the wanted model under its own name, whatever others came to."""
    made = [job for job in actual.jobs_of(desired.fingerprint) if job.status is JobStatus.SUCCESS]
    return next((job for job in reversed(made) if same_model(job.model, desired.model)), None)


def _is_live(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    marker = actual.live.marker if actual.live else None
    return marker is not None and marker.is_for(desired.address, scope) and marker.spec == desired.fingerprint


def _running_others(desired: FineTunedModel, actual: Model) -> tuple[Job, ...]:
    return tuple(job for job in actual.running() if job.marker and job.marker.spec != desired.fingerprint)


def _blocked(address: Address, row: int, state: State, reason: str, *, hint: str = "", code: str = "FT201") -> Change:
    note = Diagnostic(code, reason, Severity.ERROR, path="metadata/name", hint=hint)
    return Change(address, Action.BLOCKED, state, row, reason, notes=(note,))


def _unreadable(desired: FineTunedModel, source: Export, refusal: Refusal) -> Change:
    reason = f"{source.address} cannot be read: {refusal.message}"
    hint = "the job would fail with the same error; repair the query, or grant the running role what it needs"
    return _blocked_by_data(desired, source, reason, code="FT220", hint=hint)


def _blocked_by_data(desired: FineTunedModel, source: Export, reason: str, *, code: str, hint: str = "") -> Change:
    """Block a first training; the fault is placed where the data is declared."""
    path = "spec/training_data" if source == desired.training else "spec/validation_data"
    note = Diagnostic(code, reason, Severity.ERROR, path=path, span=source.place, hint=hint)
    return Change(desired.address, Action.BLOCKED, State.ABSENT, 18, reason, notes=(note,))


def _creating(desired: FineTunedModel) -> tuple[Difference, ...]:
    pairs = [
        ("name", str(desired.model)),
        ("base_model", desired.base_model),
        ("training_data", desired.training.address.name),
    ]
    if desired.validation is not None:
        pairs.append(("validation_data", desired.validation.address.name))
    pairs += [(f"options.{key}", str(value)) for key, value in desired.options]
    if desired.comment is not None:
        pairs.append(("comment", desired.comment))
    return tuple(Difference(path, None, value) for path, value in pairs)


def _finishing(desired: FineTunedModel, live: LiveModel | None) -> tuple[Difference, ...]:
    found = [Difference("marker", None, f"spec {desired.fingerprint[:11]}")]
    if desired.comment is not None and (live is None or live.comment != desired.comment):
        found.append(Difference("comment", live.comment if live else None, desired.comment))
    return tuple(found)


def _cost(desired: FineTunedModel, actual: Model) -> Cost | None:
    profiles = [profile for profile in actual.profiles if isinstance(profile, Profile)]
    if not profiles:
        return None
    return Cost(
        rows=profiles[0].rows,
        tokens=-(-profiles[0].characters // CHARACTERS_PER_TOKEN),
        epochs=desired.epochs or ASSUMED_EPOCHS,
        epochs_assumed=desired.epochs is None,
        validation_rows=profiles[1].rows if len(profiles) > 1 else None,
    )
