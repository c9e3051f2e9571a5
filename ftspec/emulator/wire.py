"""The wire's JSON: how answers and errors are written for the drivers."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.history import SUCCESS, Query
from ftspec.emulator.result import MULTIPLE, Answer, Cell, Column, EncodedResult, Result
from ftspec.emulator.session import Session

_TEXT_LENGTH = 16_777_216
_MILLISECONDS = 1000
_CANCELED = 604

SESSION_PARAMETERS: tuple[tuple[str, object], ...] = (
    ("AUTOCOMMIT", True),
    ("CLIENT_PREFETCH_THREADS", 4),
    ("CLIENT_SESSION_KEEP_ALIVE", False),
    ("CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", 3600),
    # Zero keeps array bindings in the request: there is no stage to load them from.
    ("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", 0),
    ("CLIENT_TELEMETRY_ENABLED", False),
    ("TIMEZONE", "Etc/UTC"),
)


def build_parameters() -> list[dict[str, object]]:
    """List the session parameters that the drivers read."""
    return [{"name": name, "value": value} for name, value in SESSION_PARAMETERS]


def build_success(payload: object = None) -> dict[str, object]:
    """Wrap an answer."""
    return {"data": payload, "code": None, "message": None, "success": True}


def build_multiple(ids: list[str], types: list[str]) -> EncodedResult:
    """Write the answer to several statements: where the driver finds the answer to each."""
    rows = [["Multiple statements executed successfully."]]
    body: dict[str, object] = {
        "queryResultFormat": "json",
        "rowset": rows,
        "resultIds": ",".join(ids),
        "resultTypes": ",".join(types),
    }
    return EncodedResult((build_column(Column("multiple statement execution")),), body, 1, MULTIPLE)


def build_in_progress(query_id: str, *, asynchronous: bool) -> dict[str, object]:
    """Say that a statement goes on, and where its answer will be."""
    body = {
        "queryId": query_id,
        "getResultUrl": f"/queries/{query_id}/result",
        "queryAbortsAfterSecs": 300,
        "progressDesc": None,
    }
    code = "333334" if asynchronous else "333333"
    message = "Asynchronous execution in progress. Use provided query id to perform query monitoring and management."
    return {"data": body, "code": code, "message": message if asynchronous else None, "success": True}


def build_status(query: Query) -> dict[str, object]:
    """Write what has become of a statement, as the drivers monitor it."""
    status = "ABORTED" if query.code == _CANCELED else query.status
    found = {
        "id": query.id,
        "status": status,
        "state": "SUCCEEDED" if status == SUCCESS else status,
        "errorCode": None if query.code is None else f"{query.code:06d}",
        "errorMessage": query.message,
        "startTime": query.begun,
        "endTime": query.ended or 0,
        "sqlText": query.text,
        "sessionId": query.session,
        "userName": query.user,
        "warehouseName": query.warehouse,
    }
    if query.code is None:
        del found["errorCode"], found["errorMessage"]
    return build_success({"queries": [found]})


def build_no_status(query_id: str | None) -> dict[str, object]:
    """Write the status of a statement that did not begin yet, or (None) that is not known."""
    return build_success({"queries": [] if query_id is None else [{"id": query_id, "status": "QUEUED"}]})


def build_failure(error: SnowflakeError, query_id: str | None = None) -> dict[str, object]:
    """Write an error; the drivers take errno, SQLSTATE and query id from `data`."""
    code = f"{error.errno:06d}"
    body: dict[str, object] = {
        "internalError": False,
        "errorCode": code,
        "age": 0,
        "sqlState": error.sqlstate,
        "queryId": query_id,
        "line": -1,
        "pos": -1,
        "type": "COMPILATION",
    }
    return {"data": body, "code": code, "message": error.message, "success": False}


def build_session_failure(code: str, message: str) -> dict[str, object]:
    """Write a refusal that comes before any statement: login and tokens."""
    return {"data": None, "code": code, "message": message, "success": False, "headers": None}


def build_answer(
    answer: Answer, session: Session, place: tuple[str | None, str | None], query_id: str
) -> dict[str, object]:
    """Write the answer to one statement, with what is current after it; `place` is the database and schema."""
    if isinstance(answer, EncodedResult):
        rowtype, body = list(answer.rowtype), answer.body
        total, statement_type = answer.total, answer.statement_type
    else:
        rowtype, body = [build_column(column) for column in answer.columns], _build_rows(answer)
        total, statement_type = len(answer.rows), answer.statement_type
    return build_success(
        {
            "parameters": build_parameters(),
            "rowtype": rowtype,
            "total": total,
            "returned": total,
            "queryId": query_id,
            "statementTypeId": statement_type,
            "finalDatabaseName": place[0],
            "finalSchemaName": place[1],
            "finalWarehouseName": session.warehouse,
            "finalRoleName": session.role,
            "numberOfBinds": 0,
            "arrayBindSupported": False,
            "version": 1,
            **body,
        }
    )


def build_column(column: Column) -> dict[str, object]:
    """Describe one column."""
    shape: Mapping[str, object] = {"precision": None, "scale": None, "length": None, "byteLength": None}
    match column.type:
        case "text":
            shape = {**shape, "length": _TEXT_LENGTH, "byteLength": _TEXT_LENGTH}
        case "fixed":
            shape = {**shape, "precision": 38, "scale": 0}
        case "timestamp_ltz":
            shape = {**shape, "precision": 0, "scale": 3}
        case _:
            pass
    return {
        "name": column.name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": column.nullable,
        "type": column.type,
        "collation": None,
        **shape,
    }


def _build_rows(result: Result) -> dict[str, object]:
    types = tuple(column.type for column in result.columns)
    rows = [[encode_cell(cell, type_) for cell, type_ in zip(row, types, strict=True)] for row in result.rows]
    return {"queryResultFormat": "json", "rowset": rows}


def encode_cell(cell: Cell, type_: str) -> str | None:
    """Write one value as the JSON result format does."""
    if cell is None:
        return None
    if type_ == "timestamp_ltz":
        seconds, milliseconds = divmod(int(cell), _MILLISECONDS)
        return f"{seconds}.{milliseconds:03d}"
    if type_ == "boolean":
        return "1" if cell else "0"
    return str(cell)
