"""Calls of COMPLETE and AI_COMPLETE: evaluated arguments as typed requests, and the documented results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from ftspec.emulator.cortex.calls import Value, refused_count, refused_value
from ftspec.emulator.cortex.tokens import count_tokens
from ftspec.emulator.errors import SnowflakeError

Function: TypeAlias = Literal["AI_COMPLETE", "COMPLETE", "TRY_COMPLETE"]

DEFAULT_MAX_TOKENS = 4096
MOST_MAX_TOKENS = 8192
REQUEST_REFUSED = 100351
"""The number of what the model's service refuses: errors of one request, not of the statement."""
_LEGACY = ("model", "prompt_or_history", "options")
PARAMETERS: Mapping[Function, tuple[str, ...]] = {
    "AI_COMPLETE": ("model", "prompt", "model_parameters", "response_format", "show_details", "return_error_details"),
    "COMPLETE": _LEGACY,
    "TRY_COMPLETE": _LEGACY,
}
"""The names of the arguments, in their order."""
_REQUIRED = 2
_ROLES = frozenset({"system", "user", "assistant"})
_SHARES = ("temperature", "top_p")
_OPTIONS = frozenset({*_SHARES, "max_tokens", "guardrails"})


@dataclass(frozen=True, slots=True)
class CompleteRequest:
    """A call to a model.

    `prompt` is what is asked: of a history its last user message; `prompt_tokens` counts the whole history.
    `schema` is the JSON Schema of the wanted response, None for text. `details` asks for the object with usage,
    `error_details` for one with `value` and `error`.
    """

    function: Function
    model: str
    prompt: str
    prompt_tokens: int
    max_tokens: int
    schema: Mapping[str, Value] | None
    details: bool
    error_details: bool = False


def read_complete_call(
    function: Function, args: Sequence[Value], named: Mapping[str, Value] | None = None
) -> CompleteRequest | None:
    """Read a call of COMPLETE or TRY_COMPLETE (positional) or AI_COMPLETE (positional or `name => value`).

    Gives None where the model or the prompt is NULL: the answer is NULL then. Raises SnowflakeError: 938 and 939 for
    the number of arguments, 1008 for their values, 100351 for the options ("invalid options object", "max tokens of
    8192 exceeded"). The texts of the latter are documented, the numbers are this server's choice. Sources: the pages
    of COMPLETE, TRY_COMPLETE and AI_COMPLETE for a single string.
    """
    values = _bind(function, args, named or {})
    model = values["model"]
    if any(values[name] is None for name in PARAMETERS[function][:_REQUIRED]):
        return None
    if not isinstance(model, str) or not model.strip():
        raise refused_value(f"{function} takes the name of a model, not {model!r}")
    if function != "AI_COMPLETE":
        return _read_complete(function, model, values)
    prompt = _read_prompt(values["prompt"], function)
    parameters = _read_options(values.get("model_parameters"), _OPTIONS)
    return CompleteRequest(
        function=function,
        model=model,
        prompt=prompt,
        prompt_tokens=count_tokens(prompt),
        max_tokens=_read_max_tokens(parameters),
        schema=_read_schema(values.get("response_format")),
        details=_read_flag(values, "show_details"),
        error_details=_read_flag(values, "return_error_details"),
    )


def _read_flag(values: Mapping[str, Value], name: str) -> bool:
    value = values.get(name)
    if value is not None and not isinstance(value, bool):
        raise refused_value(f"AI_COMPLETE takes TRUE or FALSE as {name}, not {value!r}")
    return value is True


def build_complete_result(
    request: CompleteRequest, answer: str, *, created: int
) -> str | Mapping[str, object] | Sequence[object]:
    """Build the result: text, or an object (also an array, where the response format says so) for AI_COMPLETE.

    `created` is in epoch seconds. Raises SnowflakeError when a JSON response is wanted and the answer that was
    learnt is not JSON of that schema: none is made up.
    """
    usage = _build_usage(request, answer)
    if request.schema is not None:
        value = _read_structured(answer, request.schema)
        if request.function != "AI_COMPLETE":
            return _write_json(value)
        if not request.details:
            return value
        output = [{"raw_message": value, "type": "json"}]
        return {"created": created, "model": request.model, "structured_output": output, "usage": usage}
    if not request.details:
        return answer
    result = {"choices": [{"messages": answer}], "created": created, "model": request.model, "usage": usage}
    return result if request.function == "AI_COMPLETE" else _write_json(result)


def build_unknown_model(model: str) -> SnowflakeError:
    """Make the error for a model that does not exist or that the role may not use (documented text)."""
    return refused_request(f'unknown model "{model}"')


def refused_request(message: str) -> SnowflakeError:
    """Make the error of a request that the model's service refuses."""
    return SnowflakeError(message, errno=REQUEST_REFUSED, sqlstate="P0000")


