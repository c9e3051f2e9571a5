"""Rows of a profile for tests that need its main figures only."""

from __future__ import annotations

from ftspec.model.address import SchemaName
from ftspec.resources.base import Scope
from ftspec.resources.fine_tuned_model.figures import pair_limits
from ftspec.resources.profile import profile

SPREADS = [f"{side}_{what}" for side in ("PROMPT", "COMPLETION") for what in ("CHARACTERS", "TOKENS")]


def profile_row(given, limits=None):
    """Fill a row in: all characters and their tokens (a fourth, rounded up) are those of prompts, none is too long."""
    given = dict(given)
    characters = int(given.pop("CHARACTERS", 0))
    row = dict.fromkeys(("BLANK_PROMPTS", "BLANK_COMPLETIONS", "BLANK_PAIRS", "CONFLICTING_PROMPTS", "TOTAL"), 0)
    for spread in SPREADS:
        row |= {spread: 0} | {f"{spread}_{suffix}": 0 for suffix in ("MAX", "MEDIAN", "P95", "P99")}
    row |= {"PROMPT_CHARACTERS": characters, "PROMPT_TOKENS": -(-characters // 4)}
    limits = pair_limits(Scope("", "", SchemaName("", ""))) if limits is None else limits
    row |= {f"OVER_{limit.prompt_tokens}_{limit.completion_tokens}": 0 for limit in limits}
    return row | {"DISTINCT_PROMPTS": given["PAIRS"]} | given


def profile_of(select, scope):
    """Write the profile that a plan asks for."""
    return profile(select, pair_limits(scope))
