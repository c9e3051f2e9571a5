"""The HTTP side: the routes that Snowflake's drivers call, and nothing of SQL."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import traceback
import zlib
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ftspec.emulator import wire
from ftspec.emulator.executions import Execution
from ftspec.emulator.executor import Executor
from ftspec.emulator.login import LoginError, LoginRequest, log_in, read_login
from ftspec.emulator.query.functions import VERSION
from ftspec.emulator.session import Session
from ftspec.emulator.statement_request import StatementRequest

_STATEMENTS_AT_ONCE = 40
_TOKEN_PREFIX = 'Snowflake Token="'  # noqa: S105  # the header's fixed words, no secret

Body = Mapping[str, Any]


class RefusedError(Exception):
    """A request that is refused before any statement."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def build_app(executor: Executor) -> Starlette:
    """Build the application for one open account."""
    routes = _Routes(executor)
    posts: tuple[tuple[str, Callable[[Request], Awaitable[object]]], ...] = (
        ("/queries/v1/query-request", routes.query),
        ("/session/v1/login-request", routes.log_in),
        ("/session/token-request", routes.renew),
        ("/session/heartbeat", routes.beat),
        ("/session", routes.close),
        ("/queries/v1/abort-request", routes.abort),
        ("/queries/{query_id}/abort-request", routes.abort_query),
        ("/telemetry/send", routes.telemetry),
        ("/telemetry/send/sessionless", routes.telemetry),
    )
    # The 5.x driver writes two slashes before the query id.
    gets = (("/queries/{query_id}/result", routes.result), ("/monitoring/queries/{query_id:path}", routes.status))
    return Starlette(
        routes=[Route(path, _answering(endpoint), methods=["POST"]) for path, endpoint in posts]
        + [Route(path, _answering(endpoint), methods=["GET"]) for path, endpoint in gets]
        + [Route("/stages/{token}", executor.account.addresses.answer, methods=["GET", "PUT"])]
        + [Route("/{path:path}", _answering(routes.unknown), methods=["GET", "POST", "PUT", "DELETE"])]
    )


