"""The decision table of fine-tuned models: rows are tried in order, the first that matches decides.

The row numbers are those of the table in docs/planning.md. Row 13 needs checks, which this version's manifests cannot
declare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ftspec.model.change import Action, Change, Difference, State
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.blocking import block_conflict, build_blocked, build_kept
from ftspec.resources.fine_tuned_model.choosing import (
    failed_job,
    find_begun,
    find_pruned,
    find_ready,
    is_under_way,
    is_wanted,
    own_live,
    running_others,
    running_wanted,
)
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import (
    UNMARKED,
    build_cost,
    list_altered,
    list_cancelled,
    list_declared,
    list_figures,
    list_marking,
    list_moved,
    list_pruned,
    list_replaced,
    list_rewritten,
    list_settled,
    list_unlike,
)
from ftspec.resources.fine_tuned_model.judging import judge_training, note_ended
from ftspec.resources.fine_tuned_model.moving import explain_keeping, explain_replacing
from ftspec.resources.fine_tuned_model.owing import note_unrecorded
from ftspec.resources.fine_tuned_model.preflight import check_training, explain_unlisted, note_privileges
from ftspec.resources.fine_tuned_model.returning import complete_rollback
from ftspec.resources.fine_tuned_model.untrained import decide_untrained
from ftspec.resources.finetune import JobStatus

Row = Callable[[FineTunedModel, Model, Scope], Change | None]
_TRAINING = frozenset({15, 16, 18})
_STAYING = frozenset({2, 3, 4, 5, 7, 8})
_SWAPPING = frozenset({9, 10, 11, 12, 15, 16})


def decide_model(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    """Try the rows in order; of a model that stays live it is said where calls of it fail."""
    change = _try_rows(desired, actual, scope)
    ended = note_ended(desired, actual) if change.row in _STAYING else ()
    return replace(change, notes=(*change.notes, *ended))


def _try_rows(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    if not desired.trains:
        return decide_untrained(desired, actual, scope)
    for row in TABLE:
        change = row(desired, actual, scope)
        if change is not None:
            return change
    message = "the last row of the table matches always"
    raise AssertionError(message)


def is_profile_needed(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    """Tell whether a training is near, so that the rows to be learnt matter."""
    return _row_if_listed(desired, actual, scope) in _TRAINING


def is_grants_needed(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    """Tell whether another model is about to take the place of a live one, which has grants to be passed on."""
    return own_live(desired, actual, scope) is not None and _row_if_listed(desired, actual, scope) in _SWAPPING


def _row_if_listed(desired: FineTunedModel, actual: Model, scope: Scope) -> int:
    """Say which row will decide if listing the models once more shows nothing new: both are asked at once."""
    return decide_model(desired, replace(actual, unlisted=""), scope).row


def _unknown(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    if actual.unresolved and not scope.retry:
        hint = "where it is only slow, plan again in a minute; --retry starts a training whatever became of that one"
        return build_blocked(desired.address, 1, State.UNKNOWN, f"unknown outcome: {actual.unresolved}", hint=hint)
    unlisted = f"job {actual.unlisted} has made a model that is not listed yet" if actual.unlisted else ""
    reason = actual.unknown or unlisted
    if not reason:
        return None
    why, repair = explain_unlisted(actual)
    hint = repair or "use a role that sees the project's models and jobs"
    return build_blocked(desired.address, 1, State.UNKNOWN, f"unknown outcome: {reason}{why}", hint=hint)


def _held(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    live = own_live(desired, actual, scope)
    if live is None or live.marker is None or live.marker.hold != desired.fingerprint:
        return None
    if desired.address.name in scope.replace:
        return None
    reason = f"held: {live.name} was rolled back from {desired.fingerprint[:11]}, which is declared"
    hint = f"ftspec resume {desired.address.name} ends the hold, and so does another spec"
    unlike = (*list_unlike(desired, actual, scope), *list_moved(desired, actual))
    settled = list_rewritten(desired, live, held=True)
    return build_kept(desired.address, 2, State.HELD, reason, hint=hint, unlike=unlike, settled=settled)


def _other_job_beside_live(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    others = running_others(desired, actual)
    if not _stays_live(desired, actual, scope) or not others:
        return None
    reason = f"job {others[0].id} trains another spec, and the model is live as declared"
    differences = (*list_cancelled(others), *list_settled(desired, actual, scope))
    return Change(desired.address, Action.CANCEL, State.LIVE, 3, reason, differences=differences)


def _unfinished(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    live = actual.live
    if live is None or live.marker is not None or not _stays_live(desired, actual, scope):
        return None
    differences = list_settled(desired, actual, scope)
    return Change(desired.address, Action.FINISH, State.UNFINISHED, 4, UNMARKED, differences=differences)


def _live(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    if not _stays_live(desired, actual, scope):
        return None
    differences = list_settled(desired, actual, scope)
    if differences:
        return Change(desired.address, Action.UPDATE, State.LIVE, 5, differences=differences)
    return Change(desired.address, Action.NO_OP, State.LIVE, 5, "live as declared")


def _stays_live(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    """Tell whether the live model is the wanted one, and no newer one of the same spec is here or on its way."""
    live = own_live(desired, actual, scope)
    if live is None or not is_wanted(desired, actual, live) or desired.address.name in scope.replace:
        return False
    return not running_wanted(desired, actual) and find_ready(desired, actual, scope) is None


def _moved_little(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    live = own_live(desired, actual, scope)
    if live is None or not _is_left_alone(desired, actual, scope) or find_ready(desired, actual, scope) is not None:
        return None
    reason = explain_keeping(desired, actual, live)
    if not reason:
        return None
    unlike, settled = list_moved(desired, actual), list_settled(desired, actual, scope)
    return build_kept(desired.address, 7, State.OUTDATED, reason, code="FT216", unlike=unlike, settled=settled)


def _never_retrained(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    live = own_live(desired, actual, scope)
    if live is None or desired.retrain_on or not _is_left_alone(desired, actual, scope):
        return None
    reason = f"{live.name} was trained from another spec ({live.spec[:11]}), and retrain_on is empty"
    unlike, settled = list_unlike(desired, actual, scope), list_settled(desired, actual, scope)
    return build_kept(desired.address, 8, State.OUTDATED, reason, unlike=unlike, settled=settled)


def _is_left_alone(desired: FineTunedModel, actual: Model, scope: Scope) -> bool:
    return desired.address.name not in scope.replace and not is_under_way(desired, actual, scope)


def _waiting(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    wanted = running_wanted(desired, actual)
    if not wanted:
        return None
    if wanted[0].status is JobStatus.UNKNOWN:
        reason = f"unknown outcome: job {wanted[0].id} has a status that is not known"
        return build_blocked(desired.address, 1, State.UNKNOWN, reason)
    differences = (
        *list_cancelled(running_others(desired, actual)),
        *list_marking(desired, own_live(desired, actual, scope)),
        *list_pruned(find_pruned(desired, actual, scope, swaps=True)),
    )
    reason = f"job {wanted[0].id} is {wanted[0].status}"
    return Change(desired.address, Action.WAIT, State.TRAINING, 9, reason, differences=differences)


def _ready(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    """Rows 10, 11 and 12: a model of what is declared stands under another name."""
    ready = find_ready(desired, actual, scope)
    if ready is None or (ready.marker is not None and desired.address.name in scope.replace):
        return None
    live = own_live(desired, actual, scope)
    if ready == find_begun(desired, actual):
        return complete_rollback(desired, actual, ready)
    marking: tuple[Difference, ...] = ()
    if ready.marker is None:
        action, row, reason = Action.FINISH, 11, f"its training ended as {ready.name}, and it is not live yet"
        marking = list_marking(desired, live)
    elif live is None or ready.created_on <= live.created_on:
        action, row, reason = Action.PROMOTE, 10, f"{ready.name} is of this very spec: it goes live without training"
    else:
        action, row, reason = Action.SWAP, 12, f"{ready.name} is trained and takes the place of {live.name}"
    differences = (
        *list_cancelled(running_others(desired, actual)),
        *marking,
        *list_replaced(desired, live, ready),
        *list_pruned(find_pruned(desired, actual, scope, ready, swaps=True)),
    )
    return Change(desired.address, action, State.UNFINISHED, row, reason, differences=differences)


def _failed(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    job = failed_job(desired, actual)
    if job is None or scope.retry or desired.address.name in scope.replace:
        return None
    if job.status is JobStatus.FORGOTTEN:
        reason = f"unknown outcome: job {job.id} was started, is listed no more, and left no model"
        hint = "run ftspec apply --retry to pay for another try"
        return build_blocked(desired.address, 1, State.UNKNOWN, reason, hint=hint)
    how = f"failed: {job.error}" if job.status is JobStatus.ERROR else "was cancelled"
    hint = "change the model or its datasets, or run ftspec apply --retry to pay for another try"
    return build_blocked(desired.address, 14, State.FAILED, f"job {job.id} {how}", hint=hint, code="FT214")


def _replacing(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    """Rows 15 and 16: something of another spec runs, or is live."""
    others, live = running_others(desired, actual), own_live(desired, actual, scope)
    if not others and live is None:
        return None
    row, state = (15, State.TRAINING) if others else (16, State.OUTDATED)
    judged = (*judge_training(desired, actual.figures, scope), *note_privileges(desired, actual, row))
    notes = (*judged, *note_unrecorded(desired, actual, scope))
    fault = check_training(desired, actual, notes, row, state)
    if fault is not None:
        return fault
    swaps = not desired.in_place
    differences = (
        *list_cancelled(others),
        *list_altered(desired, actual, scope),
        *list_moved(desired, actual),
        *list_pruned(find_pruned(desired, actual, scope, swaps=swaps)),
        *(list_pruned((live,)) if live is not None and not swaps else ()),
    )
    reason = explain_replacing(desired, actual, live) if live else f"job {others[0].id} trains another spec"
    return Change(
        desired.address,
        Action.REPLACE,
        state,
        row,
        reason,
        notes=notes,
        differences=differences,
        cost=build_cost(desired, actual, scope),
        figures=list_figures(desired, actual),
        fingerprint=desired.fingerprint,
    )


def _kept_only(desired: FineTunedModel, actual: Model, scope: Scope) -> Change | None:
    kept = [model for model in actual.others if model.marker is not None]
    if not kept or desired.address.name in scope.replace:
        return None
    names = ", ".join(str(model.name) for model in kept)
    reason = f"nothing is live, and only {names} is left of this model, made from another spec"
    hint = f"ftspec rollback {desired.address.name}, or ftspec apply --replace {desired.address.name} to train it"
    return build_blocked(desired.address, 17, State.OUTDATED, reason, hint=hint)


def _absent(desired: FineTunedModel, actual: Model, scope: Scope) -> Change:
    notes = (*judge_training(desired, actual.figures, scope), *note_privileges(desired, actual, 18))
    fault = check_training(desired, actual, notes, 18, State.ABSENT)
    if fault is not None:
        return fault
    dropped = actual.last_job(desired.fingerprint)
    reason = "it was trained before, and is gone" if dropped and dropped.status is JobStatus.SUCCESS else ""
    return Change(
        desired.address,
        Action.CREATE,
        State.ABSENT,
        18,
        reason,
        notes=notes,
        differences=(*list_declared(desired), *list_pruned(find_pruned(desired, actual, scope))),
        cost=build_cost(desired, actual, scope),
        figures=list_figures(desired, actual),
        fingerprint=desired.fingerprint,
    )


TABLE: tuple[Row, ...] = (
    _unknown, _held, _other_job_beside_live, _unfinished, _live, block_conflict, _moved_little,  # 1 to 7
    _never_retrained, _waiting, _ready, _failed, _replacing, _kept_only, _absent,  # 8 to 18
)  # fmt: skip
