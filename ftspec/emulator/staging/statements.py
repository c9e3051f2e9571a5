"""Statements about stages and files as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ftspec.emulator.reading.tokens import Source

Parts: TypeAlias = tuple[str, ...]
Option: TypeAlias = "str | tuple[str, ...] | Mapping[str, Option]"
Options: TypeAlias = Mapping[str, Option]


@dataclass(frozen=True, slots=True)
class CreateStage:
    """CREATE STAGE or FILE FORMAT (`kind`); a stage's `options` hold FILE_FORMAT, a file format's its own."""

    kind: str
    name: Parts
    replace: bool
    if_not_exists: bool
    temporary: bool
    options: Options
    comment: str


@dataclass(frozen=True, slots=True)
class DropStage:
    """DROP STAGE or FILE FORMAT."""

    kind: str
    name: Parts
    if_exists: bool


@dataclass(frozen=True, slots=True)
class ListFiles:
    """LIST, or REMOVE (`remove`), of a location."""

    location: str
    pattern: str | None
    remove: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """PUT (`upload`) or GET."""

    upload: bool
    local: str
    location: str
    options: Options


@dataclass(frozen=True, slots=True)
class CopyInto:
    """COPY INTO table FROM location; `query` is the SELECT of a transformation, which reads the table `staged`."""

    source: Source
    table: Parts
    columns: Parts
    location: str
    query: Source | None
    options: Options


StageStatement: TypeAlias = CreateStage | DropStage | ListFiles | Transfer | CopyInto
