"""The calls that one statement makes of COMPLETE, AI_COMPLETE and the functions that count tokens.

Rights are checked and models are found once, before the statement runs; while it runs, rows are answered without the
account's lock.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from ftspec.emulator import refusals
from ftspec.emulator.asking import find_model, list_models, resolve_model
from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.calls import Value
from ftspec.emulator.cortex.completions import (
    PARAMETERS,
    REQUEST_REFUSED,
    CompleteRequest,
    Function,
    build_complete_result,
    build_unknown_model,
    read_complete_call,
)
from ftspec.emulator.cortex.counting import CountFunction, read_count_call, wants_error_details
from ftspec.emulator.cortex.inference import answer
from ftspec.emulator.cortex.tokens import count_tokens
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.lifecycle import Lifecycle, read_lifecycles, require_callable
from ftspec.emulator.models import Version, read_model

if TYPE_CHECKING:
    from ftspec.emulator.catalog import Entry
    from ftspec.emulator.names import Key
    from ftspec.emulator.turn import Turn

RowFunction: TypeAlias = Function | CountFunction
ROW_FUNCTIONS: Mapping[str, RowFunction] = {
    "AI_COMPLETE": "AI_COMPLETE",
    "AI_COUNT_TOKENS": "AI_COUNT_TOKENS",
    "COMPLETE": "COMPLETE",
    "COUNT_TOKENS": "COUNT_TOKENS",
    "TRY_COMPLETE": "TRY_COMPLETE",
}
"""The functions that are called once a row, by name."""


class StatementCalls:
    """The calls of one statement; `token` names them to the engine, `error` is what stopped the statement."""

    def __init__(self, turn: Turn) -> None:
        self.token = str(uuid.uuid4())
        self.error: SnowflakeError | None = None
        self._turn = turn
        # What a row needs of the session is settled now: rows come from the engine's own threads.
        self._place = turn.place
        self._models: dict[Key, Entry] = {}
        self._lifecycles: Mapping[str, Lifecycle] = read_lifecycles(turn.account.settings.folder)
        self._usage: Counter[tuple[str, str, str]] = Counter()
        self._counting = threading.Lock()

    def admit(self, function: RowFunction) -> None:
        """Demand the rights that a function takes.

        Raises SnowflakeError: 2140 without CORTEX_USER, 3001 without USE AI FUNCTIONS.
        """
        legacy = not function.startswith("AI_")
        self._turn.authority.require_cortex_user(f"SNOWFLAKE.CORTEX.{function}" if legacy else function)
        self._turn.authority.require_ai_functions(function)

    def admit_model(self, function: RowFunction, name: Value) -> None:
        """Find the model that every row asks.

        Raises SnowflakeError: the documented `unknown model "…"`, 2 for a base model, which is not here to answer.
        """
        if isinstance(name, str) and name.strip():
            self._refuse_base_model(function, name)
            entry = find_model(self._turn, name)
            self._models[entry.key] = entry
            self._require_callable(entry, name)

    def admit_every_model(self) -> None:
        """Find all models that the role may ask, where each row names its own."""
        self._models |= list_models(self._turn)

    def check(self, function: RowFunction, args: Sequence[Value], named: Mapping[str, Value]) -> None:
        """Check a call whose arguments are all constant, as the row would; raises SnowflakeError."""
        match function:
            case "AI_COUNT_TOKENS" | "COUNT_TOKENS":
                read_count_call(function, args, self._lifecycles)
            case _:
                read_complete_call(function, args, named)

    def answer(self, function: str, text: str) -> str | None:
        """Answer one row: `text` is the JSON of its positional and its named arguments.

        Raises SnowflakeError, kept in `error`, for arguments of a wrong type, and for functions that do not turn what
        the service refuses into NULL.
        """
        args, named = json.loads(text)
        name = ROW_FUNCTIONS[function]
        try:
            value = self._perform(name, args, named)
        except SnowflakeError as error:
            if name in {"COMPLETE", "COUNT_TOKENS"} or error.errno != REQUEST_REFUSED:
                self.error = error
                raise
            if not _wants_details(name, args, named):
                return None
            value = {"value": None, "error": error.message}
        return value if value is None or isinstance(value, str) else _write_json(value)

    def _perform(self, function: RowFunction, args: Sequence[Value], named: Mapping[str, Value]) -> object:
        match function:
            case "AI_COUNT_TOKENS" | "COUNT_TOKENS":
                counted = read_count_call(function, args, self._lifecycles)
                if counted is None:
                    return None
                count = count_tokens(counted.text)
                return {"value": count, "error": None} if counted.error_details else count
            case _:
                request = read_complete_call(function, args, named)
                if request is None:
                    return None
                result = self._complete(request)
                return {"value": result, "error": None} if request.error_details else result

    def _complete(self, request: CompleteRequest) -> object:
        self._refuse_base_model(request.function, request.model)
        entry = self._models.get(resolve_model(self._turn, request.model))
        if entry is None:
            raise build_unknown_model(request.model)
        version = self._require_callable(entry, request.model)
        index = self._turn.account.service.answers.index(version.job)
        text = answer(index, request.prompt, request.max_tokens)
        result = build_complete_result(request, text, created=self._turn.now // 1000)
        with self._counting:
            self._usage[request.function, entry.key.shown, "input"] += request.prompt_tokens
            self._usage[request.function, entry.key.shown, "output"] += count_tokens(text)
        return result

    def _refuse_base_model(self, function: RowFunction, name: str) -> None:
        if name.lower() in {*self._lifecycles, *BASE_MODELS}:
            raise refusals.unsupported(f"{function} with the base model {name}: only tuned models answer here")

    def _require_callable(self, entry: Entry, name: str) -> Version:
        version = read_model(entry).default_version
        require_callable(self._lifecycles.get(version.base_model), version.base_model, name)
        return version

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the statement run: its own error comes before the engine's, and what was used is written down."""
        try:
            yield
        except Exception as error:
            if self.error is not None:
                raise self.error from error
            raise
        finally:
            self._turn.account.service.usage.record(self._turn, self._usage)
            self._usage.clear()


def _wants_details(function: RowFunction, args: Sequence[Value], named: Mapping[str, Value]) -> bool:
    if function == "AI_COUNT_TOKENS":
        return wants_error_details(args)
    if function != "AI_COMPLETE":
        return False
    by_place = dict(zip(PARAMETERS[function], args, strict=False))
    by_name = {name.lower(): value for name, value in named.items()}
    return (by_place | by_name).get("return_error_details") is True


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
