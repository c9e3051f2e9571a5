"""What is said of the lock: who has it, why it cannot be taken, what became of it."""

from __future__ import annotations

from datetime import UTC, datetime

from ftspec.model.diagnostics import Diagnostic
from ftspec.resources.base import Scope
from ftspec.resources.lock import STALE_SECONDS, Lease, Locked, is_stale, lock_table


def explain_hindrance(found: Locked, now: int, scope: Scope, role: str) -> Diagnostic:
    """Say what is in the way of taking the lock."""
    table, lease = lock_table(scope), found.lease
    if not found.is_there:
        message = f"the lock {table} is taken, and role {role} may not see by whom"
        return Diagnostic("FT501", message, hint="let all runs use one role, or wait for it with --lock-timeout")
    if lease is None:
        message = f"the table {table} is in the way of the lock: its comment is no lease that this version can read"
        return Diagnostic("FT501", message, hint=f"when no other run is under way: DROP TABLE {table}")
    if is_stale(lease, now):
        message = f"the lock {table} of {lease.who} ended {_write_moment(lease.expires_on)}, and could not be removed"
        return Diagnostic("FT501", message, hint=f"{_break(scope, lease)}, with the role that owns the table")
    since = f" since {_write_moment(lease.taken_on)}" if lease.taken_on else ""
    until = _write_moment(lease.expires_on)
    message = f"{describe_place(scope)} is locked by {lease.who}{since}, until {until} unless it is renewed"
    if (lease.project, lease.environment) != (scope.project, scope.environment):
        message += f"; {table} is also the lock of project {lease.project}, environment {lease.environment}"
    taken_over = f"the lock of a dead run is taken over {STALE_SECONDS // 60} minutes after that"
    hint = f"{taken_over}: wait with --lock-timeout, or {_break(scope, lease)}"
    return Diagnostic("FT501", message, hint=hint)


def ask_for_grant(scope: Scope, role: str) -> Diagnostic:
    """Say what the role needs to make the lock."""
    message = f"role {role} may not make the lock {lock_table(scope)}, which keeps concurrent runs apart"
    hint = f"GRANT CREATE TABLE ON SCHEMA {scope.home} TO ROLE {role}, or set lock: false in ftspec.yaml"
    return Diagnostic("FT502", message, path="spec/lock", hint=hint)


def describe_loss(found: Locked, lease_id: str) -> str:
    """Say what became of a lock that is no longer one's own."""
    if found.lease is None or found.lease.id == lease_id:
        return "somebody removed it"
    return f"{found.lease.who} has it since {_write_moment(found.lease.taken_on)}"


def tell_mismatch(found: Locked, scope: Scope, lease_id: str) -> Diagnostic:
    """Say why a lease cannot be ended: it is not there."""
    if found.lease is not None:
        held = f"{found.lease.who} holds it as {found.lease.id}"
        message = f"{describe_place(scope)} is not locked as {lease_id}: {held}"
        return Diagnostic("FT504", message, hint=f"if that run is dead: {_break(scope, found.lease)}")
    if found.is_there:
        message = f"the comment of {lock_table(scope)} is no lease that this version can read"
        return Diagnostic("FT504", message, hint=f"when no run is under way: DROP TABLE {lock_table(scope)}")
    return Diagnostic("FT504", f"{describe_place(scope)} is not locked, as far as this role can see")


def describe_place(scope: Scope) -> str:
    """Name what a lock is for."""
    return f"project {scope.project}, environment {scope.environment}"


def _break(scope: Scope, lease: Lease) -> str:
    """Write the command that ends a lease, whatever the default environment is."""
    return f"ftspec force-unlock {lease.id} --env {scope.environment}"


def _write_moment(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
