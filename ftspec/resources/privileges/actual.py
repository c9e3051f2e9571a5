"""The live state of privileges: what a role holds itself, and through other roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ftspec.model.address import ObjectName
from ftspec.resources.base import Query, Refusal, Seen
from ftspec.resources.grant import Grant, covers, inherited_roles, parse_grants, show_grants_to, show_views
from ftspec.resources.privileges.desired import Privileges, Wanted, unite_grants

PUBLIC = "PUBLIC"


@dataclass(frozen=True, slots=True)
class Held:
    """What a role holds: itself, and through which other roles; `views` of the schemas that are read."""

    direct: frozenset[Grant]
    through: tuple[tuple[str, frozenset[Grant]], ...] = ()
    views: frozenset[str] = frozenset()
    refusal: Refusal | None = None


def read_privileges(desired: tuple[Privileges, ...], seen: Seen) -> tuple[Query, ...]:
    """Ask what each role, PUBLIC and the roles behind them hold, and which names that are read are views."""
    roles = {entry.role for entry in desired}
    if not roles:
        return ()
    asked = {show_grants_to(role) for role in (*roles, PUBLIC)}
    for query in sorted(asked):
        asked |= _behind(query, seen, set())
    return tuple(sorted(asked | {show_views(name.database, name.schema) for name in _reads(desired)}))


def _behind(query: Query, seen: Seen, met: set[Query]) -> set[Query]:
    """Follow inherited roles as far as they have been seen, and ask for the next."""
    if query in met or query not in seen:
        return set()
    met.add(query)
    found = {show_grants_to(role) for role in inherited_roles(seen[query])}
    return found.union(*(_behind(inner, seen, met) for inner in sorted(found)))


def observe_role(entry: Privileges, seen: Seen) -> Held:
    """Parse what one role holds, itself and through the roles that were read behind it."""
    answer = seen.get(show_grants_to(entry.role), ())
    if isinstance(answer, Refusal):
        return Held(frozenset(), refusal=answer)
    through, todo, met = [], [*inherited_roles(answer), PUBLIC], {entry.role}
    while todo:
        role = todo.pop(0)
        if role in met:
            continue
        met.add(role)
        found = seen.get(show_grants_to(role), ())
        through.append((role, parse_grants(found)))
        todo += inherited_roles(found)
    return Held(parse_grants(answer), tuple(through), _views((entry,), seen))


def _views(entries: Iterable[Privileges], seen: Seen) -> frozenset[str]:
    names = set()
    for name in _reads(entries):
        answer = seen.get(show_views(name.database, name.schema), ())
        rows = () if isinstance(answer, Refusal) else answer
        names |= {str(name.parent.join(str(row["name"]))) for row in rows}
    return frozenset(names)


def _reads(entries: Iterable[Privileges]) -> tuple[ObjectName, ...]:
    return tuple(sorted({wanted.reads for entry in entries for wanted in entry.wanted if wanted.reads}))


def resolve_views(wanted: Iterable[Wanted], held: Held) -> tuple[Wanted, ...]:
    """Write SELECT on a view where the name that is read turned out to be one."""
    return unite_grants(
        tuple(
            replace(entry, grant=replace(entry.grant, object_type="VIEW")) if str(entry.reads) in held.views else entry
            for entry in wanted
        )
    )


def find_holder(wanted: Wanted, held: Held) -> str | None:
    """Say how a grant is held: '' directly, or through what; None when it is not."""
    if wanted.grant in held.direct:
        return ""
    if not wanted.preset:
        return None
    if covers(held.direct, wanted.grant):
        return "as its owner"
    return next((f"through {role}" for role, grants in held.through if covers(grants, wanted.grant)), None)
