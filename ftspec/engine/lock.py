"""Holding the lock: taking it, waiting for it, renewing it, giving it back.

No statement here runs inside a transaction: each is a definition, which would commit what is open in the session.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ftspec.engine.lock_words import ask_for_grant, describe_loss, describe_place, explain_hindrance, tell_mismatch
from ftspec.engine.session import Fate, Fault, Session, SessionError
from ftspec.model.address import ObjectName
from ftspec.model.diagnostics import Diagnostic
from ftspec.resources import lock as sql
from ftspec.resources.base import Scope
from ftspec.resources.lock import Lease, Locked, lock_table

_EXISTS = "42710"
"""The SQLSTATE of a name that is taken, whether its object may be seen (error 2002) or not (3041)."""
_NOT_ALLOWED = 3001
_TRIES = 3
"""How often one try is made again at once: between two of its statements the lock may have come or gone."""
_LONGEST_PAUSE = 10.0
_TRUSTED_SECONDS = sql.LEASE_SECONDS + sql.STALE_SECONDS / 2
"""How long after its last renewal a lock counts as held: what is under way by then may still take half the grace."""
_LOG = logging.getLogger(__name__)


def elapse() -> float:
    """Give seconds that pass also while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Timing:
    """When to renew, how to wait: `clock` must go on while the machine sleeps, `jitter` gives 0 to 1."""

    renew_seconds: float = 60.0
    clock: Callable[[], float] = elapse
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


@dataclass(slots=True)
class _Tenure:
    """The lock while it is held: the lease, when it was last renewed, and what went wrong since."""

    lease: Lease
    renewed_at: float
    ended: threading.Event = field(default_factory=threading.Event)
    renewal: threading.Thread | None = None
    lost: str = ""
    trouble: str = ""


