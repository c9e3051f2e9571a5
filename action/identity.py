"""The job's own identity for Snowflake: an OpenID Connect token in a file, which is renewed while ftspec runs.

GitHub's tokens live for minutes, a training takes hours; the driver reads the file whenever it logs in.
https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import json
import os
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from workflow import tell_error

EACH_SECONDS = 240.0
_SECONDS = 30


@contextmanager
def keep_token(path: str, audience: str, *, each: float = EACH_SECONDS) -> Iterator[None]:
    """Keep a fresh token in a file that its owner alone may read, and remove it in the end; no path: no token.

    `each` is for how many seconds a token is kept. One that cannot be renewed is told, kept, and tried again.
    """
    if not path:
        yield
        return
    file, ended = Path(path), threading.Event()
    try:
        _write(file, audience)
    except OSError as error:
        message = f"there is no token for Snowflake: {error}"
        raise SystemExit(message) from error

    def renew() -> None:
        while not ended.wait(each):
            try:
                _write(file, audience)
            except OSError as error:
                tell_error(f"the token for Snowflake cannot be renewed: {error}")

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SECONDS)
        file.unlink(missing_ok=True)


def _write(file: Path, audience: str) -> None:
    url, secret = (os.environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{name}") for name in ("URL", "TOKEN"))
    if not url or not secret:
        message = "there is no token for Snowflake: give the job `permissions: {id-token: write}`"
        raise SystemExit(message)
    query = urllib.parse.urlencode({"audience": audience})
    request = urllib.request.Request(  # noqa: S310 - the runner's own address
        f"{url}{'&' if '?' in url else '?'}{query}", headers={"Authorization": f"Bearer {secret}"}
    )
    token = _ask(request)
    new = file.with_name(f"{file.name}.new")
    new.touch(mode=0o600)
    new.write_text(token, encoding="utf-8")
    new.replace(file)


def _ask(request: urllib.request.Request) -> str:
    """Ask for a token; whatever is no token is an OSError."""
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the runner's own address
            return str(json.load(answer)["value"])
    except (HTTPException, LookupError, TypeError, ValueError) as error:
        message = "the runner answers with something else"
        raise OSError(message) from error
