"""The profile of a query, in every figure the same as plain Python makes of the same rows."""

from __future__ import annotations

import hashlib
import math
import re

import pytest

from ftspec.model.profile import PairLimit
from ftspec.resources.profile import overlap, parse_overlap, parse_profile, profile

ROWS = [
    ("When do you open?", "We open at nine."),
    ("When do you open?", "We open at nine."),
    ("When do you open?", "At ten on Sundays."),
    ("Where?", "Here."),
    ("ß漢字 ' \\ :", "a:b"),
    ("a", ":b"),
    ("a:", "b"),
    (None, "no prompt"),
    ("", "an empty prompt"),
    (" \t\n", "a blank prompt"),
    ("no completion", None),
    ("a blank completion", "  "),
    (None, None),
    *((f"question {'x' * n}", "y" * (n % 7)) for n in range(60)),
]
LIMITS = (PairLimit(5, 100), PairLimit(10, 1), PairLimit(1000, 1000))


def write(value):
    escaped = None if value is None else value.replace("\\", "\\\\").replace("'", "''")
    return "NULL" if escaped is None else f"'{escaped}'"


@pytest.fixture(scope="module")
def table(snowflake):
    made = snowflake.make("TABLE", "PROFILED", "(N INTEGER, PROMPT VARCHAR, COMPLETION VARCHAR)")
    rows = ", ".join(f"({n}, {write(prompt)}, {write(answer)})" for n, (prompt, answer) in enumerate(ROWS))
    snowflake.run(f"INSERT INTO {made} VALUES {rows}")
    return made


def read(snowflake, select, limits=(), counter=""):
    rows = snowflake.run(profile(select, limits, counter).sql)
    return parse_profile(tuple(rows), limits, counter)


def spread(sizes):
    """Sum, largest, and the smallest size that is not below so many of the rows."""
    ranked = sorted(sizes)
    at = {share: ranked[max(math.ceil(share * len(ranked)), 1) - 1] for share in (0.5, 0.95, 0.99)}
    return {"total": sum(ranked), "largest": ranked[-1], "median": at[0.5], "p95": at[0.95], "p99": at[0.99]}


def as_dict(found):
    return {name: getattr(found, name) for name in ("total", "largest", "median", "p95", "p99")}


def tokens(text):
    return math.ceil(len(text) / 4)


def is_blank(text):
    return re.fullmatch(r"\s*", text) is not None


def test_every_figure_is_what_python_makes_of_the_same_rows(snowflake, table):
    found = read(snowflake, f"SELECT prompt, completion FROM {table}", LIMITS)
    pairs = [(prompt or "", completion or "") for prompt, completion in ROWS]
    prompts, completions = [prompt for prompt, _ in pairs], [completion for _, completion in pairs]
    assert found.rows == len(ROWS)
    assert as_dict(found.prompt_characters) == spread(map(len, prompts))
    assert as_dict(found.completion_characters) == spread(map(len, completions))
    assert as_dict(found.prompt_tokens) == spread(map(tokens, prompts))
    assert as_dict(found.completion_tokens) == spread(map(tokens, completions))
    assert found.tokens == sum(tokens(text) for text in prompts + completions)
    assert found.blank_prompts == sum(map(is_blank, prompts)) == 4
    assert found.blank_completions == sum(map(is_blank, completions))
    assert found.blank_pairs == sum(is_blank(prompt) or is_blank(completion) for prompt, completion in pairs)
    assert found.distinct_prompts == len(set(prompts))
    answers = {prompt: {completion for other, completion in pairs if other == prompt} for prompt in prompts}
    assert found.conflicting_prompts == sum(len(several) > 1 for several in answers.values()) == 2
    for limit in LIMITS:
        over = [
            tokens(prompt) > limit.prompt_tokens or tokens(completion) > limit.completion_tokens
            for prompt, completion in pairs
        ]
        assert found.count_overlong(limit) == sum(over)
    assert found.count_overlong(LIMITS[0]) > 0
    assert found.fingerprint == fingerprint(ROWS)


def fingerprint(rows):
    """Number of rows, and the sum of the lower halves of MD5 over length, prompt and completion."""
    texts = (f"{len(prompt or '')}:{prompt or ''}{completion or ''}" for prompt, completion in rows)
    halves = (hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[16:] for text in texts)
    return f"d1:{len(rows)}-{sum(int(half, 16) for half in halves):x}"


def test_a_fingerprint_does_not_move_with_order_and_counts_duplicates(snowflake, table):
    turned = read(snowflake, f"SELECT completion, prompt, n FROM {table} ORDER BY n DESC")
    assert turned.fingerprint == fingerprint(ROWS)
    twice = read(snowflake, f"SELECT * FROM {table} UNION ALL SELECT * FROM {table} WHERE n = 3")
    assert twice.fingerprint == fingerprint([*ROWS, ROWS[3]])
    fewer = read(snowflake, f"SELECT prompt, completion FROM {table} WHERE n <> 1")
    assert fewer.fingerprint == fingerprint(ROWS[:1] + ROWS[2:]) != fingerprint(ROWS)


def test_tokens_are_counted_as_the_base_model_does(snowflake, table):
    found = read(snowflake, f"SELECT prompt, completion FROM {table}", LIMITS[:1], "llama3.1-8b")
    counted = snowflake.run(
        f"SELECT AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', COALESCE(prompt, '')) AS P, "
        f"AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', COALESCE(completion, '')) AS C FROM {table}"
    )
    assert as_dict(found.prompt_tokens) == spread(int(row["P"]) for row in counted)
    assert as_dict(found.completion_tokens) == spread(int(row["C"]) for row in counted)
    assert found.count_overlong(LIMITS[0]) == sum(int(row["P"]) > 5 or int(row["C"]) > 100 for row in counted)


def test_nothing_is_counted_of_no_rows(snowflake, table):
    found = read(snowflake, f"SELECT prompt, completion FROM {table} WHERE n < 0", LIMITS)
    assert (found.rows, found.tokens, found.fingerprint) == (0, 0, "d1:0-0")
    assert {limit.pairs for limit in found.overlong} == {0}
    assert as_dict(found.prompt_tokens) == dict.fromkeys(("total", "largest", "median", "p95", "p99"), 0)


def test_rows_that_validate_and_train_are_counted(snowflake, table):
    training = f"SELECT prompt, completion FROM {table} WHERE n < 9"
    validation = f"SELECT prompt, completion FROM {table} WHERE n BETWEEN 1 AND 20"
    (row,) = snowflake.run(overlap(training, validation).sql)
    trained = {prompt for prompt, _ in ROWS[:9] if prompt is not None}
    assert parse_overlap((row,)) == sum(prompt in trained for prompt, _ in ROWS[1:21])


def test_columns_that_are_no_text_are_counted_as_text(snowflake, table):
    found = read(snowflake, f"SELECT n AS prompt, n * 1000 AS completion FROM {table} WHERE n < 20")
    assert found.fingerprint == fingerprint([(str(n), str(n * 1000)) for n in range(20)])
