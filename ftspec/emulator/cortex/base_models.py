"""The base models that FINETUNE accepts, with their documented limits."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_EPOCHS = 3
"""Epochs when `max_epochs` is not set. Snowflake "determines it automatically"; its guide names three."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One row of the guide's table of base models; limits are in rows and tokens."""

    name: str
    rows_at_one_epoch: int
    context_tokens: int
    prompt_tokens: int
    completion_tokens: int

    def row_limit(self, epochs: int) -> int:
        """Give the most rows a dataset may have: the limit at one epoch divided by the epochs.

        Source: the Cortex Fine-tuning user guide, "Effective row count limit".
        """
        return self.rows_at_one_epoch // epochs


BASE_MODELS: Mapping[str, BaseModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            BaseModel("llama3-70b", 21_000, 8_000, 6_000, 2_000),
            BaseModel("llama3-8b", 186_000, 8_000, 6_000, 2_000),
            BaseModel("llama3.1-70b", 13_500, 8_000, 6_000, 2_000),
            BaseModel("llama3.1-8b", 150_000, 24_000, 20_000, 4_000),
            BaseModel("mistral-7b", 45_000, 32_000, 28_000, 4_000),
            BaseModel("mixtral-8x7b", 27_000, 32_000, 28_000, 4_000),
        )
    }
)
"""The catalogue by name; names are written as documented, in lower case."""
