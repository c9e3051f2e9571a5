from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import Address, SchemaName
from ftspec.resources.base import Scope
from ftspec.resources.marker import (
    LONGEST,
    Marker,
    check_marker,
    data_fingerprint,
    hash_text,
    join_comment,
    leading_marker,
    pair_text,
    parse_marker,
    spec_fingerprint,
    split_comment,
)

SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"))
values = st.text(alphabet="abcxyz019_.:-", min_size=1, max_size=20)
markers = st.builds(Marker, *[values] * 10)
words = st.text(max_size=40) | st.lists(
    st.sampled_from(["ftspec:v1", " ", "project=a env=b resource=c", "\n", "job=-", "'", "\\", "*/"]), max_size=8
).map("".join)


@given(markers)
def test_a_marker_reads_back(marker):
    check_marker(marker)
    assert parse_marker(str(marker)) == marker


@given(words, markers)
def test_a_comment_splits_into_what_it_was_joined_from(own, marker):
    assert split_comment(join_comment(own, str(marker))) == (own, marker)


@given(words, markers)
def test_a_marker_leads_its_query(own, marker):
    assert leading_marker(f"/* {marker} */ SELECT '{own}'") == marker
    assert leading_marker(f"(( /* {marker} */ SELECT 1))") == marker


@given(words)
def test_a_query_without_a_comment_has_no_marker(own):
    assert leading_marker(f"SELECT '{own}'") is None


def test_how_a_marker_is_written():
    marker = Marker("bot", "dev", "llama", "s1:ab", "d1:1-2", "ft_1")
    written = "ftspec:v1 project=bot env=dev resource=llama spec=s1:ab data=d1:1-2 job=ft_1 protect=- hold=- checks=-"
    assert str(marker) == written
    assert str(replace(marker, tables="1a2b3c4d.5e6f7a8b")) == f"{written} tables=1a2b3c4d.5e6f7a8b"


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "by hand",
        "ftspec:v1",
        "ftspec:v1 ",
        "ftspec:v1 project=a env=b",
        "ftspec:v2 project=a env=b resource=c",
        "FTSPEC:V1 PROJECT=a ENV=b RESOURCE=c",
    ],
)
def test_comments_without_a_marker_are_kept_whole(comment):
    assert split_comment(comment) == (comment, None)


def test_a_marker_that_was_added_to_is_still_one():
    comment = "words ftspec:v1 project=a env=b resource=c spec=s1:ab; edited by hand"
    assert split_comment(comment) == ("words", Marker("a", "b", "c", "s1:ab"))


def test_whose_a_marker_is():
    marker = Marker("bot", "dev", "llama")
    llama = Address("model", "llama")
    assert marker.is_for(llama, SCOPE)
    assert not Marker("bot", "dev", "other").is_for(llama, SCOPE)
    assert Marker("bot", "dev", "other").is_of(SCOPE)
    for foreign in (Marker("bot", "prod", "llama"), Marker("x", "dev", "llama")):
        assert not foreign.is_of(SCOPE)
        assert not foreign.is_for(llama, SCOPE)


@pytest.mark.parametrize("value", ["", "a b", "A", "a=b", "a\n", "é", "a'b"])
def test_what_cannot_stand_in_a_marker(value):
    with pytest.raises(ValueError, match="cannot stand in a marker"):
        check_marker(Marker("bot", "dev", value))


def test_how_long_a_marker_may_be():
    longest = Marker("p" * 63, "e" * 63, "r" * 63, f"s1:{'0' * 64}", f"d1:{9**9}-{'f' * 24}", f"ft_{'0' * 36}")
    check_marker(longest)
    with pytest.raises(ValueError, match=f"longer than {LONGEST} characters"):
        check_marker(Marker("p" * 63, "e" * 63, "r" * 63, checks="c" * 400))


# Frozen: these say what models that are live today were made from. When one of them fails, the code is wrong.
SPECS = [
    (
        ("llama3-8b", {}, ("query", "SELECT", "1"), None),
        "s1:bc8eb93c0a81e04bacb3d1a455c18c295bf9f658dd9ea9ce6624671e5171136c",
    ),
    (
        ("llama3.1-8b", {"max_epochs": 3}, ("table", "ML.SUPPORT.T", "PROMPT", "COMPLETION"), ("query", "'é'")),
        "s1:0229f14a84c674921f5a79226c519082e338a2f58f62b656f4a0400141664142",
    ),
]


@pytest.mark.parametrize(("parts", "fingerprint"), SPECS)
def test_frozen_spec_fingerprints(parts, fingerprint):
    assert spec_fingerprint(*parts) == fingerprint


@pytest.mark.parametrize(
    ("rows", "fingerprint"),
    [
        ([], "d1:0-0"),
        ([("What is a gcd?", "The greatest common divisor.")], "d1:1-e2ac3824b4314c07"),
        ([("a", "b"), ("a", "b"), (None, "x"), ("é😀", None)], "d1:4-15e6ca96a90675270"),
    ],
)
def test_frozen_data_fingerprints(rows, fingerprint):
    assert data_fingerprint(len(rows), pair_sum(rows)) == fingerprint


def test_every_part_of_a_spec_counts():
    parts = ("llama3-8b", {"max_epochs": 3}, ("query", "A"), ("query", "B"))
    others = [
        ("llama3-70b", *parts[1:]),
        (parts[0], {}, *parts[2:]),
        (parts[0], {"max_epochs": 4}, *parts[2:]),
        (*parts[:2], ("query", "B"), parts[3]),
        (*parts[:2], ("query", "A", "A"), parts[3]),
        (*parts[:3], None),
        (*parts[:3], ()),
        (*parts[:2], parts[3], parts[2]),
    ]
    prints = {spec_fingerprint(*each) for each in (parts, *others)}
    assert len(prints) == len(others) + 1
    assert all(re.fullmatch(r"s1:[0-9a-f]{64}", found) for found in prints)


pairs = st.lists(st.tuples(st.none() | st.text(max_size=5), st.none() | st.text(max_size=5)), max_size=6)


def pair_sum(rows):
    return sum(hash_text(pair_text(*row)) for row in rows)


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert pair_sum(shuffled) == pair_sum(rows)


@given(pairs)
def test_a_repeated_row_counts(rows):
    assert pair_sum([*rows, ("a", "b")]) == pair_sum(rows) + pair_sum([("a", "b")])


def test_where_the_prompt_ends_matters_and_null_is_empty():
    assert pair_sum([("ab", "c")]) != pair_sum([("a", "bc")])
    assert pair_sum([(None, "c")]) == pair_sum([("", "c")])


def test_a_pair_is_summed_as_snowflake_does():
    lower = int(hashlib.md5(b"2:abc", usedforsecurity=False).hexdigest(), 16) % 2**64
    assert pair_sum([("ab", "c")]) == lower
