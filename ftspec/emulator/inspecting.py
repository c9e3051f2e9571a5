"""Looking at an account from outside, without its server: what it holds, and what it was set up from."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from ftspec.emulator.places import Places, read_json, write_json

_RECORD = "setup.json"
_COUNT = "SELECT kind, COUNT(*) FROM objects WHERE kind IN ('DATABASE', 'MODEL') AND name <> 'SNOWFLAKE' GROUP BY kind"


def holds_account(folder: Path) -> bool:
    """Say whether there is anything in a folder that a reset would remove."""
    return folder.is_dir() and any(path.suffix != ".lock" for path in folder.iterdir())


def count_objects(folder: Path) -> Mapping[str, int] | None:
    """Count the databases and models of the account in a folder; None where there is no account, or it is damaged."""
    catalog = Places(folder).account / "catalog.sqlite"
    try:
        with closing(sqlite3.connect(f"{catalog.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = dict(connection.execute(_COUNT).fetchall())
    except sqlite3.Error:
        return None
    return {"database": found.get("DATABASE", 0), "model": found.get("MODEL", 0)}


def record_setup(account: Path, files: Iterable[Path]) -> None:
    """Write down, in the folder of a new account, the files that it was set up from."""
    write_json(account / _RECORD, {"files": [[path.name, _digest(path)] for path in files]})


def find_changed_setup(folder: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    """Find the setup files that are not what the account in a folder was made from; none where there is no account."""
    record = read_json(Places(folder).account / _RECORD)
    recorded = record.get("files") if record else None
    if not isinstance(recorded, list):
        return ()
    return tuple(path for path in files if path.is_file() and [path.name, _digest(path)] not in recorded)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
