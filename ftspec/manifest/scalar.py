"""Scalars: what a single YAML value means, and which spellings are refused because readers of YAML disagree on them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ftspec.manifest.node import PREFIX, Scalar
from ftspec.manifest.wording import quote_text

_LONGEST_NUMBER = 300
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TEXT_TAGS = frozenset({"str", "merge", "value"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a scalar is not taken: the code, what it is (`is read as …`), and the repair."""

    code: str
    why: str
    hint: str


Plain = str | int | float | bool | None


def read_scalar(node: Scalar) -> tuple[Plain, Refusal | None]:
    """Read a scalar as plain data; a refused one is given as the text that was written."""
    tag = node.tag.removeprefix(PREFIX)
    if tag in _TEXT_TAGS:
        return node.text, None
    match tag:
        case "null" if node.text in {"", "~", "null", "Null", "NULL"}:
            return None, None
        case "bool":
            return _read_boolean(node.text)
        case "int" | "float":
            return _read_number(node.text, tag)
        case "timestamp":
            return node.text, Refusal("FT011", "is read as a date", f"quote it: {quote_text(node.text)}")
        case _:
            return node.text, _refuse_tag(node.tag)


def _read_boolean(text: str) -> tuple[Plain, Refusal | None]:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true", None
    hint = f"write true or false for a boolean, {quote_text(text)} in quotes for text"
    return text, Refusal("FT003", "is a boolean in YAML 1.1 and text in YAML 1.2", hint)


def _read_number(text: str, tag: str) -> tuple[Plain, Refusal | None]:
    if len(text) > _LONGEST_NUMBER:
        return text, Refusal("FT012", f"has more than {_LONGEST_NUMBER} digits", "quote it, if it is text")
    if tag == "int" and _INTEGER.fullmatch(text):
        return int(text), None
    if tag == "float" and (_FLOAT.fullmatch(text) or _INTEGER.fullmatch(text)):
        number = float(text)
        if math.isfinite(number):
            return number, None
    hint = f"write it in decimal digits alone, or {quote_text(text)} in quotes for text"
    return text, Refusal("FT003", "is a number that readers of YAML do not agree on", hint)


def _refuse_tag(tag: str) -> Refusal:
    shown = quote_text(tag.replace(PREFIX, "!!"))
    return Refusal("FT011", f"has the tag {shown}, and manifests are plain data", "remove the tag")
