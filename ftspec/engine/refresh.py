"""Refresh: ask the kinds what to read, side by side, in at most three rounds. The only reads of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.engine.session import Session
from ftspec.planning.desired import DesiredState
from ftspec.resources import KINDS
from ftspec.resources.base import Answer, Query, Scope, Seen

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was seen, and how many rounds it took."""

    seen: Seen
    rounds: int


def refresh(session: Session, desired: DesiredState, scope: Scope) -> Refreshed:
    """Read until no kind asks for more; every statement of a round is under way at once, and none is sent twice."""
    seen: dict[Query, Answer] = {}
    for number in range(ROUNDS):
        wanted = {
            query for kind in KINDS for query in kind.read(desired.declared.get(kind.noun, ()), scope, seen)
        } - seen.keys()
        if not wanted:
            return Refreshed(seen, number)
        queries = tuple(sorted(wanted))
        seen.update(zip(queries, session.read(queries), strict=True))
    return Refreshed(seen, ROUNDS)
