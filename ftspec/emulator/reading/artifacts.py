"""Readers of LIST and GET of a model's files; they give None for every other location.

https://docs.snowflake.com/en/sql-reference/sql/get
"""

from __future__ import annotations

import re

from ftspec.emulator import refusals
from ftspec.emulator.model_statements import GetArtifacts, ListArtifacts
from ftspec.emulator.reading.tokens import Reader

_SCHEME = "snow://"
# A folder of the client's, in quotes or not; PARALLEL says how fast, never what.
_LOCAL = re.compile(r"(?:'file://([^']+)'|file://(\S+))\s*(?:PARALLEL\s*=\s*\d+)?", re.IGNORECASE)


def read_list_artifacts(reader: Reader) -> ListArtifacts | None:
    """Read what follows LIST or LS."""
    url = _read_url(reader)
    return None if url is None else ListArtifacts(url)


def read_get_artifacts(reader: Reader) -> GetArtifacts | None:
    """Read what follows GET."""
    url = _read_url(reader)
    if url is None:
        return None
    rest = reader.rest().slice
    match = _LOCAL.fullmatch(rest)
    if match is None:
        raise refusals.unsupported(f"GET {rest}")
    return GetArtifacts(url, match[1] or match[2])


def _read_url(reader: Reader) -> str | None:
    return reader.string() if reader.is_string() and reader.coming.startswith(_SCHEME) else None
