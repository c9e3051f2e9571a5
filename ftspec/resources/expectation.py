"""Expectations: what a dataset's rows must be like, with a bound and a weight each, judged on figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ftspec.manifest.document import Document
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, Span
from ftspec.model.profile import PairLimit, Profile


class Rule(StrEnum):
    """What is expected of rows."""

    ROWS = "rows"
    DUPLICATE_PROMPTS = "duplicate_prompts"
    CONFLICTING_COMPLETIONS = "conflicting_completions"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    OVERLAP = "overlap"


_CODES = {
    Rule.ROWS: "FT230",
    Rule.TRUNCATED: "FT231",
    Rule.DUPLICATE_PROMPTS: "FT232",
    Rule.CONFLICTING_COMPLETIONS: "FT233",
    Rule.EMPTY: "FT234",
    Rule.OVERLAP: "FT235",
}
_ALWAYS = {Rule.TRUNCATED: Severity.WARNING, Rule.EMPTY: Severity.ERROR, Rule.OVERLAP: Severity.WARNING}
"""Rules that hold for every dataset, with a bound of 0 and this severity, unless it sets others."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One rule: the largest share `at_most`, or for rows `least` and `most`; `place` is where it is declared."""

    rule: Rule
    severity: Severity
    at_most: float = 0.0
    least: int | None = None
    most: int | None = None
    place: Span | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a rule: so many of all, and in words."""

    count: int
    total: int
    words: str

    @property
    def share(self) -> float:
        """Give the share of all that it is; 0 where there is nothing."""
        return self.count / self.total if self.total else 0.0


NEEDS_ALL_ROWS = frozenset({Rule.DUPLICATE_PROMPTS, Rule.CONFLICTING_COMPLETIONS, Rule.TRUNCATED})
"""Rules that the rows of a file cannot be judged by before they are loaded."""


def read_expectations(document: Document, place: Span) -> tuple[Expectation, ...]:
    """Read the rules of a Dataset, those that hold without being declared included; `place` is where the data is."""
    declared = document.spec.get("expect")
    given: Mapping[str, object] = declared if isinstance(declared, Mapping) else {}
    found = []
    for rule in Rule:
        settings = given.get(rule.value)
        if isinstance(settings, Mapping):
            found.append(_read_rule(rule, settings, document.span(f"spec/expect/{rule}")))
        elif rule in _ALWAYS:
            found.append(Expectation(rule, _ALWAYS[rule], place=place))
    return tuple(found)


def judge_rows(
    dataset: str,
    expectations: tuple[Expectation, ...],
    profile: Profile,
    limit: PairLimit | None,
    overlap: int | None,
) -> Diagnostics:
    """Judge a profile: each rule that is broken names dataset, rule, bound, and what was found.

    `limit` is the base model's, `overlap` the number of rows whose prompt also trains; None: neither is known.
    """
    judged = (_judge(dataset, expected, profile, limit, overlap) for expected in expectations)
    return tuple(fault for fault in judged if fault is not None)


def _read_rule(rule: Rule, settings: Mapping[str, object], place: Span) -> Expectation:
    severity = Severity(str(settings.get("severity", _ALWAYS.get(rule, Severity.ERROR))))
    least, most = settings.get("min"), settings.get("max")
    return Expectation(
        rule,
        severity,
        at_most=float(str(settings.get("at_most", 0))),
        least=least if isinstance(least, int) else None,
        most=most if isinstance(most, int) else None,
        place=place,
    )


def _judge(
    dataset: str, expected: Expectation, profile: Profile, limit: PairLimit | None, overlap: int | None
) -> Diagnostic | None:
    if expected.rule is Rule.ROWS:
        return _judge_rows(dataset, expected, profile.rows)
    found = _measure(expected.rule, profile, limit, overlap)
    if found is None or found.share <= expected.at_most:
        return None
    share = f" ({found.share:.1%})" if found.count < found.total else ""
    counted = f"{found.count:,} of {found.total:,}{share} {found.words}"
    return _tell(dataset, expected, counted, f"at most {expected.at_most:g}")


def _judge_rows(dataset: str, expected: Expectation, rows: int) -> Diagnostic | None:
    few = expected.least is not None and rows < expected.least
    many = expected.most is not None and rows > expected.most
    if not few and not many:
        return None
    bound = f"at least {expected.least:,}" if few else f"at most {expected.most:,}"
    return _tell(dataset, expected, f"{rows:,} row{'s' * (rows != 1)}", bound)


def _tell(dataset: str, expected: Expectation, found: str, bound: str) -> Diagnostic:
    message = f"dataset {dataset} has {found}; expect.{expected.rule} is {bound}"
    hint = f"correct the rows, or set expect.{expected.rule} in the dataset"
    return Diagnostic(
        _CODES[expected.rule], message, expected.severity, path="spec/training_data", span=expected.place, hint=hint
    )


def _measure(rule: Rule, profile: Profile, limit: PairLimit | None, overlap: int | None) -> Found | None:
    """Count what a rule is about; None where that was not read."""
    rows, prompts = profile.rows, profile.distinct_prompts
    if profile.is_partial and rule in NEEDS_ALL_ROWS:
        return None
    match rule:
        case Rule.DUPLICATE_PROMPTS:
            return Found(rows - prompts, rows, "pairs that repeat a prompt")
        case Rule.CONFLICTING_COMPLETIONS:
            return Found(profile.conflicting_prompts, prompts, "prompts with several completions")
        case Rule.EMPTY:
            return Found(profile.blank_pairs, rows, "pairs with a null or blank prompt or completion")
        case Rule.OVERLAP:
            return None if overlap is None else Found(overlap, rows, "pairs whose prompt also trains")
        case Rule.TRUNCATED:
            over = None if limit is None else profile.count_overlong(limit)
            return None if over is None or limit is None else Found(over, rows, _describe_limit(limit))
        case Rule.ROWS:
            return None


def _describe_limit(limit: PairLimit) -> str:
    longer = f"{limit.prompt_tokens:,} + {limit.completion_tokens:,} tokens"
    return f"pairs that are longer than {longer} and would be truncated"
