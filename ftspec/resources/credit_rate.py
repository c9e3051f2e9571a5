"""Credits for a million trained tokens: declared by the project, or learnt from what earlier trainings were billed.

Snowflake publishes no rate as text. The usage history sums tokens and credits by base model and hour.
https://docs.snowflake.com/en/sql-reference/account-usage/cortex_fine_tuning_usage_history
"""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.resources.base import Answer, Query, Refusal

MILLION = 1_000_000


def read_usage() -> Query:
    """Ask what the trainings of the last year were billed, by base model."""
    return Query(
        "SELECT MODEL_NAME, SUM(TOKENS) AS TRAINED, SUM(TOKEN_CREDITS) AS BILLED "
        "FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_FINE_TUNING_USAGE_HISTORY "
        "WHERE TOKEN_CREDITS IS NOT NULL AND TOKENS > 0 GROUP BY MODEL_NAME ORDER BY MODEL_NAME"
    )


def learn_rates(answer: Answer | None) -> Mapping[str, float]:
    """Work out credits for a million trained tokens, by base model; nothing where the history cannot be read."""
    if answer is None or isinstance(answer, Refusal):
        return {}
    return {
        str(row["MODEL_NAME"]): round(float(str(row["BILLED"])) / float(str(row["TRAINED"])) * MILLION, _DIGITS)
        for row in answer
        if row["MODEL_NAME"] and row["BILLED"] is not None
    }


_DIGITS = 6
