"""What to ask Snowflake about privileges, and what its answers say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ftspec.model.address import Address, ObjectName, quote
from ftspec.resources.base import Query, Refusal, Scope, Seen, is_absent, rows_of
from ftspec.resources.grant import (
    ACCOUNT,
    DATABASE_ROLE,
    FUTURE,
    Grant,
    Grantee,
    Holding,
    comparable,
    container,
    schema_of,
)
from ftspec.resources.ledger import Granted, Ledger, parse_ledger, read_ledger, targets_of
from ftspec.resources.privileges.actual import Found, Held, Surplus
from ftspec.resources.privileges.desired import NOUN, Privileges, Target, Wanted, unite_grants
from ftspec.resources.privileges.early import find_early
from ftspec.resources.privileges.given_on import ask_given_on, keep_given_on
from ftspec.resources.privileges.seen_models import find_live_names, list_models
from ftspec.resources.privileges.surplus import as_live, find_surplus, judge_surplus
from ftspec.resources.privileges.typed import find_mistyped, read_types
from ftspec.resources.shown_grants import (
    find_managed,
    is_truncated,
    parse_future,
    parse_held_on,
    show_future_grants,
    show_grants_on,
    show_grants_to,
    show_schemas,
    show_views,
)
from ftspec.resources.standing import Standing, list_direct, observe_standing, read_standing

NO_ONE = Standing(Grantee(""), complete=False)


@dataclass(frozen=True, slots=True)
class _Case:
    """One grantee: what is declared for it, and what ftspec granted it before."""

    grantee: Grantee
    wanted: tuple[Wanted, ...]
    owned: tuple[Target, ...]
    granted: frozenset[Granted]
    databases: tuple[str, ...]

    @property
    def targets(self) -> tuple[Target, ...]:
        """List the objects that matter."""
        declared = {(entry.grant.object_type, entry.grant.name) for entry in self.wanted}
        return tuple(sorted({*declared, *targets_of(self.granted), *self.owned}))


def read_privileges(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
    """Ask what each grantee holds; then what the roles behind it do, and what is needed to change something."""
    asked = {read_ledger(scope)} if scope.journal else set()
    cases = _cases(desired, scope, seen)
    if not cases:
        return tuple(asked)
    asked |= {show_views(name.database, name.schema) for name in _reads(desired)}
    for case in cases.values():
        asked |= read_standing(case.grantee, seen, databases=case.databases)
        asked |= {show_future_grants(*target) for target in case.targets if target[0].startswith(FUTURE)}
        if is_truncated(seen.get(show_grants_to(case.grantee))):
            asked |= {show_grants_on(*target) for target in case.targets if not target[0].startswith(FUTURE)}
    if scope.role:
        asked |= _read_runner(desired, cases, scope, seen)
    return tuple(sorted(asked))


def _read_runner(
    desired: tuple[Privileges, ...], cases: Mapping[Address, _Case], scope: Scope, seen: Seen
) -> set[Query]:
    """Ask what the running role may do, as far as something is to be changed; and whether what it changes is there."""
    role = Grantee(quote(scope.role))
    forgotten = len(cases) > len(desired)
    asked = read_standing(role, seen, databases=_databases(desired, scope, seen), deep=forgotten)
    if any(show_grants_to(grantee) not in seen for grantee in (role, *(case.grantee for case in cases.values()))):
        return asked
    observed = observe_privileges(desired, scope, seen)
    runner = observe_standing(role, seen, databases=_databases(desired, scope, seen))
    missing = any(held.missing for held in observed.values()) and not runner.manages_grants
    if missing or any(held.surplus for held in observed.values()):
        asked |= read_standing(role, seen, databases=_databases(desired, scope, seen))
    asked |= read_types(wanted for held in observed.values() for wanted in held.missing)
    asked |= _ask_schemas(tuple(observed.values()), runner) | ask_given_on(observed.values())
    for held in observed.values():
        for wanted in held.granted:
            if wanted.model is None and runner.manages_grants and not runner.touches(wanted.grant):
                asked.add(_show_place(wanted.grant))
                asked |= {show_grants_on("VIEW", wanted.grant.name)} if wanted.reads else set()
    return asked


def _ask_schemas(observed: tuple[Held, ...], runner: Standing) -> set[Query]:
    """Ask which schemas have managed access, where something inside of one is to be granted or taken away.

    To MANAGE GRANTS that matters for the grant option alone, which SHOW tells of nobody there.
    """
    able = runner.manages_grants
    grants = {wanted.grant for held in observed for wanted in held.missing if wanted.option or not able}
    grants |= {entry.holding.grant for held in observed for entry in held.surplus if not able}
    return {show_schemas(container(grant.object_type, grant.name)) for grant in grants if schema_of(grant)}


def _show_place(grant: Grant) -> Query:
    """Ask for the grants on an object, which tells whether it is there."""
    if grant.is_future:
        return show_grants_on(grant.object_type.rpartition(" ")[2], grant.name)
    return show_grants_on(grant.object_type, grant.name)


def observe_privileges(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[Address, Held]:
    """Parse the grants of each grantee, also of those that are declared no more and have what ftspec granted.

    What is about to be taken from one role no longer counts for those that have it through that role.
    """
    cases = _cases(desired, scope, seen)
    runner = NO_ONE
    if scope.role:
        runner = observe_standing(Grantee(quote(scope.role)), seen, databases=_databases(desired, scope, seen))
        runner = replace(runner, managed=find_managed(seen))
    kept = _live_names(desired, scope, seen)
    views = _views(desired, seen)
    surplus: dict[Address, tuple[Surplus, ...]] = {}
    for address, case in cases.items():
        holdings = _holdings(case, seen)
        found = find_surplus(holdings, case.wanted, case.granted, case.owned, kept)
        judged = judge_surplus(found, case.grantee, case.granted, runner)
        surplus[address] = keep_given_on(judged, case.grantee, holdings, seen)
    without = {
        cases[address].grantee: frozenset(
            comparable(entry.holding.grant) for entry in listed if entry.stays is None and not entry.option_only
        )
        for address, listed in surplus.items()
    }
    return {
        address: _observe_one(case, surplus[address], seen, runner, views, without) for address, case in cases.items()
    }


def _observe_one(
    case: _Case,
    surplus: tuple[Surplus, ...],
    seen: Seen,
    runner: Standing,
    views: frozenset[str],
    without: Mapping[Grantee, frozenset[Grant]],
) -> Held:
    answer = seen.get(show_grants_to(case.grantee))
    if isinstance(answer, Refusal):
        return Held(case.grantee, refusal=answer)
    standing = observe_standing(case.grantee, seen, databases=case.databases, without=without)
    holdings = _holdings(case, seen)
    wanted = unite_grants(tuple(_resolve_view(entry, views) for entry in case.wanted))
    found = tuple(Found(entry, _find_holder(entry, standing, holdings, runner)) for entry in wanted)
    missing = [entry.wanted for entry in found if entry.how is None]
    mistyped = find_mistyped(missing, seen, runner)
    listed = list_models(seen)
    unknown = not runner.is_whole and not runner.manages_grants
    forbidden = {
        entry.grant
        for entry in missing
        if not unknown and not runner.may_give(entry.grant) and _is_settled(entry, runner, listed)
    }
    absent = mistyped.union(
        entry.grant for entry in missing if entry.model is None and is_absent(seen.get(_show_place(entry.grant)))
    )
    coming = {entry.grant for entry in missing if entry.model is not None and entry.grant.name not in listed}
    unseen = frozenset(grant for grant in forbidden - absent - coming if not _is_visible(grant, case.grantee, runner))
    return Held(
        case.grantee,
        found,
        surplus,
        frozenset(forbidden - absent - unseen),
        absent - mistyped,
        unseen,
        mistyped,
        find_early(missing, case.grantee, seen, case.databases),
        unverified=unknown and bool(missing),
    )


def _is_settled(entry: Wanted, runner: Standing, listed: Collection[str]) -> bool:
    """Tell whether it will not be otherwise once a model is there: who trains it owns it.

    Of one that is there something is held by whoever sees it listed: where nothing was seen, its training ended between
    the two answers. Where the owner of the schema decides, owning the model changes nothing.
    """
    there = entry.grant.name in listed and runner.touches(entry.grant)
    return entry.model is None or there or runner.is_managed(entry.grant)


def _is_visible(grant: Grant, grantee: Grantee, runner: Standing) -> bool:
    """Tell whether the running role would see the grant: SHOW GRANTS names only what the role has a privilege on.

    Roles and the account are no secret (Snowflake: SHOW GRANTS, usage notes).
    """
    if grantee in runner.roles or grant.object_type in {ACCOUNT, DATABASE_ROLE}:
        return True
    return runner.manages_grants or runner.touches(grant)


def _find_holder(wanted: Wanted, standing: Standing, holdings: Iterable[Holding], runner: Standing) -> str | None:
    """Say how a grant is held: '' directly, or through what; None when it is not, or not as it is declared.

    In a schema with managed access SHOW tells of nobody that he may give on (Snowflake: SHOW GRANTS).
    """
    form = comparable(wanted.grant)
    direct = [holding for holding in holdings if comparable(holding.grant) == form]
    needed = wanted.option and not runner.is_managed(wanted.grant)
    if any(holding.option or not needed for holding in direct):
        return ""
    return standing.find(wanted.grant) if wanted.preset and not direct else None


def _holdings(case: _Case, seen: Seen) -> tuple[Holding, ...]:
    """List what a grantee holds itself, read object by object where it holds too much for one answer."""
    future = {
        holding
        for object_type, name in case.targets
        if object_type.startswith(FUTURE)
        for holding in parse_future(seen.get(show_future_grants(object_type, name)), case.grantee)
    }
    if is_truncated(seen.get(show_grants_to(case.grantee))):
        asked = [seen.get(show_grants_on(*target)) for target in case.targets if not target[0].startswith(FUTURE)]
        return (*sorted(future), *(holding for answer in asked for holding in parse_held_on(answer, case.grantee)))
    return (*list_direct(case.grantee, seen, databases=case.databases), *sorted(future))


def list_held(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[Grantee, frozenset[Grant]]:
    """List what each grantee holds itself, as grants are compared; on an earlier model as on the live one."""
    kept = _live_names(desired, scope, seen)
    cases = _cases(desired, scope, seen).values()
    return {
        case.grantee: frozenset(as_live(comparable(holding.grant), kept) for holding in _holdings(case, seen))
        for case in cases
    }


def _cases(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[Address, _Case]:
    ledger: Ledger = parse_ledger(seen.get(read_ledger(scope))) if scope.journal else {}
    databases = _databases(desired, scope, seen)
    found = {
        entry.address: _Case(
            entry.grantee, entry.wanted, entry.owned, ledger.get(entry.grantee, frozenset()), databases
        )
        for entry in desired
    }
    declared = {entry.grantee for entry in desired}
    for grantee, granted in sorted(ledger.items()):
        if grantee not in declared:
            found[Address(NOUN, grantee.name)] = _Case(grantee, (), (), granted, databases)
    return found


def _databases(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> tuple[str, ...]:
    """Name the databases whose database roles may stand in SHOW without their database."""
    found = {quote(scope.home.database)} if scope.home.database else set()
    for entry in desired:
        found |= {entry.grantee.database} if entry.grantee.of_database else set()
        found |= {container(wanted.grant.object_type, wanted.grant.name) for wanted in entry.wanted}
    ledger: Ledger = parse_ledger(seen.get(read_ledger(scope))) if scope.journal else {}
    found |= {container(*target) for granted in ledger.values() for target in targets_of(granted)}
    return tuple(sorted(found - {"", "SNOWFLAKE"}))


def _views(entries: Iterable[Privileges], seen: Seen) -> frozenset[str]:
    """Name what is known to be a view: it is listed, or its grants are shown to a role that may not read it."""
    names = set()
    for name in _reads(entries):
        names |= {
            str(name.parent.join(str(row["name"]))) for row in rows_of(seen.get(show_views(name.database, name.schema)))
        }
        shown = rows_of(seen.get(show_grants_on("VIEW", str(name))))
        names |= {str(name)} if any(row["granted_on"] == "VIEW" for row in shown) else set()
    return frozenset(names)


def _live_names(desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[str, str]:
    return find_live_names(seen, scope, {former: name for entry in desired for former, name in entry.renamed})


def _reads(entries: Iterable[Privileges]) -> tuple[ObjectName, ...]:
    return tuple(sorted({wanted.reads for entry in entries for wanted in entry.wanted if wanted.reads}))


def _resolve_view(entry: Wanted, views: frozenset[str]) -> Wanted:
    """Write SELECT on a view where the name that is read turned out to be one."""
    if entry.reads is None or str(entry.reads) not in views:
        return entry
    return replace(entry, grant=replace(entry.grant, object_type="VIEW"))
