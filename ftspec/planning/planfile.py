"""The public JSON contract: a plan as plain data with a format version, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ftspec.manifest.schema import Schema, find_violations
from ftspec.model.change import Action
from ftspec.model.graph import Edge, Graph, Node
from ftspec.model.plan import AwaitJob, Confirm, Execute, Gate, Hazard, LoadFile, Measure, Plan, Ref
from ftspec.planning.cost import list_unknown_rates, total_credits, total_tokens
from ftspec.planning.guard import list_hazards
from ftspec.resources.sql import show_text

FORMAT_VERSION = "1.0"
_TYPES = {
    "execute": Execute,
    "await_job": AwaitJob,
    "gate": Gate,
    "load_file": LoadFile,
    "measure": Measure,
    "confirm": Confirm,
    "ref": Ref,
}
_NAMES = {cls: name for name, cls in _TYPES.items()}

Plain = Mapping[str, Any]
"""Plain data, as json.loads gives it. `Any`: this module is where values meet text."""


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Turn a plan into plain data; `summary` and each `statement` are derived, for readers."""
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "summary": _summary(plan), **_encode(plan)}
    for step, entry in zip(plan.steps, document["steps"], strict=True):
        if isinstance(step, Execute | LoadFile):
            entry["statement"] = show_text(step.sql)
        elif isinstance(step, Confirm):
            entry["statement"] = step.sql
    for change, entry in zip(plan.changes, document["changes"], strict=True):
        if change.cost is not None:
            entry["cost"]["trained_tokens"] = change.cost.trained_tokens
            entry["cost"]["credits"] = change.cost.credits
        if not change.statements:
            del entry["statements"]
    return document


def plan_from_dict(document: Plain) -> Plan:
    """Read a plan back; ValueError when it has another format, or is not a plan."""
    _check_format(document)
    try:
        plan = _decode(Plan, document)
    except (KeyError, TypeError, ValueError) as error:
        message = f"the plan is damaged: {error}"
        raise ValueError(message) from error
    if not isinstance(plan, Plan):
        message = "a plan decodes to a plan"
        raise AssertionError(message)  # noqa: TRY004 - a bug, not bad input
    return plan


def graph_from_dict(document: Plain) -> Graph:
    """Read the graph of a plan alone."""
    return Graph(
        _decode(tuple[Node, ...], document["nodes"]),
        _decode(tuple[Edge, ...], document["edges"]),
    )


def _check_format(document: object) -> None:
    version = document.get("format_version") if isinstance(document, dict) else None
    if version != FORMAT_VERSION:
        message = f"the plan has format {version!r}, and this version of ftspec reads {FORMAT_VERSION!r}"
        raise ValueError(message)


def _summary(plan: Plan) -> dict[str, Any]:
    actions = [change.action for change in plan.changes]
    return {
        "actions": {action.value: actions.count(action) for action in Action if action in actions},
        "has_changes": any(action.is_change for action in actions),
        "trained_tokens": total_tokens(plan),
        "credits": total_credits(plan),
        "credit_rates_unknown": list_unknown_rates(plan),
        "hazards": [hazard.value for hazard in list_hazards(plan)],
    }


def _encode(value: Any) -> Any:  # noqa: ANN401 - any value of the vocabulary
    if is_dataclass(value) and not isinstance(value, type):
        encoded = {entry.name: _encode(getattr(value, entry.name)) for entry in fields(value)}
        return {"type": _NAMES[type(value)], **encoded} if type(value) in _NAMES else encoded
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_encode(entry) for entry in value]
    return value


def _decode(wanted: Any, value: Any) -> Any:  # noqa: ANN401 - driven by the annotations of the vocabulary
    origin = get_origin(wanted)
    if origin in {Union, UnionType}:
        return _decode_union(get_args(wanted), value)
    if origin is tuple:
        _require(list, value)
        inner = get_args(wanted)
        listed = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_decode(entry, found) for entry, found in zip(listed, value, strict=True))
    if is_dataclass(wanted):
        return _decode_dataclass(wanted, value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    _require(wanted, value)
    return value


def _require(wanted: type, value: object) -> None:
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        message = f"{value!r} is not a {wanted.__name__}"
        raise TypeError(message)


def _decode_union(choices: tuple[Any, ...], value: Any) -> Any:  # noqa: ANN401 - see _decode
    if value is None and type(None) in choices:
        return None
    named = [_TYPES[name] for name in _TYPES if isinstance(value, Mapping) and value.get("type") == name]
    plain = [choice for choice in choices if choice is not type(None) and choice not in _NAMES]
    chosen = [choice for choice in named if choice in choices] or plain
    if not chosen:
        message = f"{value!r} is none of {', '.join(choice.__name__ for choice in choices)}"
        raise TypeError(message)
    return _decode(chosen[0], value)


def _decode_dataclass(wanted: Any, value: Plain) -> Any:  # noqa: ANN401 - see _decode
    _require(dict, value)
    hints = get_type_hints(wanted)
    given = {}
    for entry in fields(wanted):
        required = entry.default is MISSING and entry.default_factory is MISSING
        if required or entry.name in value:
            given[entry.name] = _decode(hints[entry.name], value[entry.name])
    return wanted(**given)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it is kept in a file, with the choices that it was made with, as plain data, and what it may do."""

    plan: Plan
    choices: Mapping[str, Any]
    allowed: frozenset[Hazard]


def saved_to_dict(saved: SavedPlan) -> dict[str, Any]:
    """Turn a saved plan into plain data; `checksum` is of everything else."""
    allowed = sorted(hazard.value for hazard in saved.allowed)
    document = {**plan_to_dict(saved.plan), "choices": dict(saved.choices), "allowed": allowed}
    return {**document, "checksum": _checksum(document)}


def saved_from_dict(document: Plain, schema: Schema) -> SavedPlan:
    """Read a saved plan back; ValueError when it is damaged, no plan of this format, or was not saved at all."""
    _check_format(document)
    for found in find_violations("Plan", document, schema):
        message = f"the plan is damaged at {found.path.removesuffix('#key') or 'its top'}: {found.message}"
        raise ValueError(message)
    if "checksum" not in document:
        message = "it is a plan as --format json prints it, which no --out has saved"
        raise ValueError(message)
    plan = plan_from_dict(document)
    rest = {key: value for key, value in document.items() if key != "checksum"}
    if document["checksum"] != _checksum(rest):
        message = "the plan is damaged: its checksum is not that of its content"
        raise ValueError(message)
    return SavedPlan(plan, document["choices"], frozenset(map(Hazard, document["allowed"])))


def _checksum(document: Plain) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
