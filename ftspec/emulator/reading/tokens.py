"""A reader over SQL tokens: the small recursive-descent tools that every statement reader uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

from ftspec.emulator import refusals

_STRINGS = frozenset({TokenType.STRING, TokenType.RAW_STRING})
_SIGNS = frozenset({"=", ",", "(", ")", ".", ";", "=>", "*"})
# Words after which sqlglot swallows the rest of the statement as one string.
_SWALLOWING = frozenset({"EXPLAIN", "REMOVE", "RM"})
_TRANSFER = re.compile(r"\s*(PUT|GET)\s", re.IGNORECASE)
_LOCAL = re.compile(r"(?<!')\bfile://[^\s']*", re.IGNORECASE)
_PATH = re.compile(r'(?:"[^"]*"|[^\s(),;"])+')
_LONGEST_NAME = 3
_IDENTIFIER = re.compile(r"[A-Z_][A-Z0-9_$]*")
# Words that need double quotes as an identifier (sql-reference/reserved-keywords).
_RESERVED = frozenset(
    {
        "ALL", "ALTER", "AND", "ANY", "AS", "BETWEEN", "BY", "CHECK", "COLUMN", "CONNECT", "CREATE", "CURRENT",
        "DELETE", "DISTINCT", "DROP", "ELSE", "EXISTS", "FOLLOWING", "FOR", "FROM", "GRANT", "GROUP", "HAVING",
        "ILIKE", "IN", "INCREMENT", "INSERT", "INTERSECT", "INTO", "IS", "LIKE", "MINUS", "NOT", "NULL", "OF", "ON",
        "OR", "ORDER", "QUALIFY", "REGEXP", "REVOKE", "RLIKE", "ROW", "ROWS", "SAMPLE", "SELECT", "SET", "SOME",
        "START", "TABLE", "TABLESAMPLE", "THEN", "TO", "TRIGGER", "UNION", "UNIQUE", "UPDATE", "VALUES", "WHENEVER",
        "WHERE", "WITH",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One statement's text and tokens; token offsets count in the whole text."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def slice(self) -> str:
        """Give the statement's own text, from its first token to its last."""
        return self.text[self.tokens[0].start : self.tokens[-1].end + 1]


def split_statements(text: str) -> tuple[Source, ...]:
    """Split a text at its semicolons into statements; empty ones are left out.

    Raises SnowflakeError 1003 where the text does not tokenize.
    """
    statements: list[Source] = []
    current: list[Token] = []
    tokens = _tokenize(text)
    named = write_names(text, tokens)
    if named != text:
        text, tokens = named, _tokenize(named)
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            if current:
                statements.append(Source(text, tuple(current)))
            current = []
        else:
            current.append(token)
    if current:
        statements.append(Source(text, tuple(current)))
    return tuple(statements)


def _tokenize(text: str) -> list[Token]:
    try:
        # A path may have what would begin a comment; masked, everything keeps its place.
        masked = _LOCAL.sub(lambda found: "x" * len(found[0]), text) if _TRANSFER.match(text) else text
        tokens = sqlglot.tokenize(masked, read="snowflake")
    except TokenError as error:
        raise refusals.syntax(1, max(len(text) - 1, 0), "<EOF>") from error
    for at, token in enumerate(tokens):
        # Blanked up to that word, the rest keeps its places.
        if token.token_type == TokenType.COMMAND and token.text.upper() in _SWALLOWING:
            begin, end = token.start, token.end + 1
            return [*tokens[: at + 1], *_tokenize(" " * begin + " " * (end - begin) + text[end:])]
    return tokens


def write_names(text: str, tokens: Sequence[Token]) -> str:
    """Write the name in its place for every `IDENTIFIER('name')`.

    https://docs.snowflake.com/en/sql-reference/identifier-literal. Raises SnowflakeError 1003 where the string is no
    name.
    """
    calls = [
        four
        for four in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False)
        if four[0].token_type == TokenType.VAR
        and four[0].text.upper() == "IDENTIFIER"
        and (four[1].text, four[3].text) == ("(", ")")
        and four[2].token_type in _STRINGS
    ]
    for word, _, name, end in reversed(calls):
        reader = Reader(Source(name.text, tuple(_tokenize(name.text))))
        if reader.at_end:
            raise refusals.syntax(*position_of(text, name.start), "''")
        reader.name()
        reader.expect_end()
        text = text[: word.start] + name.text + text[end.end + 1 :]
    return text


