"""Snowflake's refusals: each function builds the error with its number, SQLSTATE and wording."""

from __future__ import annotations

from ftspec.emulator.errors import SnowflakeError

_COMPILATION = "SQL compilation error:\n"
_ACCESS = "SQL access control error:\n"


def missing(kind: str, shown: str) -> SnowflakeError:
    """Say that an object does not exist, or that the role may not know of it.

    `kind` is the object's kind (`TABLE`, `SCHEMA`, …); Snowflake calls tables and views "Object" and
    answers 42S02 for what lies in a schema, 02000 for the rest.
    """
    in_schema = kind in {"TABLE", "VIEW", "MODEL", "OBJECT", "TAG", "STAGE", "FILE FORMAT"}
    noun = "Object" if kind in {"TABLE", "VIEW", "OBJECT"} else kind.replace("_", " ").capitalize()
    return SnowflakeError(
        f"{_COMPILATION}{noun} '{shown}' does not exist or not authorized.",
        errno=2003,
        sqlstate="42S02" if in_schema else "02000",
    )


def cannot_be_performed() -> SnowflakeError:
    """Refuse a USE of something that is not there."""
    return SnowflakeError(
        f"{_COMPILATION}Object does not exist, or operation cannot be performed.", errno=2043, sqlstate="02000"
    )


def insufficient(kind: str, name: str) -> SnowflakeError:
    """Refuse an operation on an object that the role may see."""
    return SnowflakeError(
        f"{_ACCESS}Insufficient privileges to operate on {kind.replace('_', ' ').lower()} '{name}'.",
        errno=3001,
        sqlstate="42501",
    )


def grant_refused() -> SnowflakeError:
    """Refuse a GRANT or REVOKE that the role may not make."""
    return SnowflakeError("Grant not executed: Insufficient privileges.", errno=3102, sqlstate="42501")


def role_not_assigned(role: str) -> SnowflakeError:
    """Refuse USE ROLE of a role that the user does not hold."""
    return SnowflakeError(
        f"{_ACCESS}Requested role '{role}' is not assigned to the executing user. Specify another role to activate.",
        errno=3013,
        sqlstate="42501",
    )


def unsupported(feature: str) -> SnowflakeError:
    """Refuse a feature that the embedded Snowflake does not have."""
    return SnowflakeError(f"Unsupported feature '{feature}'.", errno=2, sqlstate="0A000")


def already_exists(shown: str) -> SnowflakeError:
    """Refuse to create a second object of one name."""
    return SnowflakeError(f"{_COMPILATION}Object '{shown}' already exists.", errno=2002, sqlstate="42710")


def syntax(line: int, position: int, unexpected: str) -> SnowflakeError:
    """Point at the token that does not fit: `line` counts from 1, `position` from 0 within the line."""
    return SnowflakeError(
        f"{_COMPILATION}syntax error line {line} at position {position} unexpected '{unexpected}'.",
        errno=1003,
        sqlstate="42000",
    )


def invalid_identifier(name: str, line: int, position: int) -> SnowflakeError:
    """Point at a column that the query does not have."""
    return SnowflakeError(
        f"SQL compilation error: error line {line} at position {position}\ninvalid identifier '{name}'",
        errno=904,
        sqlstate="42000",
    )


def unknown_function(name: str) -> SnowflakeError:
    """Refuse a call of a function that is not there."""
    return SnowflakeError(f"{_COMPILATION}Unknown function {name}.", errno=2140, sqlstate="42601")


def invalid_value(value: str, parameter: str) -> SnowflakeError:
    """Refuse the value of a parameter or property."""
    return SnowflakeError(
        f"{_COMPILATION}invalid value [{value}] for parameter '{parameter}'", errno=1008, sqlstate="22023"
    )


