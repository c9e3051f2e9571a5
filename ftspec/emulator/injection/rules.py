"""Which fault applies to which request: rules as values, and the choice among them. No clock, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

STATEMENTS, LOGINS, REQUESTS = "statements", "logins", "requests"
BEFORE, AFTER = "before", "after"

DELAY, PAUSE, DROP, ANSWER, GARBLE = "delay", "pause", "drop", "answer", "garble"
EXPIRE_TOKEN, END_SESSION = "expire_token", "end_session"

_FAULTS = (DELAY, PAUSE, DROP, ANSWER, GARBLE, EXPIRE_TOKEN, END_SESSION)
# What takes the place of the answer: whatever other rules say, nothing is left to do to it.
_ENDING = frozenset({DROP, ANSWER, GARBLE})
_PATHS = {STATEMENTS: "/queries/v1/query-request", LOGINS: "/session/v1/login-request", REQUESTS: "/"}
_STATUSES = range(400, 600)
_LONGEST_MS = 3_600_000
_MOST = 1_000_000


class RuleError(Exception):
    """A rule that cannot be read; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault, and the requests that it applies to.

    `match` is searched in the text of statements, None fits all of them. `when` is before or after the request has
    taken effect. `skip` is how many requests it still lets pass first, `times` how many it applies to then, None for
    all; `applied` counts those it applied to.
    """

    number: int
    fault: str
    on: str = STATEMENTS
    match: str | None = None
    when: str = BEFORE
    skip: int = 0
    times: int | None = 1
    milliseconds: int = 0
    status: int = 503
    applied: int = 0

    @property
    def is_spent(self) -> bool:
        """Tell whether it applies to no further request."""
        return self.times == 0

    def fits(self, path: str, sql: str) -> bool:
        """Tell whether it applies to a request, given its path and the statement in it."""
        if self.is_spent or not path.startswith(_PATHS[self.on]):
            return False
        return self.match is None or re.search(self.match, sql) is not None

    def to_dict(self) -> dict[str, object]:
        """Give the rule as JSON data."""
        return asdict(self)


def choose_faults(rules: tuple[Rule, ...], path: str, sql: str) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Choose what is done to a request, and give the rules as they are afterwards, then those that apply.

    Rules are looked at in the order in which they were made. One that takes the place of the answer ends the look, so
    that two such rules count two requests.
    """
    after: list[Rule] = []
    chosen: list[Rule] = []
    for rule in rules:
        if (chosen and chosen[-1].fault in _ENDING) or not rule.fits(path, sql):
            after.append(rule)
            continue
        if rule.skip:
            after.append(replace(rule, skip=rule.skip - 1))
            continue
        times = None if rule.times is None else rule.times - 1
        after.append(replace(rule, times=times, applied=rule.applied + 1))
        chosen.append(rule)
    return tuple(after), tuple(chosen)


def read_rule(body: Mapping[str, object], number: int) -> Rule:
    """Read a rule from JSON data; raises RuleError for whatever is not understood."""
    unknown = sorted(body.keys() - {"fault", "on", "match", "when", "skip", "times", "milliseconds", "status"})
    if unknown:
        raise RuleError(f"unknown key {unknown[0]!r}")
    fault = _read_word(body, "fault", _FAULTS, None)
    on = _read_word(body, "on", tuple(_PATHS), STATEMENTS)
    when = _read_word(body, "when", (BEFORE, AFTER), AFTER if fault == GARBLE else BEFORE)
    if fault == GARBLE and when == BEFORE:
        raise RuleError("'when' of 'garble' is always 'after': there is no answer before")
    skip = _read_number(body, "skip", range(_MOST + 1), 0)
    rule = Rule(number, fault, on, _read_match(body, on), when, skip, _read_times(body))
    if fault == DELAY:
        return replace(rule, milliseconds=_read_number(body, "milliseconds", range(1, _LONGEST_MS + 1), None))
    if fault == ANSWER:
        return replace(rule, status=_read_number(body, "status", _STATUSES, 503))
    for key in ("milliseconds", "status"):
        if key in body:
            raise RuleError(f"{key!r} means nothing for {fault!r}")
    return rule


def _read_word(body: Mapping[str, object], key: str, words: tuple[str, ...], default: str | None) -> str:
    value = body.get(key, default)
    if value not in words:
        raise RuleError(f"{key!r} must be one of {', '.join(words)}, not {value!r}")
    return str(value)


def _read_match(body: Mapping[str, object], on: str) -> str | None:
    match = body.get("match")
    if match is None:
        return None
    if on != STATEMENTS:
        raise RuleError(f"'match' is for statements, and 'on' is {on!r}")
    try:
        re.compile(str(match))
    except re.error as error:
        raise RuleError(f"'match' is no regular expression: {error}") from error
    return str(match)


def _read_times(body: Mapping[str, object]) -> int | None:
    if "times" in body and body["times"] is None:
        return None
    return _read_number(body, "times", range(1, _MOST + 1), 1)


def _read_number(body: Mapping[str, object], key: str, allowed: range, default: int | None) -> int:
    value = body.get(key, default)
    if type(value) is not int or value not in allowed:
        raise RuleError(f"{key!r} must be a whole number from {allowed.start} to {allowed.stop - 1}, not {value!r}")
    return value
