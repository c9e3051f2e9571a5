"""Values inside Markdown: what a name, a comment or a query says stays text, whatever is in it. Pure.

Every character that Markdown or HTML could take for a sign of its own is written as an entity, which is text in both.
GitHub looks for mentions, references, links and emoji in the finished page: there, signs are parted by a zero-width
space.
"""

from __future__ import annotations

import re
import unicodedata

_ENTITIES = {sign: f"&#{ord(sign)};" for sign in "|`*[]\\~^"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS = re.compile(r"[|`*\[\]\\~^&<>]|(?<![A-Za-z0-9_])_+|_+(?![A-Za-z0-9_])")
_JOINING = re.compile(r"[@#:](?=\S)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
_APART = "&#8203;"
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BEGINNINGS = frozenset("-+=#0123456789")
_BREAKS = re.compile("\r\n|\r|\n")
_TICKS = re.compile("`+")


def show_unseen(text: str) -> str:
    """Spell out what nobody sees, or what turns the text around it: control characters, marks of direction."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{{{ord(sign):x}}}" if sign in _DIRECTIONS or unicodedata.category(sign) in _UNSEEN else sign
        for sign in text
    )


def show_lines(text: str) -> list[str]:
    """Part a text of several lines, tabs as blanks, and spell out in each what nobody sees."""
    return [show_unseen(line.replace("\t", "    ")) for line in _BREAKS.split(text)]


def clip(text: str, most: int) -> str:
    """Cut a text that is longer than so many characters, visibly."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def prose(text: str) -> str:
    """Write a value as text of one line."""
    line = show_unseen(" ".join(text.split()))
    parts = [_escape(part) for part in _JOINING.sub(lambda found: f"{found.group()}\0", line).split("\0")]
    return _APART.join(parts).replace("$", "<span>$</span>")


def paragraph(text: str) -> str:
    """Write a value as a paragraph: what it begins with begins no list, heading or rule."""
    written = prose(text)
    return f"&#{ord(written[0])};{written[1:]}" if written[:1] in _BEGINNINGS else written


def code(text: str) -> str:
    """Write a value of one line in the font of code, where GitHub looks for nothing."""
    return f"<code>{_escape(show_unseen(' '.join(text.split())))}</code>"


def fence(text: str, language: str) -> str:
    """Write lines as a block of code, whose fence is longer than any within."""
    shown = "\n".join(show_lines(text))
    ticks = "`" * max(3, *(len(found) + 1 for found in _TICKS.findall(shown)), 3)
    return f"{ticks}{language}\n{shown}\n{ticks}"


def _escape(text: str) -> str:
    return _SIGNS.sub(lambda found: _ENTITIES.get(found.group(), "&#95;" * len(found.group())), text)
