"""The rows that a model would learn from and be validated on, as one aggregate tells of each.

The rows of a file that is not loaded yet are counted where it is read.
"""

from __future__ import annotations

from ftspec.resources import finetune
from ftspec.resources.base import Export, Query, Refusal, Seen, is_absent
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Profile
from ftspec.resources.holdout import BUCKETS
from ftspec.resources.marker import data_fingerprint


def list_profiles(model: FineTunedModel) -> tuple[Query, ...]:
    """Ask for the profiles: that of the training data first."""
    return tuple(finetune.profile(source.query) for source, _, _ in _sides(model))


def read_profiles(model: FineTunedModel, seen: Seen) -> tuple[Profile | Refusal, ...]:
    """Read the profiles that were asked for."""
    found: list[Profile | Refusal] = []
    for source, low, high in _sides(model):
        answer = seen.get(finetune.profile(source.query))
        if answer is not None and source.file is not None and is_absent(answer):
            tally = source.file.tally(low, high)
            found.append(Profile(tally.rows, tally.characters, data_fingerprint(tally.rows, tally.total)))
        elif answer is not None:
            found.append(finetune.parse_profile(answer))
    return tuple(found)


def _sides(model: FineTunedModel) -> tuple[tuple[Export, int, int], ...]:
    """List what is profiled, each with the buckets of prompts that it holds."""
    kept_back = model.holdout or 0
    training = (model.training, kept_back, BUCKETS)
    if model.validation is None:
        return (training,)
    return (training, (model.validation, 0, kept_back or BUCKETS))
