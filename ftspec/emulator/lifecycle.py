"""The lifecycle of base models: a catalogue in this package, which a file of the account may override.

https://docs.snowflake.com/en/sql-reference/sql/show-cortex-base-models
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftspec.emulator.cortex.calls import refused_value
from ftspec.emulator.cortex.completions import refused_request
from ftspec.emulator.errors import SnowflakeError

OVERRIDES_FILE = "base_models.json"
_CATALOGUE = Path(__file__).with_name(OVERRIDES_FILE)
_STATUSES = frozenset({"GA", "PUPR", "PRPR", "LEGACY", "EOL", None})


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where a base model stands; dates are ISO 8601 and only shown: the statuses decide.

    `fine_tuned_status` is that of training it and of the models tuned from it; `used_before` says that the account
    used the model before it became legacy, None leaves that to the jobs that the account has.
    """

    name: str
    status: str | None
    fine_tuned_status: str | None
    legacy_date: str | None
    eol_date: str | None
    used_before: bool | None


def read_lifecycles(folder: Path) -> Mapping[str, Lifecycle]:
    """Read the catalogue, each entry of the account's own file in the place of that of its name.

    The files are read at every use. Raises SnowflakeError 603 for a file that cannot be read.
    """
    found = _read(_CATALOGUE)
    overrides = folder / OVERRIDES_FILE
    if overrides.exists():
        found |= _read(overrides)
    return dict(sorted(found.items()))


def _read(path: Path) -> dict[str, Lifecycle]:
    try:
        models = [_read_model(body) for body in json.loads(path.read_text(encoding="utf-8"))["models"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnowflakeError(f"The file {path} cannot be read: {error!r}", errno=603, sqlstate="XX000") from error
    return {model.name: model for model in models}


def _read_model(body: Mapping[str, Any]) -> Lifecycle:
    status = body["lifecycle_status"]
    fine_tuned = body.get("fine_tuned_status", status)
    if not {status, fine_tuned} <= _STATUSES:
        raise ValueError(f"{body['name']}: a status is one of GA, PUPR, PRPR, LEGACY, EOL and null")
    return Lifecycle(
        str(body["name"]).lower(),
        status,
        fine_tuned,
        body.get("legacy_date"),
        body.get("eol_date"),
        body.get("used_before"),
    )


def require_trainable(model: Lifecycle | None, name: str, *, has_jobs: bool) -> None:
    """Demand that a training may start on a base model; `has_jobs` says that the account trained on it before.

    "If your account had not used the model before, it can't start using it" (behaviour change of August 2026). Raises
    SnowflakeError 1008.
    """
    status = None if model is None else model.fine_tuned_status
    if model is None or status == "EOL":
        raise refused_value(f"Base model '{name}' cannot be fine-tuned any more: it has reached its end of life")
    used = has_jobs if model.used_before is None else model.used_before
    if status == "LEGACY" and not used:
        raise refused_value(f"Base model '{name}' is legacy, and this account had not used it before")


def require_callable(model: Lifecycle | None, base_model: str, tuned: str) -> None:
    """Demand that a tuned model still works.

    "If a base model is removed from the Cortex LLM Functions, your fine-tuned model will no longer work" (user guide).
    Raises SnowflakeError 100351.
    """
    if model is None or model.fine_tuned_status == "EOL":
        raise refused_request(f'unknown model "{tuned}": its base model {base_model} has reached its end of life')
