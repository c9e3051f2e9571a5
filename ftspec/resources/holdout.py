"""Holdout: part of a dataset kept back for validation, by hash of the prompt.

A prompt always falls on the same side, so no prompt is on both, and rows that are added move none of those before.
MD5_NUMBER_LOWER64 gives the lower 64 bits as an unsigned integer (Snowflake: MD5_NUMBER_LOWER64).
"""

from __future__ import annotations

from ftspec.resources.finetune import wrap_query
from ftspec.resources.marker import hash_text

BUCKETS = 10_000
"""Prompts fall into so many buckets: a holdout is a whole number of them."""
KEY = "holdout"
_BUCKET = f"MOD(MD5_NUMBER_LOWER64(COALESCE(\"PROMPT\"::VARCHAR, '')), {BUCKETS})"


def count_buckets(share: float) -> int:
    """Give how many buckets are kept back for a share between 0 and 1."""
    return round(share * BUCKETS)


def find_bucket(prompt: str | None) -> int:
    """Give the bucket of a prompt, as Snowflake computes it; NULL counts as ''."""
    return hash_text(prompt or "") % BUCKETS


def select_training(query: str, buckets: int) -> str:
    """Write the training side of a query."""
    return f"{wrap_query(query)} WHERE {_BUCKET} >= {buckets}"


def select_validation(query: str, buckets: int) -> str:
    """Write the validation side of a query: the first `buckets` buckets."""
    return f"{wrap_query(query)} WHERE {_BUCKET} < {buckets}"
