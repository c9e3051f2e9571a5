"""USE and ALTER SESSION.

https://docs.snowflake.com/en/sql-reference/sql/use-role
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.authority import assumable_roles
from ftspec.emulator.names import Parts, role_key, schema_key, warehouse_key
from ftspec.emulator.result import SCL, SUCCESS, TCL, USE, Result, status
from ftspec.emulator.statements import AlterSession, ControlTransaction, Use, UseSecondaryRoles
from ftspec.emulator.turn import Turn

_LONGEST_TAG = 2000
# Parameters that change nothing here but are Snowflake's, so setting them is no error.
_KNOWN_PARAMETERS = frozenset(
    {
        "ABORT_DETACHED_QUERY", "AUTOCOMMIT", "BINARY_OUTPUT_FORMAT", "CLIENT_RESULT_PREFETCH_SLOTS",
        "CLIENT_RESULT_PREFETCH_THREADS", "CLIENT_SESSION_KEEP_ALIVE",
        "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "LOCK_TIMEOUT", "MULTI_STATEMENT_COUNT",
        "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "QUERY_TAG", "ROWS_PER_RESULTSET",
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "STATEMENT_TIMEOUT_IN_SECONDS", "USE_CACHED_RESULT", "WEEK_START",
    }
)  # fmt: skip

# Those of them that would change an answer: only the value is taken that changes none.
_FIXED_PARAMETERS = {
    "BINARY_OUTPUT_FORMAT": "HEX",
    "MULTI_STATEMENT_COUNT": "1",
    "ROWS_PER_RESULTSET": "0",
    "WEEK_START": "0",
}
_NUMBERS = frozenset({"LOCK_TIMEOUT", "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "STATEMENT_TIMEOUT_IN_SECONDS"})
# Snowflake's too, but nothing here follows them.
_OTHER_PARAMETERS = frozenset(
    {
        "BINARY_INPUT_FORMAT", "DATE_INPUT_FORMAT", "DATE_OUTPUT_FORMAT", "ERROR_ON_NONDETERMINISTIC_MERGE",
        "ERROR_ON_NONDETERMINISTIC_UPDATE", "JSON_INDENT", "QUOTED_IDENTIFIERS_IGNORE_CASE", "SEARCH_PATH",
        "STRICT_JSON_OUTPUT", "TIMESTAMP_INPUT_FORMAT", "TIMESTAMP_LTZ_OUTPUT_FORMAT", "TIMESTAMP_NTZ_OUTPUT_FORMAT",
        "TIMESTAMP_OUTPUT_FORMAT", "TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_TZ_OUTPUT_FORMAT", "TIME_INPUT_FORMAT",
        "TIME_OUTPUT_FORMAT", "TRANSACTION_ABORT_ON_ERROR", "TRANSACTION_DEFAULT_ISOLATION_LEVEL",
        "TWO_DIGIT_CENTURY_START", "UNSUPPORTED_DDL_ACTION", "WEEK_OF_YEAR_POLICY",
    }
)  # fmt: skip


def perform_use(turn: Turn, statement: Use) -> Result:
    """Make a role, warehouse, database or schema current."""
    match statement.kind:
        case "ROLE":
            _use_role(turn, statement.name)
        case "WAREHOUSE":
            _use_warehouse(turn, statement.name)
        case "DATABASE":
            _use_database(turn, statement.name[-1])
        case "SCHEMA":
            _use_schema(turn, statement.name)
        case _:
            # Without a kind, one part names a database and two a schema.
            if len(statement.name) == 1:
                _use_database(turn, statement.name[0])
            else:
                _use_schema(turn, statement.name)
    return status(SUCCESS, USE)


def _use_role(turn: Turn, name: Parts) -> None:
    role = name[-1]
    if turn.catalog.find(role_key(role)) is None:
        raise refusals.cannot_be_performed()
    if role not in assumable_roles(turn.catalog, turn.session.user):
        raise refusals.role_not_assigned(role)
    turn.session.role = role


def _use_warehouse(turn: Turn, name: Parts) -> None:
    key = warehouse_key(name[-1])
    if turn.catalog.find(key) is None or not turn.authority.allows(key, ("USAGE", "OPERATE")):
        raise refusals.cannot_be_performed()
    turn.session.warehouse = key.name


def _use_database(turn: Turn, name: str) -> None:
    if not turn.can_use_database(name) or name == "SNOWFLAKE":
        raise refusals.cannot_be_performed()
    turn.use_place(name, turn.default_schema(name))


def _use_schema(turn: Turn, name: Parts) -> None:
    key = turn.resolve("SCHEMA", name, "USE SCHEMA")
    usable = turn.can_use_database(key.database) and turn.authority.allows(key, ("USAGE",))
    if turn.catalog.find(key) is None or not usable or key == schema_key("SNOWFLAKE", key.name):
        raise refusals.cannot_be_performed()
    turn.use_place(key.database, key.name)


def perform_use_secondary_roles(turn: Turn, statement: UseSecondaryRoles) -> Result:
    """Switch the secondary roles on or off."""
    turn.session.secondary = statement.mode
    return status(SUCCESS, USE)


def perform_alter_session(turn: Turn, statement: AlterSession) -> Result:
    """Set or unset session parameters; a parameter that is not Snowflake's is refused."""
    for name, value in statement.parameters:
        check_parameter(name, value)
    for name, value in statement.parameters:
        if value is None:
            turn.session.parameters.pop(name, None)
        else:
            turn.session.parameters[name] = value
        if name == "AUTOCOMMIT":
            turn.session.data.set_autocommit(on=value is None or value.upper() == "TRUE")
    return status(SUCCESS, SCL)


def perform_control_transaction(turn: Turn, statement: ControlTransaction) -> Result:
    """Begin, commit or roll back; without an open transaction the latter two do nothing."""
    match statement.verb:
        case "BEGIN":
            turn.session.data.begin()
        case "COMMIT":
            turn.session.data.commit()
        case _:
            turn.session.data.rollback()
    return status(SUCCESS, TCL)


def check_parameter(name: str, value: str | None) -> None:
    """Refuse an unknown session parameter, a value it cannot have, and one that this server does not follow."""
    if name == "TIMEZONE" and value is not None and value.upper() not in {"UTC", "ETC/UTC"}:
        raise refusals.unsupported(f"TIMEZONE {value}")
    if name in _OTHER_PARAMETERS:
        raise refusals.unsupported(f"the session parameter {name}")
    if name not in _KNOWN_PARAMETERS | {"TIMEZONE"}:
        raise refusals.invalid_parameter(name)
    fixed = _FIXED_PARAMETERS.get(name)
    if fixed is not None and value is not None and value.upper() != fixed:
        raise refusals.unsupported(f"{name} {value}")
    if name in _NUMBERS and value is not None and not value.isdigit():
        raise refusals.invalid_value(value, name)
    if name == "QUERY_TAG" and value is not None and len(value) > _LONGEST_TAG:
        raise refusals.invalid_value(value, name)
    if name == "AUTOCOMMIT" and value is not None and value.upper() not in {"TRUE", "FALSE"}:
        raise refusals.invalid_value(value, name)
