"""Where the files of a stage are: the stage, the folder on this machine, and who may use it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

from ftspec.emulator import refusals
from ftspec.emulator.names import Key, fold_name

if TYPE_CHECKING:
    from ftspec.emulator.turn import Turn

STAGES_FOLDER = "stages"
_PART = r'(?:"[^"]+"|[A-Za-z_][A-Za-z0-9_$]*)'
_LOCATION = re.compile(
    rf"@(?:(?P<user>~)|(?P<holders>(?:{_PART}\.){{0,2}})(?P<table>%?)(?P<name>{_PART}))(?:/(?P<path>.*))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a stage: `folder` is the stage's, `path` what the location says after its name."""

    stage: Key
    folder: Path
    path: str

    @property
    def prefix(self) -> str:
        """Give what LIST writes before the names of files: the name of a named stage, in lower case."""
        return f"{self.stage.name.lower()}/" if self.stage.kind == "STAGE" else ""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file; `name` is its place in the stage."""

    name: str
    path: Path

    @property
    def md5(self) -> str:
        """Give the digest of the content."""
        with self.path.open("rb") as content:
            return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

    @property
    def modified(self) -> str:
        """Give the moment of the last change as LIST writes it."""
        return formatdate(self.path.stat().st_mtime, usegmt=True)


def find_location(turn: Turn, text: str, privilege: str) -> Location:
    """Find a location and check that it may be read or written (`privilege`).

    A table's stage takes the ownership of the table (CREATE STAGE, "Table stages"). Raises SnowflakeError 2003 for
    a stage that is not there, 3001 without the privilege, 1003 for a text that is no location.
    """
    found = _LOCATION.fullmatch(text)
    if found is None:
        raise refusals.syntax(1, 0, text)
    path = found["path"] or ""
    if ".." in path.split("/"):
        raise refusals.unsupported(f"the location {text}")
    if found["user"]:
        key = Key("USER", turn.session.user)
        return Location(key, stage_folder(turn, key), path)
    parts = (*(fold_name(part) for part in re.findall(_PART, found["holders"])), fold_name(found["name"]))
    key = turn.resolve("TABLE" if found["table"] else "STAGE", parts, "this operation")
    turn.authority.require_usage(key.database, key.schema)
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing(key.kind, key.shown)
    if key.kind == "TABLE":
        turn.authority.require_ownership(entry)
    else:
        turn.authority.require(entry, (privilege,))
    return Location(key, stage_folder(turn, key), path)


def stage_folder(turn: Turn, key: Key) -> Path:
    """Give the folder of a stage's files."""
    return find_folder(turn.account.folder, key)


def find_folder(account: Path, key: Key) -> Path:
    """Give the folder of a stage's files; its name says nothing, because names may have any letters."""
    digest = hashlib.sha256("\n".join((key.kind, *key.parts)).encode()).hexdigest()[:32]
    return account.absolute() / STAGES_FOLDER / digest


def list_files(location: Location, pattern: str | None = None) -> Iterator[StagedFile]:
    """List the files whose place begins with the location's path, sorted; a pattern must match the whole place."""
    for path in sorted(found for found in location.folder.rglob("*") if found.is_file()):
        name = path.relative_to(location.folder).as_posix()
        if name.startswith(location.path) and (pattern is None or re.fullmatch(pattern, location.prefix + name)):
            yield StagedFile(name, path)
