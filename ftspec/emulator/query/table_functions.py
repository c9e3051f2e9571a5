"""Table functions that the server answers: RESULT_SCAN and the QUERY_HISTORY family, as rows that a query reads.

https://docs.snowflake.com/en/sql-reference/functions/query_history
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.history import KEPT_MS, Query
from ftspec.emulator.names import ACCOUNT, fold_name, warehouse_key
from ftspec.emulator.query.constants import evaluate
from ftspec.emulator.query.functions import function_name
from ftspec.emulator.query.tables import INFORMATION_SCHEMA, fold, mark_registered

if TYPE_CHECKING:
    from ftspec.emulator.cortex.calls import Value
    from ftspec.emulator.query.running import Parameters
    from ftspec.emulator.turn import Turn

_SUBJECTS = {
    "QUERY_HISTORY": "",
    "QUERY_HISTORY_BY_SESSION": "SESSION_ID",
    "QUERY_HISTORY_BY_USER": "USER_NAME",
    "QUERY_HISTORY_BY_WAREHOUSE": "WAREHOUSE_NAME",
}
_COMMON = ("END_TIME_RANGE_START", "END_TIME_RANGE_END", "RESULT_LIMIT", "INCLUDE_CLIENT_GENERATED_STATEMENT")
_DEFAULT_LIMIT, _LARGEST_LIMIT = 100, 10_000
_TEXT, _NUMBER, _TRUTH, _TIME = pa.string(), pa.int64(), pa.bool_(), pa.timestamp("ms", tz="UTC")
_RELEASE = "9.36.1"


def replace_table_functions(turn: Turn, expression: exp.Expr, parameters: Parameters) -> None:
    """Write the rows of each such function in its place.

    Raises SnowflakeError: 709 for a result that is not kept, 2140 for a function that is not in INFORMATION_SCHEMA,
    1008 for an argument.
    """
    for node in tuple(expression.find_all(exp.TableFromRows)):
        call, qualifier = _split(node.this)
        name = function_name(call)
        if name == "RESULT_SCAN" and not qualifier:
            rows = _scan_result(turn, call, parameters)
        elif name in _SUBJECTS:
            _check_qualifier(turn, name, qualifier)
            rows = _build_history(_list_queries(turn, name, _read_arguments(turn, name, call, parameters)))
        else:
            continue
        table = exp.Table(
            this=exp.to_identifier(turn.session.data.register(rows), quoted=True),
            alias=node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name)),
        )
        for arg in ("joins", "laterals", "pivots", "sample"):
            table.set(arg, node.args.get(arg))
        node.replace(mark_registered(table))


def _split(node: exp.Expr) -> tuple[exp.Expr, tuple[str, ...]]:
    qualifier: list[str] = []
    while isinstance(node, exp.Dot):
        qualifier.extend(fold(part) for part in node.this.find_all(exp.Identifier))
        node = node.expression
    return node, tuple(qualifier)


def _check_qualifier(turn: Turn, name: str, qualifier: tuple[str, ...]) -> None:
    if not qualifier or qualifier[-1] != INFORMATION_SCHEMA:
        raise refusals.unknown_function(name)
    database = turn.resolve("SCHEMA", qualifier, "SELECT").database
    if not turn.can_use_database(database):
        raise refusals.missing("DATABASE", database)


def _scan_result(turn: Turn, call: exp.Expr, parameters: Parameters) -> Any:  # noqa: ANN401  # a pyarrow table
    arguments = call.expressions
    query_id = str(evaluate(turn, arguments[0], parameters)) if len(arguments) == 1 else ""
    rows = turn.account.results.find(query_id, turn.session.user)
    if rows is None:
        raise refusals.statement_not_found(query_id)
    return rows


def _read_arguments(turn: Turn, name: str, call: exp.Expr, parameters: Parameters) -> dict[str, Value]:
    allowed = tuple(filter(None, (_SUBJECTS[name], *_COMMON)))
    arguments: dict[str, Value] = {}
    for place, node in enumerate(call.expressions):
        named = isinstance(node, exp.Kwarg | exp.PropertyEQ)
        key = node.this.name.upper() if named else allowed[place] if place < len(allowed) else ""
        if key not in allowed:
            raise refusals.invalid_value(node.sql(dialect="snowflake"), name)
        arguments[key] = evaluate(turn, node.expression if named else node, parameters)
    return arguments


def _list_queries(turn: Turn, name: str, arguments: dict[str, Value]) -> list[Query]:
    where, values = _subject(turn, name, arguments)
    end = _read_moment(turn, arguments, "END_TIME_RANGE_END")
    start = _read_moment(turn, arguments, "END_TIME_RANGE_START")
    if end is not None:
        where, values = f"{where} AND ended <= ?", (*values, end)
    if start is not None:
        where, values = f"{where} AND coalesce(ended, {turn.now}) >= ?", (*values, start)
    if not arguments.get("INCLUDE_CLIENT_GENERATED_STATEMENT"):
        where = f"{where} AND NOT internal"
    limit = arguments.get("RESULT_LIMIT", _DEFAULT_LIMIT)
    if not isinstance(limit, int) or not 1 <= limit <= _LARGEST_LIMIT:
        raise refusals.invalid_value(str(limit), "RESULT_LIMIT")
    found = turn.account.history.list_newest(where, values)
    return [query for query in found if _may_see(turn, query)][:limit]


def _subject(turn: Turn, name: str, arguments: dict[str, Value]) -> tuple[str, tuple[object, ...]]:
    session = turn.session
    match _SUBJECTS[name]:
        case "USER_NAME":
            return "user = ?", (fold_name(str(arguments.get("USER_NAME") or session.user)),)
        case "WAREHOUSE_NAME":
            return "warehouse = ?", (fold_name(str(arguments.get("WAREHOUSE_NAME") or session.warehouse or "")),)
        case "SESSION_ID":
            number = str(arguments.get("SESSION_ID") or session.number)
            if not number.isdigit():
                raise refusals.invalid_value(number, "SESSION_ID")
            return "session = ?", (int(number),)
        case _:
            return "1", ()


def _read_moment(turn: Turn, arguments: dict[str, Value], name: str) -> int | None:
    value: object = arguments.get(name)
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise refusals.invalid_value(str(value), name) from error
    written = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if written < turn.now - KEPT_MS:
        raise refusals.history_too_old(name)
    return written


def _may_see(turn: Turn, query: Query) -> bool:
    """Say whether a statement is one's own, or ran where the role may look on."""
    if query.user == turn.session.user or turn.authority.allows(ACCOUNT, ("MONITOR USAGE",)):
        return True
    return query.warehouse is not None and turn.authority.allows(warehouse_key(query.warehouse), ("MONITOR", "OPERATE"))


