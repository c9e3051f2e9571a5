"""Markers and fingerprints: how ftspec knows what is its own, and what it was made from.

A marker stands last in a COMMENT, after a user's own words, and as a block comment at the start of a training query.
Fingerprints name their algorithm: `s1` for a spec, `d1` for data.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from ftspec.model.address import Address
from ftspec.resources.base import Scope

LONGEST = 600
NONE = "-"
BESIDE = "beside"
"""What stands for the job in a training query whose model is submitted under a name beside the model's own.

Behind it come a point and what tells that name from the model's own.
"""
YES = "yes"
_PREFIX = "ftspec:v1"
_VALUE = re.compile(r"[a-z0-9_.:-]+")
# Read more than is written: ids of jobs of 2024 have capitals in them.
_FIELD = re.compile(r"([a-z]+)=([A-Za-z0-9_.:-]+)")
_UNITS = re.compile(r"ftspec:v1((?: [a-z]+=[A-Za-z0-9_.:-]+)+)")


@dataclass(frozen=True, slots=True)
class Marker:
    """What ftspec remembers on an object: whose it is, and what it was made from; `-` where there is nothing to say.

    `tables` are the digits of the content-addressed tables that a model learnt from, joined with dots; left out of
    the text where there are none.
    """

    project: str
    env: str
    resource: str
    spec: str = NONE
    data: str = NONE
    job: str = NONE
    protect: str = NONE
    hold: str = NONE
    checks: str = NONE
    tables: str = NONE

    def __str__(self) -> str:
        shown = [entry.name for entry in fields(self) if entry.name != "tables" or self.tables != NONE]
        return f"{_PREFIX} {' '.join(f'{name}={getattr(self, name)}' for name in shown)}"

    def is_of(self, scope: Scope) -> bool:
        """Tell whether the marker is of this project and environment."""
        return self.project == scope.project and self.env == scope.environment

    def is_for(self, address: Address, scope: Scope) -> bool:
        """Tell whether the marker names this resource of this project and environment."""
        return self.is_of(scope) and self.resource == address.name


def check_marker(marker: Marker) -> None:
    """Raise ValueError when a value has characters, or the whole a length, that a marker may not have."""
    for entry in fields(marker):
        value = getattr(marker, entry.name)
        if not _VALUE.fullmatch(value):
            message = f"{value!r} cannot stand in a marker"
            raise ValueError(message)
    if len(str(marker)) > LONGEST:
        message = f"the marker of {marker.resource} is longer than {LONGEST} characters"
        raise ValueError(message)


def parse_marker(text: str) -> Marker | None:
    """Find the last marker in a comment or a query; unknown keys of a later version are passed over."""
    found = None
    for match in _UNITS.finditer(text):
        values = dict(_FIELD.findall(match.group(1)))
        if {"project", "env", "resource"} <= values.keys():
            known = {entry.name for entry in fields(Marker)}
            found = Marker(**{key: value for key, value in values.items() if key in known})
    return found


def split_comment(comment: str) -> tuple[str, Marker | None]:
    """Split a COMMENT into the user's own words and the marker behind them."""
    start = comment.rfind(_PREFIX + " ")
    marker = parse_marker(comment[start:]) if start >= 0 else None
    return (comment, None) if marker is None else (comment[:start].removesuffix(" "), marker)


def leading_marker(query: str) -> Marker | None:
    """Read the marker from the block comment that a training query begins with."""
    text = query.lstrip(" \t\r\n(")
    end = text.find("*/")
    return parse_marker(text[:end]) if text.startswith("/*") and end > 0 else None


def drop_marker(query: str) -> str:
    """Leave out the marker that a training query begins with, and the parentheses that the service put around both."""
    if leading_marker(query) is None:
        return query
    before, _, after = query.partition("/*")
    text = after.partition("*/")[2].strip()
    for _ in range(before.count("(")):
        text = text.removesuffix(")").rstrip()
    return text


def join_comment(own_words: str, marker: str) -> str:
    """Put a marker behind a user's own words."""
    return f"{own_words} {marker}" if own_words else marker


def spec_fingerprint(
    base_model: str,
    options: Mapping[str, object],
    training: Iterable[str],
    validation: Iterable[str] | None,
) -> str:
    """Fingerprint what a model is declared to be made from: base model, options, and the declared sources.

    Gives `s1:` and 64 hexadecimal digits of SHA-256 over a JSON array with sorted keys and no white space.
    """
    parts = [base_model, dict(options), list(training), None if validation is None else list(validation)]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"s1:{hashlib.sha256(text.encode()).hexdigest()}"


def source_fingerprint(source: Iterable[str]) -> str:
    """Fingerprint the declared source of a dataset, as `s1:` and 64 hexadecimal digits of SHA-256."""
    text = json.dumps(list(source), separators=(",", ":"), ensure_ascii=True)
    return f"s1:{hashlib.sha256(text.encode()).hexdigest()}"


def data_fingerprint(rows: int, total: int) -> str:
    """Name a set of rows by their number and the sum of MD5_NUMBER_LOWER64 over them, in hexadecimal."""
    return f"d1:{rows}-{total:x}"


def count_rows(fingerprint: str) -> int | None:
    """Read the number of rows from a data fingerprint; None where it tells none."""
    match = _ROWS.match(fingerprint)
    return None if match is None else int(match[1])


_ROWS = re.compile(r"d1:(\d+)-")


def pair_text(prompt: str | None, completion: str | None) -> str:
    """Write a pair as it is hashed: LENGTH(prompt) || ':' || prompt || completion, NULLs as ''."""
    return f"{len(prompt or '')}:{prompt or ''}{completion or ''}"


def hash_text(text: str) -> int:
    """Give what MD5_NUMBER_LOWER64 gives (Snowflake: MD5_NUMBER_LOWER64): a data fingerprint sums it over the pairs."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:])
