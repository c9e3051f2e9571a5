from __future__ import annotations

import pytest
import sqlglot
from hypothesis import example, given
from hypothesis import strategies as st
from sqlglot.tokenizer_core import TokenType

from ftspec.model.plan import Form, Ref
from ftspec.resources.sql import bind, block_comment, call, identifier, inside_literal, literal, show_text


@pytest.mark.parametrize(
    ("text", "written"),
    [("", "''"), ("a", "'a'"), ("it's", "'it''s'"), ("a\\b", "'a\\\\b'"), ("\\'", "'\\\\'''"), ("a\nb", "'a\nb'")],
)
def test_literal(text, written):
    assert literal(text) == written


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40))
@example("\\")
@example("\\'; DROP MODEL m; --")
@example("''\\''")
@example("\\n \\x41 \\u0041 $$ /* */")
def test_another_tokenizer_reads_a_literal_back(text):
    (token,) = sqlglot.tokenize(literal(text), read="snowflake")
    assert token.token_type is TokenType.STRING
    assert token.text == text


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_literal_may_be_written_in_pieces(left, right):
    assert f"'{inside_literal(left)}{inside_literal(right)}'" == literal(left + right)


def test_call():
    assert call("F", "a'b", None, "") == "SELECT F('a''b', NULL, '')"
    assert call("F") == "SELECT F()"


def test_block_comment():
    assert block_comment("a /* b") == "/* a /* b */"
    with pytest.raises(ValueError, match="would end the comment"):
        block_comment("a */ b")


def test_references_are_bound_by_their_form():
    outputs = {("make", "job"): "ft_'1", ("make", "name"): "my model"}
    text = (
        "ALTER MODEL ",
        Ref("make", "name", Form.NAME),
        " SET COMMENT = 'job=",
        Ref("make", "job", Form.INSIDE_LITERAL),
        "', ",
        Ref("make", "job"),
    )
    assert bind(text, outputs) == "ALTER MODEL \"my model\" SET COMMENT = 'job=ft_''1', 'ft_''1'"
    assert show_text(text) == "ALTER MODEL ${name} SET COMMENT = 'job=${job}', ${job}"
    assert identifier("my model") == '"my model"'


def test_a_value_that_no_step_gave_is_a_bug():
    with pytest.raises(KeyError):
        bind((Ref("make", "job"),), {})
