"""The base models that Snowflake has fine-tuned (Snowflake: Cortex Fine-tuning, Models available to fine-tune)."""

from __future__ import annotations

BASE_MODELS = (
    "llama3-70b",
    "llama3-8b",
    "llama3.1-70b",
    "llama3.1-8b",
    "mistral-7b",
    "mixtral-8x7b",
)

ASSUMED_EPOCHS = 3
"""Epochs that a cost assumes where the manifest sets none: Snowflake then decides, and lists 3 as the default."""

CHARACTERS_PER_TOKEN = 4
"""Characters of English text to a token, about: the estimate that a plan makes and says so."""
