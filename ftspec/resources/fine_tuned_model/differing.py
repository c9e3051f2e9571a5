"""What a change of a fine-tuned model alters, property by property, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.model.change import Cost, Difference, SideFigures
from ftspec.model.profile import Profile
from ftspec.resources.base import Scope
from ftspec.resources.base_model import ASSUMED_EPOCHS
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.choosing import find_pruned, list_held
from ftspec.resources.fine_tuned_model.comparison import compare_spec
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.finetune import Job
from ftspec.resources.holdout import BUCKETS
from ftspec.resources.marker import NONE, YES, count_rows

UNMARKED = "a job of ours made it, and it bears no marker: the run was cut off, or the model was forgotten"
"""Why a live model of what is declared is unfinished (row 4)."""
_SPEC = "spec"
_SHOWN = 11
"""Characters of a fingerprint that people are shown."""


def list_declared(desired: FineTunedModel) -> tuple[Difference, ...]:
    """List what a first training is started with."""
    return tuple(Difference(path, None, value) for path, value in _declared(desired))


def list_altered(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Difference, ...]:
    """List what a training is started with, and what of it differs from what is live, as far as that is known."""
    if actual.live is None:
        return list_declared(desired)
    unlike = {found.path: found for found in list_unlike(desired, actual, scope)}
    listed = {path: Difference(path, value, value) for path, value in _declared(desired)}
    if desired.comment is not None:
        listed["comment"] = Difference("comment", actual.live.comment, desired.comment)
    fingerprints = unlike.pop(_SPEC, None)
    return (*((fingerprints,) if fingerprints else ()), *{**listed, **unlike}.values())


def list_unlike(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Difference, ...]:
    """List what the live model was made from otherwise than is declared; the fingerprints where no more is known."""
    found = compare_spec(desired, actual, scope)
    if found or actual.live is None or actual.live.spec == desired.fingerprint:
        return found
    return (Difference(_SPEC, actual.live.spec[:_SHOWN], desired.fingerprint[:_SHOWN]),)


def _declared(desired: FineTunedModel) -> list[tuple[str, str]]:
    pairs = [
        ("name", str(desired.model)),
        ("base_model", desired.base_model),
        ("training_data", desired.training.address.name),
    ]
    pairs = [(path, value) for path, value in pairs if value]
    if desired.holdout is not None:
        pairs.append(
            ("validation_data", f"{desired.holdout / BUCKETS:.4g} of {desired.training.address.name}, held out")
        )
    elif desired.validation is not None:
        pairs.append(("validation_data", desired.validation.address.name))
    pairs += [(f"options.{key}", str(value)) for key, value in desired.options]
    if desired.comment is not None:
        pairs.append(("comment", desired.comment))
    return pairs


def list_marking(desired: FineTunedModel, live: LiveModel | None) -> tuple[Difference, ...]:
    """List what is written on a model whose training has ended."""
    spec = live.spec if live is not None and not desired.trains else desired.fingerprint
    found = [Difference("marker", None, f"spec {spec[:_SHOWN]}")]
    if desired.comment is not None and (live is None or live.comment != desired.comment):
        found.append(Difference("comment", live.comment if live else None, desired.comment))
    return tuple(found)


def list_settled(desired: FineTunedModel, actual: Model, scope: Scope) -> tuple[Difference, ...]:
    """List what is to be brought up to date on and around a live model of the wanted spec."""
    live = actual.live
    found = (*list_released(actual), *list_pruned(find_pruned(desired, actual, scope)))
    return found if live is None else (*list_rewritten(desired, live), *found)


def list_rewritten(desired: FineTunedModel, live: LiveModel, *, held: bool = False) -> tuple[Difference, ...]:
    """List what of a live model's comment is to be written anew: the marker, and the user's own words.

    `held`: the hold of a rollback stays.
    """
    if live.marker is None:
        return list_marking(desired, live)
    marker, found = live.marker, []
    if marker.resource != desired.address.name:
        found.append(Difference("resource", marker.resource, desired.address.name))
    if (marker.protect == YES) != desired.protected:
        found.append(_switch("deletion_protection", on=desired.protected))
    if marker.hold != NONE and not held:
        found.append(Difference("hold", marker.hold[:_SHOWN], None, "ended"))
    if desired.comment is not None and desired.comment != live.comment:
        found.append(Difference("comment", live.comment, desired.comment))
    return tuple(found)


def list_replaced(desired: FineTunedModel, live: LiveModel | None, ready: LiveModel) -> tuple[Difference, ...]:
    """List which model goes live in the place of which."""
    if live is None:
        return (Difference("name", str(ready.name), str(desired.model)),)
    return (Difference("live", live.spec[:_SHOWN], ready.spec[:_SHOWN], f"from {ready.name}"),)


def list_cancelled(jobs: Iterable[Job]) -> tuple[Difference, ...]:
    """List jobs to be cancelled."""
    return tuple(Difference("job", job.id, None, "cancelled") for job in jobs)


def list_released(actual: Model) -> tuple[Difference, ...]:
    """List models whose hold ends, since the rollback that wrote it did not come to its end."""
    return tuple(
        Difference("hold", str(model.name), None, "ended: its rollback was cut off") for model in list_held(actual)
    )


def list_pruned(models: Iterable[LiveModel]) -> tuple[Difference, ...]:
    """List models to be dropped."""
    return tuple(Difference("model", str(model.name), None, "dropped") for model in models)


def build_cost(desired: FineTunedModel, actual: Model, scope: Scope) -> Cost | None:
    """Work out what a training takes, from the profiles that were read; a declared rate goes before a learnt one."""
    profiles = [profile for profile in actual.figures.profiles if isinstance(profile, Profile)]
    if not profiles:
        return None
    declared = dict(scope.credit_rates).get(desired.base_model)
    return Cost(
        rows=profiles[0].rows,
        tokens=profiles[0].tokens,
        epochs=desired.epochs or ASSUMED_EPOCHS,
        epochs_assumed=desired.epochs is None,
        validation_rows=profiles[1].rows if len(profiles) > 1 else None,
        base_model=desired.base_model,
        exact=bool(profiles[0].counter),
        credit_rate=actual.figures.rate if declared is None else declared,
        rate_learnt=declared is None and actual.figures.rate is not None,
    )


def list_figures(desired: FineTunedModel, actual: Model) -> tuple[SideFigures, ...]:
    """List the profiles that were read, side by side."""
    profiles, found = actual.figures.profiles, []
    if profiles and isinstance(profiles[0], Profile):
        found.append(SideFigures("training", desired.training.address.name, profiles[0]))
    if desired.validation is not None and len(profiles) > 1 and isinstance(profiles[1], Profile):
        name = desired.validation.address.name
        found.append(SideFigures("validation", name, profiles[1], actual.figures.overlap))
    return tuple(found)


def list_moved(desired: FineTunedModel, actual: Model) -> tuple[Difference, ...]:
    """List how many rows the live model learnt from, and how many there are now, where they are others."""
    before = count_rows(actual.live.identity.data) if actual.live and actual.live.identity else None
    after = count_rows(actual.data)
    moved = actual.live is not None and actual.live.identity is not None and actual.live.identity.data != actual.data
    if not desired.retrains_on_data or not moved or before is None or after is None:
        return ()
    return (Difference("rows", f"{before:,}", f"{after:,}"),)


def _switch(path: str, *, on: bool) -> Difference:
    before, after = ("false", "true") if on else ("true", "false")
    return Difference(path, before, after)
