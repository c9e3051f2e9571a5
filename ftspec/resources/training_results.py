"""What a training recorded step by step: `training_results.csv`, a file of the version of a model that it made.

LIST and GET reach it, and nothing else does; both take the ownership of the model (Snowflake: Cortex Fine-tuning).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.model.address import ObjectName, quote

_FILE = "training_results.csv"


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """A recorded step, counted from 1 as epochs are; `validation_loss` is given at the last step of an epoch alone."""

    step: int
    epoch: int
    training_loss: float | None
    validation_loss: float | None


def locate_results(model: ObjectName, version: str) -> str:
    """Give the place of the file of a version (Snowflake: Working with model artifacts)."""
    return f"snow://model/{model}/versions/{quote(version)}/{_FILE}"


def parse_results(text: str) -> tuple[TrainingStep, ...]:
    """Read the steps, by column name; ValueError where the text is no such file."""
    try:
        return tuple(_read_step(row) for row in csv.DictReader(text.splitlines()))
    except (KeyError, TypeError, csv.Error) as error:
        message = f"{_FILE} has not the columns that Snowflake documents"
        raise ValueError(message) from error


def last_of_epochs(steps: tuple[TrainingStep, ...]) -> tuple[TrainingStep, ...]:
    """Give the last step of each epoch, where its validation loss is."""
    return tuple({step.epoch: step for step in steps}.values())


def _read_step(row: Mapping[str, str]) -> TrainingStep:
    losses = (_read_loss(row[name]) for name in ("training_loss", "validation_loss"))
    return TrainingStep(int(row["step"]), int(row["epoch"]), *losses)


def _read_loss(text: str) -> float | None:
    """Read a loss; a training that diverged may have recorded no number."""
    value = float(text) if text.strip() else math.nan
    return value if math.isfinite(value) else None
