"""Functions that the session answers: CURRENT_ROLE() and its kin become values before a query runs.

https://docs.snowflake.com/en/sql-reference/functions-context
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sqlglot import exp

from ftspec.emulator.authority import assumable_roles, granted_roles
from ftspec.emulator.names import role_key
from ftspec.emulator.query.tag_reading import GET_TAG, read_tag
from ftspec.emulator.turn import Turn

VERSION = "9.36.1"


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


_FUNCTIONS: Mapping[str, Callable[[Turn], str | None]] = {
    "CURRENT_ACCOUNT": _fact("account_locator"),
    "CURRENT_ACCOUNT_NAME": _fact("account_name"),
    "CURRENT_AVAILABLE_ROLES": _available_roles,
    "CURRENT_DATABASE": lambda turn: turn.place[0],
    "CURRENT_ORGANIZATION_NAME": _fact("organization_name"),
    "CURRENT_REGION": _fact("region"),
    "CURRENT_ROLE": lambda turn: turn.session.role,
    "CURRENT_ROLE_TYPE": lambda _: "ROLE",
    "CURRENT_SCHEMA": lambda turn: turn.place[1],
    "CURRENT_SECONDARY_ROLES": _secondary_roles,
    "CURRENT_SESSION": lambda turn: str(turn.session.number),
    "CURRENT_USER": lambda turn: turn.session.user,
    "CURRENT_VERSION": lambda _: VERSION,
    "CURRENT_WAREHOUSE": lambda turn: turn.session.warehouse,
    "LAST_QUERY_ID": lambda turn: turn.session.last_query_id,
}


def function_name(node: exp.Expr) -> str:
    """Give the upper-cased name of a function call, "" for anything else."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper()
    return node.sql_names()[0] if isinstance(node, exp.Func) else ""


def replace_context_functions(turn: Turn, expression: exp.Expr) -> bool:
    """Write the session's values in place of the functions that ask for them; say whether there was any."""
    found = [node for node in expression.find_all(exp.Func) if function_name(node) in {*_FUNCTIONS, GET_TAG}]
    for node in found:
        name = function_name(node)
        node.replace(text_literal(read_tag(turn, node) if name == GET_TAG else _FUNCTIONS[name](turn)))
    return bool(found)


def text_literal(value: str | None) -> exp.Expr:
    """Build a VARCHAR constant."""
    return exp.cast(exp.null(), "VARCHAR") if value is None else exp.Literal.string(value)
