"""What speaks against a training, or is to be known before it: its data, its base model, its price."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, Span, has_errors
from ftspec.model.profile import PairLimit, Profile
from ftspec.resources.base import Answer, Export, Refusal, Scope
from ftspec.resources.base_model import ASSUMED_EPOCHS, BaseModel, find_base_model
from ftspec.resources.base_model_life import ENDED, LEGACY
from ftspec.resources.expectation import NEEDS_ALL_ROWS, judge_rows
from ftspec.resources.fine_tuned_model.actual import Model
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.differing import list_figures
from ftspec.resources.fine_tuned_model.figures import Figures
from ftspec.resources.finetune import WRAPPED
from ftspec.resources.profile import EXPLAIN

_PLACE = re.compile(r"line (\d+) at position (\d+)")
_PATHS = ("spec/training_data", "spec/validation_data")
_WRONG_CASE = re.compile(r"invalid identifier '\"?(PROMPT|COMPLETION)\"?'")


def refuse_training(
    desired: FineTunedModel, actual: Model, notes: Diagnostics, row: int, state: State
) -> Change | None:
    """Block a model whose training has an error against it; every fault is told, and what was counted."""
    if not has_errors(notes):
        return None
    reason = next(note.message for note in notes if note.severity is Severity.ERROR)
    figures = list_figures(desired, actual)
    return Change(desired.address, Action.BLOCKED, state, row, reason, notes=notes, figures=figures)


def judge_training(desired: FineTunedModel, figures: Figures, scope: Scope) -> Diagnostics:
    """Judge what was read; what was not read is not judged."""
    return (
        *_judge_data(desired, figures, scope),
        *_judge_base_model(desired, figures, scope),
        *_judge_rate(desired, figures, scope),
    )


def judge_alone(source: Export, compiled: Answer, profile: Profile | Refusal) -> Diagnostics:
    """Judge a dataset that no model learns from: nothing says which base model would, nor at how many epochs."""
    if isinstance(compiled, Refusal):
        return (_tell_refusal(source, compiled, "", len(EXPLAIN) + len(WRAPPED)),)
    if isinstance(profile, Refusal):
        return (_tell_refusal(source, profile, "", None),)
    nothing = _find_nothing(source, profile)
    if nothing is not None:
        return (nothing,)
    return judge_rows(source.address.name, source.expectations, profile, None, None)


def _judge_data(desired: FineTunedModel, figures: Figures, scope: Scope) -> Iterator[Diagnostic]:
    base = find_base_model(desired.base_model, scope.own_base_models) or BaseModel(desired.base_model)
    for index, (path, source) in enumerate(zip(_PATHS, desired.sources, strict=False)):
        refusal = figures.refusals[index] if index < len(figures.refusals) else None
        profile = figures.profiles[index] if index < len(figures.profiles) else None
        if refusal is not None:
            yield _tell_refusal(source, refusal, path, len(EXPLAIN) + len(WRAPPED))
        elif isinstance(profile, Refusal):
            yield _tell_refusal(source, profile, path, None)
        elif profile is not None:
            nothing = _find_nothing_held_out(desired, profile, path) or _find_nothing(source, profile)
            if nothing is not None:
                yield replace(nothing, path=path)
                continue
            yield from _refuse_unloaded(source, profile, path)
            yield from _judge_rules(desired, figures, index, base.pair_limit)
            yield from _judge_size(desired, source, profile, base, path)


def _judge_rules(
    desired: FineTunedModel, figures: Figures, index: int, limit: PairLimit | None
) -> Iterator[Diagnostic]:
    """Judge the rules of a dataset; of one that is split by a holdout both parts are judged together, once."""
    source, profile = desired.sources[index], figures.profiles[index]
    if isinstance(profile, Refusal) or (index and desired.holdout is not None):
        return
    other = figures.profiles[1] if desired.holdout is not None and len(figures.profiles) > 1 else None
    whole = profile.join(other) if isinstance(other, Profile) else profile
    judged = judge_rows(source.address.name, source.expectations, whole, limit, figures.overlap if index else None)
    yield from (replace(fault, path=_PATHS[index]) for fault in judged)


def _judge_size(
    desired: FineTunedModel, source: Export, profile: Profile, base: BaseModel, path: str
) -> Iterator[Diagnostic]:
    epochs = desired.epochs or ASSUMED_EPOCHS
    most = base.row_limit(epochs)
    if most is not None and profile.rows > most:
        assumed = desired.epochs is None
        message = (
            f"{source.address} has {profile.rows:,} rows, more than the {most:,} that {base.name} takes at "
            f"{epochs} epoch{'s' * (epochs != 1)}{' (assumed)' if assumed else ''}"
        )
        certain = not assumed or profile.rows > (base.row_limit(1) or 0)
        severity = Severity.ERROR if certain else Severity.WARNING
        hint = "lower options.max_epochs, or select fewer rows: the job would fail after its start"
        yield Diagnostic("FT236", message, severity, path=path, span=source.place, hint=hint)


def _find_nothing_held_out(desired: FineTunedModel, profile: Profile, path: str) -> Diagnostic | None:
    """Say that there is nothing to validate on: few prompts may all fall on one side."""
    if desired.holdout is None or profile.rows or path != "spec/validation_data":
        return None
    message = f"there is nothing to validate on: none of the prompts of {desired.training.address} is held out"
    return Diagnostic("FT250", message, path=path, hint="hold out a larger share, or name a Dataset")


def _refuse_unloaded(source: Export, profile: Profile, path: str) -> Iterator[Diagnostic]:
    """Refuse to train on rows by whose rules nobody has judged them yet."""
    rules = [found for found in source.expectations if found.rule in NEEDS_ALL_ROWS]
    unjudged = [found for found in rules if found.severity is Severity.ERROR]
    if profile.is_partial and unjudged:
        names = ", ".join(f"expect.{found.rule}" for found in unjudged)
        message = f"the rows of {source.address} are not loaded yet, and {names} is judged once they are"
        hint = f"load them first: ftspec apply --target {source.address.name}"
        yield Diagnostic("FT262", message, path=path, span=unjudged[0].place, hint=hint)


def _find_nothing(source: Export, profile: Profile) -> Diagnostic | None:
    """Say that there is nothing to learn: no rows, or a side of all pairs that is empty."""
    hint = "correct the query, or fill what it reads"
    if profile.rows == 0:
        message = f"there is nothing to learn: {source.address} gives no rows"
        return Diagnostic("FT221", message, span=source.place, hint=hint)
    empty = {"prompt": profile.blank_prompts, "completion": profile.blank_completions}
    sides = [side for side, count in empty.items() if count == profile.rows]
    if not sides:
        return None
    message = f"there is nothing to learn: every {' and every '.join(sides)} of {source.address} is null or blank"
    return Diagnostic("FT222", message, span=source.place, hint=hint)


def _tell_refusal(source: Export, refusal: Refusal, path: str, offset: int | None) -> Diagnostic:
    """Tell why a select is refused, at the place in the manifest that Snowflake's own place in the text stands for."""
    words = " ".join(refusal.message.split())
    hint = "the job would fail with the same error; repair the query, or grant the running role what it needs"
    wrong = _WRONG_CASE.search(words)
    if wrong:
        hint = f'the job reads "{wrong[1]}": name the column with an alias without quotes, … AS {wrong[1].lower()}'
    message = f"{source.address} cannot be read: {words}"
    return Diagnostic("FT220", message, path=path, span=_place(source, words, offset), hint=hint)


