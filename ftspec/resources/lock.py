"""The lock between concurrent applies of one project and environment: a table, and a lease in its comment.

Pure: the statements, and what their rows say. CREATE TABLE is atomic, so one run alone has the table. A lock is given
up, taken over and broken by one and the same statement: its table is renamed to a name that holds the id of the lease,
which can succeed once for each id. So whoever acts late on a lease that is gone moves no later lock, as long as the
renamed table is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ftspec.model.address import ObjectName
from ftspec.resources.base import Query, Row, Scope
from ftspec.resources.sql import literal

LEASE_SECONDS = 120
"""How long a lease lasts that is not renewed."""
STALE_SECONDS = 300
"""How long after its end a lease is left alone, so that a run whose connection broke may come back."""
KEPT_SECONDS = 3600
"""How long a renamed table is kept after that: longer than any statement can be under way."""
_ID = re.compile(r"[a-z0-9_]{1,64}")
_PREFIX = "ftspec-lock:v1"
_UNIT = re.compile(rf"{_PREFIX}((?: [a-z]+=\S+)+)")
_FIELD = re.compile(r"([a-z]+)=(\S+)")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds the lock, and until when: epoch seconds by Snowflake's clock; `taken_on` is 0 where it is not known."""

    id: str
    who: str
    project: str
    environment: str
    expires_on: int
    taken_on: int = 0

    def __str__(self) -> str:
        who = re.sub(r"\s+", "_", self.who) or "-"
        place = f"project={self.project} env={self.environment}"
        return f"{_PREFIX} id={self.id} {place} who={who} since={self.taken_on} expires={self.expires_on}"


@dataclass(frozen=True, slots=True)
class Locked:
    """What was found: whether the lock's table is there, its lease if it has one, and the renamed tables of others."""

    is_there: bool
    lease: Lease | None = None
    removed: tuple[tuple[ObjectName, Lease], ...] = ()


def check_id(lease_id: str) -> None:
    """Raise ValueError when an id cannot be that of a lease: it becomes part of a table's name."""
    if not _ID.fullmatch(lease_id):
        message = f"{lease_id!r} cannot be the id of a lease"
        raise ValueError(message)


def lock_table(scope: Scope) -> ObjectName:
    """Name the lock of a project and environment."""
    return scope.home.join(f"FTSPEC_LOCK_{scope.project}_{scope.environment}".upper())


def removed_table(scope: Scope, lease_id: str) -> ObjectName:
    """Name what the lock's table becomes when the lease ends; `$` is in no name of a project or environment."""
    return scope.home.join(f"{lock_table(scope).name}${lease_id.upper()}")


def create_lock(scope: Scope, lease: Lease) -> str:
    """Write the statement that takes the lock: it fails where the table is there (Snowflake: CREATE TABLE)."""
    return f"CREATE TRANSIENT TABLE {lock_table(scope)} (ID VARCHAR) COMMENT = {literal(str(lease))}"


def read_lock(scope: Scope) -> Query:
    """Ask for the lock and for the renamed tables beside it; the pattern also finds those of longer names."""
    pattern = lock_table(scope).name.replace("_", r"\_") + "%"
    return Query(f"SHOW TABLES LIKE {literal(pattern)} IN SCHEMA {scope.home}")


def renew_lock(scope: Scope, lease: Lease) -> str:
    """Write the statement that gives the lock a new lease; it must have been seen that the lock is one's own."""
    return f"ALTER TABLE {lock_table(scope)} SET COMMENT = {literal(str(lease))}"


def remove_lock(scope: Scope, lease_id: str) -> str:
    """Write the statement that ends a lease, once: it fails where that was done before (Snowflake: ALTER TABLE)."""
    return f"ALTER TABLE {lock_table(scope)} RENAME TO {removed_table(scope, lease_id)}"


def drop_table(table: ObjectName) -> str:
    """Write the statement that drops a table of the lock."""
    return f"DROP TABLE IF EXISTS {table}"


def read_clock() -> Query:
    """Ask for Snowflake's clock in epoch seconds (Snowflake: DATE_PART, CURRENT_TIMESTAMP)."""
    return Query("SELECT DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP()) AS NOW")


def parse_clock(rows: Iterable[Row]) -> int:
    """Read Snowflake's clock."""
    (row,) = rows
    return int(str(row["NOW"]))


def parse_lock(rows: Iterable[Row], scope: Scope) -> Locked:
    """Find the lock by its exact name, and the renamed tables beside it."""
    table = lock_table(scope).name
    comments = {str(row["name"]): str(row["comment"] or "") for row in rows}
    renamed = sorted(name for name in comments if name.startswith(f"{table}$"))
    leases = ((scope.home.join(name), parse_lease(comments[name])) for name in renamed)
    return Locked(
        is_there=table in comments,
        lease=parse_lease(comments.get(table, "")),
        removed=tuple((name, lease) for name, lease in leases if lease is not None),
    )


def parse_lease(comment: str) -> Lease | None:
    """Read the lease in a comment; keys of a later version are passed over, None where there is no id or no end."""
    unit = _UNIT.search(comment)
    values = dict(_FIELD.findall(unit.group(1))) if unit else {}
    lease_id, expires, since = (values.get(key, "") for key in ("id", "expires", "since"))
    if not _ID.fullmatch(lease_id) or not _is_moment(expires):
        return None
    return Lease(
        id=lease_id,
        who=values.get("who", "-"),
        project=values.get("project", "-"),
        environment=values.get("env", "-"),
        expires_on=int(expires),
        taken_on=int(since) if _is_moment(since) else 0,
    )


def is_held_as(found: Locked, lease_id: str) -> bool:
    """Tell whether the lock has that lease and it was not ended: a late renewal can write it on a later lock."""
    ended = any(lease.id == lease_id for _, lease in found.removed)
    return found.lease is not None and found.lease.id == lease_id and not ended


def is_stale(lease: Lease, now: int) -> bool:
    """Tell whether a lease may be taken over; `now` in epoch seconds by Snowflake's clock."""
    return now >= lease.expires_on + STALE_SECONDS


def is_forgotten(lease: Lease, now: int) -> bool:
    """Tell whether nobody can act on the lease any more, so that its renamed table may go."""
    return now >= lease.expires_on + STALE_SECONDS + KEPT_SECONDS


def _is_moment(text: str) -> bool:
    """Tell whether it is a moment that a calendar has: at most 11 digits."""
    return re.fullmatch(r"[0-9]{1,11}", text) is not None
