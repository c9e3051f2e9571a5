"""The ledger: what ftspec itself has granted, so that it takes back that and nothing else.

It is one row of the journal, written whole: before an apply grants anything, and after it for what is still held.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from ftspec.resources.base import Answer, Query, Refusal, Scope
from ftspec.resources.grant import Grant, Grantee
from ftspec.resources.journal import Event, read_newest

Granted = tuple[Grant, bool]
"""A grant, and whether it was given with the grant option."""
Ledger = Mapping[Grantee, frozenset[Granted]]


def read_ledger(scope: Scope) -> Query:
    """Ask for what ftspec had granted when the project was last applied."""
    return read_newest(scope, Event.GRANTED)


def parse_ledger(answer: Answer | None) -> Ledger:
    """Read the ledger; a journal that is not there, or tells of nothing, is an empty one."""
    if answer is None or isinstance(answer, Refusal) or not answer:
        return {}
    told = json.loads(str(answer[0]["DETAIL"]))
    return {_grantee(sql): frozenset(_granted(entry) for entry in listed) for sql, listed in sorted(told.items())}


def write_ledger(ledger: Ledger) -> str:
    """Write the ledger as JSON; grantees without grants are left out."""
    told = {
        grantee.sql: [[grant.object_type, grant.name, grant.privilege, option] for grant, option in sorted(granted)]
        for grantee, granted in sorted(ledger.items())
        if granted
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def unite_ledgers(first: Ledger, second: Ledger) -> Ledger:
    """Put two ledgers together."""
    grantees = sorted({*first, *second})
    return {grantee: _of(first, grantee) | _of(second, grantee) for grantee in grantees}


def _of(ledger: Ledger, grantee: Grantee) -> frozenset[Granted]:
    return ledger.get(grantee, frozenset())


def targets_of(granted: Iterable[Granted]) -> tuple[tuple[str, str], ...]:
    """List the objects that grants are on, each once."""
    return tuple(sorted({(grant.object_type, grant.name) for grant, _ in granted}))


def _grantee(sql: str) -> Grantee:
    of_database = sql.startswith("DATABASE ROLE ")
    return Grantee(sql.removeprefix("DATABASE ").removeprefix("ROLE "), of_database=of_database)


def _granted(entry: Iterable[object]) -> Granted:
    object_type, name, privilege, option = entry
    return Grant(str(object_type), str(name), str(privilege)), bool(option)
