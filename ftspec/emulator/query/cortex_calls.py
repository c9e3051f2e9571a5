"""Calls of Cortex functions in a query: FINETUNE is called once, the others become a call of the engine's a row."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.cortex.calls import Value
from ftspec.emulator.cortex.completions import PARAMETERS, REQUEST_REFUSED
from ftspec.emulator.duck import ROW_CALL
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.inferring import ROW_FUNCTIONS, RowFunction, StatementCalls
from ftspec.emulator.query.constants import evaluate
from ftspec.emulator.query.functions import function_name, text_literal

if TYPE_CHECKING:
    from ftspec.emulator.query.running import Parameters
    from ftspec.emulator.turn import Turn

_QUALIFIER = ("SNOWFLAKE", "CORTEX")
_LEGACY = frozenset({"FINETUNE", "COMPLETE", "COUNT_TOKENS", "TRY_COMPLETE"})
# The documented column names of FINETUNE's answers (finetune-create, finetune-describe); SHOW's is its own text.
_FINETUNE_COLUMNS = {"CREATE": "FINETUNE", "DESCRIBE": "SNOWFLAKE.CORTEX.FINETUNE", "CANCEL": "FINETUNE"}


@dataclass(slots=True)
class CortexCalls:
    """What was found in a query: wire types and documented names of columns by place, and the calls a row makes."""

    types: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    rows: StatementCalls | None = None


def replace_cortex_calls(turn: Turn, expression: exp.Expr, parameters: Parameters, *, dry: bool) -> CortexCalls:
    """Make every FINETUNE call and write its value in its place; prepare the others to be called once a row.

    `dry` leaves out what has effects. Raises SnowflakeError 2 for a function that is not here, and for arguments of
    FINETUNE that are not constant, and what the calls themselves refuse.
    """
    found = CortexCalls()
    for node, name, call in find_cortex_calls(expression):
        place = _projection_place(expression, node)
        if name == "FINETUNE":
            new, type_ = _make_finetune_call(turn, call, parameters, found.names, place, dry=dry)
        else:
            found.rows = found.rows or turn.account.register_calls(StatementCalls(turn))
            new, type_ = _RowCall(turn, call, ROW_FUNCTIONS[name], parameters).replace(found.rows)
        if place is not None:
            found.types[place] = type_
        node.replace(new)
    return found


def find_cortex_calls(expression: exp.Expr) -> list[tuple[exp.Expr, str, exp.Expr]]:
    """List (what to replace, function, call) of every Cortex call, inner calls first."""
    found: list[tuple[exp.Expr, str, exp.Expr]] = []
    for call in expression.find_all(exp.Func):
        name = function_name(call)
        outer, qualifier = _read_qualifier(call)
        if qualifier == _QUALIFIER:
            if name not in _LEGACY:
                raise refusals.unsupported(f"SNOWFLAKE.CORTEX.{name}")
            found.append((outer, name, call))
        elif name in ROW_FUNCTIONS and name not in _LEGACY and not qualifier:
            found.append((call, name, call))
        elif name.startswith("AI_") and not qualifier:
            raise refusals.unsupported(name)
    return sorted(found, key=lambda one: -one[2].depth)


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


def _make_finetune_call(
    turn: Turn, call: exp.Expr, parameters: Parameters, names: dict[int, str], place: int | None, *, dry: bool
) -> tuple[exp.Expr, str]:
    if any(isinstance(argument, exp.Kwarg) for argument in call.expressions):
        raise refusals.unsupported("FINETUNE with named arguments")
    arguments = [evaluate(turn, argument, parameters) for argument in call.expressions]
    value = turn.account.service.finetune(turn, arguments, dry=dry)
    column = _FINETUNE_COLUMNS.get(str(arguments[0]))
    if place is not None and column is not None:
        names[place] = column
    if value is None or isinstance(value, str):
        return text_literal(value), "text"
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text_literal(text), "array" if isinstance(value, list) else "object"


class _RowCall:
    """One call that is made once a row."""

    def __init__(self, turn: Turn, call: exp.Expr, function: RowFunction, parameters: Parameters) -> None:
        self._turn = turn
        self._function = function
        self._parameters = parameters
        self._positional = [argument for argument in call.expressions if not isinstance(argument, exp.Kwarg)]
        self._named = {
            argument.this.name: argument.expression for argument in call.expressions if isinstance(argument, exp.Kwarg)
        }

    def replace(self, calls: StatementCalls) -> tuple[exp.Expr, str]:
        """Check what can be checked before a row is there; give the engine's call and the type of its value."""
        calls.admit(self._function)
        if self._named and self._function not in PARAMETERS:
            raise refusals.unsupported(f"{self._function} with named arguments")
        try:
            self._check_constants(calls)
        except SnowflakeError as error:
            if error.errno != REQUEST_REFUSED or not self._tells_errors():
                raise
        arguments = _array([_array([_json(node) for node in self._positional]), _object(self._named)])
        parts = [exp.Literal.string(text) for text in (calls.token, self._function)]
        made = exp.Anonymous(this=ROW_CALL, expressions=[*parts, arguments])
        return self._typed(made)

    def _check_constants(self, calls: StatementCalls) -> None:
        if all(_is_constant(node) for node in (*self._positional, *self._named.values())):
            named = {name: self._evaluate(node) for name, node in self._named.items()}
            calls.check(self._function, [self._evaluate(node) for node in self._positional], named)
        if self._function in PARAMETERS:
            self._admit_model(calls)

    def _tells_errors(self) -> bool:
        """Say whether what the service refuses is told by the value of the call: NULL, or an object with the error."""
        details = self._argument("return_error_details")
        return self._function in {"AI_COUNT_TOKENS", "TRY_COMPLETE"} or (details is not None and self._is_true(details))

    def _admit_model(self, calls: StatementCalls) -> None:
        model = self._argument("model")
        if model is None:
            return
        if _is_constant(model):
            calls.admit_model(self._function, self._evaluate(model))
        else:
            calls.admit_every_model()

    def _typed(self, made: exp.Expr) -> tuple[exp.Expr, str]:
        match self._function:
            case "COUNT_TOKENS":
                return exp.cast(made, "BIGINT"), "fixed"
            case "AI_COUNT_TOKENS":
                details = bool(self._positional) and self._is_true(self._positional[-1])
                return (exp.cast(made, "JSON"), "object") if details else (exp.cast(made, "BIGINT"), "fixed")
            case "AI_COMPLETE":
                return (exp.cast(made, "JSON"), "object") if self._gives_object() else (made, "text")
            case _:
                return made, "text"

    def _gives_object(self) -> bool:
        response_format = self._argument("response_format")
        if response_format is not None and not isinstance(response_format, exp.Null):
            return True
        flags = (self._argument("show_details"), self._argument("return_error_details"))
        return any(self._is_true(flag) for flag in flags if flag is not None)

    def _is_true(self, node: exp.Expr) -> bool:
        """Say whether a flag is TRUE: it decides the type of the column, so it must be constant."""
        if not _is_constant(node):
            if self._function == "AI_COUNT_TOKENS":
                return False  # it is the text
            raise refusals.unsupported(f"{self._function} with a flag that is not constant")
        return self._evaluate(node) is True

    def _argument(self, name: str) -> exp.Expr | None:
        """Give an argument of COMPLETE's kind by its name, wherever it stands."""
        names = next((names for function, names in PARAMETERS.items() if function == self._function), ())
        by_place = dict(zip(names, self._positional, strict=False))
        by_name = {key.lower(): node for key, node in self._named.items()}
        return by_name.get(name, by_place.get(name))

    def _evaluate(self, node: exp.Expr) -> Value:
        return evaluate(self._turn, node, self._parameters)


