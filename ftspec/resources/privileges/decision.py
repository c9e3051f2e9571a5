"""What is done about privileges: what is missing is granted, and what is surplus is taken away, as far as may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from ftspec.model.address import Address
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, Span
from ftspec.model.plan import Execute, Hazard, Step
from ftspec.resources.base import Refusal, Scope, is_absent
from ftspec.resources.grant import (
    ACCOUNT,
    DATABASE_ROLE,
    MODEL,
    PUBLIC,
    Grant,
    Grantee,
    comparable,
    grant_sql,
    group_by_object,
    revoke_sql,
)
from ftspec.resources.privileges.actual import Found, Held, Stays, Surplus
from ftspec.resources.privileges.desired import Privileges, Wanted
from ftspec.resources.privileges.given_on import explain_given_on, revoke_given_on
from ftspec.resources.privileges.staying import explain_staying, is_for_administrator
from ftspec.resources.privileges.typed import explain_mistyped

_OPTION = " with grant option"


def decide_privileges(address: Address, desired: Privileges | None, held: Held, scope: Scope) -> Change:
    """Compare the sets; what cannot be done is an error of its own, and the rest is done."""
    if held.refusal is not None:
        return _decide_unread(address, desired, held, held.refusal)
    if desired is not None and desired.torn:
        return _block(address, _explain_torn(desired))
    differences = (
        *(_difference(entry, held) for entry in held.found),
        *(_surplus_difference(entry, desired) for entry in held.surplus),
    )
    notes = (*_notes(desired, held, scope), *_note_documents(desired))
    state = State.LIVE if not held.missing and not held.surplus else State.OUTDATED
    statements = _list_for_administrator(held)
    change = Change(address, Action.NO_OP, state, notes=notes, differences=differences, statements=statements)
    if held.granted or held.revoked:
        return replace(change, action=Action.UPDATE if desired is not None else Action.DELETE)
    errors = [note for note in notes if note.severity is Severity.ERROR]
    if errors:
        return replace(change, action=Action.BLOCKED, reason=errors[0].message)
    return replace(change, state=State.UNKNOWN if held.unseen else State.LIVE)


def privilege_steps(change: Change, held: Held) -> tuple[Step, ...]:
    """Write one GRANT an object, then one REVOKE an object; what is about a model waits for the model.

    What somebody has on a live model, and would lose, is granted to him at once.
    """
    if not change.action.is_change:
        return ()
    makers = {entry.wanted.grant.name: entry.wanted.model for entry in held.found if entry.wanted.model}
    granted = tuple(_grant_step(change.address, held, listed) for listed in _group_wanted(held.granted))
    revoked = tuple(
        _revoke_step(change.address, held.grantee, listed, makers) for listed in _group_surplus(held.revoked)
    )
    return (*granted, *revoked)


def _group_wanted(wanted: Iterable[Wanted]) -> list[tuple[Wanted, ...]]:
    found: dict[tuple[str, str, bool], list[Wanted]] = {}
    for entry in sorted(wanted):
        found.setdefault((entry.grant.object_type, entry.grant.name, entry.option), []).append(entry)
    return [tuple(found[key]) for key in sorted(found)]


def _list_wanted(held: Held, grants: Collection[Grant]) -> list[tuple[Wanted, ...]]:
    return _group_wanted(entry.wanted for entry in held.found if entry.wanted.grant in grants)


def _group_surplus(surplus: Iterable[Surplus]) -> list[tuple[Surplus, ...]]:
    """Group by object, and on models by privilege: who replaces a model finds what it loses by its statement."""
    found: dict[tuple[str, str, str, bool], dict[Grant, Surplus]] = {}
    for entry in surplus:
        grant = entry.shown
        single = grant.privilege if grant.object_type == MODEL else ""
        found.setdefault((grant.object_type, grant.name, single, entry.option_only), {})[grant] = entry
    return [tuple(found[key].values()) for key in sorted(found)]


def _grant_step(address: Address, held: Held, wanted: tuple[Wanted, ...]) -> Step:
    grants, option, grantee = tuple(entry.grant for entry in wanted), wanted[0].option, held.grantee
    makers = {entry.model for entry in wanted if entry.model} if held.early.isdisjoint(grants) else set()
    behind = _OPTION if option else ""
    return Execute(
        id=f"grant {address.name} {_name_target(grants[0])}{behind}",
        address=address,
        title=f"grant {', '.join(map(str, grants))} to {grantee}{behind}",
        hazards=(Hazard.PUBLIC,) if grantee == Grantee(PUBLIC) else (),
        needs=tuple(sorted(makers)),
        sql=(grant_sql(grants, grantee, option=option),),
    )


def _revoke_step(
    address: Address, grantee: Grantee, surplus: tuple[Surplus, ...], makers: Mapping[str, Address | None]
) -> Step:
    grants, option_only = tuple(entry.shown for entry in surplus), surplus[0].option_only
    what = "the grant option for " if option_only else ""
    maker = makers.get(grants[0].name)
    return Execute(
        id=f"revoke {address.name} {_name_revoked(grants)}{_OPTION if option_only else ''}",
        address=address,
        title=f"revoke {what}{', '.join(map(str, grants))} from {grantee}",
        hazards=(Hazard.REVOKES,),
        needs=(maker,) if maker else (),
        sql=(revoke_sql(grants, grantee, option_only=option_only),),
    )


def _name_target(grant: Grant) -> str:
    return f"{grant.object_type.lower()} {grant.name or ACCOUNT.lower()}"


def _name_revoked(grants: tuple[Grant, ...]) -> str:
    single = f"{grants[0].privilege} " if grants[0].object_type == MODEL else ""
    return f"{single}{_name_target(grants[0])}"


def _difference(found: Found, held: Held) -> Difference:
    wanted = found.wanted
    text = f"{wanted.grant}{_OPTION if wanted.option else ''}"
    if wanted.grant in held.unseen:
        return Difference("grants", text, text, f"{wanted.origin}, not verifiable")
    if found.how is None:
        return Difference("grants", None, text, wanted.origin)
    return Difference("grants", text, text, f"{wanted.origin}, {found.how}" if found.how else wanted.origin)


def _surplus_difference(entry: Surplus, desired: Privileges | None) -> Difference:
    text = f"{entry.holding.grant}{_OPTION if entry.option_only else ''}"
    if entry.stays is not None:
        return Difference("grants", text, text, _why_it_stays(entry))
    why = "" if desired is not None and desired.owned else "granted by ftspec, declared no more"
    return Difference("grants", text, None, why)


def _why_it_stays(entry: Surplus) -> str:
    if entry.stays in {Stays.GRANTOR, Stays.BY_HAND}:
        return f"not declared, stays: granted by {entry.holding.grantor or 'Snowflake'}"
    if entry.stays is Stays.GIVEN_ON:
        return f"not declared, stays: given on to {', '.join(entry.given_to)}"
    return "not declared, stays"


def _notes(desired: Privileges | None, held: Held, scope: Scope) -> Diagnostics:
    key = "spec/database_role" if held.grantee.of_database else "spec/role"
    path = key if desired is not None else ""
    places = dict(desired.places) if desired is not None else {}
    found = [_explain_forbidden(listed, held, scope, places) for listed in _list_wanted(held, held.forbidden)]
    found += [_explain_unseen(listed, held, scope, places) for listed in _list_wanted(held, held.unseen)]
    found += [_explain_absent(grants, places) for grants in group_by_object(held.absent).values()]
    found += [explain_mistyped(grants, _place(grants, places)) for grants in group_by_object(held.mistyped).values()]
    found += explain_staying(held, path)
    found += explain_given_on(held, path)
    if any(entry.stays is Stays.UNSEEN for entry in held.surplus):
        message = f"not all roles behind role {scope.role} can be seen, so nothing is taken from {held.grantee}"
        hint = "use a role that sees them, or revoke by hand"
        found.append(Diagnostic("FT266", message, Severity.WARNING, path=path, hint=hint))
    if held.unverified:
        message = (
            f"whether role {scope.role} may grant all of this cannot be verified: not all roles behind it are seen"
        )
        found.append(Diagnostic("FT266", message, Severity.NOTE, path=path))
    return tuple(found)


def _explain_forbidden(
    wanted: tuple[Wanted, ...], held: Held, scope: Scope, places: Mapping[Grant, Span]
) -> Diagnostic:
    grants = tuple(entry.grant for entry in wanted)
    statement = grant_sql(grants, held.grantee, option=wanted[0].option)
    # Everything else was seen to be there.
    behind = f", or {grants[0].place} is not there" if grants[0].object_type == DATABASE_ROLE else ""
    message = f"role {scope.role} may not grant {', '.join(map(str, grants))}{behind}"
    hint = f"let an administrator run {statement}; --emit-sql FILE writes all of them"
    return Diagnostic("FT264", message, path="spec/grants", span=_place(grants, places), hint=hint)


def _explain_unseen(wanted: tuple[Wanted, ...], held: Held, scope: Scope, places: Mapping[Grant, Span]) -> Diagnostic:
    grants = tuple(entry.grant for entry in wanted)
    listed, target = ", ".join(map(str, grants)), grants[0].place
    message = f"{listed} for {held.grantee} is not verifiable: role {scope.role} sees nothing of {target}"
    statement = grant_sql(grants, held.grantee, option=wanted[0].option)
    hint = f"correct the name, or, where it is not granted yet, let an administrator run {statement}"
    if _read_blindly(grants, held):
        hint += f"; if it is a view, say so in grants: {{privilege: SELECT, view: {grants[0].name}}}"
    return Diagnostic("FT266", message, Severity.WARNING, path="spec/grants", span=_place(grants, places), hint=hint)


def _read_blindly(grants: tuple[Grant, ...], held: Held) -> bool:
    """Tell whether a query reads it and nobody said, or sees, whether it is a table or a view."""
    blind = {entry.wanted.grant for entry in held.found if entry.wanted.reads is not None} & held.unseen
    return grants[0].object_type == "TABLE" and not blind.isdisjoint(grants)


def _explain_absent(grants: tuple[Grant, ...], places: Mapping[Grant, Span]) -> Diagnostic:
    message = f"{grants[0].place} does not exist, or may not be seen"
    hint = "create it, or correct its name"
    return Diagnostic("FT263", message, path="spec/grants", span=_place(grants, places), hint=hint)


def _place(grants: tuple[Grant, ...], places: Mapping[Grant, Span]) -> Span | None:
    forms = {comparable(grant): span for grant, span in reversed(tuple(places.items()))}
    return next((forms[comparable(grant)] for grant in grants if comparable(grant) in forms), None)


def _note_documents(desired: Privileges | None) -> Diagnostics:
    if desired is None:
        return ()
    notes = []
    if desired.others:
        message = f"also declared by {', '.join(desired.others)}: one role is one resource"
        notes.append(Diagnostic("FT203", message, Severity.NOTE, path="spec/role"))
    if desired.left_out:
        listed = ", ".join(str(entry.grant) for entry in desired.left_out)
        message = f"a database role cannot hold {listed}"
        hint = f"grant it to every account role that is given {desired.grantee.name}"
        notes.append(Diagnostic("FT270", message, Severity.NOTE, path="spec/database_role", hint=hint))
    return tuple(notes)


def _list_for_administrator(held: Held) -> tuple[str, ...]:
    """List the statements that the running role may not run, and somebody else must."""
    wanted = _list_wanted(held, held.forbidden | held.unseen)
    kept = [entry for entry in held.surplus if is_for_administrator(entry, held)]
    grants = [_hand_over(tuple(entry.grant for entry in listed), held, listed[0]) for listed in wanted]
    revokes = [
        revoke_sql([entry.shown for entry in listed], held.grantee, option_only=listed[0].option_only)
        for listed in _group_surplus(kept)
    ]
    return (*grants, *revokes, *revoke_given_on(held))


def _hand_over(grants: tuple[Grant, ...], held: Held, wanted: Wanted) -> str:
    statement = grant_sql(grants, held.grantee, option=wanted.option)
    if _read_blindly(grants, held):
        return f"-- If {grants[0].name} is a view, write ON VIEW: whether it is one was not seen.\n{statement}"
    known = {entry.wanted.grant.place for entry in held.found if entry.wanted.preset}
    if held.unseen.isdisjoint(grants) or grants[0].place in known:
        return statement
    return f"-- Nothing of {grants[0].place} was seen: if it is not there, correct its name.\n{statement}"


def _decide_unread(address: Address, desired: Privileges | None, held: Held, refusal: Refusal) -> Change:
    if desired is None:
        reason = "its grants cannot be read, and nothing is taken from it"
        return Change(address, Action.NO_OP, State.UNKNOWN, reason=reason)
    key = "database_role" if held.grantee.of_database else "role"
    reason, hint = f"its grants cannot be read: {refusal.message}", f"use a role that may see this {key}"
    if is_absent(refusal):
        reason = f"{held.grantee} does not exist, or may not be seen"
        hint = f"CREATE {held.grantee.sql}, or correct spec.{key}"
    return _block(address, Diagnostic("FT202", reason, Severity.ERROR, path=f"spec/{key}", hint=hint))


def _explain_torn(desired: Privileges) -> Diagnostic:
    listed = ", ".join(map(str, desired.torn))
    message = f"{listed} is declared with and without the grant option, here and in {', '.join(desired.others)}"
    return Diagnostic("FT273", message, path="spec/grants", hint="keep one of the two")


def _block(address: Address, note: Diagnostic) -> Change:
    return Change(address, Action.BLOCKED, State.UNKNOWN, reason=note.message, notes=(note,))
