from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from ftspec.model.address import (
    ObjectName,
    SchemaName,
    fold,
    is_identifier,
    qualify,
    quote,
    resolve_object,
    resolve_schema,
    split_name,
)

HOME = SchemaName("ML", "SUPPORT")
stored = st.text(min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a", "A"),
        ("My_Table$1", "MY_TABLE$1"),
        ("_x", "_X"),
        ('"a"', "a"),
        ('"A"', "A"),
        ('"a.b"', "a.b"),
        ('"say ""hi"""', 'say "hi"'),
        ('"1 2"', "1 2"),
        ('"é"', "é"),
    ],
)
def test_fold(text, name):
    assert is_identifier(text)
    assert fold(text) == name


@pytest.mark.parametrize(
    "text", ["", "1a", "a b", "a.b", "a-b", "$a", '""', '"a', 'a"', '"a"b"', "é", "a\n", "a" * 256]
)
def test_what_is_not_an_identifier(text):
    assert not is_identifier(text)
    with pytest.raises(ValueError, match="is not a Snowflake identifier"):
        fold(text)


def test_a_stored_name_may_have_255_characters():
    for name in ("A" * 255, "a" * 255, '"' * 255):
        assert fold(quote(name)) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("A", "A"),
        ("a", '"a"'),
        ("A b", '"A b"'),
        ("1A", '"1A"'),
        ("$A", '"$A"'),
        ('A"B', '"A""B"'),
        ("SELECT", '"SELECT"'),
        ("ORDER", '"ORDER"'),
        ("ACCOUNT", '"ACCOUNT"'),
        ("TRAINING_DATASET", "TRAINING_DATASET"),
        ("É", '"É"'),
        ("A\n", '"A\n"'),
    ],
)
def test_quote(name, text):
    assert quote(name) == text


@given(stored)
def test_a_quoted_name_folds_back(name):
    assert is_identifier(quote(name))
    assert fold(quote(name)) == name


@given(st.lists(stored, min_size=1, max_size=5))
def test_a_qualified_name_splits_back(parts):
    assert split_name(qualify(*parts)) == tuple(parts)


@given(stored)
def test_another_parser_reads_a_quoted_name_as_it_was_stored(name):
    (column,) = sqlglot.parse_one(f"SELECT {quote(name)}", read="snowflake").expressions
    assert isinstance(column, exp.Column)
    identifier = column.this
    assert identifier.name == name
    assert identifier.args["quoted"] or name == name.upper()


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a b", 'a."b', "a.b c", "a.1"])
def test_what_is_not_a_name(text):
    with pytest.raises(ValueError, match="is not a Snowflake name"):
        split_name(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("t", ObjectName("ML", "SUPPORT", "T")),
        ("raw.t", ObjectName("ML", "RAW", "T")),
        ('db."s s".t', ObjectName("DB", "s s", "T")),
        ('"a.b"', ObjectName("ML", "SUPPORT", "a.b")),
    ],
)
def test_resolve_object(text, name):
    assert resolve_object(text, HOME) == name
    assert resolve_object(str(name), SchemaName("X", "Y")) == name


def test_resolve_schema():
    assert resolve_schema("raw", HOME) == SchemaName("ML", "RAW")
    assert resolve_schema('db."s.s"', HOME) == SchemaName("DB", "s.s")


def test_names_of_too_many_parts():
    with pytest.raises(ValueError, match="more than three parts"):
        resolve_object("a.b.c.d", HOME)
    with pytest.raises(ValueError, match="more than two parts"):
        resolve_schema("a.b.c", HOME)


def test_parent_and_join_are_inverse():
    name = ObjectName("ML", "s s", "t.1")
    assert name.parent.join(name.name) == name
    assert str(name) == 'ML."s s"."t.1"'
