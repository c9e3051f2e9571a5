"""Stages over HTTP, for drivers that know no stage that is a folder: one address a file, valid for an hour.

The 5.x driver treats such an address as one that a cloud's storage signed.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

_GZIP = b"\x1f\x8b"
_SECONDS = 3600
# The driver sends only headers that the address was signed for.
_SIGNED = quote(
    "content-encoding;host;x-goog-if-generation-match;x-goog-meta-encryptiondata;x-goog-meta-matdesc;"
    "x-goog-meta-sfc-digest"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file goes to or comes from; what is written gets `.gz` where it is and its name does not say so."""

    path: Path
    is_written: bool
    until: float = field(default_factory=lambda: time.monotonic() + _SECONDS)


class Addresses:
    """The addresses that were given out."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def add(self, path: Path, *, is_written: bool) -> str:
        """Give a file an address, as the path of a URL; those that are no longer valid are forgotten."""
        now = time.monotonic()
        self._places = {token: place for token, place in self._places.items() if place.until > now}
        token = secrets.token_urlsafe(24)
        self._places[token] = Place(path, is_written)
        return f"stages/{token}?X-Goog-SignedHeaders={_SIGNED}"

    async def answer(self, request: Request) -> Response:
        """Take or give a file; 412 for one that is there and must not be overwritten."""
        place = self._places.get(str(request.path_params["token"]))
        if place is None or place.until <= time.monotonic():
            return Response(status_code=403)
        if request.method == "PUT" and place.is_written:
            content = await request.body()
            once = request.headers.get("x-goog-if-generation-match") == "0"
            return Response(status_code=await run_in_threadpool(_write, place.path, content, once=once))
        if request.method == "PUT" or place.is_written or not place.path.is_file():
            return Response(status_code=404)
        return FileResponse(place.path)


def _write(path: Path, content: bytes, *, once: bool) -> int:
    if content.startswith(_GZIP) and path.suffix != ".gz":
        path = path.with_name(f"{path.name}.gz")
    if once and path.exists():
        return 412
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    new.write_bytes(content)
    new.replace(path)
    return 200
