"""The control endpoint: what misbehaviour is asked for with, as JSON over HTTP. Off unless it was allowed."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ftspec.emulator.injection.interception import CONTROL_PATH, end_session, expire_token
from ftspec.emulator.injection.jobs import UnknownJobError, change_job, forget_job, forget_old_jobs
from ftspec.emulator.injection.rules import END_SESSION, EXPIRE_TOKEN, RuleError

if TYPE_CHECKING:
    from starlette.responses import Response

    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.injection.faults import Faults
    from ftspec.emulator.statement_log import StatementLog

_LONGEST_MOVE_SECONDS = 10 * 365 * 86_400
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class ForbiddenError(Exception):
    """Somebody who may not ask for misbehaviour; the message says why."""


def build_control(account: OpenAccount, log: StatementLog, faults: Faults, is_allowed: Callable[[], bool]) -> Starlette:
    """Build the application for one open account; `is_allowed` is asked at every request."""
    control = _Control(account, log, faults)
    routes: tuple[tuple[str, str, Callable[[Request], Awaitable[object]]], ...] = (
        ("GET", "/rules", control.list_rules),
        ("POST", "/rules", control.add_rule),
        ("DELETE", "/rules", control.remove_rules),
        ("GET", "/rules/{number:int}", control.show_rule),
        ("DELETE", "/rules/{number:int}", control.remove_rule),
        ("POST", "/sessions", control.change_sessions),
        ("POST", "/jobs/{job}", control.change_job),
        ("DELETE", "/jobs/{job}", control.forget_job),
        ("DELETE", "/jobs", control.forget_old_jobs),
        ("GET", "/clock", control.show_clock),
        ("POST", "/clock", control.move_clock),
        ("GET", "/log", control.read_log),
    )
    answering = _answering(is_allowed)
    return Starlette(
        routes=[Route(f"{CONTROL_PATH}{path}", answering(endpoint), methods=[verb]) for verb, path, endpoint in routes]
        + [Route("/{path:path}", answering(_unknown), methods=["GET", "POST", "PUT", "DELETE"])]
    )


def check_peer(host: str | None, headers: Mapping[str, str], *, allowed: bool) -> None:
    """Refuse whoever is not on this machine, what a web page sent, and all while it is off; raises ForbiddenError."""
    if host is None or not ipaddress.ip_address(host).is_loopback:
        raise ForbiddenError(f"the control endpoint answers this machine alone, not {host}")
    name = urlsplit(f"//{headers.get('host', '')}").hostname
    if "origin" in headers or name not in _LOCAL_NAMES:
        raise ForbiddenError("the control endpoint does not answer web pages")
    if not allowed:
        raise ForbiddenError("the control endpoint is off; serve with --allow-control to have it")


def _answering(
    is_allowed: Callable[[], bool],
) -> Callable[[Callable[[Request], Awaitable[object]]], Callable[[Request], Awaitable[Response]]]:
    def wrap(endpoint: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                check_peer(request.client.host if request.client else None, request.headers, allowed=is_allowed())
                return JSONResponse(await endpoint(request))
            except ForbiddenError as error:
                return JSONResponse({"error": str(error)}, 403)
            except UnknownJobError as error:
                return JSONResponse({"error": str(error)}, 404)
            except RuleError as error:
                return JSONResponse({"error": str(error)}, 400)

        return answer

    return wrap


async def _unknown(request: Request) -> object:
    raise RuleError(f"unknown request {request.method} {request.url.path}")


class _Control:
    """The endpoints."""

    def __init__(self, account: OpenAccount, log: StatementLog, faults: Faults) -> None:
        self._account = account
        self._log = log
        self._faults = faults

    async def list_rules(self, _: Request) -> object:
        return {"rules": [self._faults.describe(rule) for rule in self._faults.rules]}

    async def add_rule(self, request: Request) -> object:
        return self._faults.describe(self._faults.add(await _read_body(request)))

    async def show_rule(self, request: Request) -> object:
        return self._faults.describe(self._faults.find(request.path_params["number"]))

    async def remove_rule(self, request: Request) -> object:
        rule = self._faults.find(request.path_params["number"])
        told = self._faults.describe(rule)
        self._faults.remove(rule.number)
        return told

    async def remove_rules(self, request: Request) -> object:
        told = await self.list_rules(request)
        for rule in self._faults.rules:
            self._faults.remove(rule.number)
        return told

    async def change_sessions(self, request: Request) -> object:
        body = await _read_body(request)
        do, wanted = body.get("do"), body.get("session")
        if do not in {EXPIRE_TOKEN, END_SESSION} or body.keys() - {"do", "session"}:
            raise RuleError(f"'do' must be one of {EXPIRE_TOKEN}, {END_SESSION}, with a 'session' or for all")
        # A session that renewed its token is known by the earlier ones, too.
        known = {one.number: one for one in tuple(self._account.sessions.values()) if not one.internal}
        sessions = [session for number, session in known.items() if wanted in {None, number}]
        change = expire_token if do == EXPIRE_TOKEN else end_session
        for session in sessions:
            await change(self._account, session.token)
        return {"sessions": [session.number for session in sessions]}

    async def change_job(self, request: Request) -> object:
        body = await _read_body(request)
        job = await run_in_threadpool(change_job, self._account, request.path_params["job"], body)
        return {"id": job.id, "status": job.status}

    async def forget_job(self, request: Request) -> object:
        await run_in_threadpool(forget_job, self._account, request.path_params["job"])
        return {"forgotten": [request.path_params["job"]]}

    async def forget_old_jobs(self, request: Request) -> object:
        seconds = _read_whole(request.query_params.get("older_than", "0"), "older_than")
        return {"forgotten": await run_in_threadpool(forget_old_jobs, self._account, seconds)}

    async def show_clock(self, _: Request) -> object:
        clock = self._account.clock
        return {"now_ms": clock.now_ms(), "forward_ms": clock.forward_ms}

    async def move_clock(self, request: Request) -> object:
        body = await _read_body(request)
        seconds = body.get("forward_seconds")
        if body.keys() != {"forward_seconds"} or type(seconds) not in {int, float}:
            raise RuleError("'forward_seconds' must be a number, and nothing else")
        moved = float(str(seconds))
        if not 0 <= moved <= _LONGEST_MOVE_SECONDS:
            raise RuleError(f"'forward_seconds' must be from 0 to {_LONGEST_MOVE_SECONDS}: the clock goes forward only")
        await run_in_threadpool(self._account.move_clock, int(moved * 1000))
        return await self.show_clock(request)

    async def read_log(self, request: Request) -> object:
        after = _read_whole(request.query_params.get("after", "0"), "after")
        return {"statements": await run_in_threadpool(self._log.read, after)}


async def _read_body(request: Request) -> Mapping[str, object]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise RuleError(f"the request is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise RuleError("the request is no JSON object")
    return body


def _read_whole(text: str, name: str) -> int:
    if not text.isdecimal():
        raise RuleError(f"{name!r} must be a whole number, not {text!r}")
    return int(text)
