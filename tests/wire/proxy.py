"""A proxy on loopback between the driver and the server, which sees every request and can lose an answer."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_STATUSES = {"busy": 503, "forbidden": 403}
_KEPT = ("authorization", "content-type", "content-encoding", "accept", "accept-encoding", "user-agent")


@dataclass
class Passage:
    """One request that came by: its statement ("" for none), when it came and went, and what was done to it."""

    path: str
    sql: str
    begin: float
    end: float = 0.0
    done: str = "passed"


@dataclass
class Trouble:
    """What to do to the next `times` requests whose statement holds `mark`.

    `lose` drops the connection once the server has answered, `refuse` does so before the server hears of it.
    `busy` and `forbidden` answer 503 and 403 in the server's place, `garble` half of what the server answered.
    """

    mark: str
    kind: str
    times: int = 1


@dataclass
class Proxy:
    """A running proxy: its port, what came by, and what trouble it makes."""

    upstream: tuple[str, int]
    troubles: list[Trouble] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    delay: float = 0.0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self, path: str, sql: str) -> Passage:
        """Note a request, and choose what is done to it."""
        passage = Passage(path.partition("?")[0], sql, time.monotonic())
        with self.lock:
            self.passages.append(passage)
            for trouble in self.troubles:
                if sql and trouble.mark in sql and trouble.times:
                    trouble.times -= 1
                    passage.done = trouble.kind
                    break
        return passage

    def holding(self, mark: str) -> list[Passage]:
        """List the requests whose statement holds a mark."""
        with self.lock:
            return [passage for passage in self.passages if mark in passage.sql]


@contextmanager
def proxy_to(host: str, port: int) -> Iterator[Proxy]:
    """Run a proxy on a free port until the block ends."""
    proxy = Proxy((host, port))

    class Serving(_Conversation):
        through = proxy

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that went away."""

    server = Server(("127.0.0.1", 0), Serving)
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="proxy")
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Conversation(BaseHTTPRequestHandler):
    """One client's connection; each request goes on to the server over a connection of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    through: Proxy

    def do_GET(self) -> None:
        """Pass a request on."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passage = self.through.arrive(self.path, _read_statement(self.headers.get("Content-Encoding"), content))
        try:
            self._treat(passage, content)
        finally:
            passage.end = time.monotonic()

    do_POST = do_GET  # noqa: N815 - the names that http.server looks for
    do_DELETE = do_GET  # noqa: N815 - the same

    def _treat(self, passage: Passage, content: bytes) -> None:
        if passage.done in _STATUSES:
            self._answer(_STATUSES[passage.done], "text/plain", b"no")
            return
        if passage.done != "refuse":
            status, type_, answer = self._pass_on(content)
            time.sleep(self.through.delay if passage.sql else 0)
            if passage.done != "lose":
                self._answer(status, type_, answer if passage.done == "passed" else answer[: len(answer) // 2])
                return
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, content: bytes) -> tuple[int, str, bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
        connection = http.client.HTTPConnection(*self.through.upstream, timeout=30)
        try:
            connection.request(self.command, self.path, content, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", "application/json"), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, type_: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _read_statement(encoding: str | None, content: bytes) -> str:
    try:
        body = json.loads(gzip.decompress(content) if encoding == "gzip" else content or b"{}")
    except ValueError:
        return ""
    return str(body.get("sqlText") or "") if isinstance(body, dict) else ""
