"""Privileges: what a role must hold, as a set of grants. Additive: what is missing is granted, nothing is revoked."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.manifest.document import Document
from ftspec.model.address import Address, quote
from ftspec.model.change import Action, Change, Difference, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Execute, Hazard, Step
from ftspec.resources.base import Export, Exports, Query, Scope, Seen, is_absent
from ftspec.resources.grant import ACCOUNT, Grant, grant_sql, group_by_object
from ftspec.resources.privileges.actual import (
    PUBLIC,
    Held,
    find_holder,
    observe_role,
    read_privileges,
    resolve_views,
)
from ftspec.resources.privileges.desired import NOUN, Privileges, Wanted, declare_privileges, unite_roles

__all__ = ["Held", "Privileges", "PrivilegesKind", "Wanted"]


class PrivilegesKind:
    """Privileges."""

    name = "Privileges"
    noun = NOUN

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[Privileges | None, Diagnostics]:
        """Expand presets, and fold and qualify the names of what is spelled out."""
        return declare_privileges(document, scope, exports)

    def combine(self, declared: tuple[Privileges, ...]) -> tuple[Privileges, ...]:
        """Unite the documents for one role under the first of their names."""
        return unite_roles(declared)

    def export(self, desired: Privileges) -> Export:
        """Let nothing be known: no kind builds on privileges."""
        return Export(desired.address)

    def read(self, desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Ask what each role, PUBLIC and the roles behind them hold, and which names that are read are views."""
        del scope
        return read_privileges(desired, seen)

    def observe(self, desired: tuple[Privileges, ...], scope: Scope, seen: Seen) -> Mapping[Address, Held]:
        """Parse the grants of each role."""
        del scope
        return {entry.address: observe_role(entry, seen) for entry in desired}

    def decide(self, address: Address, desired: Privileges | None, actual: Held, scope: Scope) -> Change:
        """Compare the sets: additive, so what is missing is granted and nothing is revoked."""
        del scope
        if desired is None or actual.refusal is not None:
            return _blocked(address, desired, actual)
        differences = tuple(_difference(wanted, actual) for wanted in resolve_views(desired.wanted, actual))
        if all(found.before is not None for found in differences):
            return Change(address, Action.NO_OP, State.LIVE, differences=differences)
        return Change(address, Action.UPDATE, State.OUTDATED, differences=differences, notes=_also_by(desired))

    def steps(self, change: Change, desired: Privileges | None, actual: Held, scope: Scope) -> tuple[Step, ...]:
        """Write one GRANT an object; a grant on a model waits for the model."""
        del scope
        if desired is None or change.action is not Action.UPDATE:
            return ()
        missing = {
            wanted.grant: wanted
            for wanted in resolve_views(desired.wanted, actual)
            if find_holder(wanted, actual) is None
        }
        return tuple(_step(desired, grants, missing) for grants in group_by_object(missing).values())


def _step(desired: Privileges, grants: tuple[Grant, ...], missing: Mapping[Grant, Wanted]) -> Step:
    models = (missing[grant].model for grant in grants)
    target = grants[0].name or ACCOUNT.lower()
    return Execute(
        id=f"grant {desired.address.name} {grants[0].object_type.lower()} {target}",
        address=desired.address,
        title=f"grant {', '.join(str(grant) for grant in grants)} to role {quote(desired.role)}",
        hazards=(Hazard.PUBLIC,) if desired.role == PUBLIC else (),
        needs=tuple(sorted({model for model in models if model})),
        sql=(grant_sql(grants, desired.role),),
    )


def _difference(wanted: Wanted, held: Held) -> Difference:
    holder = find_holder(wanted, held)
    text = str(wanted.grant)
    if holder is None:
        return Difference("grants", None, text, wanted.origin)
    return Difference("grants", text, text, f"{wanted.origin}, {holder}" if holder else wanted.origin)


def _blocked(address: Address, desired: Privileges | None, held: Held) -> Change:
    if desired is None or held.refusal is None:
        message = "privileges are never seen without their document"
        raise AssertionError(message)
    reason, hint = f"its grants cannot be read: {held.refusal.message}", "use a role that may see this one"
    if is_absent(held.refusal):
        reason = f"role {quote(desired.role)} does not exist, or may not be seen"
        hint = f"CREATE ROLE {quote(desired.role)}, or correct spec.role"
    note = Diagnostic("FT202", reason, Severity.ERROR, path="spec/role", hint=hint)
    return Change(address, Action.BLOCKED, State.UNKNOWN, reason=reason, notes=(note,))


def _also_by(desired: Privileges) -> Diagnostics:
    if not desired.others:
        return ()
    names = ", ".join(desired.others)
    return (
        Diagnostic("FT203", f"also declared by {names}: one role is one resource", Severity.NOTE, path="spec/role"),
    )
