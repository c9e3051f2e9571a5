"""Why what ought to go stays, as people are told, and who can take it away."""

from __future__ import annotations

from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.resources.grant import PUBLIC, Grantee, revoke_sql
from ftspec.resources.privileges.actual import Held, Stays, Surplus


def is_for_administrator(entry: Surplus, held: Held) -> bool:
    """Tell whether an administrator ought to take it away: it is another role's, or everybody's."""
    return entry.stays is Stays.GRANTOR or (entry.stays is Stays.OWN and _is_public(held))


def _is_public(held: Held) -> bool:
    return held.grantee == Grantee(PUBLIC)


def explain_staying(held: Held, path: str) -> Diagnostics:
    """Say what stays of what others granted, or of what the running role has itself."""
    kept = [_explain_kept(entry, held, path) for entry in held.surplus if entry.stays is Stays.GRANTOR]
    by_hand = [_explain_by_hand(entry, held, path) for entry in held.surplus if entry.stays is Stays.BY_HAND]
    own = [entry for entry in held.surplus if entry.stays is Stays.OWN]
    if _is_public(held):
        return (*kept, *by_hand, *(_explain_public(entry, held, path) for entry in own))
    message = f"{len(own)} grants stay: nothing is taken from {held.grantee}, which the running role is or inherits"
    noted = [Diagnostic("FT269", message, Severity.NOTE, path=path)] if own else []
    return (*kept, *by_hand, *noted)


def _explain_kept(entry: Surplus, held: Held, path: str) -> Diagnostic:
    by = entry.holding.grantor
    who = f"role {by}, which is not the running role's," if by else "somebody else"
    hint = f"let that role or an administrator run {_revoke(entry, held)}; --emit-sql FILE writes all of them"
    message = f"{entry.holding.grant} stays with {held.grantee}: {who} granted it"
    return Diagnostic("FT267", message, path=path, hint=hint)


def _explain_by_hand(entry: Surplus, held: Held, path: str) -> Diagnostic:
    message = f"{entry.holding.grant} stays with {held.grantee}: role {entry.holding.grantor} granted it too"
    hint = "what others granted is taken away in authoritative mode alone"
    return Diagnostic("FT267", message, Severity.NOTE, path=path, hint=hint)


def _explain_public(entry: Surplus, held: Held, path: str) -> Diagnostic:
    message = f"{entry.holding.grant} stays with everybody: the running role inherits PUBLIC, and takes nothing from it"
    hint = f"let an administrator run {_revoke(entry, held)}; --emit-sql FILE writes all of them"
    return Diagnostic("FT269", message, Severity.WARNING, path=path, hint=hint)


def _revoke(entry: Surplus, held: Held) -> str:
    return revoke_sql((entry.shown,), held.grantee, option_only=entry.option_only)