def _is_constant(node: exp.Expr) -> bool:
    if node.find(exp.Column, exp.Query, exp.Placeholder) is not None:
        return False
    return not any(call.name == ROW_CALL for call in node.find_all(exp.Anonymous))


def _json(node: exp.Expr) -> exp.Expr:
    """Write a value so that it becomes JSON of the same shape: DuckDB's own lists hold values of one type alone."""
    match node:
        case exp.Struct():
            return _object({_key(part): part.expression for part in node.expressions})
        case exp.Array():
            return _array([_json(part) for part in node.expressions])
        case exp.Paren():
            return _json(node.this)
        case _:
            return node.copy()


def _key(part: exp.Expr) -> str:
    name = part.this
    if not isinstance(name, exp.Identifier) and not (isinstance(name, exp.Literal) and name.is_string):
        raise refusals.unsupported("an object whose key is not constant")
    return str(name.name)


def _object(parts: dict[str, exp.Expr]) -> exp.Expr:
    pairs = [piece for key, node in parts.items() for piece in (exp.Literal.string(key), _json(node))]
    return exp.Anonymous(this="JSON_OBJECT", expressions=pairs)


def _array(parts: list[exp.Expr]) -> exp.Expr:
    return exp.Anonymous(this="JSON_ARRAY", expressions=parts)
