"""What all documents together must not declare, though each of them may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.resources.base import Scope
from ftspec.resources.grant import DATABASE_ROLE, PUBLIC, Grant, Grantee
from ftspec.resources.privileges.desired import ALLOW_EVERYBODY, Privileges


def check_united(declared: tuple[Privileges, ...], scope: Scope) -> Diagnostics:
    """Refuse what a role must not be given by its documents together, or through the database roles of others."""
    held = {entry.grantee: tuple(wanted.grant for wanted in entry.wanted) for entry in declared}
    faults = [fault for entry in declared for fault in _check_stages(entry)]
    if scope.forbidden_roles != ():
        faults += [fault for entry in declared for fault in _check_public(entry, held)]
    return tuple(faults)


def _check_stages(entry: Privileges) -> Diagnostics:
    """Refuse WRITE on a stage without READ (Snowflake: Access control privileges, Stage privileges)."""
    grants = {wanted.grant for wanted in entry.wanted}
    writes = (grant for grant in grants if (grant.object_type, grant.privilege) == ("STAGE", "WRITE"))
    places, hint = dict(entry.places), "declare both: privilege: [READ, WRITE]"
    return tuple(
        Diagnostic("FT274", f"{grant} takes READ on it too", path="spec/grants", span=places[grant], hint=hint)
        for grant in sorted(writes)
        if replace(grant, privilege="READ") not in grants
    )


def _check_public(entry: Privileges, held: Mapping[Grantee, tuple[Grant, ...]]) -> Diagnostics:
    """Refuse to give models to PUBLIC through a database role."""
    if entry.grantee != Grantee(PUBLIC):
        return ()
    places = dict(entry.places)
    roles = (wanted.grant for wanted in entry.wanted if wanted.grant.object_type == DATABASE_ROLE)
    return tuple(
        Diagnostic(
            "FT268",
            f"{grant} would be granted to PUBLIC through database role {role}, and so to everybody",
            path="spec/grants",
            span=places[role],
            hint=ALLOW_EVERYBODY,
        )
        for role in roles
        for grant in _list_through(role, held)
        if grant.is_on_models
    )


def _list_through(role: Grant, held: Mapping[Grantee, tuple[Grant, ...]]) -> tuple[Grant, ...]:
    """List what the manifests grant to a database role, and to those that are granted to it."""
    found: set[Grant] = set()
    todo = [role]
    while todo:
        grants = held.get(Grantee(todo.pop().name, of_database=True), ())
        todo += [grant for grant in grants if grant.object_type == DATABASE_ROLE and grant not in found]
        found |= set(grants)
    return tuple(sorted(found))