def no_current(what: str, command: str) -> SnowflakeError:
    """Refuse an unqualified name in a session without a current database or schema."""
    return SnowflakeError(
        f"Cannot perform {command}. This session does not have a current {what}. "
        f"Call 'USE {what.upper()}', or use a qualified name.",
        errno=90105 if what == "database" else 90106,
        sqlstate="22000",
    )


def no_warehouse() -> SnowflakeError:
    """Refuse a query in a session without a warehouse."""
    return SnowflakeError(
        "No active warehouse selected in the current session.  "
        "Select an active warehouse with the 'use warehouse' command.",
        errno=606,
        sqlstate="57P03",
    )


def invalid_parameter(name: str) -> SnowflakeError:
    """Refuse a session parameter that is not there."""
    return SnowflakeError(f"{_COMPILATION}invalid parameter '{name}'", errno=1006, sqlstate="22023")


def unknown_privilege(privilege: str, kind: str) -> SnowflakeError:
    """Refuse a privilege that the kind of object does not have."""
    return SnowflakeError(
        f"{_COMPILATION}Invalid privilege '{privilege}' for object type '{kind}'", errno=1008, sqlstate="22023"
    )


def other_database(role: str, shown: str) -> SnowflakeError:
    """Refuse a database role what lies in another database, or in none: a privilege or another role."""
    return SnowflakeError(
        f"{_COMPILATION}Database role '{role}' cannot hold '{shown}', which is not in its database.",
        errno=3102,
        sqlstate="42501",
    )


def role_circle(role: str, to: str) -> SnowflakeError:
    """Refuse a role hierarchy that would contain itself."""
    return SnowflakeError(
        f"{_COMPILATION}Cannot grant role '{role}' to role '{to}': it would make a circle in the role hierarchy.",
        errno=3009,
        sqlstate="42501",
    )


def dependent_grants() -> SnowflakeError:
    """Refuse a transfer of ownership that would leave grants behind."""
    return SnowflakeError(
        f"{_COMPILATION}Dependent grant of privilege exists. It must be revoked first, "
        "or use COPY CURRENT GRANTS or REVOKE CURRENT GRANTS.",
        errno=3036,
        sqlstate="2BP01",
    )


def grants_needed(privilege: str, shown: str, to: str) -> SnowflakeError:
    """Refuse a privilege that goes with another one, which the grantee does not have."""
    return SnowflakeError(
        f"{_COMPILATION}Dependent grant of privilege '{privilege}' on securable '{shown}' to role '{to}' not found. "
        "It must be granted first.",
        errno=3041,
        sqlstate="42501",
    )


def grants_given_on(privilege: str, role: str) -> SnowflakeError:
    """Refuse a REVOKE … RESTRICT, the default, of what the role has granted to others (revoke-privilege)."""
    return SnowflakeError(
        f"{_COMPILATION}Dependent grant of privilege exists: '{role}' has granted {privilege} to others. "
        "It must be revoked first, or use CASCADE.",
        errno=3036,
        sqlstate="2BP01",
    )


def view_expansion(view: str, why: str) -> SnowflakeError:
    """Refuse a view whose own query no longer compiles with its owner's rights."""
    return SnowflakeError(
        f"{_COMPILATION}Failure during expansion of view '{view}': {why}", errno=2037, sqlstate="42601"
    )


def empty_statement() -> SnowflakeError:
    """Refuse a request without a statement."""
    return SnowflakeError(f"{_COMPILATION}Empty SQL statement.", errno=900, sqlstate="42601")


def statement_not_found(query_id: str) -> SnowflakeError:
    """Refuse to read the result of a statement that is not kept, or is another user's."""
    return SnowflakeError(f"Statement {query_id} not found", errno=709, sqlstate="02000")


def history_too_old(argument: str) -> SnowflakeError:
    """Refuse a range of the history that begins more than seven days ago."""
    return SnowflakeError(
        f"Cannot retrieve data from more than 7 days ago: {argument} is out of range.", errno=1008, sqlstate="22023"
    )


