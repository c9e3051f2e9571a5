"""Training as the embedded service does it: which rows train, for how long, and with which losses."""

from __future__ import annotations

import csv
import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

from ftspec.emulator.cortex.base_models import DEFAULT_EPOCHS, BaseModel
from ftspec.emulator.cortex.failures import JobError, check_rows
from ftspec.emulator.cortex.losses import build_bigram_model, count_bigrams
from ftspec.emulator.cortex.tokens import count_tokens, truncate_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

Row: TypeAlias = tuple[str | None, str | None]
"""PROMPT and COMPLETION of one row, as the query gave them."""
Pair: TypeAlias = tuple[str, str]
"""A prompt and a completion that can be trained on."""

_PAIRS_A_STEP = 32
_RECORDED_AN_EPOCH = 8
_HELD_OUT = 10  # one prompt in ten


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """A row of training_results.csv; `validation_loss` is given for the last step of an epoch only."""

    step: int
    epoch: int
    training_loss: float
    validation_loss: float | None


@dataclass(frozen=True, slots=True)
class Training:
    """What training found: losses in nats a token, `trained_tokens` as tokens of the pairs times epochs.

    `pairs` and `validation_pairs` were used, `skipped` rows lacked a prompt or a completion, `truncated` pairs
    were longer than the base model takes.
    """

    pairs: int
    validation_pairs: int
    skipped: int
    truncated: int
    epochs: int
    trained_tokens: int
    training_loss: float
    validation_loss: float
    steps: tuple[TrainingStep, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the value as JSON data."""
        return asdict(self) | {"steps": [asdict(step) for step in self.steps]}


def read_training(saved: Mapping[str, object]) -> Training:
    """Read what `Training.to_dict` gave; raises KeyError or TypeError for anything else."""
    steps = saved["steps"]
    if not isinstance(steps, Sequence):
        raise TypeError("the steps of a training are not a list")
    return Training(**{**saved, "steps": tuple(TrainingStep(**step) for step in steps)})  # type: ignore[arg-type]


def train(
    rows: Sequence[Row], validation: Sequence[Row] | None, *, base_model: BaseModel, max_epochs: int | None
) -> Training | JobError:
    """Train on the rows of the data queries; give what DESCRIBE will show, or why the job fails.

    `validation` None says that the call gave no query. Source: the Cortex Fine-tuning user guide, for the row
    limits and for truncating pairs that are too long. Not documented, and so this server's choice: unset epochs
    are three, rows without a prompt or a completion are skipped, and the split (`split_pairs`).
    """
    epochs = max_epochs or DEFAULT_EPOCHS
    pairs = select_pairs(rows)
    others = None if validation is None else select_pairs(validation)
    refusal = _check_datasets((rows, pairs), (validation, others), base_model, epochs)
    if refusal is not None:
        return refusal
    training, held_out = split_pairs(pairs) if others is None else (pairs, others)
    skipped = len(rows) - len(pairs) + len(validation or ()) - len(others or ())
    return _fit(_Sets(tuple(training), tuple(held_out), skipped), base_model, epochs)


def select_learnt_pairs(rows: Sequence[Row], validation: Sequence[Row] | None, *, base_model: BaseModel) -> list[Pair]:
    """Give the pairs that `train` trains on: what the model can answer from.

    Pairs held out for validation are not among them; the model has not seen those.
    """
    pairs = select_pairs(rows)
    learnt = split_pairs(pairs)[0] if validation is None else pairs
    return [truncate_pair(pair, base_model) for pair in learnt]


def select_pairs(rows: Sequence[Row]) -> list[Pair]:
    """Keep the rows that have both a prompt and a completion, neither null nor blank."""
    return [(p, c) for p, c in rows if p is not None and c is not None and p.strip() and c.strip()]


def split_pairs(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Split into training and validation pairs: one prompt in ten validates, by the prompt's CRC-32.

    Pairs of one prompt stay together. Where one side would be empty, both are all the pairs: a loss is then
    still measured on real text.
    """
    sides: tuple[list[Pair], list[Pair]] = ([], [])
    for pair in pairs:
        held_out = zlib.crc32(pair[0].encode("utf-8", "surrogatepass")) % _HELD_OUT == 0
        sides[held_out].append(pair)
    return sides if all(sides) else (list(pairs), list(pairs))


def truncate_pair(pair: Pair, base_model: BaseModel) -> Pair:
    """Cut prompt and completion to what the base model takes."""
    prompt, completion = pair
    return (
        truncate_tokens(prompt, base_model.prompt_tokens),
        truncate_tokens(completion, base_model.completion_tokens),
    )


def write_results_csv(steps: Sequence[TrainingStep]) -> str:
    """Write training_results.csv: a header and a line for each recorded step (user guide, training results)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("step", "epoch", "training_loss", "validation_loss"))
    for step in steps:
        shown = "" if step.validation_loss is None else step.validation_loss
        writer.writerow((step.step, step.epoch, step.training_loss, shown))
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Sets:
    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    skipped: int


def _check_datasets(
    training: tuple[Sequence[Row], Sequence[Pair]],
    validation: tuple[Sequence[Row] | None, Sequence[Pair] | None],
    base_model: BaseModel,
    epochs: int,
) -> JobError | None:
    sides = (("training", training), ("validation", validation))
    for what, (rows, pairs) in sides:
        if rows is None or pairs is None:
            continue
        # The limit counts rows as they came; only then does it matter whether any of them can be used.
        refusal = check_rows(len(rows) if pairs else 0, what=what, base_model=base_model, epochs=epochs)
        if refusal is not None:
            return refusal
    return None


def _fit(sets: _Sets, base_model: BaseModel, epochs: int) -> Training:
    training = [truncate_pair(pair, base_model) for pair in sets.training]
    validation = [truncate_pair(pair, base_model) for pair in sets.validation]
    truncated = sum(a != b for a, b in zip(sets.training, training, strict=True))
    tokens = sum(count_tokens(prompt) + count_tokens(completion) for prompt, completion in training)
    bigrams = count_bigrams(completion for _, completion in training)
    model = build_bigram_model(bigrams)
    learnt = model.profile(bigrams)
    unseen = model.profile(count_bigrams(completion for _, completion in validation))
    steps_an_epoch = -(-len(training) // _PAIRS_A_STEP)
    steps: list[TrainingStep] = []
    for epoch in range(1, epochs + 1):
        for offset in _recorded(steps_an_epoch):
            weight = _data_weight(epoch - 1 + offset / steps_an_epoch)
            last = unseen.loss(weight) if offset == steps_an_epoch else None
            number = (epoch - 1) * steps_an_epoch + offset
            steps.append(TrainingStep(number, epoch, learnt.loss(weight), last))
    return Training(
        pairs=len(training),
        validation_pairs=len(validation),
        skipped=sets.skipped,
        truncated=truncated,
        epochs=epochs,
        trained_tokens=tokens * epochs,
        training_loss=steps[-1].training_loss,
        validation_loss=unseen.loss(_data_weight(epochs)),
        steps=tuple(steps),
    )


def _recorded(steps: int) -> list[int]:
    """Give the steps of an epoch that are recorded: the first, the last, and some evenly between."""
    return sorted({1} | {-(-steps * part // _RECORDED_AN_EPOCH) for part in range(1, _RECORDED_AN_EPOCH + 1)})


def _data_weight(epochs: float) -> float:
    """Give the weight of the data after so many epochs: one half at the start, and half the rest with each."""
    return 1.0 - math.pow(0.5, epochs + 1)
