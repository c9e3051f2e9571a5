"""Session parameters: Snowflake's names and defaults, and which values are followed here.

https://docs.snowflake.com/en/sql-reference/parameters
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.emulator import refusals

_LONGEST_TAG = 2000
_TRUTHS = frozenset({"TRUE", "FALSE"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with Snowflake's default; one that is `fixed` is taken with that value alone."""

    default: str
    type: str = "STRING"
    fixed: bool = False


def _fixed(default: str, type_: str = "STRING") -> Parameter:
    return Parameter(default, type_, fixed=True)


# Those that are not fixed change no answer here: time-outs and what only drivers read.
PARAMETERS: Mapping[str, Parameter] = {
    "ABORT_DETACHED_QUERY": Parameter("false", "BOOLEAN"),
    "AUTOCOMMIT": Parameter("true", "BOOLEAN"),
    "BINARY_INPUT_FORMAT": _fixed("HEX"),
    "BINARY_OUTPUT_FORMAT": _fixed("HEX"),
    "CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS": Parameter("false", "BOOLEAN"),
    "CLIENT_MEMORY_LIMIT": Parameter("1536", "NUMBER"),
    "CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX": Parameter("false", "BOOLEAN"),
    "CLIENT_PREFETCH_THREADS": Parameter("4", "NUMBER"),
    "CLIENT_RESULT_CHUNK_SIZE": Parameter("160", "NUMBER"),
    "CLIENT_RESULT_COLUMN_CASE_INSENSITIVE": Parameter("false", "BOOLEAN"),
    "CLIENT_RESULT_PREFETCH_SLOTS": Parameter("2", "NUMBER"),
    "CLIENT_RESULT_PREFETCH_THREADS": Parameter("1", "NUMBER"),
    "CLIENT_SESSION_KEEP_ALIVE": Parameter("false", "BOOLEAN"),
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": Parameter("3600", "NUMBER"),
    "CLIENT_TELEMETRY_ENABLED": Parameter("true", "BOOLEAN"),
    "CLIENT_TIMESTAMP_TYPE_MAPPING": Parameter("TIMESTAMP_LTZ"),
    "DATE_INPUT_FORMAT": _fixed("AUTO"),
    "DATE_OUTPUT_FORMAT": _fixed("YYYY-MM-DD"),
    "ERROR_ON_NONDETERMINISTIC_MERGE": _fixed("true", "BOOLEAN"),
    "ERROR_ON_NONDETERMINISTIC_UPDATE": _fixed("false", "BOOLEAN"),
    "GEOGRAPHY_OUTPUT_FORMAT": _fixed("GeoJSON"),
    "GEOMETRY_OUTPUT_FORMAT": _fixed("GeoJSON"),
    "JDBC_TREAT_DECIMAL_AS_INT": Parameter("true", "BOOLEAN"),
    "JSON_INDENT": _fixed("2", "NUMBER"),
    "LOCK_TIMEOUT": Parameter("43200", "NUMBER"),
    "MULTI_STATEMENT_COUNT": Parameter("1", "NUMBER"),
    "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": Parameter("ARROW"),
    "QUERY_TAG": Parameter(""),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": _fixed("false", "BOOLEAN"),
    "ROWS_PER_RESULTSET": _fixed("0", "NUMBER"),
    "SEARCH_PATH": _fixed("$current, $public"),
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": Parameter("0", "NUMBER"),
    "STATEMENT_TIMEOUT_IN_SECONDS": Parameter("172800", "NUMBER"),
    "STRICT_JSON_OUTPUT": _fixed("false", "BOOLEAN"),
    "TIMESTAMP_DAY_IS_ALWAYS_24H": _fixed("false", "BOOLEAN"),
    "TIMESTAMP_INPUT_FORMAT": _fixed("AUTO"),
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": _fixed(""),
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": _fixed("YYYY-MM-DD HH24:MI:SS.FF3"),
    "TIMESTAMP_OUTPUT_FORMAT": _fixed("YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"),
    "TIMESTAMP_TYPE_MAPPING": _fixed("TIMESTAMP_NTZ"),
    "TIMESTAMP_TZ_OUTPUT_FORMAT": _fixed(""),
    # Snowflake's default is America/Los_Angeles; here every session is in UTC.
    "TIMEZONE": Parameter("Etc/UTC"),
    "TIME_INPUT_FORMAT": _fixed("AUTO"),
    "TIME_OUTPUT_FORMAT": _fixed("HH24:MI:SS"),
    "TRANSACTION_ABORT_ON_ERROR": _fixed("false", "BOOLEAN"),
    "TRANSACTION_DEFAULT_ISOLATION_LEVEL": _fixed("READ COMMITTED"),
    "TWO_DIGIT_CENTURY_START": _fixed("1970", "NUMBER"),
    "UNSUPPORTED_DDL_ACTION": _fixed("ignore"),
    "USE_CACHED_RESULT": Parameter("true", "BOOLEAN"),
    "WEEK_OF_YEAR_POLICY": _fixed("0", "NUMBER"),
    "WEEK_START": _fixed("0", "NUMBER"),
}


def check_parameter(name: str, value: str | None) -> None:
    """Refuse an unknown session parameter, a value it cannot have, and one that this server does not follow."""
    known = PARAMETERS.get(name)
    if known is None:
        raise refusals.invalid_parameter(name)
    if value is None:
        return
    if name == "TIMEZONE" and value.upper() not in {"UTC", "ETC/UTC"}:
        raise refusals.unsupported(f"TIMEZONE {value}")
    if known.fixed and value.upper() != known.default.upper():
        raise refusals.unsupported(f"{name} {value}")
    wrong = (known.type == "NUMBER" and not value.isdigit()) or (
        known.type == "BOOLEAN" and value.upper() not in _TRUTHS
    )
    if wrong or (name == "QUERY_TAG" and len(value) > _LONGEST_TAG):
        raise refusals.invalid_value(value, name)
