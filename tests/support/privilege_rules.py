"""A model of Snowflake's privilege rules for test_access_model.py: written from the pages, not from the emulator.

Who is asked is always one role with what it inherits; who gave what is kept for every grant. `("TABLE", "D.S.T")` is an
object; a role that acts or holds is its name alone, "R0" or "D.X".
"""

from __future__ import annotations

from dataclasses import dataclass, field

ADMIN, PUBLIC = "ACCOUNTADMIN", "PUBLIC"
ACCOUNT = ("ACCOUNT", "ACCOUNT")
# Refusals by their number.
MISSING, TAKEN, INSUFFICIENT, NOT_GRANTED, CIRCLE, DEPENDENT, VIEW, NOT_MINE, NO_USE = (
    2003, 2002, 3001, 3102, 3009, 3036, 2037, 3013, 2043,
)  # fmt: skip


class RefusedError(Exception):
    """The statement is refused with this number."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


@dataclass
class Rules:
    """The state: owners of objects, grants with their option, what is to come, and what views read."""

    owners: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)  # (object, privilege, grantee, grantor) -> option
    future: dict = field(default_factory=dict)  # (kind, place, privilege, grantee) -> option
    reads: dict = field(default_factory=dict)
    managed: set = field(default_factory=set)

    def copy(self):
        """Give a state of its own; what the parts hold does not change."""
        return Rules(dict(self.owners), dict(self.grants), dict(self.future), dict(self.reads), set(self.managed))

    # Who has what

    def inherited(self, role):
        found, waiting = {PUBLIC}, {role}
        while waiting:
            one = waiting.pop()
            found.add(one)
            waiting |= {on[1] for on, _, to, _ in self.grants if to == one and is_role(on)} - found
        return found

    def has(self, role, privilege, on):
        mine = self.inherited(role)
        return self.owners.get(on) in mine or any(
            (o, p) == (on, privilege) and to in mine for o, p, to, _ in self.grants
        )

    def manages(self, role):
        return self.has(role, "MANAGE GRANTS", ACCOUNT)

    def owns(self, role, on):
        return self.owners.get(on) in self.inherited(role)

    def knows(self, role, on):
        mine = self.inherited(role)
        return self.owners.get(on) in mine or any(o == on and to in mine for o, _, to, _ in self.grants)

    def need(self, role, on):
        """Find an object by name, as a statement about it does."""
        for place in places(on):
            if place not in self.owners or not (self.has(role, "USAGE", place) or self.manages(role)):
                raise RefusedError(MISSING)
        if on != ACCOUNT and (on not in self.owners or not (self.manages(role) or self.knows(role, on))):
            raise RefusedError(MISSING)

    def need_usage(self, role, on):
        for place in places(on):
            if place not in self.owners or not self.has(role, "USAGE", place):
                raise RefusedError(MISSING)

    def need_ownership(self, role, on):
        self.need(role, on)
        if not self.owns(role, on):
            raise RefusedError(INSUFFICIENT)

    # Data

    def use(self, role, privilege, on):
        """Read or change a table, or read a view, whose owner must be able to read what it names."""
        self.need_usage(role, on)
        if on not in self.owners:
            raise RefusedError(MISSING)
        if not self.has(role, privilege, on):
            raise RefusedError(INSUFFICIENT if self.knows(role, on) else MISSING)
        if on[0] == "VIEW":
            try:
                self.use(self.owners[on], "SELECT", self.reads[on])
            except RefusedError as refused:
                raise RefusedError(VIEW) from refused

    def create(self, role, on, reads=None):
        self.need_usage(role, on)
        if on in self.owners:
            raise RefusedError(TAKEN)
        if not self.has(role, f"CREATE {on[0]}", places(on)[-1]):
            raise RefusedError(INSUFFICIENT)
        if reads is not None:
            self.use(role, "SELECT", reads)
            self.reads[on] = reads
        self.appear(role, on)

    def appear(self, role, on):
        """Give a new object its owner and what awaited it: the schema's future grants, or else its database's."""
        database, schema = places(on)
        near = {key: option for key, option in self.future.items() if key[:2] == (on[0], schema)}
        far = {key: option for key, option in self.future.items() if key[:2] == (on[0], database)}
        chosen = near or far
        owner = next((to for _, _, privilege, to in chosen if privilege == "OWNERSHIP"), role)
        self.owners[on] = owner
        for (_, _, privilege, to), option in chosen.items():
            if privilege != "OWNERSHIP":
                self.grants[on, privilege, to, owner] = option

    def drop(self, role, on):
        self.need_ownership(role, on)
        self.owners = {key: owner for key, owner in self.owners.items() if key != on}
        self.grants = {key: option for key, option in self.grants.items() if key[0] != on}
        if is_role(on):
            gone = on[1]
            self.owners = {key: role if owner == gone else owner for key, owner in self.owners.items()}
            self.grants = {key: option for key, option in self.grants.items() if key[2] != gone}
            self.future = {key: option for key, option in self.future.items() if key[3] != gone}

    # Roles

    def create_role(self, role, on):
        if not self.has(role, "CREATE ROLE", ACCOUNT):
            raise RefusedError(INSUFFICIENT)
        if on in self.owners:
            raise RefusedError(TAKEN)
        self.owners[on] = role

    def create_database_role(self, role, on):
        (database,) = places(on)
        if not (self.has(role, "USAGE", database) or self.manages(role)):
            raise RefusedError(MISSING)
        if not self.has(role, "CREATE DATABASE ROLE", database):
            raise RefusedError(INSUFFICIENT)
        if on in self.owners:
            raise RefusedError(TAKEN)
        self.owners[on] = role
        self.grants[database, "USAGE", on[1], self.owners[database]] = False

    def grant_role(self, role, on, to, *, option):
        by = self._role_grantor(role, on, to)
        if not to[0] == "USER" and to[1] in self.inherited(on[1]) - {PUBLIC}:
            raise RefusedError(CIRCLE)
        self.put((on, "USAGE", grantee(to), by), option=option)

    def revoke_role(self, role, on, to, *, option_only, cascade):
        self._role_grantor(role, on, to)
        self._take_back(role, on, "USAGE", grantee(to), option_only=option_only, cascade=cascade)

    def _role_grantor(self, role, on, to):
        if on not in self.owners or (to not in self.owners and to[0] != "USER"):
            raise RefusedError(MISSING)
        if to[0] == "DATABASE_ROLE" and places(to) != places(on):
            raise RefusedError(NOT_GRANTED)
        return self.grantor(role, on, "USAGE")

    def assume(self, granted, on):
        """Make a role current, for a user who has been granted some roles."""
        if on not in self.owners:
            raise RefusedError(NO_USE)
        if not any(on[1] in self.inherited(role) for role in [*granted, PUBLIC]):
            raise RefusedError(NOT_MINE)

    # Grants

    def grantor(self, role, on, privilege):
        mine = self.inherited(role)
        managing = self.managing(on)
        owner = managing or self.owners.get(on)
        if owner in mine:
            return owner
        givers = {
            to for (o, p, to, _), option in self.grants.items() if option and (o, p) == (on, privilege) and to in mine
        }
        if givers and managing is None:
            return role if role in givers else min(givers)
        if self.manages(role):
            return owner or role
        raise RefusedError(NOT_GRANTED)

    def managing(self, on):
        """Name the owner of the managed access schema that holds a table or view."""
        schemas = [place for place in places(on) if place[0] == "SCHEMA" and on[0] != "SCHEMA"]
        return next((self.owners[schema] for schema in schemas if schema in self.managed), None)

    def put(self, key, *, option):
        self.grants[key] = self.grants.get(key, False) or option

    def need_grantee(self, to, place):
        """Find who is granted to; a database role holds what lies in its database alone."""
        if to not in self.owners and to[1] != PUBLIC:
            raise RefusedError(MISSING)
        return lambda: self._hold(to, place)

    def _hold(self, to, on):
        inside = on if on[0] == "DATABASE" else (places(on) or [None])[0]
        if to[0] == "DATABASE_ROLE" and places(to)[0] != inside:
            raise RefusedError(NOT_GRANTED)

    def grant(self, role, privileges, on, to, *, option):
        hold = self.need_grantee(to, on)
        self.need(role, on)
        hold()
        given = [(on, privilege, to[1], self.grantor(role, on, privilege)) for privilege in privileges]
        for key in given:
            self.put(key, option=option)

    def revoke(self, role, privileges, on, to, *, option_only, cascade):
        hold = self.need_grantee(to, on)
        self.need(role, on)
        hold()
        for privilege in privileges:
            self._take_back(role, on, privilege, to[1], option_only=option_only, cascade=cascade)

    def _take_back(self, role, on, privilege, to, *, option_only, cascade):
        """Take back what the role gave, or everything for MANAGE GRANTS; then what stood on it alone."""
        mine, managing = self.inherited(role), self.managing(on)
        before = {key: option for key, option in self.grants.items() if key[:2] == (on, privilege)}
        taken = {key for key in before if key[2] == to and (self.manages(role) or (managing or key[3]) in mine)}
        after = {key: option and key not in taken for key, option in before.items() if option_only or key not in taken}
        fallen = self._standing(before, before, on) & after.keys() - self._standing(after, before, on)
        if fallen and not cascade:
            raise RefusedError(DEPENDENT)
        self.grants = {key: option for key, option in self.grants.items() if key not in before}
        self.grants |= {key: option for key, option in after.items() if key not in fallen}

    def _standing(self, grants, before, on):
        """Find the grants whose grantor may still give: not by an option, or by one that stands itself."""
        by_option = {key[2] for key, option in before.items() if option}
        standing = {key for key in grants if key[3] == self.owners.get(on) or key[3] not in by_option}
        while True:
            able = {key[2] for key in standing if grants[key]}
            more = {key for key in grants if key[3] in able} - standing
            if not more:
                return standing
            standing |= more

    def grant_future(self, role, kind, privilege, place, to, *, revoke):
        hold = self.need_grantee(to, place)
        self.need(role, place)
        if not (self.manages(role) or (place in self.managed and self.owns(role, place))):
            raise RefusedError(NOT_GRANTED)
        hold()
        if revoke:
            self.future.pop((kind, place, privilege, to[1]), None)
            return
        if privilege == "OWNERSHIP":
            self.future = {key: it for key, it in self.future.items() if key[:3] != (kind, place, privilege)}
        self.future.setdefault((kind, place, privilege, to[1]), False)

    def give(self, role, on, to, current):
        hold = self.need_grantee(to, on)
        self.need(role, on)
        hold()
        if not (self.owns(role, on) or self.manages(role)):
            raise RefusedError(NOT_GRANTED)
        if current == "COPY" and not (self.manages(role) or to[1] in self.inherited(role)):
            raise RefusedError(NOT_GRANTED)
        outside = {key: option for key, option in self.grants.items() if key[0] == on}
        if outside and not current and not is_role(on):
            raise RefusedError(DEPENDENT)
        if current:
            self.grants = {key: option for key, option in self.grants.items() if key[0] != on}
        if current == "COPY":
            for (_, privilege, holder, _), option in outside.items():
                self.put((on, privilege, holder, to[1]), option=option)
        self.owners[on] = to[1]


def is_role(on):
    return on[0] in {"ROLE", "DATABASE_ROLE"}


def grantee(to):
    """Name a grantee; a user is told from a role of the same name."""
    return to if to[0] == "USER" else to[1]


def places(on):
    """List the database and the schema that hold an object."""
    parts = on[1].split(".")
    match on[0]:
        case "TABLE" | "VIEW":
            return [("DATABASE", parts[0]), ("SCHEMA", ".".join(parts[:2]))]
        case "SCHEMA" | "DATABASE_ROLE":
            return [("DATABASE", parts[0])]
        case _:
            return []
