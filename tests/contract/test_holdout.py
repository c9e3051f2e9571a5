"""The split of a holdout, computed by Snowflake and by hashlib."""

from __future__ import annotations

import hashlib

from ftspec.resources.holdout import select_training, select_validation

ODD = ["", " ", "Grüße 👋", "line\nbreak", "it's", "back\\slash", "a" * 5000]


def side_of(prompt, share):
    digest = int(hashlib.md5((prompt or "").encode(), usedforsecurity=False).hexdigest()[16:], 16)
    return "held out" if digest % 10_000 < share * 10_000 else "learnt"


def written(prompt):
    return "NULL" if prompt is None else "'" + prompt.replace("\\", "\\\\").replace("'", "''") + "'"


def split(snowflake, table, buckets):
    query = f"SELECT P AS PROMPT, C AS COMPLETION FROM {table}"
    sides = {"learnt": select_training(query, buckets), "held out": select_validation(query, buckets)}
    return {side: [(row["PROMPT"], row["COMPLETION"]) for row in snowflake.run(sql)] for side, sql in sides.items()}


def test_a_holdout_is_the_same_split_in_snowflake_and_in_hashlib(snowflake):  # functions/md5_number_lower64
    prompts = [None, *ODD, *(f"question {number}" for number in range(300))]
    table = snowflake.make("TABLE", "SPLIT", "(P VARCHAR, C VARCHAR)")
    rows = [(prompt, f"{turn}") for prompt in prompts for turn in range(2)]  # a prompt may come twice
    snowflake.run(f"INSERT INTO {table} VALUES {', '.join(f'({written(p)}, {written(c)})' for p, c in rows)}")
    before = split(snowflake, table, 2500)
    for side, found in before.items():
        assert sorted(found, key=str) == sorted((row for row in rows if side_of(row[0], 0.25) == side), key=str)
        assert found
    assert not {prompt for prompt, _ in before["learnt"]} & {prompt for prompt, _ in before["held out"]}
    snowflake.run(
        f"INSERT INTO {table} VALUES {', '.join(f'({written(str(n))}, {written(str(n))})' for n in range(90))}"
    )
    after = split(snowflake, table, 2500)
    assert all(set(before[side]) < set(after[side]) for side in before)


def test_a_holdout_splits_what_is_not_text(snowflake):
    table = snowflake.make("TABLE", "NUMBERS", "(P INT, C INT)")
    snowflake.run(f"INSERT INTO {table} VALUES {', '.join(f'({number}, {number})' for number in range(50))}")
    for side, found in split(snowflake, table, 5000).items():
        assert sorted(found) == [(number, number) for number in range(50) if side_of(str(number), 0.5) == side]
