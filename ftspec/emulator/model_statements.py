"""Statements about models and tags as values; `statements` has all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ftspec.emulator.names import Parts


@dataclass(frozen=True, slots=True)
class CreateModel:
    """CREATE MODEL … FROM MODEL source: a version that is not named is None."""

    name: Parts
    replace: bool
    if_not_exists: bool
    version: str | None
    source: Parts
    source_version: str | None


@dataclass(frozen=True, slots=True)
class AddVersion:
    """ADD VERSION … FROM MODEL source."""

    version: str
    source: Parts
    source_version: str | None


@dataclass(frozen=True, slots=True)
class DropVersion:
    """DROP VERSION."""

    version: str


@dataclass(frozen=True, slots=True)
class SetModel:
    """SET COMMENT and DEFAULT_VERSION; None for what is not given."""

    comment: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class SetAlias:
    """VERSION … SET ALIAS, or UNSET ALIAS with the alias ""."""

    version: str
    alias: str


@dataclass(frozen=True, slots=True)
class ModifyVersion:
    """MODIFY VERSION … SET COMMENT and METADATA; None for what is not given."""

    version: str
    comment: str | None
    metadata: str | None


ModelChange: TypeAlias = AddVersion | DropVersion | SetModel | SetAlias | ModifyVersion


@dataclass(frozen=True, slots=True)
class AlterModel:
    """ALTER MODEL name, with one of its changes."""

    name: Parts
    if_exists: bool
    change: ModelChange


@dataclass(frozen=True, slots=True)
class CreateTag:
    """CREATE TAG."""

    name: Parts
    replace: bool
    if_not_exists: bool
    allowed: tuple[str, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class ChangeTags:
    """ALTER … SET TAG or UNSET TAG of an object; an unset tag has the value None."""

    kind: str
    name: Parts
    if_exists: bool
    tags: tuple[tuple[Parts, str | None], ...]


@dataclass(frozen=True, slots=True)
class RenameModel:
    """ALTER MODEL name RENAME TO new."""

    name: Parts
    if_exists: bool
    new: Parts


@dataclass(frozen=True, slots=True)
class ListArtifacts:
    """LIST of a URL of a model's version."""

    url: str


@dataclass(frozen=True, slots=True)
class GetArtifacts:
    """GET of such a URL into a folder of the client's."""

    url: str
    local: str


ModelStatement: TypeAlias = (
    CreateModel | AlterModel | RenameModel | CreateTag | ChangeTags | ListArtifacts | GetArtifacts
)
