"""Functions that the session answers: CURRENT_ROLE() and its kin become values before a query runs.

https://docs.snowflake.com/en/sql-reference/functions-context
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.authority import assumable_roles, granted_roles
from ftspec.emulator.names import role_key, warehouse_key
from ftspec.emulator.query.tag_reading import GET_TAG, read_tag
from ftspec.emulator.session import Session
from ftspec.emulator.turn import Turn

VERSION = "9.36.1"


_MOMENTS: Mapping[type[exp.Expr], str] = {
    exp.CurrentTimestamp: "",
    exp.Localtimestamp: "TIMESTAMP",
    exp.CurrentDate: "DATE",
    exp.Localtime: "TIME",
}
_UNIT = exp.var("MILLISECOND")


def _fact(name: str) -> Callable[[Turn], str | None]:
    return lambda turn: turn.catalog.read_fact(name)


def _secondary_roles(turn: Turn) -> str:
    session = turn.session
    roles: tuple[str, ...] = ()
    if session.secondary == "ALL":
        held = granted_roles(turn.catalog, session.user)
        roles = tuple(sorted(role for role in held if role not in {session.role, "PUBLIC"}))
    return json.dumps({"roles": ",".join(roles), "value": "ALL" if session.secondary == "ALL" else ""})


def _available_roles(turn: Turn) -> str:
    """List account roles alone, as the function does."""
    names = assumable_roles(turn.catalog, turn.session.user)
    return json.dumps(sorted(name for name in names if turn.catalog.find(role_key(name)) is not None))


def _current_statement(turn: Turn) -> str | None:
    execution = turn.account.executions.find(turn.query_id)
    return None if execution is None else execution.request.text


_FUNCTIONS: Mapping[str, Callable[[Turn], str | None]] = {
    "CURRENT_ACCOUNT": _fact("account_locator"),
    "CURRENT_ACCOUNT_NAME": _fact("account_name"),
    "CURRENT_AVAILABLE_ROLES": _available_roles,
    "CURRENT_CLIENT": lambda turn: turn.session.client,
    "CURRENT_DATABASE": lambda turn: turn.place[0],
    "CURRENT_ORGANIZATION_NAME": _fact("organization_name"),
    "CURRENT_REGION": _fact("region"),
    "CURRENT_ROLE": lambda turn: turn.session.role,
    "CURRENT_ROLE_TYPE": lambda _: "ROLE",
    "CURRENT_SCHEMA": lambda turn: turn.place[1],
    "CURRENT_SCHEMAS": lambda turn: json.dumps([".".join(filter(None, turn.place))] if turn.place[0] else []),
    "CURRENT_SECONDARY_ROLES": _secondary_roles,
    "CURRENT_SESSION": lambda turn: str(turn.session.number),
    "CURRENT_STATEMENT": _current_statement,
    "CURRENT_USER": lambda turn: turn.session.user,
    "CURRENT_VERSION": lambda _: VERSION,
    "CURRENT_WAREHOUSE": lambda turn: turn.session.warehouse,
    "LAST_QUERY_ID": lambda turn: turn.session.last_query_id,
}


def _last_query_id(turn: Turn, call: exp.Expr) -> str | None:
    """Give the session's latest statement, or the one at a place counted from its first or (negative) its last.

    https://docs.snowflake.com/en/sql-reference/functions/last_query_id
    """
    if not call.expressions:
        return turn.session.last_query_id
    text = call.expressions[0].sql(dialect="snowflake")
    if not text.removeprefix("-").isdigit() or int(text) == 0:
        raise refusals.invalid_value(text, "LAST_QUERY_ID")
    return turn.account.history.find_id(turn.session.number, int(text), turn.query_id)


def _cancel_query(turn: Turn, call: exp.Expr) -> str:
    """Cancel a running statement of one's own, or any one with OPERATE on its warehouse.

    https://docs.snowflake.com/en/sql-reference/functions/system_cancel_query
    """
    query_id = _read_constant(call)
    execution = turn.account.executions.find(query_id)
    if execution is None or not _may_cancel(turn, execution.session):
        raise refusals.invalid_query_id(query_id)
    if execution.done.is_set():
        return "Identified SQL statement is not currently executing."
    execution.cancel()
    return f"query [{query_id}] terminated."


def _read_constant(call: exp.Expr) -> str:
    argument = call.expressions[0] if len(call.expressions) == 1 else None
    if not isinstance(argument, exp.Literal) or not argument.is_string:
        raise refusals.unsupported(f"{function_name(call)} with another argument than one string")
    return argument.name


def _may_cancel(turn: Turn, session: Session) -> bool:
    if session.user == turn.session.user:
        return True
    return session.warehouse is not None and turn.authority.allows(warehouse_key(session.warehouse), ("OPERATE",))


def function_name(node: exp.Expr) -> str:
    """Give the upper-cased name of a function call, "" for anything else."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper()
    return node.sql_names()[0] if isinstance(node, exp.Func) else ""


def replace_context_functions(turn: Turn, expression: exp.Expr) -> bool:
    """Write the session's values in place of the functions that ask for them; say whether there was any."""
    found: list[exp.Expr] = [
        node for node in expression.find_all(exp.Func) if function_name(node) in {*_FUNCTIONS, GET_TAG}
    ]
    for node in tuple(expression.find_all(exp.Anonymous)):
        if function_name(node) == "SYSTEM$CANCEL_QUERY":
            node.replace(text_literal(_cancel_query(turn, node)))
        elif function_name(node) == "IS_ROLE_IN_SESSION":
            node.replace(exp.Boolean(this=_read_constant(node) in turn.authority.standing.active))
    for parameter in tuple(expression.find_all(exp.Parameter)):
        name = parameter.name.upper()
        if name in turn.session.variables:
            found.append(parameter)
    for call in found:
        if isinstance(call, exp.Parameter):
            call.replace(exp.convert(turn.session.variables[call.name.upper()]))
            continue
        name = function_name(call)
        match name:
            case "LAST_QUERY_ID":
                value = _last_query_id(turn, call)
            case _ if name == GET_TAG:
                value = read_tag(turn, call)
            case _:
                value = _FUNCTIONS[name](turn)
        call.replace(text_literal(value))
    return bool(found)


def move_moments(turn: Turn, expression: exp.Expr) -> None:
    """Let CURRENT_TIMESTAMP() and its kin tell the account's clock, where that was moved forward."""
    forward = turn.account.clock.forward_ms
    for node in tuple(expression.find_all(*_MOMENTS)) if forward else ():
        kind = _MOMENTS[type(node)]
        moment = exp.CurrentTimestamp(sysdate=bool(kind) or node.args.get("sysdate"))
        moved = exp.paren(exp.Add(this=moment, expression=exp.Interval(this=exp.convert(str(forward)), unit=_UNIT)))
        node.replace(exp.cast(moved, kind) if kind else moved)


def text_literal(value: str | None) -> exp.Expr:
    """Build a VARCHAR constant."""
    return exp.cast(exp.null(), "VARCHAR") if value is None else exp.Literal.string(value)
