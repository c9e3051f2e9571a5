"""Names in manifests for names in Snowflake."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.planning.importing import derive_name

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("TUNED", "tuned"),
        ("Case Sensitive", "case_sensitive"),
        ("7 of 9", "m_7_of_9"),
        ("_HIDDEN_", "hidden"),
        ("№ 1", "m_1"),
        ("模型", "m"),
        ("ÄRGER", "rger"),
        ("A" * 240, "a" * 63),
    ],
)
def test_a_name_is_made_plain(stored, name):
    assert derive_name(stored, ()) == name


@given(st.lists(st.text(max_size=80), max_size=12), st.sampled_from(["", "_train"]))
def test_names_are_fit_and_differ(stored, suffix):
    taken: set[str] = set()
    for text in stored:
        name = derive_name(text, taken, suffix)
        assert NAME.fullmatch(name)
        assert name not in taken
        taken.add(name)
