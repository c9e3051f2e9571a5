"""A small deterministic tokenizer: about four characters of English a token.

Base models have tokenizers of their own, which are not part of this server; figures made with this one are
estimates of theirs, and the same text always gives the same figure.
"""

from __future__ import annotations

import re

# A token is: up to seven Latin letters with the space before them; up to three digits; one or two other letters;
# up to two equal marks with the space before them; or white space that belongs to no word.
_TOKEN = re.compile(
    r" ?[A-Za-z]{1,7}"
    r"|[0-9]{1,3}"
    r"| ?[^\W\d_A-Za-z]{1,2}"
    r"| ?([^\w\s])\1?"
    r"|_+"
    r"|\s{1,4}"
    r"|.",
    re.DOTALL,
)


def split_tokens(text: str) -> list[str]:
    """Split a text into its tokens; joined again they are the text."""
    return [match.group() for match in _TOKEN.finditer(text)]


def count_tokens(text: str) -> int:
    """Count the tokens of a text."""
    return len(_TOKEN.findall(text))


def truncate_tokens(text: str, limit: int) -> str:
    """Give the first `limit` tokens of a text."""
    if len(text) <= limit:  # a token has at least one character
        return text
    return "".join(split_tokens(text)[:limit])
