"""How far a model's data has moved since it was trained, and whether that is enough to train it again."""

from __future__ import annotations

from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import is_wanted
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.marker import NONE, count_rows

_MS = 1_000


def explain_replacing(desired: FineTunedModel, actual: Model, live: LiveModel) -> str:
    """Say why a live model is to be replaced."""
    if is_wanted(desired, actual, live):
        return f"{live.name} is of this very spec; training it again was asked for"
    if live.spec == desired.fingerprint and live.identity is not None:
        return explain_moved(live.identity.data, actual.data)
    return f"{live.name} was trained from another spec"


def explain_moved(before: str, after: str) -> str:
    """Say how rows have moved, by their fingerprints: those of old markers may tell no number."""
    rows = count_rows(before), count_rows(after)
    if rows[0] is None or rows[1] is None:
        return f"its data moved, from {before} to {after}"
    if rows[0] == rows[1]:
        return f"its data moved: {rows[1]:,} rows as before, with other content"
    return f"its data moved: {rows[0]:,} rows before, {rows[1]:,} now"


def explain_keeping(desired: FineTunedModel, actual: Model, live: LiveModel) -> str:
    """Say why a live model stays although its data moved; empty where it is to be trained again, or nothing moved."""
    identity = live.identity
    if identity is None or identity.spec != desired.fingerprint or not desired.retrains_on_data:
        return ""
    if actual.data in {NONE, identity.data}:
        return ""
    moved = explain_moved(identity.data, actual.data)
    changes = desired.changes
    age = actual.figures.now - live.created_on // _MS
    if changes.interval_seconds and live.created_on and actual.figures.now and age < changes.interval_seconds:
        return f"{moved}; the model is younger than data_changes.min_interval"
    share = _share(identity.data, actual.data)
    if share < changes.share:
        why = f", a smaller share than data_changes.min_share ({changes.share:g})"
        return f"{moved}{why if share else '; data_changes.min_share goes by the number of rows alone'}"
    return ""


def _share(before: str, after: str) -> float:
    """Give the share of rows by which their number has changed: rows that were edited in place change none."""
    old, new = count_rows(before), count_rows(after)
    if old is None or new is None:
        return 1.0
    return abs(new - old) / old if old else float(new > 0)
