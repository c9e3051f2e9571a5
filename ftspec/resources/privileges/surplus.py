"""What a grantee holds and ought not to: granted by ftspec and declared no more, or not declared where that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ftspec.resources.grant import IMPORTED, OWNERSHIP, Grant, Grantee, Holding, comparable
from ftspec.resources.ledger import Granted
from ftspec.resources.privileges.actual import Stays, Surplus
from ftspec.resources.privileges.desired import Target, Wanted
from ftspec.resources.standing import Standing


def find_surplus(
    holdings: Iterable[Holding],
    wanted: Iterable[Wanted],
    granted: frozenset[Granted],
    owned: Iterable[Target],
    kept: Mapping[str, str],
) -> tuple[Surplus, ...]:
    """Compare the sets; an earlier model that is kept for rollback has the set of the live one.

    `kept` are the names that models have when they are live, where they have another one now.
    """
    options = {comparable(entry.grant): entry.option for entry in wanted}
    ours: dict[Grant, bool] = {}
    for grant, option in granted:
        form = as_live(comparable(grant), kept)
        ours[form] = ours.get(form, False) or option
    imported = {comparable(grant) for grant, _ in granted if grant.privilege == IMPORTED}
    scope = {_place(object_type, name) for object_type, name in owned}
    found = []
    for shown in holdings:
        form = as_live(comparable(shown.grant), kept)
        holding = _name_imported(shown) if form in imported else shown
        in_scope = (form.object_type, form.name) in scope
        if holding.grant.privilege == OWNERSHIP or not (form in ours or in_scope):
            continue
        if form not in options:
            found.append(Surplus(holding, owned=in_scope))
        elif holding.option and not options[form] and (in_scope or ours.get(form, False)):
            found.append(Surplus(holding, option_only=True, owned=in_scope))
    return tuple(sorted(found, key=lambda entry: (entry.holding, entry.option_only)))


def _name_imported(holding: Holding) -> Holding:
    """Name what SHOW calls USAGE as REVOKE takes it."""
    return replace(holding, grant=replace(holding.grant, privilege=IMPORTED))


def _place(object_type: str, name: str) -> Target:
    form = comparable(Grant(object_type, name, ""))
    return form.object_type, form.name


def as_live(form: Grant, kept: Mapping[str, str]) -> Grant:
    """Take a grant on an earlier model that is kept for one on the live model."""
    return replace(form, name=kept.get(form.name, form.name)) if form.object_type == "MODEL" else form


def judge_surplus(
    surplus: Iterable[Surplus], grantee: Grantee, granted: frozenset[Granted], runner: Standing
) -> tuple[Surplus, ...]:
    """Say what the running role can take away: what it or a role that it has granted, and never from itself.

    Snowflake: REVOKE <privileges> … FROM ROLE, grants by other grantors are ignored. In additive mode they are nobody's
    business.
    """
    ours = {comparable(grant) for grant, _ in granted}
    judged = (replace(entry, stays=_judge(entry.holding, grantee, ours, runner)) for entry in surplus)
    return tuple(replace(entry, stays=Stays.BY_HAND) if _is_by_hand(entry, runner) else entry for entry in judged)


def _is_by_hand(entry: Surplus, runner: Standing) -> bool:
    grantor = entry.holding.grantor
    others = bool(grantor) and all(role.name != grantor for role in runner.roles)
    return entry.stays is Stays.GRANTOR and others and not entry.owned


def _judge(holding: Holding, grantee: Grantee, ours: set[Grant], runner: Standing) -> Stays | None:
    if grantee in runner.roles:
        return Stays.OWN
    if not runner.complete:
        return Stays.UNSEEN
    if runner.is_managed(holding.grant):
        return None if runner.may_give(holding.grant) else Stays.GRANTOR
    if holding.grantor and not runner.manages_grants:
        return None if any(role.name == holding.grantor for role in runner.roles) else Stays.GRANTOR
    # Future grants, and what Snowflake itself has granted, have no grantor.
    is_ours = comparable(holding.grant) in ours and not holding.grant.is_future
    return None if is_ours or runner.may_give(holding.grant) else Stays.GRANTOR
