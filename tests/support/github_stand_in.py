"""A stand-in for GitHub's REST API on loopback: comments, issues and pulls of a repository, and what was asked."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "example/models"
BOT = {"login": "github-actions[bot]", "type": "Bot"}


@dataclass
class GitHub:
    """The state of a repository, as far as it matters here."""

    url: str = ""
    comments: list[dict] = field(default_factory=list)
    issues: list[dict] = field(default_factory=list)
    pulls: dict[str, list[dict]] = field(default_factory=dict)  # by commit
    requests: list[str] = field(default_factory=list)
    refuses_writes: bool = False

    def answer(self, method, path, query, content):
        """Give the status and the document of an answer."""
        self.requests.append(f"{method} {path}")
        if method != "GET" and self.refuses_writes:
            return 403, {"message": "Resource not accessible by integration"}
        place = path.removeprefix(f"/repos/{REPOSITORY}/")
        match method, place.split("/"):
            case "GET", ["issues", number, "comments"]:
                return 200, page([one for one in self.comments if one["issue"] == int(number)], query)
            case "POST", ["issues", number, "comments"]:
                made = {"id": len(self.comments) + 1, "issue": int(number), "user": BOT, **content}
                self.comments.append(made)
                return 201, made
            case "PATCH", ["issues", "comments", identity]:
                return 200, change(next(one for one in self.comments if one["id"] == int(identity)), content)
            case "GET", ["issues"]:
                labels, state = query["labels"][0], query["state"][0]
                found = [one for one in self.issues if labels in one["labels"] and one["state"] == state]
                return 200, page(found, query)
            case "POST", ["issues"]:
                made = {"number": 100 + len(self.issues), "state": "open", "user": BOT, **content}
                self.issues.append(made)
                return 201, made
            case "PATCH", ["issues", number]:
                return 200, change(next(one for one in self.issues if one["number"] == int(number)), content)
            case "GET", ["commits", commit, "pulls"]:
                return 200, page(self.pulls.get(commit, []), query)
        return 404, {"message": "Not Found"}


def page(found, query):
    size, number = (int(query[name][0]) for name in ("per_page", "page"))
    return found[size * (number - 1) : size * number]


def change(found, content):
    found.update(content)
    return found


@contextmanager
def serve_github():
    """Serve an empty repository."""
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else {}
            assert re.fullmatch(r"Bearer \S+", self.headers["Authorization"])
            parts = urlsplit(self.path)
            status, document = github.answer(self.command, parts.path, parse_qs(parts.query), content)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    Handler.do_GET = Handler.do_POST = Handler.do_PATCH = Handler.respond
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
