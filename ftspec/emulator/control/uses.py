"""USE and ALTER SESSION.

https://docs.snowflake.com/en/sql-reference/sql/use-role
"""

from __future__ import annotations

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.authority import assumable_roles
from ftspec.emulator.control.showing import is_like
from ftspec.emulator.names import Parts, role_key, schema_key, warehouse_key
from ftspec.emulator.query.constants import evaluate
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.reading.tokens import split_statements
from ftspec.emulator.result import SCL, SHOW, SUCCESS, TCL, USE, Cell, Column, Result, status
from ftspec.emulator.session_parameters import PARAMETERS, check_parameter
from ftspec.emulator.statements import (
    AlterSession,
    ControlTransaction,
    SetVariable,
    ShowParameters,
    Use,
    UseSecondaryRoles,
)
from ftspec.emulator.turn import Turn


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
    # A database role is never current: it works through the account roles that have it.
    role = name[-1]
    if len(name) > 1 or turn.catalog.find(role_key(role)) is None:
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


_PARAMETER_COLUMNS = tuple(Column(name) for name in ("key", "value", "default", "level", "description", "type"))


def perform_show_parameters(turn: Turn, statement: ShowParameters) -> Result:
    """List the session's parameters.

    https://docs.snowflake.com/en/sql-reference/sql/show-parameters
    """
    rows: list[tuple[Cell, ...]] = []
    for name, parameter in sorted(PARAMETERS.items()):
        if statement.like is None or is_like(name, statement.like):
            value = turn.session.parameters.get(name)
            level = "" if value is None else "SESSION"
            rows.append((name, value or parameter.default, parameter.default, level, "", parameter.type))
    return Result(_PARAMETER_COLUMNS, tuple(rows), SHOW)


def perform_set_variable(turn: Turn, statement: SetVariable) -> Result:
    """Give a session variable the value of a constant expression, or take it away.

    https://docs.snowflake.com/en/sql-reference/session-variables
    """
    if statement.value is None:
        turn.session.variables.pop(statement.name, None)
        return status(SUCCESS, SCL)
    select = parse_data_statement(split_statements(f"SELECT {statement.value.slice}")[0])
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or select.args.get("from_"):
        raise refusals.unsupported("SET of more than one constant")
    value = evaluate(turn, select.expressions[0])
    if value is not None and not isinstance(value, str | int | float | bool):
        raise refusals.unsupported("SET of an array or object")
    turn.session.variables[statement.name] = value
    return status(SUCCESS, SCL)
