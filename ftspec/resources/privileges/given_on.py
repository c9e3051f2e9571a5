"""What cannot be taken away because its holder gave it on: Snowflake refuses that, unless it is to fall for them too.

Snowflake: REVOKE <privileges> … FROM ROLE, RESTRICT and CASCADE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.resources.base import Query, Seen
from ftspec.resources.grant import OWNERSHIP, Grantee, Holding, comparable, owning, revoke_sql
from ftspec.resources.privileges.actual import Held, Stays, Surplus
from ftspec.resources.shown_grants import parse_given, show_grants_on


def ask_given_on(observed: Iterable[Held]) -> set[Query]:
    """Ask for the grants on an object, where something that can be given on, or the right to, is to be taken away."""
    return {
        _ask(entry)
        for held in observed
        for entry in held.surplus
        if entry.holding.option and entry.stays not in {Stays.OWN, Stays.GRANTOR} and _may_be_given_on(entry, held)
    }


def _may_be_given_on(entry: Surplus, held: Held) -> bool:
    """Tell whether it is on an object, and held by what a session can be: a database role gives nothing on."""
    return not entry.holding.grant.is_future and not held.grantee.of_database and "ROLE" not in entry.shown.object_type


def _ask(entry: Surplus) -> Query:
    return show_grants_on(entry.holding.grant.object_type, entry.holding.grant.name)


def keep_given_on(
    surplus: tuple[Surplus, ...], grantee: Grantee, holdings: Iterable[Holding], seen: Seen
) -> tuple[Surplus, ...]:
    """Let stay what was given on, but where its holder may give it on afterwards too, or owns the object."""
    going = {entry.holding for entry in surplus if entry.stays is None}
    able = {comparable(holding.grant) for holding in holdings if holding.option and holding not in going}
    able |= {comparable(holding.grant) for holding in holdings if holding.grant.privilege == OWNERSHIP}
    return tuple(
        entry
        if entry.stays is not None or able & {comparable(entry.holding.grant), owning(entry.holding.grant)}
        else _keep(entry, parse_given(seen.get(_ask(entry)), grantee, entry.holding.grant.privilege))
        for entry in surplus
    )


def _keep(entry: Surplus, given_to: tuple[str, ...]) -> Surplus:
    return replace(entry, stays=Stays.GIVEN_ON, given_to=given_to) if given_to else entry


def explain_given_on(held: Held, path: str) -> Diagnostics:
    """Say who has it from its holder, and how it is taken from all of them."""
    return tuple(
        Diagnostic(
            "FT275",
            f"{'the grant option for ' if entry.option_only else ''}{entry.holding.grant} stays with {held.grantee}, "
            f"which gave it on to {', '.join(entry.given_to)}",
            path=path,
            hint=f"let an administrator run {_revoke(entry, held)}, which takes it from them too; "
            "--emit-sql FILE writes all of them",
        )
        for entry in _list_given_on(held)
    )


def revoke_given_on(held: Held) -> tuple[str, ...]:
    """Write for an administrator what takes it from all of them, and say so."""
    return tuple(
        f"-- It takes {entry.holding.grant} from {', '.join(entry.given_to)} too.\n{_revoke(entry, held)}"
        for entry in _list_given_on(held)
    )


def _list_given_on(held: Held) -> list[Surplus]:
    """List each once, whoever it is from."""
    kept = {(entry.shown, entry.option_only): entry for entry in held.surplus if entry.stays is Stays.GIVEN_ON}
    return [kept[key] for key in sorted(kept)]


def _revoke(entry: Surplus, held: Held) -> str:
    return f"{revoke_sql((entry.shown,), held.grantee, option_only=entry.option_only)} CASCADE"
