"""LIST and GET of what training left with a version of a model: `training_results.csv`.

https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-finetuning
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from ftspec.emulator import refusals
from ftspec.emulator.cortex.names import read_model_name
from ftspec.emulator.cortex.training import write_results_csv
from ftspec.emulator.model_statements import GetArtifacts, ListArtifacts
from ftspec.emulator.models import Version, read_model
from ftspec.emulator.names import quote
from ftspec.emulator.result import SHOW, Column, EncodedResult, Result
from ftspec.emulator.staging.offering import offer_files
from ftspec.emulator.turn import Turn

_URL = re.compile(r'snow://model/(?P<model>(?:"[^"]+"|[^/"])+)/versions/(?P<version>[^/]+)/(?P<path>.*)')
_RESULTS = "training_results.csv"
_FOLDER = "artifacts"
_COLUMNS = (Column("name"), Column("size", "fixed"), Column("md5"), Column("last_modified"))


@dataclass(frozen=True, slots=True)
class _Artifact:
    path: str
    content: bytes
    version: Version


def perform_list_artifacts(turn: Turn, statement: ListArtifacts) -> Result:
    """List the files of a version; takes the ownership of the model."""
    rows = tuple(
        (
            f"versions/{one.version.name}/{one.path}",
            len(one.content),
            hashlib.md5(one.content, usedforsecurity=False).hexdigest(),
            formatdate(one.version.created / 1000, usegmt=True),
        )
        for one in _find(turn, statement.url)
    )
    return Result(_COLUMNS, rows, SHOW)


def perform_get_artifacts(turn: Turn, statement: GetArtifacts) -> EncodedResult:
    """Let the driver copy the files of a version."""
    found = _find(turn, statement.url)
    if not found:
        raise refusals.missing("FILE", statement.url)
    folder = turn.account.settings.folder.absolute() / _FOLDER
    for one in found:
        _write(folder / one.version.job / one.path, one.content)
    names = tuple(f"{one.version.job}/{one.path}" for one in found)
    return offer_files(turn, folder, names, local=statement.local)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is always the same: what a job recorded never changes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _find(turn: Turn, url: str) -> tuple[_Artifact, ...]:
    """Find the files below a URL `snow://model/<model>/versions/<version>/<path>`.

    Raises SnowflakeError: 2 for another kind of URL, 2003 for what is not there, 3001 without ownership.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise refusals.unsupported(f"the location {url}")
    name = read_model_name(match["model"])
    parts = tuple(part for part in (name.database, name.schema, name.name) if part)
    entry = turn.authority.require_entry(turn.resolve("MODEL", parts, "LIST"))
    turn.authority.require_ownership(entry)
    version_name = read_model_name(match["version"]).name
    version = read_model(entry).find(version_name)
    if version is None:
        raise refusals.missing("MODEL_VERSION", f"{entry.key.shown}.{quote(version_name)}")
    job = turn.account.service.jobs.find(version.job)
    if job is None or job.training is None or not _RESULTS.startswith(match["path"]):
        return ()
    return (_Artifact(_RESULTS, write_results_csv(job.training.steps).encode(), version),)