class Lock:
    """The lock of a project and environment; `who` says who would hold it, `lease_id` is random and never used again.

    It may be taken and given back in turn; each time after the first has a lease id of its own. A thread renews it.
    """

    def __init__(self, session: Session, scope: Scope, who: str, lease_id: str, timing: Timing | None = None) -> None:
        sql.check_id(lease_id)
        self._session = session
        self._scope = scope
        self._who = who
        self._id = lease_id
        self._turns = 0
        self._timing = timing or Timing()
        self._tenure: _Tenure | None = None

    @property
    def is_held(self) -> bool:
        """Tell whether the lock was taken and, for all that is known, not lost."""
        return self._tenure is not None and not self._describe_loss(self._tenure)

    def check(self) -> None:
        """Raise Fault FT503 when the lock is not held, or no more."""
        loss = "it is not held" if self._tenure is None else self._describe_loss(self._tenure)
        if loss:
            message = f"the lock of {describe_place(self._scope)} was lost: {loss}"
            hint = "another run may be applying; run the command again: it reads what is there, and goes on from it"
            raise Fault(Diagnostic("FT503", message, hint=hint))

    def confirm(self) -> None:
        """Look whether the lock is still one's own; raises Fault FT503 when it is not, and SessionError."""
        if self._tenure is not None:
            self._find_loss(self._tenure)
        self.check()

    def acquire(self, wait_seconds: float, on_wait: Callable[[Diagnostic], None] | None = None) -> None:
        """Take the lock, waiting for it so long at most; `on_wait` is told once, before the first wait, who has it.

        Raises Fault FT501 when somebody else has it, FT502 when the role may not make its table, and SessionError.
        """
        if self._tenure is not None:
            raise RuntimeError("the lock was taken already")
        self._turns += 1
        lease_id = self._id if self._turns == 1 else f"{self._id}_{self._turns}"
        deadline: float | None = None
        for pause in self._pauses():
            hindrance = self._try(lease_id)
            if hindrance is None:
                return
            now = self._timing.clock()
            deadline = now + wait_seconds if deadline is None else deadline
            remaining = deadline - now
            if remaining <= 0:
                raise Fault(hindrance)
            if on_wait is not None:
                on_wait(hindrance)
                on_wait = None
            self._timing.sleep(min(pause, remaining))

    def release(self) -> bool:
        """Give the lock back; False when it was no longer one's own, or nobody knows: it then ends by itself."""
        tenure, self._tenure = self._tenure, None
        if tenure is None:
            return False
        tenure.ended.set()
        if tenure.renewal is not None:
            tenure.renewal.join()
        try:
            return self._give_back(tenure)
        except SessionError as error:
            _LOG.warning("the lock of %s could not be given back: %s", describe_place(self._scope), error)
            return False

    def _pauses(self) -> Iterator[float]:
        pause = 0.5
        while True:
            yield pause * (0.5 + self._timing.jitter())
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _try(self, lease_id: str) -> Diagnostic | None:
        """Take the lock if it is free or stale; else say what is in the way."""
        place = self._scope
        found, now = Locked(is_there=False), 0
        for _ in range(_TRIES):
            started = self._timing.clock()
            # The clock is read before the lease, so that a pause in between makes no fresh lease look stale.
            now = _read_clock(self._session)
            lease = Lease(lease_id, self._who, place.project, place.environment, now + sql.LEASE_SECONDS, now)
            if self._create(lease):
                self._begin(lease, started)
                return None
            found = _look(self._session, place)
            if found.lease is not None and found.lease.id == lease_id:
                # It was made by an earlier CREATE whose answer went astray.
                self._session.execute(sql.renew_lock(place, lease))
                self._begin(lease, started)
                return None
            if found.is_there and (found.lease is None or not sql.is_stale(found.lease, now)):
                break
            if found.lease is not None:
                _remove(self._session, place, found.lease.id)
        return explain_hindrance(found, now, place, self._session.identity.role)

    def _create(self, lease: Lease) -> bool:
        try:
            self._session.execute(sql.create_lock(self._scope, lease))
        except SessionError as error:
            if error.sqlstate == _EXISTS or error.fate is Fate.LOST:
                return False
            if error.errno == _NOT_ALLOWED:
                raise Fault(ask_for_grant(self._scope, self._session.identity.role)) from error
            raise
        return True

    def _begin(self, lease: Lease, started: float) -> None:
        tenure = _Tenure(lease, started)
        tenure.renewal = threading.Thread(target=self._keep, args=(tenure,), name="lock", daemon=True)
        self._tenure = tenure
        tenure.renewal.start()

    def _keep(self, tenure: _Tenure) -> None:
        """Renew the lease again and again until it is given back or lost; what failed is tried again in time."""
        while not self._describe_loss(tenure) and not tenure.ended.wait(self._timing.renew_seconds):
            try:
                self._renew(tenure)
            except SessionError as error:
                tenure.trouble = str(error)
                _LOG.info("the lock of %s could not be renewed: %s", describe_place(self._scope), error)

    def _renew(self, tenure: _Tenure) -> None:
        started = self._timing.clock()
        lease = replace(tenure.lease, expires_on=_read_clock(self._session) + sql.LEASE_SECONDS)
        if self._find_loss(tenure):
            return
        if not self._is_past(tenure):
            self._session.execute(sql.renew_lock(self._scope, lease))
        # Asked again: what took too long may have come after somebody took the lock over.
        if not self._is_past(tenure):
            tenure.renewed_at, tenure.trouble = started, ""

    def _find_loss(self, tenure: _Tenure) -> bool:
        """Look whether the lock has another lease by now, or none."""
        found = _look(self._session, self._scope)
        if not sql.is_held_as(found, tenure.lease.id):
            tenure.lost = describe_loss(found, tenure.lease.id)
        return bool(tenure.lost)

    def _is_past(self, tenure: _Tenure) -> bool:
        return self._timing.clock() - tenure.renewed_at >= _TRUSTED_SECONDS

    def _describe_loss(self, tenure: _Tenure) -> str:
        if tenure.lost or not self._is_past(tenure):
            return tenure.lost
        return "its lease was not renewed in time" + (f": {tenure.trouble}" if tenure.trouble else "")

    def _give_back(self, tenure: _Tenure) -> bool:
        lease_id = tenure.lease.id
        found = _look(self._session, self._scope)
        if found.lease is None or not sql.is_held_as(found, lease_id):
            return False
        if not _remove(self._session, self._scope, lease_id):
            return False
        # When the lease was renewed last: Snowflake's clock is past that.
        now = found.lease.expires_on - sql.LEASE_SECONDS
        dropped = [table for table, lease in found.removed if sql.is_forgotten(lease, now)]
        if self._timing.clock() - tenure.renewed_at < sql.LEASE_SECONDS:
            # Nobody can have seen this lease as stale, so nobody is about to act on it.
            dropped.append(sql.removed_table(self._scope, lease_id))
        self._drop(dropped)
        return True

    def _drop(self, tables: list[ObjectName]) -> None:
        for table in tables:
            try:
                self._session.execute(sql.drop_table(table))
            except SessionError as error:
                _LOG.info("%s could not be dropped: %s", table, error)


def force_unlock(session: Session, scope: Scope, lease_id: str) -> Lease:
    """End the lease of that id, whoever holds it, and give it; raises Fault FT504 when it is not there."""
    found = _look(session, scope)
    if found.lease is None or found.lease.id != lease_id:
        raise Fault(tell_mismatch(found, scope, lease_id))
    try:
        session.execute(sql.remove_lock(scope, lease_id))
    except SessionError as error:
        if error.sqlstate != _EXISTS:
            raise
        # A renewal that came after the end of this lease has written it on a later lock, which nobody holds now.
        session.execute(sql.drop_table(lock_table(scope)))
    return found.lease


def _read_clock(session: Session) -> int:
    return sql.parse_clock(session.execute(sql.read_clock().sql))


def _look(session: Session, scope: Scope) -> Locked:
    return sql.parse_lock(session.execute(sql.read_lock(scope).sql), scope)


def _remove(session: Session, scope: Scope, lease_id: str) -> bool:
    """End a lease; False when somebody else has done so, or the role may not."""
    try:
        session.execute(sql.remove_lock(scope, lease_id))
    except SessionError as error:
        if error.fate is Fate.LOST:
            raise
        return False
    return True
