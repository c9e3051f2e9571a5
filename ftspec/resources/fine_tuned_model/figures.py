"""What is read of a model's data and base model where a training is near, and of its data where that may retrain it."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.model.profile import PairLimit, Profile, Spread
from ftspec.resources.base import Answer, Query, Refusal, Scope, Seen, is_absent
from ftspec.resources.base_model import CATALOGUE
from ftspec.resources.base_model_life import Life, find_life, list_base_models, lists_base_models
from ftspec.resources.credit_rate import learn_rates, read_usage
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.holdout import BUCKETS
from ftspec.resources.lock import parse_clock, read_clock
from ftspec.resources.marker import data_fingerprint
from ftspec.resources.profile import explain, overlap, parse_overlap, parse_profile, profile


@dataclass(frozen=True, slots=True)
class Figures:
    """What was read of the data (training, validation) and of the base model; what was not read is left out.

    `refusals` are Snowflake's words on each select that it does not compile; `overlap` is the number of validation rows
    whose prompt also trains; `life` is the account's word on the base model, `unlisted`: it lists others alone; `rate`
    was learnt from the account's usage history, which `rate_unread` says could not be read; `now` in epoch seconds.
    """

    profiles: tuple[Profile | Refusal, ...] = ()
    refusals: tuple[Refusal | None, ...] = ()
    overlap: int | None = None
    life: Life | None = None
    unlisted: bool = False
    rate: float | None = None
    rate_unread: str = ""
    now: int = 0


NO_FIGURES = Figures()


def ask_moved(model: FineTunedModel, scope: Scope) -> tuple[Query, ...]:
    """Ask for what tells whether the training rows have moved, where that may retrain a model."""
    if not model.retrains_on_data:
        return ()
    clock = (read_clock(),) if model.changes.interval_seconds else ()
    return (ask_profiles(model, scope)[0], *clock)


def ask_lives(models: tuple[FineTunedModel, ...]) -> tuple[Query, ...]:
    """Ask, once for all models, whether their base models are still there: calls of a model end with its own."""
    return (list_base_models(),) if any(model.base_model for model in models) else ()


def ask_training(model: FineTunedModel, scope: Scope) -> tuple[Query, ...]:
    """Ask for all that a plan must know before it pays: at most three statements for each dataset."""
    selects = _selects(model)
    asked = [*(explain(select) for select in selects), *ask_profiles(model, scope), list_base_models()]
    if model.validation is not None:
        asked.append(overlap(model.training.query, model.validation.query))
    if scope.learns_rate and model.base_model not in dict(scope.credit_rates):
        asked.append(read_usage())
    return tuple(asked)


def ask_profiles(model: FineTunedModel, scope: Scope) -> tuple[Query, ...]:
    """Ask for the profiles: the same for every model that learns from the same select."""
    return tuple(ask_profile(model, select, scope) for select in _selects(model))


def ask_profile(model: FineTunedModel, select: str, scope: Scope) -> Query:
    """Ask for the profile of one select, as the model's base model counts tokens."""
    return profile(select, pair_limits(scope), model.base_model if scope.exact_tokens else "")


def pair_limits(scope: Scope) -> tuple[PairLimit, ...]:
    """List the limits of every base model that is known, so that one profile serves all models."""
    limits = {model.pair_limit for model in (*scope.own_base_models, *CATALOGUE)}
    return tuple(sorted(limit for limit in limits if limit is not None))


def read_figures(model: FineTunedModel, scope: Scope, seen: Seen) -> Figures:
    """Parse what was read; nothing of it is asked for twice."""
    limits, counter = pair_limits(scope), model.base_model if scope.exact_tokens else ""
    profiles = (seen[query] for query in ask_profiles(model, scope) if query in seen)
    compiled = (seen[query] for query in map(explain, _selects(model)) if query in seen)
    models, usage, clock = (seen.get(query) for query in (list_base_models(), read_usage(), read_clock()))
    validation = "" if model.validation is None else model.validation.query
    shared = seen.get(overlap(model.training.query, validation)) if validation else None
    return Figures(
        profiles=tuple(
            count_file(model, index) if _is_unloaded(model, index, answer) else parse_profile(answer, limits, counter)
            for index, answer in enumerate(profiles)
        ),
        refusals=tuple(
            answer if isinstance(answer, Refusal) and not _is_unloaded(model, index, answer) else None
            for index, answer in enumerate(compiled)
        ),
        overlap=None if shared is None else parse_overlap(shared),
        life=find_life(models, model.base_model),
        unlisted=lists_base_models(models) and find_life(models, model.base_model) is None,
        rate=learn_rates(usage).get(model.base_model),
        rate_unread=usage.message if isinstance(usage, Refusal) else "",
        now=parse_clock(clock) if isinstance(clock, tuple) else 0,
    )


def count_file(model: FineTunedModel, index: int) -> Profile:
    """Give what was counted of a file's rows where it was read: of the training side (0), or the validation side."""
    file = model.sources[index].file
    if file is None:
        message = "only a file is counted where it is read"
        raise AssertionError(message)
    kept_back = model.holdout or 0
    tally = file.tally(kept_back, BUCKETS) if index == 0 else file.tally(0, kept_back or BUCKETS)
    return Profile(
        rows=tally.rows,
        fingerprint=data_fingerprint(tally.rows, tally.total),
        prompt_characters=Spread(tally.prompt_characters),
        completion_characters=Spread(tally.completion_characters),
        prompt_tokens=Spread(tally.prompt_tokens),
        completion_tokens=Spread(tally.completion_tokens),
        blank_prompts=tally.blank_prompts,
        blank_completions=tally.blank_completions,
        blank_pairs=tally.blank_pairs,
        is_partial=True,
    )


def _is_unloaded(model: FineTunedModel, index: int, answer: Answer) -> bool:
    """Tell whether an answer is a refusal only because the rows of a file are not loaded yet."""
    return model.sources[index].file is not None and is_absent(answer)


def _selects(model: FineTunedModel) -> tuple[str, ...]:
    return tuple(source.query for source in model.sources)