def _bind(function: Function, args: Sequence[Value], named: Mapping[str, Value]) -> dict[str, Value]:
    parameters = PARAMETERS[function]
    if len(args) > len(parameters):
        raise refused_count(function, len(parameters), len(args))
    values = dict(zip(parameters, args, strict=False))
    if named and function != "AI_COMPLETE":
        raise refused_value(f"{function} takes no named arguments")
    for key, value in named.items():
        name = key.lower()
        if name not in parameters or name in values:
            raise refused_value(f"AI_COMPLETE takes no argument '{key}' here")
        values[name] = value
    if any(name not in values for name in parameters[:_REQUIRED]):
        raise refused_count(function, _REQUIRED, len(values))
    return values


def _read_complete(function: Function, model: str, values: Mapping[str, Value]) -> CompleteRequest:
    """Read COMPLETE: a string without options, an array of messages with them, even with `{}`."""
    content, given = values["prompt_or_history"], values.get("options")
    if given is None:
        prompt = _read_prompt(content, f"{function} without options")
        return CompleteRequest(function, model, prompt, count_tokens(prompt), DEFAULT_MAX_TOKENS, None, details=False)
    options = _read_options(given, _OPTIONS | {"response_format"})
    history = _read_history(content)
    return CompleteRequest(
        function=function,
        model=model,
        prompt=[text for role, text in history if role == "user"][-1],
        prompt_tokens=sum(count_tokens(text) for _, text in history),
        max_tokens=_read_max_tokens(options),
        schema=_read_schema(options.get("response_format")),
        details=True,
    )


def _read_prompt(value: Value, caller: str) -> str:
    if not isinstance(value, str):
        raise refused_value(f"{caller} takes the prompt as a string, not {value!r}")
    return value


def _read_history(value: Value) -> list[tuple[str, str]]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise refused_value("COMPLETE with options takes the prompt as an array of messages")
    history: list[tuple[str, str]] = []
    for message in value:
        role, content = (message.get("role"), message.get("content")) if isinstance(message, Mapping) else (None, None)
        if not isinstance(role, str) or role not in _ROLES or not isinstance(content, str):
            raise refused_value("A message has a role (system, user or assistant) and a content")
        history.append((role, content))
    if not any(role == "user" for role, _ in history):
        raise refused_value("The messages hold none of the role user")
    return history


def _read_options(value: Value, known: frozenset[str]) -> Mapping[str, Value]:
    """Read an options object: temperature and top_p from 0 to 1, guardrails TRUE or FALSE, nothing unknown."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not set(value) <= known:
        raise refused_request("invalid options object")
    shares = [value[name] for name in _SHARES if name in value]
    guardrails = value.get("guardrails", False)
    if not isinstance(guardrails, bool) or not all(_is_share(share) for share in shares):
        raise refused_request("invalid options object")
    return value


def _is_share(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _read_max_tokens(options: Mapping[str, Value]) -> int:
    value = options.get("max_tokens", DEFAULT_MAX_TOKENS)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refused_request("invalid options object")
    if value > MOST_MAX_TOKENS:
        raise refused_request(f"max tokens of {MOST_MAX_TOKENS} exceeded")
    return value


def _read_schema(value: Value) -> Mapping[str, Value] | None:
    """Read a response format `{'type': 'json', 'schema': {…}}`; a SQL `TYPE …` literal is not understood."""
    if value is None:
        return None
    schema = value.get("schema") if isinstance(value, Mapping) and value.get("type") == "json" else None
    if not isinstance(schema, Mapping):
        raise refused_request("schema validation failed")
    if not _is_schema(_write_json(schema)):
        raise refused_request("schema validation failed")
    return schema


@lru_cache(maxsize=64)
def _is_schema(text: str) -> bool:
    """Say whether a text is a JSON Schema; a statement asks once a row, with the same one."""
    import jsonschema  # noqa: PLC0415  # slow to import, and a server is to start quickly

    try:
        jsonschema.Draft202012Validator.check_schema(json.loads(text))
    except jsonschema.SchemaError:
        return False
    return True


def _read_structured(answer: str, schema: Mapping[str, Value]) -> Mapping[str, object] | Sequence[object]:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):  # the latter for text that is nested too deeply
        value = None
    if not isinstance(value, dict | list) or not _is_valid(value, schema):
        raise refused_request(
            "The answer that this model learnt is not JSON of the requested schema, and none is made up"
        )
    return value


def _is_valid(value: object, schema: Mapping[str, Value]) -> bool:
    import jsonschema  # noqa: PLC0415  # the same
    import referencing.exceptions  # noqa: PLC0415  # the same

    # An empty registry: a `$ref` to elsewhere is refused, never fetched.
    validator = jsonschema.Draft202012Validator(schema, registry=referencing.Registry())
    try:
        return validator.is_valid(value)
    except referencing.exceptions.Unresolvable as error:
        raise refused_request("schema validation failed") from error


def _build_usage(request: CompleteRequest, answer: str) -> dict[str, int]:
    completion = count_tokens(answer)
    usage = {"completion_tokens": completion, "prompt_tokens": request.prompt_tokens}
    if request.function == "AI_COMPLETE":
        usage["guardrail_tokens"] = 0
    return usage | {"total_tokens": completion + request.prompt_tokens}


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