def position_of(text: str, offset: int) -> tuple[int, int]:
    """Turn an offset into a line, counted from 1, and a position in it, counted from 0."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1)


class Reader:
    """Reads one statement token by token; every method that does not find what it needs raises 1003."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Say whether every token is read."""
        return self._at >= len(self.source.tokens)

    def peek(self, ahead: int = 0) -> str:
        """Give the upper-cased text of a coming word or sign; "" at the end, and for names and strings in quotes."""
        at = self._at + ahead
        if at >= len(self.source.tokens):
            return ""
        token = self.source.tokens[at]
        if token.token_type in _STRINGS or token.token_type == TokenType.IDENTIFIER:
            return ""
        return token.text.upper()

    def accept(self, *words: str) -> bool:
        """Take the given words if they all come next."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(words)):
            self._at += len(words)
            return True
        return False

    def accept_one(self, *words: str) -> str:
        """Take the next word if it is one of these, else nothing; give it, or ""."""
        word = self.peek()
        if word and word in words:
            self._at += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        """Take the given words."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected()

    def expect_one(self, *words: str) -> str:
        """Take one of the given words and give it."""
        word = self.accept_one(*words)
        if not word:
            raise self.unexpected()
        return word

    def expect_end(self) -> None:
        """Make sure that nothing follows."""
        if not self.at_end:
            raise self.unexpected()

    def word(self) -> str:
        """Take any bare word, upper-cased."""
        word = self.peek()
        if not word or word in _SIGNS:
            raise self.unexpected()
        self._at += 1
        return word

    def identifier(self) -> str:
        """Take one identifier, folded as Snowflake does."""
        if not self.at_end and self.source.tokens[self._at].token_type == TokenType.IDENTIFIER:
            self._at += 1
            return self.source.tokens[self._at - 1].text
        word = self.peek()
        if word in _RESERVED or not _IDENTIFIER.fullmatch(word):
            raise self.unexpected()
        return self.word()

    def name(self) -> tuple[str, ...]:
        """Take a name of one to three parts."""
        parts = [self.identifier()]
        while len(parts) < _LONGEST_NAME and self.accept("."):
            parts.append(self.identifier())
        return tuple(parts)

    def is_string(self) -> bool:
        """Say whether a string comes next."""
        return not self.at_end and self.source.tokens[self._at].token_type in _STRINGS

    @property
    def coming(self) -> str:
        """Give the text of the next token as it stands, "" at the end."""
        return "" if self.at_end else self.source.tokens[self._at].text

    def string(self) -> str:
        """Take a string, in quotes or between dollar signs."""
        if not self.is_string():
            raise self.unexpected()
        self._at += 1
        return self.source.tokens[self._at - 1].text

    def value(self) -> str:
        """Take the value of a property: a string, a number or a bare word, as text."""
        if self.is_string():
            return self.string()
        if self.at_end or self.peek() in _SIGNS:
            raise self.unexpected()
        self._at += 1
        return self.source.tokens[self._at - 1].text

    @property
    def offset(self) -> int:
        """Give the place in the text at which the next token begins."""
        return self.source.tokens[self._at].start if not self.at_end else len(self.source.text)

    @property
    def before(self) -> int:
        """Give the place in the text at which the last token that was taken begins."""
        return self.source.tokens[self._at - 1].start

    def skip(self) -> str:
        """Take any token and give its text as `peek` does."""
        if self.at_end:
            raise self.unexpected()
        self._at += 1
        return self.source.tokens[self._at - 1].text if not self._is_quoted(self._at - 1) else ""

    def _is_quoted(self, at: int) -> bool:
        return self.source.tokens[at].token_type in _STRINGS | {TokenType.IDENTIFIER}

    def path(self) -> str:
        """Take a location: a string, or all up to the next space, comma or bracket outside double quotes."""
        if self.is_string():
            return self.string()
        found = _PATH.match(self.source.text, self.offset)
        if found is None:
            raise self.unexpected()
        while self.offset < min(found.end(), len(self.source.text)):
            self._at += 1
        return found[0]

    def rest(self) -> Source:
        """Take everything that is left, as a statement of its own."""
        if self.at_end:
            raise self.unexpected()
        left = Source(self.source.text, self.source.tokens[self._at :])
        self._at = len(self.source.tokens)
        return left

    def unexpected(self) -> Exception:
        """Build the syntax error for the next token."""
        text = self.source.text
        if self.at_end:
            line, position = position_of(text, self.source.tokens[-1].end + 1)
            return refusals.syntax(line, position, "<EOF>")
        token = self.source.tokens[self._at]
        line, position = position_of(text, token.start)
        return refusals.syntax(line, position, text[token.start : token.end + 1])
