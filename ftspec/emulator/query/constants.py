"""Evaluating constant expressions: the arguments of functions that run before the query does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.cortex.calls import Value
from ftspec.emulator.query.functions import replace_context_functions
from ftspec.emulator.query.running import execute

if TYPE_CHECKING:
    from ftspec.emulator.query.running import Parameters
    from ftspec.emulator.turn import Turn


def evaluate(turn: Turn, node: exp.Expr, parameters: Parameters = None) -> Value:
    """Evaluate a constant: scalars, OBJECTs as mappings and ARRAYs as sequences.

    Raises SnowflakeError 2 for anything that depends on a row.
    """
    match node:
        case exp.Null():
            return None
        case exp.Placeholder() if parameters is None:
            raise refusals.not_bound("1")
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal():
            return str(node.this) if node.is_string else _number(str(node.this))
        case exp.Neg(this=exp.Literal(is_string=False) as number):
            return _number(f"-{number.this}")
        case exp.Struct():
            return {
                _key(turn, part, parameters): evaluate(turn, part.expression, parameters) for part in node.expressions
            }
        case exp.Array():
            return [evaluate(turn, part, parameters) for part in node.expressions]
        case exp.ParseJSON():
            text = evaluate(turn, node.this, parameters)
            return _read_json(text)
        case exp.Paren() | exp.Cast(to=exp.DataType(this=exp.DataType.Type.VARIANT)):
            return evaluate(turn, node.this, parameters)
        case _:
            return _compute(turn, node, parameters)


def _key(turn: Turn, part: exp.Expr, parameters: Parameters) -> str:
    name = part.this
    return name.name if isinstance(name, exp.Identifier) else str(evaluate(turn, name, parameters))


def _number(text: str) -> int | float:
    return int(text) if text.removeprefix("-").isdigit() else float(text)


def _read_json(text: Value) -> Value:
    if text is None:
        return None
    try:
        value: Value = json.loads(str(text))
    except ValueError as error:
        raise refusals.invalid_json(str(text)) from error
    return value


def _compute(turn: Turn, node: exp.Expr, parameters: Parameters) -> Value:
    """Let the engine compute a scalar that is not written out."""
    if node.find(exp.Column, exp.Query):
        raise refusals.unsupported("a Cortex function with arguments that are not constant")
    query = exp.select(node.copy())
    replace_context_functions(turn, query)
    cursor = turn.session.data.cursor()
    execute(cursor, query, parameters)
    value: Value | Decimal = cursor.fetchall()[0][0]
    return float(value) if isinstance(value, Decimal) else value
