"""Which of the models and jobs that are there matter: pure questions that the decision table and the steps share."""

from __future__ import annotations

from ftspec.model.address import ObjectName
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model, is_ours
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job, JobStatus
from ftspec.resources.marker import BESIDE, NONE
from ftspec.resources.naming import name_beside, named_beside


def is_wanted(desired: FineTunedModel, actual: Model, model: LiveModel) -> bool:
    """Tell whether a model was made from what is declared now: its spec, and its rows where they count."""
    identity = model.identity
    if identity is None or identity.spec != desired.fingerprint or not desired.trains:
        return False
    return not desired.retrains_on_data or actual.data in {NONE, identity.data}


def own_live(desired: FineTunedModel, actual: Model, scope: Scope) -> LiveModel | None:
    """Give the model under the declared name, where it is ours."""
    live = actual.live
    if live is None or not is_ours(live.identity, desired.address, scope, desired.renamed_from):
        return None
    return live


def running_wanted(desired: FineTunedModel, actual: Model) -> tuple[Job, ...]:
    """List the running jobs of what is declared now, oldest first."""
    return tuple(job for job in actual.running() if _trains_wanted(desired, actual, job))


def running_others(desired: FineTunedModel, actual: Model) -> tuple[Job, ...]:
    """List the running jobs whose model nobody wants: those of another spec, and all but the first of the wanted."""
    wanted = running_wanted(desired, actual)[:1]
    return tuple(job for job in actual.running() if job not in wanted)


def _trains_wanted(desired: FineTunedModel, actual: Model, job: Job) -> bool:
    if job.marker is None or job.marker.spec != desired.fingerprint:
        return False
    return not desired.retrains_on_data or actual.data in {NONE, job.marker.data}


def find_ready(desired: FineTunedModel, actual: Model, scope: Scope) -> LiveModel | None:
    """Find the newest model of what is declared that stands under another name and is to go live.

    One that is older than a live model of the same spec was replaced by it, and stays where it is. Where a rollback
    was cut off, it is the one that was to come back.
    """
    begun = find_begun(desired, actual)
    if begun is not None:
        return begun
    live = own_live(desired, actual, scope)
    made = [model for model in actual.others if is_wanted(desired, actual, model)]
    if live is not None and is_wanted(desired, actual, live):
        made = [model for model in made if live.created_on and model.created_on > live.created_on]
    return made[-1] if made else None


def is_under_way(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    """Tell whether what is declared trains, or was trained since what is live."""
    live, ready = own_live(desired, actual, scope), find_ready(desired, actual, scope)
    is_newer = ready is not None and live is not None and ready.created_on > live.created_on
    return is_newer or bool(running_wanted(desired, actual))


def find_begun(desired: FineTunedModel, actual: Model) -> LiveModel | None:
    """Find the model that a rollback from what is declared was about to bring back, when nothing is live since then.

    It is the oldest that is held: where another rollback went before, the one that it brought back is held too.
    """
    held = list_held(actual)
    begun = [model for model in held if model.hold == desired.fingerprint]
    return begun[0] if begun and actual.live is None else None


def list_held(actual: Model) -> tuple[LiveModel, ...]:
    """List the models of ours beside the live one that a rollback, which did not come to its end, wrote a hold on."""
    return tuple(model for model in actual.others if model.hold)


def find_pruned(
    desired: FineTunedModel, actual: Model, scope: Scope, coming: LiveModel | None = None, *, swaps: bool = False
) -> tuple[LiveModel, ...]:
    """List the models of ours to be dropped: superseded candidates, and earlier ones beyond `keep_previous`.

    `coming` is about to go live; `swaps`: what is live now then becomes the first of those that are kept.
    """
    live = own_live(desired, actual, scope)
    rest = tuple(model for model in actual.others if model is not coming)
    # A marker is written when a model is about to go live: one without has never been.
    earlier = [model for model in reversed(rest) if model.marker is not None]
    room = desired.keep_previous - (1 if swaps and live is not None else 0)
    staying = earlier[: max(room, 0)]
    dropped = tuple(model for model in rest if model not in staying)
    # A live model that gives way and is not to be kept goes too, once another one stands in its place.
    leaving = (live,) if swaps and live is not None and desired.keep_previous == 0 else ()
    return (*dropped, *leaving)


def submitted_name(desired: FineTunedModel, actual: Model, job: Job) -> ObjectName:
    """Give the name under which a running job of ours was submitted."""
    if job.marker is None or not job.marker.job.startswith(BESIDE):
        return desired.model
    suffix = job.marker.job.removeprefix(BESIDE).removeprefix(".")
    if suffix:
        return named_beside(desired.model, suffix)
    return name_beside(desired.model, job.marker.spec, job.marker.data, actual.taken)


def failed_job(desired: FineTunedModel, actual: Model) -> Job | None:
    """Give the last job of what is declared, where it ended without a model."""
    found = [job for job in actual.jobs if _trains_wanted(desired, actual, job)]
    last = found[-1] if found else None
    return last if last is not None and last.status in _WITHOUT_MODEL else None


_WITHOUT_MODEL = frozenset({JobStatus.ERROR, JobStatus.CANCELLED, JobStatus.FORGOTTEN})
