"""Calls of COUNT_TOKENS and AI_COUNT_TOKENS: which text is counted, and for which base model.

Counted are the tokens of this server's own tokenizer, the same for every model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ftspec.emulator import refusals
from ftspec.emulator.cortex.calls import Value, refused_count, refused_value
from ftspec.emulator.cortex.completions import build_unknown_model

CountFunction: TypeAlias = Literal["AI_COUNT_TOKENS", "COUNT_TOKENS"]

_AI_ARGUMENTS = (2, 5)
_ARGUMENTS = 2
_WITH_MODEL = 2
_COUNTED = "ai_complete"


@dataclass(frozen=True, slots=True)
class CountRequest:
    """A text to count; `error_details` asks for the object with `value` and `error`."""

    text: str
    error_details: bool


def read_count_call(function: CountFunction, args: Sequence[Value], models: Collection[str]) -> CountRequest | None:
    """Read a call; None where the text is NULL: the count is NULL then.

    `models` are the names of base models; tuned ones are not supported (the pages of both functions). Raises
    SnowflakeError: 938 and 939 for the number of arguments, 1008 for their values, 100351 for a model that is not
    known, 2 for the counts of other functions than `ai_complete`, whose own instructions are not known here.
    """
    fewest, most = _AI_ARGUMENTS if function == "AI_COUNT_TOKENS" else (_ARGUMENTS, _ARGUMENTS)
    if not fewest <= len(args) <= most:
        raise refused_count(function, fewest if len(args) < fewest else most, len(args))
    if function == "COUNT_TOKENS":
        model, text = args
        return _build_request(function, model, text, models, error_details=False)
    return _read_ai_count(args, models)


def wants_error_details(args: Sequence[object]) -> bool:
    """Say whether the last argument of AI_COUNT_TOKENS asks for an object."""
    return bool(args) and args[-1] is True


def _read_ai_count(args: Sequence[Value], models: Collection[str]) -> CountRequest | None:
    """Read `function [, model], text [, options] [, return_error_details]`: told apart by their types."""
    name, *rest = args
    details = wants_error_details(rest)
    if rest and isinstance(rest[-1], bool):
        rest.pop()
    if rest and isinstance(rest[-1], Mapping):
        raise refusals.unsupported("AI_COUNT_TOKENS with options")
    if not isinstance(name, str) or not name.startswith("ai_"):
        raise refused_value(f"AI_COUNT_TOKENS takes the name of an AI function in lower case, not {name!r}")
    if name != _COUNTED:
        raise refusals.unsupported(f"AI_COUNT_TOKENS of {name}")
    if len(rest) != _WITH_MODEL:
        raise refused_value("AI_COUNT_TOKENS of ai_complete takes a model and a text")
    model, text = rest
    return _build_request("AI_COUNT_TOKENS", model, text, models, error_details=details)


def _build_request(
    function: CountFunction, model: Value, text: Value, models: Collection[str], *, error_details: bool
) -> CountRequest | None:
    if model is None or text is None:
        return None
    if not isinstance(model, str) or model not in models:
        raise build_unknown_model(str(model))
    if not isinstance(text, str):
        raise refused_value(f"{function} takes a string to count, not {text!r}")
    return CountRequest(text, error_details)