def _place(source: Export, words: str, offset: int | None) -> Span | None:
    found = _PLACE.search(words)
    start = source.text_place
    if found is None or start is None:
        return source.place
    line, position = int(found[1]), int(found[2])
    if line == 1:
        column = None if offset is None else position - offset
        inside = column is not None and 0 <= column < len(source.query.partition("\n")[0])
        return replace(start, column=start.column + column) if column is not None and inside else source.place
    if line > source.query.count("\n") + 1:
        return source.place
    # A text of several lines is a block, whose lines all stand behind its indentation.
    return replace(start, line=start.line + line - 1, column=start.column + position)


def _judge_base_model(desired: FineTunedModel, figures: Figures, scope: Scope) -> Iterator[Diagnostic]:
    if not figures.profiles:
        return
    name, path = desired.base_model, "spec/base_model"
    known = find_base_model(name, scope.own_base_models)
    life = figures.life
    legacy, ends = (life.legacy_on, life.ends_on) if life else (known.legacy_on, known.ends_on) if known else ("", "")
    dates = [f"is legacy from {legacy} on"] * bool(legacy) + [f"may end from {ends} on"] * bool(ends)
    told = f"base model {name} {' and '.join(dates)}" if dates else ""
    if life is not None and life.status == ENDED:
        message = f"base model {name} has ended{f' on {ends}' * bool(ends)}: neither trainings nor calls of it succeed"
        yield Diagnostic("FT238", message, path=path, hint="choose another base model")
    elif life is not None and life.status == LEGACY:
        message = told or f"base model {name} is legacy"
        hint = "only accounts that used it before may go on; a tuned model ends with its base model"
        yield Diagnostic("FT238", message, Severity.WARNING, path=path, hint=hint)
    elif figures.unlisted:
        severity = Severity.ERROR if known is None else Severity.WARNING
        message = f"the account does not list base model {name}"
        yield Diagnostic("FT239", message, severity, path=path, hint="SHOW CORTEX BASE MODELS lists what there is")
    elif told:
        severity = Severity.WARNING if life is None else Severity.NOTE
        yield Diagnostic("FT238", told, severity, path=path, hint="a tuned model ends with its base model")
    if scope.on_account:
        message = "Snowflake plans to retire Cortex Fine-tuning for Cortex Training in the first quarter of 2027"
        yield Diagnostic("FT240", message, Severity.NOTE, path=path)


def note_ended(desired: FineTunedModel, actual: Model) -> Diagnostics:
    """Say that calls of the live model fail, where the base model that it is known to be made from has ended."""
    live, life = actual.live, actual.figures.life
    if live is None or life is None or life.status != ENDED:
        return ()
    as_declared = live.spec == desired.fingerprint or not desired.trains
    made_by = next((job for job in actual.jobs if job.id == live.job), None)
    if not as_declared and (made_by is None or made_by.base_model != desired.base_model):
        return ()
    since = f" since {life.ends_on}" * bool(life.ends_on)
    message = f"calls of {live.name} fail{since}: base model {desired.base_model} has ended"
    return (Diagnostic("FT238", message, path="spec/base_model", hint="choose another base model"),)


def _judge_rate(desired: FineTunedModel, figures: Figures, scope: Scope) -> Iterator[Diagnostic]:
    """Say why a rate that was to be learnt is not known."""
    if not scope.learns_rate or not figures.profiles or desired.base_model in dict(scope.credit_rates):
        return
    if figures.rate is None:
        why = figures.rate_unread or "it has no training of that base model"
        message = f"no credit rate of {desired.base_model} is learnt from the usage history: {' '.join(why.split())}"
        hint = f"set credit_rates.{desired.base_model} in ftspec.yaml, or use a role that sees SNOWFLAKE.ACCOUNT_USAGE"
        yield Diagnostic("FT237", message, Severity.WARNING, path="spec/base_model", hint=hint)
