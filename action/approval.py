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
_GREATER = "\\u003e"
_FIGURES = re.compile(r"<!-- ftspec-figures (\{.*\}) -->")


@dataclass(frozen=True, slots=True)
class Figures:
    """What an apply of a plan would take; credits None: not known. A hazard stands with each resource that has it."""

    tokens: int = 0
    credits: float | None = 0.0
    hazards: tuple[tuple[str, str], ...] = ()


NOTHING = Figures()
"""What is approved where there was no pull request: what costs nothing and has no hazard."""


def read_figures(plan: Plain) -> Figures:
    """Read what a plan takes from its JSON form."""
    summary = plan["summary"]
    steps = [(f"{step['address']['kind']} {step['address']['name']}", step["hazards"]) for step in plan["steps"]]
    hazards = sorted({(hazard, resource) for resource, found in steps for hazard in found})
    known = summary["credits"] if not summary["credit_rates_unknown"] else None
    return Figures(summary["trained_tokens"], known, tuple(hazards))


def write_marker(directory: str, environment: str) -> str:
    """Write the hidden line by which a comment or issue of a project and environment is found again."""
    return _hide("ftspec", {"directory": directory, "environment": environment})


def write_hidden_figures(figures: Figures, commit: str) -> str:
    """Write figures into a hidden line of a comment, and the commit that they are of."""
    return _hide("ftspec-figures", {"commit": commit, **asdict(figures), "hazards": _gather(figures.hazards)})


def _hide(title: str, values: Plain) -> str:
    """Write values as a comment of one line, which nothing in them can end."""
    return f"<!-- {title} {json.dumps(values).replace('-->', '--' + _GREATER)} -->"


def _gather(hazards: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """List resources once, by all the hazards that each of them has: a comment takes only so much."""
    each = _group((resource, hazard) for hazard, resource in hazards)
    return _group((" ".join(found), resource) for resource, found in each.items())


def _group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped


def find_own(listed: Iterable[Plain], marker: str, author: str) -> Plain | None:
    """Find the comment or issue that bears a marker: that of the action, whatever somebody else may have pasted."""
    for entry in listed:
        if (entry["user"] or {}).get("login") == author and (entry["body"] or "").startswith(marker):
            return entry
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
    gathered = plain["hazards"].items()
    hazards = sorted((hazard, name) for found, names in gathered for hazard in found.split() for name in names)
    return Figures(plain["tokens"], plain["credits"], tuple(hazards)), ""


def find_growth(approved: Figures, now: Figures, percent: float) -> Iterator[str]:
    """Say what a plan takes beyond what was approved: any hazard of a resource, some percent of tokens or credits."""
    for hazard, resources in _group(pair for pair in now.hazards if pair not in set(approved.hazards)).items():
        yield f"the hazard {hazard} was not approved for {', '.join(resources)}"
    if now.tokens > approved.tokens * (1 + percent / 100):
        yield f"it trains {now.tokens:,} tokens, and {approved.tokens:,} were approved"
    if (
        now.credits is not None
        and approved.credits is not None
        and now.credits > approved.credits * (1 + percent / 100)
    ):
        yield f"it takes {now.credits:,.2f} credits, and {approved.credits:,.2f} were approved"
