"""The HTTP side: the routes that Snowflake's drivers call, and nothing of SQL."""

from __future__ import annotations

import gzip
import json
import traceback
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ftspec.emulator import wire
from ftspec.emulator.executor import Executor, StatementRequest
from ftspec.emulator.login import LoginError, LoginRequest, log_in
from ftspec.emulator.query.functions import VERSION
from ftspec.emulator.session import Session

_VALIDITY_SECONDS = 3600
_MASTER_VALIDITY_SECONDS = 14400
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
        ("/session/v1/login-request", routes.log_in),
        ("/session/token-request", routes.renew),
        ("/session/heartbeat", routes.beat),
        ("/session", routes.close),
        ("/queries/v1/query-request", routes.query),
        ("/queries/v1/abort-request", routes.abort),
        ("/telemetry/send", routes.telemetry),
        ("/telemetry/send/sessionless", routes.telemetry),
    )
    return Starlette(
        routes=[Route(path, _answering(endpoint), methods=["POST"]) for path, endpoint in posts]
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

    async def log_in(self, request: Request) -> object:
        body = await _read_body(request)
        login = _read_login(body, request)
        session = await run_in_threadpool(log_in, self._account, login)
        return wire.build_success(
            {
                "token": session.token,
                "masterToken": session.master_token,
                "validityInSeconds": _VALIDITY_SECONDS,
                "masterValidityInSeconds": _MASTER_VALIDITY_SECONDS,
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
        return await run_in_threadpool(self._executor.run, session, statement)

    async def abort(self, request: Request) -> object:
        self._session(request).data.interrupt()
        return wire.build_success()

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
        body = await _read_body(request)
        for session in tuple(self._account.sessions.values()):
            if session.master_token == token and session.token == body.get("oldSessionToken", session.token):
                return wire.build_success(
                    {
                        "sessionToken": session.token,
                        "masterToken": session.master_token,
                        "validityInSecondsST": _VALIDITY_SECONDS,
                        "validityInSecondsMT": _MASTER_VALIDITY_SECONDS,
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
        session = self._account.sessions.get(_read_token(request))
        if session is None:
            raise RefusedError("390111", "Session no longer exists. New login required to access the service.")
        return session


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
    names = request.query_params
    parameters = content.get("SESSION_PARAMETERS")
    return LoginRequest(
        user=str(content.get("LOGIN_NAME") or ""),
        password=str(content.get("PASSWORD") or ""),
        authenticator=str(content.get("AUTHENTICATOR") or "SNOWFLAKE"),
        role=names.get("roleName", ""),
        warehouse=names.get("warehouse", ""),
        database=names.get("databaseName", ""),
        schema=names.get("schemaName", ""),
        parameters=parameters if isinstance(parameters, dict) else {},
    )


def _read_statement(body: Body, request: Request) -> StatementRequest:
    text, bindings = body.get("sqlText"), body.get("bindings")
    if not isinstance(text, str):
        raise RefusedError("390400", "The query request has no sqlText.")
    parameters = body.get("parameters")
    count = parameters.get("MULTI_STATEMENT_COUNT", 1) if isinstance(parameters, dict) else 1
    return StatementRequest(
        text=text,
        request_id=request.query_params.get("requestId", ""),
        bindings=bindings if isinstance(bindings, dict) else None,
        statement_count=count if isinstance(count, int) else 1,
        describe_only=bool(body.get("describeOnly")),
        asynchronous=bool(body.get("asyncExec")),
    )
