"""CREATE, DROP, LIST, REMOVE, PUT and GET of stages; PUT and GET only tell the driver where the files are.

https://docs.snowflake.com/en/sql-reference/sql/create-stage
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ftspec.emulator import refusals
from ftspec.emulator.names import quote
from ftspec.emulator.result import UNKNOWN, Answer, Column, EncodedResult, Result, status
from ftspec.emulator.staging.formats import read_format
from ftspec.emulator.staging.loading import perform_copy
from ftspec.emulator.staging.locations import find_location, list_files, stage_folder
from ftspec.emulator.staging.offering import describe_address, describe_folder, offer_files
from ftspec.emulator.staging.statements import CopyInto, CreateStage, DropStage, ListFiles, StageStatement, Transfer

if TYPE_CHECKING:
    from ftspec.emulator.turn import Turn

_FILE = "file://"
_TRUTHS = {"TRUE": True, "FALSE": False}
_COMPRESSIONS = ("AUTO_DETECT", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE")
_MOST_PARALLEL = 99
_WILDCARDS = re.compile(r"[*?\[]")


def perform_stage_statement(turn: Turn, statement: StageStatement) -> Answer | Callable[[], Answer]:
    """Execute a statement about stages; COPY INTO gives what is left to do without the account's lock."""
    match statement:
        case CreateStage():
            return _create(turn, statement)
        case DropStage():
            return _drop(turn, statement)
        case ListFiles(remove=True):
            return _remove(turn, statement)
        case ListFiles():
            return _list(turn, statement)
        case Transfer(upload=True):
            return _put(turn, statement)
        case Transfer():
            return _get(turn, statement)
        case CopyInto():
            return perform_copy(turn, statement)


def _create(turn: Turn, statement: CreateStage) -> Result:
    kind, noun = statement.kind, "Stage area" if statement.kind == "STAGE" else "File format"
    key = turn.resolve(kind, statement.name, f"CREATE {kind}")
    turn.authority.require_create(kind, key.database, key.schema)
    _check_options(turn, statement)
    known = turn.catalog.find(key)
    if known is not None:
        if statement.if_not_exists:
            return status(f"{quote(key.name)} already exists, statement succeeded.")
        if not statement.replace:
            raise refusals.already_exists(key.shown)
        turn.authority.require_ownership(known)
        turn.catalog.remove(key)
        shutil.rmtree(stage_folder(turn, key), ignore_errors=True)
    extra: dict[str, object] = {"OPTIONS": statement.options}
    if statement.temporary:
        extra["SESSION"] = turn.session.number
    turn.register(turn.new_entry(key, comment=statement.comment, extra=extra))
    return status(f"{noun} {quote(key.name)} successfully created.")


def _check_options(turn: Turn, statement: CreateStage) -> None:
    if statement.kind == "FILE FORMAT":
        read_format(turn, statement.options)
        return
    for name, value in statement.options.items():
        if name == "FILE_FORMAT":
            read_format(turn, value)
        else:
            raise refusals.unsupported(f"CREATE STAGE {name}")


def _drop(turn: Turn, statement: DropStage) -> Result:
    key = turn.resolve(statement.kind, statement.name, f"DROP {statement.kind}")
    if statement.if_exists and turn.catalog.find(key) is None:
        return status(f"Drop statement executed successfully ({key.name} already dropped).")
    entry = turn.authority.require_entry(key)
    turn.authority.require_ownership(entry)
    turn.catalog.remove(key)
    shutil.rmtree(stage_folder(turn, key), ignore_errors=True)
    return status(f"{quote(key.name)} successfully dropped.")


def _list(turn: Turn, statement: ListFiles) -> Result:
    location = find_location(turn, statement.location, "READ")
    columns = (Column("name"), Column("size", "fixed"), Column("md5"), Column("last_modified"))
    return Result(
        columns,
        tuple(
            (location.prefix + file.name, file.path.stat().st_size, file.md5, file.modified)
            for file in list_files(location, _check_pattern(statement.pattern))
        ),
        UNKNOWN,
    )


def _remove(turn: Turn, statement: ListFiles) -> Result:
    location = find_location(turn, statement.location, "WRITE")
    files = tuple(list_files(location, _check_pattern(statement.pattern)))
    for file in files:
        file.path.unlink()
    return Result(
        (Column("name"), Column("result")), tuple((location.prefix + file.name, "removed") for file in files), UNKNOWN
    )


def _check_pattern(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise refusals.invalid_value(str(pattern), "PATTERN") from error
    return pattern


def _put(turn: Turn, statement: Transfer) -> EncodedResult:
    """Tell the driver to write into the stage's folder; the driver reads the files, compresses and writes them."""
    location = find_location(turn, statement.location, "WRITE")
    compression = str(statement.options.get("SOURCE_COMPRESSION", "AUTO_DETECT")).upper()
    if compression not in _COMPRESSIONS:
        raise refusals.invalid_value(compression, "SOURCE_COMPRESSION")
    folder, local = location.folder / location.path, _local_path(statement)
    folder.mkdir(parents=True, exist_ok=True)
    body: dict[str, object] = {
        "command": "UPLOAD",
        "src_locations": [local],
        "autoCompress": _read_truth(statement, "AUTO_COMPRESS", default=True),
        "overwrite": _read_truth(statement, "OVERWRITE", default=False),
        "sourceCompression": compression.lower(),
        **_read_parallel(statement),
        "threshold": 209715200,
        "encryptionMaterial": None,
        "stageInfo": describe_folder(str(folder)),
    }
    if turn.session.files_at is not None:
        if _WILDCARDS.search(local):
            raise refusals.unsupported("PUT of several files with the 5.x driver, which names none of them")
        address = turn.account.addresses.add(folder / Path(local).name, is_written=True)
        body["stageInfo"] = describe_address(turn.session.files_at + address)
    return EncodedResult((), body, 0, UNKNOWN)


def _get(turn: Turn, statement: Transfer) -> EncodedResult:
    """Tell the driver which of the stage's files to copy."""
    location = find_location(turn, statement.location, "READ")
    pattern = statement.options.get("PATTERN")
    files = tuple(list_files(location, _check_pattern(None if pattern is None else str(pattern))))
    names = tuple(file.name for file in files)
    return offer_files(turn, location.folder, names, local=_local_path(statement), **_read_parallel(statement))


def _local_path(statement: Transfer) -> str:
    if not statement.local.lower().startswith(_FILE):
        raise refusals.unsupported(f"the local location {statement.local}: it must begin with {_FILE}")
    return statement.local[len(_FILE) :]


def _read_parallel(statement: Transfer) -> dict[str, int]:
    text = str(statement.options.get("PARALLEL", "4"))
    if not text.isdigit() or not 1 <= int(text) <= _MOST_PARALLEL:
        raise refusals.invalid_value(text, "PARALLEL")
    return {"parallel": int(text)}


def _read_truth(statement: Transfer, name: str, *, default: bool) -> bool:
    text = str(statement.options.get(name, default)).upper()
    if text not in _TRUTHS:
        raise refusals.invalid_value(text, name)
    return _TRUTHS[text]
