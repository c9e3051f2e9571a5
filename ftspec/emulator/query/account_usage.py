"""The views of SNOWFLAKE.ACCOUNT_USAGE that tell what training and inference used.

https://docs.snowflake.com/en/sql-reference/account-usage/cortex_fine_tuning_usage_history
https://docs.snowflake.com/en/sql-reference/account-usage/cortex_ai_functions_usage_history
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.access import ACCOUNTADMIN
from ftspec.emulator.cortex.jobs import Status
from ftspec.emulator.names import database_key
from ftspec.emulator.query.given_rows import Given, GivenColumn, build_given_rows, put_in_place
from ftspec.emulator.query.tables import fold
from ftspec.emulator.turn import Turn
from ftspec.emulator.usage import HOUR_MS, Usage

_PLACE = ("SNOWFLAKE", "ACCOUNT_USAGE")
_MILLION = 1_000_000
_HOURS = (GivenColumn("START_TIME", "TIMESTAMP"), GivenColumn("END_TIME", "TIMESTAMP"))
_TRAINING = (
    *_HOURS,
    GivenColumn("MODEL_NAME"),
    GivenColumn("TOKEN_CREDITS", "CREDITS"),
    GivenColumn("TOKENS", "NUMBER"),
)
_FUNCTIONS = (
    *_HOURS, GivenColumn("FUNCTION_NAME"), GivenColumn("MODEL_NAME"), GivenColumn("QUERY_ID"),
    GivenColumn("WAREHOUSE_ID", "NUMBER"), GivenColumn("ROLE_NAMES", "JSON"), GivenColumn("QUERY_TAG"),
    GivenColumn("USER_ID"), GivenColumn("METRICS", "JSON"), GivenColumn("CREDITS", "CREDITS"),
    GivenColumn("IS_COMPLETED", "BOOLEAN"),
)  # fmt: skip


def is_account_usage(table: exp.Table) -> bool:
    """Say whether a table is one of the views of SNOWFLAKE.ACCOUNT_USAGE."""
    return (fold(table.args.get("catalog")), fold(table.args.get("db"))) == _PLACE


def replace_account_usage(turn: Turn, table: exp.Table) -> None:
    """Put the rows of a view in its place.

    Only ACCOUNTADMIN, and who was given IMPORTED PRIVILEGES on the database SNOWFLAKE, sees it. Raises SnowflakeError
    2003 for everybody else, 2 for a view that is not here.
    """
    name = fold(table.this)
    is_admin = ACCOUNTADMIN in turn.authority.standing.active
    if not is_admin and not turn.authority.allows(database_key(_PLACE[0]), ("IMPORTED PRIVILEGES",)):
        raise refusals.missing("DATABASE", _PLACE[0])
    build = _VIEWS.get(name)
    if build is None:
        raise refusals.unsupported(f"{'.'.join(_PLACE)}.{name}")
    put_in_place(table, build(turn), name)


def _build_training_usage(turn: Turn) -> exp.Select:
    """Sum the tokens of successful jobs by base model and the hour in which they ended."""
    tokens: Counter[tuple[int, str]] = Counter()
    for job in turn.account.service.jobs.list_all():
        if job.status is Status.SUCCESS and job.training is not None and job.finished_on is not None:
            tokens[job.finished_on // HOUR_MS * HOUR_MS, job.base_model] += job.training.trained_tokens
    rows = [
        (hour, hour + HOUR_MS, model, _credits(turn, model, used), used)
        for (hour, model), used in sorted(tokens.items())
    ]
    return build_given_rows(_TRAINING, rows)


def _credits(turn: Turn, base_model: str, tokens: int) -> float | None:
    rate = turn.account.settings.training_credits_per_million(base_model)
    return None if rate is None else float(Decimal(str(rate)) * tokens / _MILLION)


def _build_function_usage(turn: Turn) -> exp.Select:
    return build_given_rows(_FUNCTIONS, [_function_row(usage) for usage in turn.account.service.usage.list_all()])


def _function_row(usage: Usage) -> tuple[Given, ...]:
    """Give the row of one function and model in one query; ids of warehouses and users, and credits, are not here."""
    metrics = [
        {"key": {"metric": metric, "unit": "tokens"}, "value": value}
        for metric, value in (("input", usage.input), ("output", usage.output))
    ]
    what = (usage.hour, usage.hour + HOUR_MS, usage.function, usage.model, usage.query)
    return (*what, None, json.dumps(usage.roles), usage.tag, usage.user, json.dumps(metrics), None, True)


_VIEWS: Mapping[str, Callable[[Turn], exp.Select]] = {
    "CORTEX_AI_FUNCTIONS_USAGE_HISTORY": _build_function_usage,
    "CORTEX_FINE_TUNING_USAGE_HISTORY": _build_training_usage,
}
