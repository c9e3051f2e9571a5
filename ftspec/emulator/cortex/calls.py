"""Calls of SNOWFLAKE.CORTEX.FINETUNE, read from evaluated SQL arguments into typed values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ftspec.emulator import refusals
from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.names import ModelName, read_model_name
from ftspec.emulator.errors import SnowflakeError

Value: TypeAlias = str | int | float | bool | Mapping[str, "Value"] | Sequence["Value"] | None
"""An evaluated SQL argument: a scalar, an OBJECT (mapping) or an ARRAY (sequence)."""

_FEWEST_EPOCHS = 1
_MOST_EPOCHS = 10
_DOCUMENT_MODEL = "arctic-extract"
_CREATE_ARGUMENTS = (4, 6)
_JOB_ARGUMENTS = 2


@dataclass(frozen=True, slots=True)
class CreateCall:
    """FINETUNE('CREATE', …): `validation_data` is "" and `max_epochs` None where the call gives none."""

    name: ModelName
    base_model: str
    training_data: str
    validation_data: str
    max_epochs: int | None


@dataclass(frozen=True, slots=True)
class ShowCall:
    """FINETUNE('SHOW')."""


@dataclass(frozen=True, slots=True)
class DescribeCall:
    """FINETUNE('DESCRIBE', job id)."""

    job_id: str


@dataclass(frozen=True, slots=True)
class CancelCall:
    """FINETUNE('CANCEL', job id)."""

    job_id: str


FinetuneCall: TypeAlias = CreateCall | ShowCall | DescribeCall | CancelCall


def read_finetune_call(args: Sequence[Value]) -> FinetuneCall:
    """Read the arguments of one FINETUNE call.

    Verbs are read as documented, in upper case; whether Snowflake takes others is unknown, so they are refused.
    Raises SnowflakeError: 938 and 939 for too few and too many arguments, 1008 for a value that is not allowed
    (the numbers are this server's choice: Snowflake documents none). Sources: the four finetune-* pages.
    """
    match args[0] if args else None:
        case "CREATE":
            return _read_create(args)
        case "SHOW":
            _check_count(args, 1, 1)
            return ShowCall()
        case "DESCRIBE":
            return DescribeCall(_read_job_id(args))
        case "CANCEL":
            return CancelCall(_read_job_id(args))
        case None if not args:
            raise refused_count("FINETUNE", 1, 0)
        case verb:
            raise refused_value(
                f"FINETUNE takes 'CREATE', 'SHOW', 'DESCRIBE' or 'CANCEL' as its first argument, not {verb!r}"
            )


def refused_value(message: str) -> SnowflakeError:
    """Make the error for an argument whose value is not allowed."""
    return SnowflakeError(message, errno=1008, sqlstate="22023")


def refused_count(function: str, expected: int, got: int) -> SnowflakeError:
    """Make the error for a call with too few or too many arguments."""
    word, errno = ("not enough", 938) if got < expected else ("too many", 939)
    message = f"SQL compilation error:\n{word} arguments for function [{function}] expected {expected}, got {got}"
    return SnowflakeError(message, errno=errno, sqlstate="22023")


def _read_create(args: Sequence[Value]) -> CreateCall:
    fewest, most = _CREATE_ARGUMENTS
    _check_count(args, fewest, most)
    name, base_model, training, validation, options = (*args[1:], None, None)[: most - 1]
    base = _read_text(base_model, "base_model")
    if base == _DOCUMENT_MODEL:
        # It trains on documents in a Dataset, and answers AI_EXTRACT: neither is here.
        raise refusals.unsupported(f"FINETUNE of {base}")
    if base not in BASE_MODELS:
        raise refused_value(f"Unknown base model '{base}'; Fine-tuning takes {', '.join(sorted(BASE_MODELS))}")
    return CreateCall(
        name=read_model_name(_read_text(name, "name")),
        base_model=base,
        training_data=_read_text(training, "training_data_query"),
        validation_data=_read_optional_text(validation, "validation_data_query"),
        max_epochs=_read_max_epochs(options),
    )


def _check_count(args: Sequence[Value], fewest: int, most: int) -> None:
    if len(args) < fewest:
        raise refused_count("FINETUNE", fewest, len(args))
    if len(args) > most:
        raise refused_count("FINETUNE", most, len(args))


def _read_job_id(args: Sequence[Value]) -> str:
    _check_count(args, _JOB_ARGUMENTS, _JOB_ARGUMENTS)
    return _read_text(args[1], "finetune_job_id")


def _read_text(value: Value, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refused_value(f"FINETUNE takes a string that is not empty as {what}, not {value!r}")
    return value


def _read_optional_text(value: Value, what: str) -> str:
    # An empty string stands for "none", as it does in DESCRIBE's own validation_data.
    return "" if value is None or value == "" else _read_text(value, what)


def _read_max_epochs(options: Value) -> int | None:
    """Read the options, an OBJECT or JSON text (the documented form), down to the one that is documented."""
    if options is None:
        return None
    if isinstance(options, str):
        options = _read_json(options)
    if not isinstance(options, Mapping):
        raise refused_value(f"FINETUNE takes a JSON object as options, not {options!r}")
    unknown = sorted(set(options) - {"max_epochs"})
    if unknown:
        raise refused_value(f"Unknown Fine-tuning option '{unknown[0]}'; the one option is 'max_epochs'")
    if "max_epochs" not in options:
        return None
    epochs = options["max_epochs"]
    if isinstance(epochs, bool) or not isinstance(epochs, int) or not _FEWEST_EPOCHS <= epochs <= _MOST_EPOCHS:
        raise refused_value(f"max_epochs takes a whole number from 1 to 10, not {epochs!r}")
    return epochs


def _read_json(text: str) -> Value:
    try:
        value: Value = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter for text that is nested too deeply
        raise refused_value(f"FINETUNE takes a JSON object as options, not {text!r}") from error
    return value