def _build_history(queries: list[Query]) -> Any:  # noqa: ANN401  # a pyarrow table
    """Build the rows; what nothing here knows, such as bytes and credits, is NULL or 0."""
    columns: dict[str, tuple[Any, list[object]]] = {
        "QUERY_ID": (_TEXT, [query.id for query in queries]),
        "QUERY_TEXT": (_TEXT, [query.text for query in queries]),
        "DATABASE_NAME": (_TEXT, [query.database for query in queries]),
        "SCHEMA_NAME": (_TEXT, [query.schema for query in queries]),
        "QUERY_TYPE": (_TEXT, [query.type for query in queries]),
        "SESSION_ID": (_NUMBER, [query.session for query in queries]),
        "USER_NAME": (_TEXT, [query.user for query in queries]),
        "ROLE_NAME": (_TEXT, [query.role for query in queries]),
        "WAREHOUSE_NAME": (_TEXT, [query.warehouse for query in queries]),
        "WAREHOUSE_SIZE": (_TEXT, [None for _ in queries]),
        "WAREHOUSE_TYPE": (_TEXT, [None for _ in queries]),
        "CLUSTER_NUMBER": (_NUMBER, [None for _ in queries]),
        "QUERY_TAG": (_TEXT, [query.tag for query in queries]),
        "EXECUTION_STATUS": (_TEXT, [query.status for query in queries]),
        "ERROR_CODE": (_TEXT, [query.code and f"{query.code:06d}" for query in queries]),
        "ERROR_MESSAGE": (_TEXT, [query.message for query in queries]),
        "START_TIME": (_TIME, [query.begun for query in queries]),
        "END_TIME": (_TIME, [query.ended for query in queries]),
        "TOTAL_ELAPSED_TIME": (_NUMBER, [query.ended and query.ended - query.begun for query in queries]),
        "BYTES_SCANNED": (_NUMBER, [None for _ in queries]),
        "ROWS_PRODUCED": (_NUMBER, [query.rows for query in queries]),
        "COMPILATION_TIME": (_NUMBER, [None for _ in queries]),
        "EXECUTION_TIME": (_NUMBER, [query.ended and query.ended - query.begun for query in queries]),
        "QUEUED_PROVISIONING_TIME": (_NUMBER, [0 for _ in queries]),
        "QUEUED_REPAIR_TIME": (_NUMBER, [0 for _ in queries]),
        "QUEUED_OVERLOAD_TIME": (_NUMBER, [0 for _ in queries]),
        "TRANSACTION_BLOCKED_TIME": (_NUMBER, [0 for _ in queries]),
        "CREDITS_USED_CLOUD_SERVICES": (pa.float64(), [0.0 for _ in queries]),
        "RELEASE_VERSION": (_TEXT, [_RELEASE for _ in queries]),
        "IS_CLIENT_GENERATED_STATEMENT": (_TRUTH, [bool(query.internal) for query in queries]),
    }
    arrays = [pa.array(cells, type=type_) for type_, cells in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))
