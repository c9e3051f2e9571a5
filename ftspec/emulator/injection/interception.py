"""Between the clients and the server: each request meets the faults that apply to it, and then the server."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from ftspec.emulator.injection import rules
from ftspec.emulator.injection.rules import AFTER, BEFORE, Rule

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.injection.faults import Faults

CONTROL_PATH = "/control"

Drop = Callable[[tuple[str, int]], None]
"""Closes the connection of a client, given its host and port."""


@dataclass
class _Exchange:
    """One request and its answer: `answer` holds the server's messages once it has answered."""

    scope: Scope
    receive: Receive
    send: Send
    content: bytes
    answer: list[Message] = field(default_factory=list)

    @property
    def request(self) -> Request:
        """Give the request's line and headers."""
        return Request(self.scope)

    @property
    def token(self) -> str:
        """Give the session's token, "" where there is none."""
        return self.request.headers.get("Authorization", "").partition('Token="')[2].rstrip('"')

    @property
    def body(self) -> dict[str, object]:
        """Give what the request holds, {} where that is no JSON object."""
        packed = self.request.headers.get("Content-Encoding") == "gzip"
        try:
            body = json.loads(gzip.decompress(self.content) if packed else self.content or b"{}")
        except (ValueError, OSError, EOFError, zlib.error):
            return {}
        return body if isinstance(body, dict) else {}

    async def pass_on(self, app: ASGIApp) -> None:
        """Let the server answer, and keep the answer."""
        content: list[Message] = [{"type": "http.request", "body": self.content, "more_body": False}]

        async def receive() -> Message:
            return content.pop() if content else await self.receive()

        async def keep(message: Message) -> None:
            self.answer.append(message)

        await app(self.scope, receive, keep)

    async def send_answer(self) -> None:
        """Send what the server answered."""
        for message in self.answer:
            await self.send(message)


class Interception:
    """An ASGI application that leads to `control` under /control, and past the faults to `app` everywhere else."""

    def __init__(self, app: ASGIApp, control: ASGIApp, account: OpenAccount, faults: Faults, drop: Drop) -> None:
        self._app = app
        self._control = control
        self._account = account
        self._faults = faults
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever was asked for may keep the answer from the client."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == CONTROL_PATH or scope["path"].startswith(f"{CONTROL_PATH}/"):
            await self._control(scope, receive, send)
        elif self._faults.is_active:
            await self._intercept(_Exchange(scope, receive, send, await Request(scope, receive).body()))
        else:
            await self._app(scope, receive, send)

    async def _intercept(self, exchange: _Exchange) -> None:
        chosen = self._faults.arrive(exchange.scope["path"], str(exchange.body.get("sqlText") or ""))
        if await self._meet(exchange, [rule for rule in chosen if rule.when == BEFORE]):
            return
        await exchange.pass_on(self._app)
        if not await self._meet(exchange, [rule for rule in chosen if rule.when == AFTER]):
            await exchange.send_answer()

    async def _meet(self, exchange: _Exchange, chosen: list[Rule]) -> bool:
        """Let a request meet faults one after another; say whether it has had its answer, or will have none."""
        for rule in chosen:
            match rule.fault:
                case rules.DELAY:
                    await asyncio.sleep(rule.milliseconds / 1000)
                case rules.PAUSE:
                    await self._faults.wait_at(rule)
                case rules.EXPIRE_TOKEN:
                    await expire_token(self._account, exchange.token)
                case rules.END_SESSION:
                    await end_session(self._account, exchange.token)
                case _:
                    await self._end(exchange, rule)
                    return True
        return False

    async def _end(self, exchange: _Exchange, rule: Rule) -> None:
        """Do what takes the place of the answer."""
        if rule.fault == rules.DROP:
            self._drop(exchange.scope["client"])
            while (await exchange.receive())["type"] != "http.disconnect":
                pass
        elif rule.fault == rules.ANSWER:
            await PlainTextResponse("no", rule.status)(exchange.scope, exchange.receive, exchange.send)
        else:
            content = b"".join(message.get("body", b"") for message in exchange.answer)
            half = PlainTextResponse(content[: len(content) // 2], media_type="application/json")
            await half(exchange.scope, exchange.receive, exchange.send)


async def expire_token(account: OpenAccount, token: str) -> None:
    """Let a session's token expire: another one is in its place, and the client is told to ask for it."""
    session = account.sessions.get(token)
    if session is not None:
        await run_in_threadpool(account.renew_token, session)


async def end_session(account: OpenAccount, token: str) -> None:
    """End a session as if it had been idle for too long; one that is not there is no error."""
    session = account.sessions.get(token)
    if session is not None:
        await run_in_threadpool(account.close_session, session)
