"""Standings: what a role may do, by what it holds itself and by the roles behind it.

A role has the privileges of every role that was granted to it, and of PUBLIC (Snowflake: Overview of Access Control).
The chain is followed as far as a plan's rounds of reading go; what was not seen is never taken for missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ftspec.resources.base import Query, Refusal, Seen
from ftspec.resources.grant import (
    ACCOUNT,
    AI_FUNCTIONS,
    DATABASE_ROLE,
    OWNERSHIP,
    PUBLIC,
    Grant,
    Grantee,
    Holding,
    comparable,
    container,
    owning,
    schema_of,
)
from ftspec.resources.shown_grants import (
    find_database_roles,
    is_bare,
    is_snowflakes,
    is_truncated,
    name_database_roles,
    parse_holders,
    parse_holdings,
    parse_inherited,
    show_grants_of,
    show_grants_to,
)

EVERYBODY = Grantee(PUBLIC)
_MANAGE = Grant(ACCOUNT, "", "MANAGE GRANTS")
_ADMINISTRATORS = frozenset({Grantee("ACCOUNTADMIN"), Grantee("SECURITYADMIN")})
"""Roles that have MANAGE GRANTS by definition (Snowflake: System-defined roles)."""
Without = Mapping[Grantee, frozenset[Grant]]
"""Grants, by who holds them, that are about to go and no longer count."""
NOTHING: Without = {}


@dataclass(frozen=True, slots=True)
class Behind:
    """A role behind another, and what it holds; `chain` names the roles that lead to it, itself the last."""

    role: Grantee
    grants: frozenset[Grant]
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a role holds `direct`ly and `through` others, nearest first, in the form in which grants are compared.

    `complete`: all of the chain was read that has a name. `unnamed` are database roles that SHOW gave no database and
    nobody knows one of. `refusal`: not even its own grants were read. `managed` are schemas with managed access, as far
    as that was read.
    """

    role: Grantee
    direct: tuple[Holding, ...] = ()
    through: tuple[Behind, ...] = ()
    own: frozenset[Grant] = frozenset()
    giveable: frozenset[Grant] = frozenset()
    complete: bool = True
    refusal: Refusal | None = None
    managed: frozenset[str] = frozenset()
    unnamed: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Tell whether what is not here is not held."""
        return self.complete and not self.unnamed

    @property
    def roles(self) -> frozenset[Grantee]:
        """Give the role and all whose privileges it has."""
        return frozenset({self.role, *(behind.role for behind in self.through)})

    @property
    def manages_grants(self) -> bool:
        """Tell whether it may grant and revoke anything."""
        return bool(self.roles & _ADMINISTRATORS) or self.find(_MANAGE) is not None

    def find(self, grant: Grant) -> str | None:
        """Say how a grant is held: '' directly, or through what; None when it is not, as far as was seen."""
        wanted, owned = comparable(grant), owning(grant)
        if wanted in self.own:
            return ""
        if owned in self.own:
            return "as its owner"
        chains = (behind.chain for behind in self.through if not behind.grants.isdisjoint((wanted, owned)))
        return next((f"through {' > '.join(chain)}" for chain in chains), None)

    def may_give(self, grant: Grant) -> bool:
        """Tell whether it may grant this, and revoke what it granted.

        The owner may, who holds the grant option, and MANAGE GRANTS (Snowflake: GRANT <privileges> … TO ROLE); what is
        Snowflake's own, and AI functions, are ACCOUNTADMIN's to give (Snowflake: Cortex LLM privileges). In a schema
        with managed access its owner decides, and nobody else but MANAGE GRANTS (Snowflake: Managed access schemas).
        """
        if self.is_managed(grant):
            return self.manages_grants or self._owns(Grant("SCHEMA", schema_of(grant), ""))
        if comparable(grant) in self.giveable or Grantee("ACCOUNTADMIN") in self.roles:
            return True
        if grant.privilege.startswith(AI_FUNCTIONS[:-1]):
            return False
        if grant.object_type == DATABASE_ROLE and container(DATABASE_ROLE, grant.name) == "SNOWFLAKE":
            return False
        return self.manages_grants or (not grant.is_future and self._owns(grant))

    def is_managed(self, grant: Grant) -> bool:
        """Tell whether a grant is on what lies in a schema with managed access."""
        return bool(self.managed) and schema_of(grant) in self.managed

    def _owns(self, grant: Grant) -> bool:
        owned = owning(grant)
        return owned in self.own or any(owned in behind.grants for behind in self.through)

    def touches(self, grant: Grant) -> bool:
        """Tell whether it holds anything on the object of a grant, which is then known to be there."""
        place = _place(grant)
        held = (self.own, *(behind.grants for behind in self.through))
        return any((each.object_type, each.name) == place for grants in held for each in grants)


def _place(grant: Grant) -> tuple[str, str]:
    if grant.is_future:
        return grant.object_type.rpartition(" ")[2], grant.name
    form = comparable(grant)
    return form.object_type, form.name


def read_standing(role: Grantee, seen: Seen, *, databases: Iterable[str] = (), deep: bool = True) -> set[Query]:
    """Ask for what a role holds; `deep`: also for what the roles behind it hold, as far as they have been seen.

    `databases` are those whose database roles may stand in SHOW without their database.
    """
    asked = {show_grants_to(role), show_grants_to(EVERYBODY)}
    if not deep:
        return asked
    todo, met = [role, EVERYBODY], set()
    while todo:
        one = todo.pop()
        answer = seen.get(show_grants_to(one))
        if one in met or answer is None:
            continue
        met.add(one)
        for inner in parse_inherited(answer):
            candidates = _candidates(inner, databases)
            asked |= {show_grants_of(each) for each in candidates}
            found = candidates or [inner]
            asked |= {show_grants_to(each) for each in found if not _is_snowflakes(each)}
            todo += found
    return asked


def _candidates(inner: Grantee, databases: Iterable[str]) -> list[Grantee]:
    """List the database roles that a bare name may be."""
    if not is_bare(inner) or is_snowflakes(inner.name):
        return []
    return [Grantee(f"{database}.{inner.name}", of_database=True) for database in sorted({*databases, "SNOWFLAKE"})]


def _is_snowflakes(role: Grantee) -> bool:
    """Tell whether a database role is of a kind whose own grants are not asked for: Snowflake's, or nobody knows whose.

    Of Snowflake's it is the role itself that matters.
    """
    return role.of_database and (is_bare(role) or role.database == "SNOWFLAKE")


def observe_standing(
    role: Grantee, seen: Seen, *, databases: Iterable[str] = (), without: Without = NOTHING
) -> Standing:
    """Parse what a role holds, itself and through the roles that were read behind it."""
    answer = seen.get(show_grants_to(role))
    if answer is None or isinstance(answer, Refusal):
        return Standing(role, complete=False, refusal=answer)
    direct = list_direct(role, seen, databases=databases)
    through, giveable, complete = [], _giveable(direct), not is_truncated(answer)
    todo: list[tuple[Grantee, tuple[str, ...]]] = [
        (inner, (inner.name,)) for inner in (*_edges(direct, without.get(role)), EVERYBODY)
    ]
    met = {role}
    while todo:
        inner, chain = todo.pop(0)
        if inner in met:
            continue
        met.add(inner)
        found = seen.get(show_grants_to(inner))
        complete = complete and (_is_snowflakes(inner) or (isinstance(found, tuple) and not is_truncated(found)))
        holdings = list_direct(inner, seen, databases=databases)
        through.append(Behind(inner, _grants(holdings, without.get(inner)), chain))
        giveable |= _giveable(holdings)
        todo += [(further, (*chain, further.name)) for further in _edges(holdings, without.get(inner))]
    own = _grants(direct, without.get(role))
    unnamed = frozenset(inner.name for inner in met if is_bare(inner))
    return Standing(role, direct, tuple(through), own, frozenset(giveable), complete, unnamed=unnamed)


def list_direct(role: Grantee, seen: Seen, *, databases: Iterable[str] = ()) -> tuple[Holding, ...]:
    """List what a role holds itself, bare database roles with the database that was found for them."""
    holdings = parse_holdings(seen.get(show_grants_to(role)))
    known = [each.name for each in find_database_roles(seen) if _holds_role(role, each, seen)]
    named = name_database_roles(holdings, known, public=role == EVERYBODY)
    return (*named, *_owned_roles(holdings, databases))


def _owned_roles(holdings: tuple[Holding, ...], databases: Iterable[str]) -> tuple[Holding, ...]:
    """Name the database roles that those may be of which only the bare name is shown as owned: none is Snowflake's."""
    bare = [
        holding.grant
        for holding in holdings
        if holding.grant.privilege == OWNERSHIP and holding.grant.object_type == DATABASE_ROLE
    ]
    return tuple(
        Holding(replace(grant, name=each.name))
        for grant in bare
        for each in _candidates(Grantee(grant.name, of_database=True), databases)
        if each.database != "SNOWFLAKE"
    )


def _holds_role(role: Grantee, candidate: Grantee, seen: Seen) -> bool:
    kind = "DATABASE ROLE" if role.of_database else "ROLE"
    return (kind, role.name) in parse_holders(seen.get(show_grants_of(candidate)))


def _edges(holdings: tuple[Holding, ...], without: frozenset[Grant] | None) -> list[Grantee]:
    grants = _grants(holdings, without)
    roles = [grant for grant in grants if grant.privilege == "USAGE" and grant.object_type in {"ROLE", DATABASE_ROLE}]
    return sorted(Grantee(grant.name, of_database=grant.object_type == DATABASE_ROLE) for grant in roles)


def _grants(holdings: tuple[Holding, ...], without: frozenset[Grant] | None) -> frozenset[Grant]:
    return frozenset(comparable(holding.grant) for holding in holdings) - (without or frozenset())


def _giveable(holdings: tuple[Holding, ...]) -> set[Grant]:
    return {comparable(holding.grant) for holding in holdings if holding.option}
