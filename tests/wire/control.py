"""The control endpoint of a held server, asked over HTTP as anybody's tests would."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """Asks the server at an address for misbehaviour."""

    host: str
    port: int

    def ask(self, verb: str, path: str, **body: object) -> dict[str, object]:
        """Send one request, and give its answer; an error of HTTP is raised."""
        content = json.dumps(body).encode() if body else None
        asked = urllib.request.Request(f"http://{self.host}:{self.port}/control{path}", content, method=verb)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    def add(self, fault: str, **rule: object) -> int:
        """Make a rule, and give its number."""
        return int(str(self.ask("POST", "/rules", fault=fault, **rule)["number"]))

    def applied(self, rule: int) -> int:
        """Count the requests that a rule applied to."""
        return int(str(self.ask("GET", f"/rules/{rule}")["applied"]))

    def waiting(self, rule: int) -> int:
        """Count the requests that wait at a pause."""
        return int(str(self.ask("GET", f"/rules/{rule}")["waiting"]))

    def release(self, rule: int) -> None:
        """Take a rule away; what waits at it goes on."""
        self.ask("DELETE", f"/rules/{rule}")

    def log(self, after: int = 0) -> list[dict[str, object]]:
        """Read the statements after the one numbered so."""
        return list(self.ask("GET", f"/log?after={after}")["statements"])
