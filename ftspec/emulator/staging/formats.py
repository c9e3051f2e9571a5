"""File formats: the options of CREATE FILE FORMAT, of stages and of COPY INTO, checked.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftspec.emulator import refusals
from ftspec.emulator.staging.statements import Option, Options

if TYPE_CHECKING:
    from ftspec.emulator.turn import Turn

_BOTH = frozenset({"TYPE", "COMPRESSION", "ENCODING"})
_CSV = _BOTH | {
    "SKIP_HEADER", "PARSE_HEADER", "FIELD_DELIMITER", "FIELD_OPTIONALLY_ENCLOSED_BY", "NULL_IF",
    "EMPTY_FIELD_AS_NULL", "ESCAPE",
}  # fmt: skip
_JSON = _BOTH | {"STRIP_OUTER_ARRAY"}
# Snowflake's too: taken with the value that changes nothing here.
_FIXED: Mapping[str, frozenset[str]] = {
    "ALLOW_DUPLICATE": frozenset({"FALSE"}),
    "BINARY_FORMAT": frozenset({"HEX"}),
    "DATE_FORMAT": frozenset({"AUTO"}),
    "ENABLE_OCTAL": frozenset({"FALSE"}),
    "ERROR_ON_COLUMN_COUNT_MISMATCH": frozenset({"TRUE"}),
    "ESCAPE_UNENCLOSED_FIELD": frozenset({"NONE"}),
    "IGNORE_UTF8_ERRORS": frozenset({"FALSE"}),
    "RECORD_DELIMITER": frozenset({"\n", "\\N", "\r\n", "NONE"}),
    "REPLACE_INVALID_CHARACTERS": frozenset({"FALSE"}),
    "SKIP_BLANK_LINES": frozenset({"FALSE"}),
    "SKIP_BYTE_ORDER_MARK": frozenset({"TRUE"}),
    "STRIP_NULL_VALUES": frozenset({"FALSE"}),
    "TIME_FORMAT": frozenset({"AUTO"}),
    "TIMESTAMP_FORMAT": frozenset({"AUTO"}),
    "TRIM_SPACE": frozenset({"FALSE"}),
}
_COMPRESSIONS = ("AUTO", "GZIP", "NONE")
_MOST_SKIPPED = 1_000_000


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file is read; `quote` and `escape` are "" for none, `nulls` what stands for NULL outside quotes."""

    type: str = "CSV"
    compression: str = "AUTO"
    skip: int = 0
    header: bool = False
    delimiter: str = ","
    quote: str = ""
    escape: str = ""
    nulls: tuple[str, ...] = ("\\N", "")
    strip_array: bool = False


def read_format(turn: Turn, option: Option) -> FileFormat:
    """Read the options of a file format, or those of the one that FORMAT_NAME names.

    Raises SnowflakeError 1006 for an option that is not there, 1008 for a value it cannot have, 2 for one that is
    not followed here.
    """
    if isinstance(option, str):
        option = {"FORMAT_NAME": option}
    if not isinstance(option, Mapping):
        raise refusals.invalid_value(str(option), "FILE_FORMAT")
    named = option.get("FORMAT_NAME")
    if named is not None:
        return read_format(turn, _find_format(turn, str(named)))
    type_ = str(option.get("TYPE", "CSV")).upper()
    if type_ not in {"CSV", "JSON"}:
        raise refusals.unsupported(f"files of the type {type_}")
    allowed = _CSV if type_ == "CSV" else _JSON
    for name, value in option.items():
        if name not in allowed:
            _check_fixed(name, value)
    return _read_csv(option) if type_ == "CSV" else _read_json(option)


def _check_fixed(name: str, value: Option) -> None:
    if name not in _FIXED:
        raise refusals.invalid_parameter(name)
    if str(value).upper() not in _FIXED[name]:
        raise refusals.unsupported(f"{name} = {value}")


def _find_format(turn: Turn, name: str) -> Options:
    parts = tuple(part.strip('"') if part.startswith('"') else part.upper() for part in name.split("."))
    key = turn.resolve("FILE FORMAT", parts, "this operation")
    turn.authority.require_usage(key.database, key.schema)
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing("FILE FORMAT", key.shown)
    turn.authority.require(entry, ("USAGE",))
    options = entry.extra.get("OPTIONS")
    return options if isinstance(options, Mapping) else {}


def _read_csv(options: Options) -> FileFormat:
    nulls = options.get("NULL_IF", ("\\N",))
    quote = _read_text(options, "FIELD_OPTIONALLY_ENCLOSED_BY", "NONE")
    if quote not in {"", "'", '"'}:
        raise refusals.invalid_value(quote, "FIELD_OPTIONALLY_ENCLOSED_BY")
    skip = str(options.get("SKIP_HEADER", "0"))
    if not skip.isdigit() or int(skip) > _MOST_SKIPPED:
        raise refusals.invalid_value(skip, "SKIP_HEADER")
    header = _read_truth(options, "PARSE_HEADER", default=False)
    if header and int(skip):
        raise refusals.invalid_value(skip, "SKIP_HEADER with PARSE_HEADER")
    empty = ("",) if _read_truth(options, "EMPTY_FIELD_AS_NULL", default=True) else ()
    return FileFormat(
        compression=_read_common(options),
        skip=1 if header else int(skip),
        header=header,
        delimiter=_read_text(options, "FIELD_DELIMITER", ","),
        quote=quote,
        escape=_read_text(options, "ESCAPE", "NONE") or quote,
        nulls=tuple(dict.fromkeys((*((nulls,) if isinstance(nulls, str) else tuple(nulls)), *empty))),
    )


def _read_json(options: Options) -> FileFormat:
    strip = _read_truth(options, "STRIP_OUTER_ARRAY", default=False)
    return FileFormat("JSON", _read_common(options), strip_array=strip)


def _read_common(options: Options) -> str:
    """Check the encoding, and give the compression."""
    encoding = str(options.get("ENCODING", "UTF8")).upper()
    if encoding not in {"UTF8", "UTF-8"}:
        raise refusals.unsupported(f"ENCODING = {encoding}")
    compression = str(options.get("COMPRESSION", "AUTO")).upper()
    if compression not in _COMPRESSIONS:
        raise refusals.unsupported(f"COMPRESSION = {compression}")
    return compression


def _read_text(options: Options, name: str, default: str) -> str:
    text = str(options.get(name, default))
    return "" if text.upper() == "NONE" else text.replace("\\t", "\t")


def _read_truth(options: Options, name: str, *, default: bool) -> bool:
    text = str(options.get(name, default)).upper()
    if text not in {"TRUE", "FALSE"}:
        raise refusals.invalid_value(text, name)
    return text == "TRUE"
