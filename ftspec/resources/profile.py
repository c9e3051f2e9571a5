"""The profile of a query: one aggregate, run in Snowflake, says all that a plan must know of its rows.

It takes the effective select of a training or validation side: any text that gives PROMPT and COMPLETION.
https://docs.snowflake.com/en/sql-reference/functions/percentile_disc
https://docs.snowflake.com/en/sql-reference/functions/ai_count_tokens
"""

from __future__ import annotations

from ftspec.model.profile import Overlong, PairLimit, Profile, Spread
from ftspec.resources.base import Answer, Query, Refusal, Row
from ftspec.resources.finetune import wrap_query
from ftspec.resources.marker import data_fingerprint
from ftspec.resources.sql import literal

CHARACTERS_PER_TOKEN = 4
"""Characters of English text to a token, about: the estimate that a plan makes and says so."""

EXPLAIN = "EXPLAIN "

_SIDES = {"PROMPT": "P", "COMPLETION": "C"}
_QUANTILES = {"MEDIAN": "0.5", "P95": "0.95", "P99": "0.99"}
# REGEXP_LIKE looks at the whole text (Snowflake: REGEXP_LIKE, implicitly anchored).
_BLANK = "REGEXP_LIKE({text}, '\\\\s*')"


def profile(select: str, limits: tuple[PairLimit, ...] = (), counter: str = "") -> Query:
    """Ask for the profile of a select, with the pairs that each of the limits would cut.

    `counter` is the base model whose own tokens are counted; without one a token is taken for four characters.
    """
    asked = [
        "COUNT(*) AS PAIRS",
        f"COUNT_IF({_blank('P')}) AS BLANK_PROMPTS",
        f"COUNT_IF({_blank('C')}) AS BLANK_COMPLETIONS",
        f"COUNT_IF({_blank('P')} OR {_blank('C')}) AS BLANK_PAIRS",
        "COUNT(DISTINCT P) AS DISTINCT_PROMPTS",
        "COUNT(DISTINCT IFF(LEAST_C <> GREATEST_C, P, NULL)) AS CONFLICTING_PROMPTS",
        *(part for side in _SIDES for what in ("CHARACTERS", "TOKENS") for part in _spread(side, what)),
        *(_count_overlong(limit) for limit in limits),
        "COALESCE(SUM(MD5_NUMBER_LOWER64(LENGTH(P) || ':' || P || C)), 0) AS TOTAL",
    ]
    return Query(f"SELECT {', '.join(asked)} FROM ({_measure(select, counter)})")


def overlap(training: str, validation: str) -> Query:
    """Ask how many rows of a validation select have a prompt that also trains."""
    return Query(
        f'SELECT COUNT(*) AS PAIRS FROM ({wrap_query(validation)}) WHERE "PROMPT" IN '
        f'(SELECT "PROMPT" FROM ({wrap_query(training)}))'
    )


def explain(select: str) -> Query:
    """Ask Snowflake to compile a select as the service will run it: that proves its columns and the rights on it."""
    return Query(f"{EXPLAIN}{wrap_query(select)}")


def parse_profile(answer: Answer, limits: tuple[PairLimit, ...] = (), counter: str = "") -> Profile | Refusal:
    """Read the one row of a profile."""
    if isinstance(answer, Refusal):
        return answer
    row = answer[0]
    rows = _integer(row["PAIRS"])
    return Profile(
        rows=rows,
        fingerprint=data_fingerprint(rows, _integer(row["TOTAL"])),
        prompt_characters=_read_spread(row, "PROMPT_CHARACTERS"),
        completion_characters=_read_spread(row, "COMPLETION_CHARACTERS"),
        prompt_tokens=_read_spread(row, "PROMPT_TOKENS"),
        completion_tokens=_read_spread(row, "COMPLETION_TOKENS"),
        blank_prompts=_integer(row["BLANK_PROMPTS"]),
        blank_completions=_integer(row["BLANK_COMPLETIONS"]),
        blank_pairs=_integer(row["BLANK_PAIRS"]),
        distinct_prompts=_integer(row["DISTINCT_PROMPTS"]),
        conflicting_prompts=_integer(row["CONFLICTING_PROMPTS"]),
        overlong=tuple(Overlong(limit, _integer(row[_column_of(limit)])) for limit in limits),
        counter=counter,
    )


def parse_overlap(answer: Answer) -> int | None:
    """Read how many validation rows also train; None where it was refused."""
    return None if isinstance(answer, Refusal) else _integer(answer[0]["PAIRS"])


def _measure(select: str, counter: str) -> str:
    """Write the rows with the sizes that are aggregated, and the completions of each prompt side by side."""
    sizes = [
        f"LENGTH({text}) AS {text}_CHARACTERS, {_count_tokens(text, counter)} AS {text}_TOKENS"
        for text in _SIDES.values()
    ]
    beside = "MIN(C) OVER (PARTITION BY P) AS LEAST_C, MAX(C) OVER (PARTITION BY P) AS GREATEST_C"
    texts = ", ".join(f"COALESCE(\"{side}\"::VARCHAR, '') AS {text}" for side, text in _SIDES.items())
    return f"SELECT P, C, {', '.join(sizes)}, {beside} FROM (SELECT {texts} FROM ({wrap_query(select)}))"


def _count_tokens(text: str, counter: str) -> str:
    estimate = f"CEIL(LENGTH({text}) / {CHARACTERS_PER_TOKEN})::INTEGER"
    if counter:
        # A count that fails is NULL (Snowflake: AI_COUNT_TOKENS): such a text is estimated, so that it still counts.
        return f"COALESCE(AI_COUNT_TOKENS('ai_complete', {literal(counter)}, {text}), {estimate})"
    return estimate


def _blank(text: str) -> str:
    return _BLANK.format(text=text)


def _spread(side: str, what: str) -> tuple[str, ...]:
    # No alias is the name of a column that is read: Snowflake may take one for the other, and nests no aggregates.
    column, name_of = f"{_SIDES[side]}_{what}", f"{side}_{what}"
    return (
        f"COALESCE(SUM({column}), 0) AS {name_of}",
        f"COALESCE(MAX({column}), 0) AS {name_of}_MAX",
        *(
            f"COALESCE(PERCENTILE_DISC({share}) WITHIN GROUP (ORDER BY {column}), 0) AS {name_of}_{name}"
            for name, share in _QUANTILES.items()
        ),
    )


def _read_spread(row: Row, column: str) -> Spread:
    return Spread(*(_integer(row[f"{column}{suffix}"]) for suffix in ("", "_MAX", "_MEDIAN", "_P95", "_P99")))


def _count_overlong(limit: PairLimit) -> str:
    over = f"P_TOKENS > {limit.prompt_tokens} OR C_TOKENS > {limit.completion_tokens}"
    return f"COUNT_IF({over}) AS {_column_of(limit)}"


def _column_of(limit: PairLimit) -> str:
    return f"OVER_{limit.prompt_tokens}_{limit.completion_tokens}"


def _integer(value: object) -> int:
    return int(str(value))
