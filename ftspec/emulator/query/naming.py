"""Names of result columns: an expression without an alias is named by its own text, in upper case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlglot import Token, TokenType, exp

from ftspec.emulator.reading.tokens import Source

Names: TypeAlias = tuple[str | None, ...]
STAR = "*"
_OPENS = frozenset({TokenType.L_PAREN, TokenType.L_BRACE, TokenType.L_BRACKET})
_CLOSES = frozenset({TokenType.R_PAREN, TokenType.R_BRACE, TokenType.R_BRACKET})
_ENDS = frozenset(
    {
        TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.QUALIFY, TokenType.ORDER_BY,
        TokenType.LIMIT, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.FETCH, TokenType.OFFSET,
    }
)  # fmt: skip


def read_names(expression: exp.Expr, source: Source) -> Names:
    """Give the Snowflake names of a query's unnamed columns: one entry a projection, None where it has a name.

    A projection that stands for any number of columns is given as `STAR`.
    """
    select = expression
    while isinstance(select, exp.SetOperation):
        select = select.this
    if not isinstance(select, exp.Select):
        return ()
    texts = split_projections(source)
    if len(texts) != len(select.expressions):
        return ()
    return tuple(_name(projection, text) for projection, text in zip(select.expressions, texts, strict=True))


def _name(projection: exp.Expr, text: str) -> str | None:
    if projection.is_star:
        return STAR
    return None if isinstance(projection, exp.Alias | exp.Column | exp.Aliases) else text


def apply_names(names: Names, columns: Sequence[str]) -> list[str]:
    """Write the names over those that the engine gave; columns between two stars keep the engine's."""
    named = list(columns)
    ahead = names[: names.index(STAR)] if STAR in names else names
    behind = names[len(names) - names[::-1].index(STAR) :] if STAR in names else ()
    for place, name in (*enumerate(ahead), *enumerate(behind, len(columns) - len(behind))):
        if name is not None and place < len(named):
            named[place] = name
    return named


def split_projections(source: Source) -> tuple[str, ...]:
    """Give the text of each projection of the first SELECT outside any parentheses, in upper case."""
    depth, begin = 0, -1
    groups: list[list[Token]] = [[]]
    for at, token in enumerate(source.tokens):
        if token.token_type in _OPENS:
            depth += 1
        if token.token_type in _CLOSES:
            depth -= 1
        if begin < 0:
            begin = at if token.token_type == TokenType.SELECT and depth == 0 else -1
            continue
        if depth == 0 and token.token_type in _ENDS:
            break
        if depth == 0 and token.token_type == TokenType.COMMA:
            groups.append([])
        else:
            groups[-1].append(token)
    return tuple(_text(source, group) for group in groups if group)


def _text(source: Source, tokens: list[Token]) -> str:
    if tokens[0].token_type in {TokenType.DISTINCT, TokenType.ALL} and len(tokens) > 1:
        tokens = tokens[1:]
    return source.text[tokens[0].start : tokens[-1].end + 1].upper()
