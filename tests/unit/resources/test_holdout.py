from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.resources.holdout import BUCKETS, count_buckets, find_bucket, select_training, select_validation


@pytest.mark.parametrize(
    ("share", "buckets"), [(0.1, 1000), (0.0001, 1), (0.9999, 9999), (0.33333, 3333), (0.29, 2900)]
)
def test_a_share_is_a_whole_number_of_buckets(share, buckets):
    assert count_buckets(share) == buckets


@given(st.text(st.characters(codec="utf-8")))
def test_the_bucket_of_a_prompt_is_its_md5(prompt):
    assert find_bucket(prompt) == int(hashlib.md5(prompt.encode()).hexdigest()[16:], 16) % 10_000


def test_frozen_buckets():
    """A release that split otherwise would put prompts that were learnt among those it is validated on."""
    assert [find_bucket(prompt) for prompt in ("", None, "Snowflake", "test", "Grüße 👋")] == [
        4958,
        4958,
        2910,
        7446,
        4924,
    ]
    assert BUCKETS == 10_000


def test_the_two_sides_of_a_query():
    hashed = "MOD(MD5_NUMBER_LOWER64(COALESCE(\"PROMPT\"::VARCHAR, '')), 10000)"
    query = "SELECT question AS prompt, answer AS completion FROM t"
    assert select_training(query, 1000) == f'SELECT "PROMPT", "COMPLETION" FROM ({query}) WHERE {hashed} >= 1000'
    assert select_validation(query, 1000) == f'SELECT "PROMPT", "COMPLETION" FROM ({query}) WHERE {hashed} < 1000'
