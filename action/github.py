"""The few calls of GitHub's REST API that the action makes: comments of a pull request, issues, pulls of a commit.

https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Plain = Mapping[str, Any]
FORBIDDEN = frozenset({401, 403, 404})
"""A token that may not do this, as that of a pull request from a fork; GitHub hides with 404 what may not be seen."""
_PAGE = 100
_SECONDS = 30


class ForbiddenError(Exception):
    """The token may not do this."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of GitHub, and the token that speaks for the workflow."""

    name: str
    token: str
    url: str

    def list_comments(self, number: int) -> Iterator[Plain]:
        """List the comments of a pull request or issue, oldest first."""
        return self._list(f"issues/{number}/comments")

    def list_open_issues(self, label: str) -> Iterator[Plain]:
        """List the open issues that have a label; pull requests are none."""
        return (issue for issue in self._list(f"issues?state=open&labels={label}") if "pull_request" not in issue)

    def list_pulls(self, commit: str) -> Iterator[Plain]:
        """List the pull requests that a commit came with."""
        return self._list(f"commits/{commit}/pulls")

    def create_comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._send("POST", f"issues/{number}/comments", {"body": body})

    def update_comment(self, identity: int, body: str) -> None:
        """Write a comment anew."""
        self._send("PATCH", f"issues/comments/{identity}", {"body": body})

    def create_issue(self, title: str, body: str, label: str) -> None:
        """Open an issue."""
        self._send("POST", "issues", {"title": title, "body": body, "labels": [label]})

    def update_issue(self, number: int, **values: str) -> None:
        """Change an issue."""
        self._send("PATCH", f"issues/{number}", values)

    def _list(self, path: str) -> Iterator[Plain]:
        page = 1
        found: list[Plain] = [{}] * _PAGE
        while len(found) == _PAGE:
            found = self._send("GET", f"{path}{'&' if '?' in path else '?'}per_page={_PAGE}&page={page}")
            yield from found
            page += 1

    def _send(self, method: str, path: str, content: Plain | None = None) -> Any:  # noqa: ANN401 - it is JSON
        request = urllib.request.Request(  # noqa: S310 - the runner's own address
            f"{self.url}/repos/{self.name}/{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
                return json.load(answer)
        except urllib.error.HTTPError as error:
            words = f"GitHub answers {error.code} to {method} {path}"
            if error.code in FORBIDDEN:
                raise ForbiddenError(words) from error
            raise SystemExit(words) from error
        except OSError as error:
            message = f"GitHub cannot be reached: {error}"
            raise SystemExit(message) from error


def open_repository(token: str) -> Repository:
    """Name the repository that the workflow belongs to."""
    url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    return Repository(os.environ["GITHUB_REPOSITORY"], token, url)
