"""Base models: the packaged catalogue, what a project adds to it, and what the account says of their lives.

https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-finetuning
https://docs.snowflake.com/en/sql-reference/sql/show-cortex-base-models
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from ftspec.model.profile import PairLimit

ASSUMED_EPOCHS = 3
"""Epochs that a cost assumes where the manifest sets none: Snowflake then decides, and lists 3 as the default."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base model: how many rows one epoch of a training may have, and the tokens beyond which a pair is cut.

    None: not known. `legacy_on` and `ends_on` are announced days, empty where nothing was announced.
    """

    name: str
    rows_at_one_epoch: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    legacy_on: str = ""
    ends_on: str = ""

    @property
    def pair_limit(self) -> PairLimit | None:
        """Give the tokens beyond which a pair is cut, where both are known."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return PairLimit(self.prompt_tokens, self.completion_tokens)

    def row_limit(self, epochs: int) -> int | None:
        """Give the rows that a training may have (Snowflake: Cortex Fine-tuning, effective row count limit)."""
        return None if self.rows_at_one_epoch is None else self.rows_at_one_epoch // epochs


def _read_catalogue() -> tuple[BaseModel, ...]:
    content = json.loads(files(__package__ or "ftspec.resources").joinpath("base_models.json").read_text("utf-8"))
    return tuple(BaseModel(**entry) for entry in content["models"])


CATALOGUE = _read_catalogue()
"""The base models that Snowflake has fine-tuned, with the sources in the file."""


def read_base_model(name: str, facts: Mapping[str, object]) -> BaseModel:
    """Read what a project says of a base model; what it leaves out is as the catalogue has it."""
    known = find_base_model(name, ()) or BaseModel(name)
    numbers = {key: int(str(facts[key])) for key in _NUMBERS if key in facts}
    days = {key: str(facts[key]) for key in _DAYS if key in facts}
    return replace(known, **numbers, **days)  # type: ignore[arg-type]  # the keys are the fields of their types


_NUMBERS = ("rows_at_one_epoch", "prompt_tokens", "completion_tokens")
_DAYS = ("legacy_on", "ends_on")


def find_base_model(name: str, own: tuple[BaseModel, ...]) -> BaseModel | None:
    """Find a base model among the project's own, which go first, and in the catalogue."""
    return next((model for model in (*own, *CATALOGUE) if model.name == name), None)