def _answering(endpoint: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Turn whatever goes wrong into an answer that the drivers can read."""

    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(await endpoint(request))
        except (RefusedError, LoginError) as error:
            return JSONResponse(wire.build_session_failure(error.code, error.message))
        except Exception:  # noqa: BLE001  # a plain 500 would make the drivers send the request again and again
            traceback.print_exc()
            return JSONResponse(wire.build_session_failure("000603", "SQL execution internal error."))

    return answer


class _Routes:
    """The endpoints over one executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._account = executor.account
        # A pool of its own costs a statement half of what the framework's does.
        self._threads = ThreadPoolExecutor(_STATEMENTS_AT_ONCE, thread_name_prefix="statement")
        self._running: dict[str, asyncio.Future[dict[str, object]]] = {}

    async def log_in(self, request: Request) -> object:
        body = await _read_body(request)
        login = _read_login(body, request)
        session = await run_in_threadpool(log_in, self._account, login)
        return wire.build_success(
            {
                "token": session.token,
                "masterToken": session.master_token,
                "validityInSeconds": int(self._account.settings.session_seconds),
                "masterValidityInSeconds": int(self._account.settings.master_seconds),
                "sessionId": session.number,
                "displayUserName": session.user,
                "serverVersion": VERSION,
                "firstLogin": False,
                "remMeToken": None,
                "remMeValidityInSeconds": 0,
                "healthCheckInterval": 45,
                "newClientForUpgrade": None,
                "idToken": None,
                "idTokenValidityInSeconds": 0,
                "responseData": None,
                "parameters": wire.build_parameters(),
                "sessionInfo": {
                    "databaseName": session.database,
                    "schemaName": session.schema,
                    "warehouseName": session.warehouse,
                    "roleName": session.role,
                },
            }
        )

    async def query(self, request: Request) -> object:
        session = self._session(request)
        statement = _read_statement(await _read_body(request), request)
        execution = self._executor.receive(session, statement)
        if statement.asynchronous:
            await run_in_threadpool(self._executor.begin, execution)
            self._start(execution)
            return wire.build_in_progress(execution.query_id, asynchronous=True)
        if execution.answer is None and execution.query_id not in self._running:
            # A change of threads costs more than such a statement.
            self._executor.perform_brief(execution)
        return await self._wait(execution)

    def _start(self, execution: Execution) -> asyncio.Future[dict[str, object]]:
        """Execute in a thread of its own; the statement goes on when its client is gone."""
        query_id = execution.query_id
        task = self._running.get(query_id)
        if task is None:
            loop = asyncio.get_running_loop()
            task = loop.run_in_executor(self._threads, self._executor.perform, execution)
            self._running[query_id] = task
            task.add_done_callback(lambda _: self._running.pop(query_id, None))
        return task

    async def _wait(self, execution: Execution) -> object:
        """Give the answer, or after some time that it is still in progress."""
        if execution.answer is not None:
            return execution.answer
        task = self._start(execution)
        await asyncio.wait({task}, timeout=self._account.settings.in_progress_seconds)
        return task.result() if task.done() else wire.build_in_progress(execution.query_id, asynchronous=False)

    async def result(self, request: Request) -> object:
        execution = self._find(request)
        if execution is None:
            raise RefusedError("000709", f"Statement {_read_query_id(request)} not found")
        return await self._wait(execution)

    async def status(self, request: Request) -> object:
        user, query_id = self._session(request).user, _read_query_id(request)
        execution = self._find(request)
        with self._account.lock:
            query = self._account.history.find(query_id)
        if query is not None and query.user == user:
            return wire.build_status(query)
        return wire.build_no_status(None if execution is None else query_id)

    async def abort(self, request: Request) -> object:
        session = self._session(request)
        body = await _read_body(request)
        execution = self._account.executions.find_request(session.number, str(body.get("requestId") or ""))
        if execution is not None:
            execution.cancel()
        return wire.build_success()

    async def abort_query(self, request: Request) -> object:
        execution = self._find(request)
        if execution is None:
            raise RefusedError("000709", f"Statement {_read_query_id(request)} not found")
        execution.cancel()
        return wire.build_success()

    def _find(self, request: Request) -> Execution | None:
        """Find an execution of the session's user."""
        session = self._session(request)
        execution = self._account.executions.find(_read_query_id(request))
        return execution if execution is not None and execution.session.user == session.user else None

    async def beat(self, request: Request) -> object:
        self._session(request)
        return wire.build_success()

    async def close(self, request: Request) -> object:
        session = self._session(request)
        if request.query_params.get("delete"):
            await run_in_threadpool(self._account.close_session, session)
        return wire.build_success()

    async def renew(self, request: Request) -> object:
        token = _read_token(request)
        await _read_body(request)
        for session in tuple(self._account.sessions.values()):
            if session.master_token == token:
                if time.monotonic() - session.opened > self._account.settings.master_seconds:
                    raise RefusedError("390114", "Authentication token has expired. The user must authenticate again.")
                self._account.renew_token(session)
                return wire.build_success(
                    {
                        "sessionToken": session.token,
                        "masterToken": session.master_token,
                        "validityInSecondsST": int(self._account.settings.session_seconds),
                        "validityInSecondsMT": int(self._account.settings.master_seconds),
                        "sessionId": session.number,
                    }
                )
        raise RefusedError("390111", "Session no longer exists. New login required to access the service.")

    async def telemetry(self, request: Request) -> object:
        # Drained and dropped: telemetry must not make a driver wait or fail.
        await request.body()
        return wire.build_success("Log Received")

    async def unknown(self, request: Request) -> object:
        raise RefusedError("000002", f"Unsupported feature '{request.method} {request.url.path}'.")

    def _session(self, request: Request) -> Session:
        token = _read_token(request)
        session = self._account.sessions.get(token)
        if session is None:
            raise RefusedError("390111", "Session no longer exists. New login required to access the service.")
        is_old = token != session.token or time.monotonic() - session.renewed > self._account.settings.session_seconds
        if is_old:
            raise RefusedError("390112", "Session token has expired. Please log in again or renew it.")
        return session


def _read_query_id(request: Request) -> str:
    return str(request.path_params["query_id"]).lstrip("/")


def _read_token(request: Request) -> str:
    header = request.headers.get("Authorization", "")
    if not header.startswith(_TOKEN_PREFIX):
        raise RefusedError("390103", "Session token not found in the request data.")
    return header[len(_TOKEN_PREFIX) :].rstrip('"')


async def _read_body(request: Request) -> Body:
    content = await request.body()
    try:
        if request.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        body = json.loads(content or b"{}")
        # Half a surrogate pair is no text: it could be executed, but neither answered nor logged.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, OSError, EOFError, RecursionError, zlib.error) as error:
        raise RefusedError("390400", f"The request could not be read: {error}") from error
    if not isinstance(body, dict):
        raise RefusedError("390400", "The request is not a JSON object.")
    return body


def _read_login(body: Body, request: Request) -> LoginRequest:
    content = body.get("data")
    if not isinstance(content, dict):
        raise RefusedError("390400", "The login request has no data.")
    return read_login(content, request.query_params, str(request.base_url))


def _read_statement(body: Body, request: Request) -> StatementRequest:
    text, bindings = body.get("sqlText"), body.get("bindings")
    if not isinstance(text, str):
        raise RefusedError("390400", "The query request has no sqlText.")
    found = body.get("parameters")
    parameters = found if isinstance(found, dict) else {}
    count, timeout = (str(parameters.get(name)) for name in ("MULTI_STATEMENT_COUNT", "STATEMENT_TIMEOUT_IN_SECONDS"))
    return StatementRequest(
        text=text,
        request_id=request.query_params.get("requestId", ""),
        bindings=bindings if isinstance(bindings, dict) else None,
        statement_count=int(count) if count.isdigit() else None,
        describe_only=bool(body.get("describeOnly")),
        asynchronous=bool(body.get("asyncExec")),
        internal=bool(body.get("isInternal")),
        timeout=int(timeout) if timeout.isdigit() else 0,
    )