def timed_out(seconds: int) -> SnowflakeError:
    """Say that a statement took longer than STATEMENT_TIMEOUT_IN_SECONDS lets it."""
    return SnowflakeError(
        f"Statement reached its statement or warehouse timeout of {seconds} second(s) and was canceled.",
        errno=630,
        sqlstate="57014",
    )


def invalid_query_id(query_id: str) -> SnowflakeError:
    """Refuse to cancel a statement that is not known, or is another user's."""
    return SnowflakeError(f"Invalid query id: [{query_id}].", errno=100098, sqlstate="22023")


def canceled() -> SnowflakeError:
    """Say that a statement was cancelled."""
    return SnowflakeError("SQL execution canceled", errno=604, sqlstate="57014")


def statement_count(actual: int, desired: int) -> SnowflakeError:
    """Refuse a request with another number of statements than it announces."""
    return SnowflakeError(
        f"Actual statement count {actual} did not match the desired statement count {desired}.",
        errno=8,
        sqlstate="0A000",
    )


def not_bound(name: str) -> SnowflakeError:
    """Refuse a statement with more placeholders than values; a name is a session variable's, a number a place."""
    what = "Bind variable ? not set" if name.isdigit() else f"Session variable '${name}' does not exist"
    return SnowflakeError(f"{_COMPILATION}{what}.", errno=2049 if name.isdigit() else 2211, sqlstate="42601")


def value_count(expected: int, got: int) -> SnowflakeError:
    """Refuse an INSERT whose rows do not fit its columns."""
    return SnowflakeError(
        f"{_COMPILATION}Insert value list does not match column list expecting {expected} but got {got}",
        errno=2057,
        sqlstate="42601",
    )


def json_into_columns() -> SnowflakeError:
    """Refuse to load JSON documents into other than one column, unless by the names of columns."""
    return SnowflakeError(
        f"{_COMPILATION}JSON file format can produce one and only one column of variant, object, or array type. Load "
        "data into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with transformation.",
        errno=2019,
        sqlstate="0A000",
    )


def no_matching_columns() -> SnowflakeError:
    """Refuse to load a file that has none of the table's columns."""
    return SnowflakeError("No column of the file matches a column of the table.", errno=100183, sqlstate="P0000")


def missing_file(shown: str) -> SnowflakeError:
    """Refuse to load a file that the stage has not got."""
    return SnowflakeError(
        f"Remote file '{shown}' was not found. There are several potential causes. The file might not exist.",
        errno=100016,
        sqlstate="22000",
    )


def missing_column_name() -> SnowflakeError:
    """Refuse a table or view that is made of an expression without a name."""
    return SnowflakeError(f"{_COMPILATION}Missing column specification", errno=2022, sqlstate="42601")


def incompatible_options() -> SnowflakeError:
    """Refuse OR REPLACE beside IF NOT EXISTS: "mutually exclusive" (sql-reference/sql/create-table)."""
    return SnowflakeError(
        f"{_COMPILATION}options IF NOT EXISTS and OR REPLACE are incompatible.", errno=1414, sqlstate="42601"
    )


def version_refused(message: str) -> SnowflakeError:
    """Refuse a change of a model's versions."""
    return SnowflakeError(f"{_COMPILATION}{message}.", errno=1008, sqlstate="22023")


def invalid_json(text: str) -> SnowflakeError:
    """Refuse text that is not JSON."""
    return SnowflakeError(f"Error parsing JSON: {text}", errno=100069, sqlstate="22P02")


def ambiguous_column(name: str) -> SnowflakeError:
    """Refuse a column name that two sources have."""
    return SnowflakeError(f"{_COMPILATION}ambiguous column name '{name}'", errno=1006, sqlstate="42601")


def not_grouped(name: str) -> SnowflakeError:
    """Refuse a column that is neither grouped by nor aggregated."""
    return SnowflakeError(
        f"{_COMPILATION}'{name}' in select clause is neither an aggregate nor in the group by clause.",
        errno=979,
        sqlstate="42601",
    )
