"""What a plan takes, what was approved with a pull request, and what has grown since. Pure: values to values.

The figures stand in the comment that the action writes on the pull request, hidden, with the commit that was planned.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Plain = Mapping[str, Any]
_FIGURES = re.compile(r"<!-- ftspec-figures (\{.*\}) -->")


@dataclass(frozen=True, slots=True)
class Figures:
    """What an apply of a plan would take; credits None: not known."""

    tokens: int = 0
    credits: float | None = 0.0
    hazards: tuple[str, ...] = ()


NOTHING = Figures()
"""What is approved where there was no pull request: what costs nothing and has no hazard."""


def read_figures(plan: Plain) -> Figures:
    """Read what a plan takes from its JSON form."""
    summary = plan["summary"]
    hazards = sorted({hazard for step in plan["steps"] for hazard in step["hazards"]})
    known = summary["credits"] if not summary["credit_rates_unknown"] else None
    return Figures(summary["trained_tokens"], known, tuple(hazards))


def write_marker(directory: str, environment: str) -> str:
    """Write the hidden line by which a comment or issue of a project and environment is found again."""
    name = json.dumps({"directory": directory, "environment": environment}).replace("-->", "--\\u003e")
    return f"<!-- ftspec {name} -->"


def write_hidden_figures(figures: Figures, commit: str) -> str:
    """Write figures into a hidden line of a comment, and the commit that they are of."""
    return f"<!-- ftspec-figures {json.dumps({'commit': commit, **asdict(figures)})} -->"


def find_comment(comments: Iterable[Plain], marker: str, author: str) -> Plain | None:
    """Find the comment that bears a marker: that of the action itself, whatever somebody else may have pasted."""
    for comment in comments:
        if (comment["user"] or {}).get("login") == author and (comment["body"] or "").startswith(marker):
            return comment
    return None


def read_approved(comment: Plain | None, commit: str) -> tuple[Figures | None, str]:
    """Read the figures that were approved for a commit; or None, and why there are none."""
    # The line below the marker and no other: what follows is made of words that manifests have a part in.
    lines = [] if comment is None else comment["body"].splitlines()
    found = _FIGURES.fullmatch(lines[1]) if len(lines) > 1 else None
    if found is None:
        return None, "the pull request has no plan of this project and environment"
    plain = json.loads(found.group(1))
    if plain["commit"] != commit:
        return None, f"the plan on the pull request is of {plain['commit'][:12]}, and {commit[:12]} was merged"
    return Figures(plain["tokens"], plain["credits"], tuple(plain["hazards"])), ""


def find_growth(approved: Figures, now: Figures, percent: float) -> Iterator[str]:
    """Say what a plan takes beyond what was approved: hazards at all, tokens and credits by more than some percent."""
    for hazard in now.hazards:
        if hazard not in approved.hazards:
            yield f"the hazard {hazard} was not in the approved plan"
    if now.tokens > approved.tokens * (1 + percent / 100):
        yield f"it trains {now.tokens:,} tokens, and {approved.tokens:,} were approved"
    if (
        now.credits is not None
        and approved.credits is not None
        and now.credits > approved.credits * (1 + percent / 100)
    ):
        yield f"it takes {now.credits:,.2f} credits, and {approved.credits:,.2f} were approved"
