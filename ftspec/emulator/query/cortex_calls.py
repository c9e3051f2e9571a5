"""Calls of Cortex functions in a query: evaluated once, and replaced by what they gave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.cortex.calls import Value
from ftspec.emulator.cortex.completions import Function
from ftspec.emulator.query.constants import evaluate
from ftspec.emulator.query.functions import function_name, text_literal

if TYPE_CHECKING:
    from ftspec.emulator.query.running import Parameters
    from ftspec.emulator.turn import Turn

_QUALIFIER = ("SNOWFLAKE", "CORTEX")
# The documented column names of FINETUNE's answers (finetune-create, finetune-describe); SHOW's is its own text.
_FINETUNE_COLUMNS = {"CREATE": "FINETUNE", "DESCRIBE": "SNOWFLAKE.CORTEX.FINETUNE", "CANCEL": "FINETUNE"}


def replace_cortex_calls(
    turn: Turn, expression: exp.Expr, parameters: Parameters, *, dry: bool
) -> tuple[dict[int, str], dict[int, str]]:
    """Evaluate every Cortex call and write its value in its place.

    Gives the wire types of the columns that are such calls, and the documented names of FINETUNE's. Raises
    SnowflakeError 2 for a function that is not here, and for arguments that are not constant.
    """
    types: dict[int, str] = {}
    names: dict[int, str] = {}
    for node, name, call in _find_calls(expression):
        arguments = _Arguments(turn, call, parameters, dry=dry)
        type_, text = arguments.perform(name)
        place = _projection_place(expression, node)
        if place is not None:
            types[place] = type_
            column = _FINETUNE_COLUMNS.get(str(arguments.first)) if name == "FINETUNE" else None
            names.update({} if column is None else {place: column})
        node.replace(text_literal(text))
    return types, names


def _find_calls(expression: exp.Expr) -> list[tuple[exp.Expr, str, exp.Expr]]:
    """List (what to replace, function, call) of every Cortex call, in the order of the text."""
    found: list[tuple[exp.Expr, str, exp.Expr]] = []
    for call in expression.find_all(exp.Func):
        name = function_name(call)
        outer, qualifier = _read_qualifier(call)
        if qualifier == _QUALIFIER:
            if name not in {"FINETUNE", "COMPLETE"}:
                raise refusals.unsupported(f"SNOWFLAKE.CORTEX.{name}")
            found.append((outer, name, call))
        elif name == "AI_COMPLETE" and not qualifier:
            found.append((call, name, call))
        elif name.startswith("AI_") and not qualifier:
            raise refusals.unsupported(name)
    return found


def _read_qualifier(call: exp.Expr) -> tuple[exp.Expr, tuple[str, ...]]:
    parent = call.parent
    if not isinstance(parent, exp.Dot) or parent.expression is not call:
        return call, ()
    return parent, tuple(part.name.upper() for part in parent.this.find_all(exp.Identifier, bfs=False))


def _projection_place(expression: exp.Expr, node: exp.Expr) -> int | None:
    if not isinstance(expression, exp.Select):
        return None
    for place, projection in enumerate(expression.expressions):
        if projection is node or (isinstance(projection, exp.Alias) and projection.this is node):
            return place
    return None


class _Arguments:
    """The evaluated arguments of one call, and what the call gives."""

    def __init__(self, turn: Turn, call: exp.Expr, parameters: Parameters, *, dry: bool) -> None:
        self._turn = turn
        self._dry = dry
        self._positional: list[Value] = []
        self._named: dict[str, Value] = {}
        for argument in call.expressions:
            if isinstance(argument, exp.Kwarg):
                self._named[argument.this.name] = evaluate(turn, argument.expression, parameters)
            else:
                self._positional.append(evaluate(turn, argument, parameters))

    @property
    def first(self) -> Value:
        """Give the first argument."""
        return self._positional[0] if self._positional else None

    def perform(self, name: str) -> tuple[str, str | None]:
        """Make the call; give the wire type and the text of its value."""
        service = self._turn.account.service
        value: object
        if name == "FINETUNE":
            value = service.finetune(self._turn, self._positional, dry=self._dry)
        else:
            function: Function = "AI_COMPLETE" if name == "AI_COMPLETE" else "COMPLETE"
            value = service.complete(self._turn, function, self._positional, self._named, dry=self._dry)
        if isinstance(value, str):
            return "text", value
        if value is None:
            return "text", None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return ("array" if isinstance(value, list | tuple) else "object"), text
