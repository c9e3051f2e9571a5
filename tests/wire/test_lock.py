"""The lock through the driver: one holder at a time, whoever is slow, late, dead or not allowed to."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.workspace import wait_until

from ftspec.backends.snowflake import SnowflakeSession
from ftspec.emulator.launch import Account, attach
from ftspec.engine.lock import Lock, Timing, force_unlock
from ftspec.engine.session import Fate, Fault, SessionError
from ftspec.model.address import SchemaName
from ftspec.resources.base import Scope
from ftspec.resources.lock import (
    KEPT_SECONDS,
    LEASE_SECONDS,
    STALE_SECONDS,
    Lease,
    create_lock,
    lock_table,
    parse_clock,
    parse_lock,
    read_clock,
    read_lock,
    removed_table,
)

HOME = SchemaName("ML", "SUPPORT")
NEVER = 1_000_000.0
LATE = LEASE_SECONDS + STALE_SECONDS
HASTE = Timing(renew_seconds=NEVER, sleep=lambda seconds: time.sleep(seconds / 50))
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def attachment(tmp_path_factory):
    with attach(Account(tmp_path_factory.mktemp("account"), None, None), idle_seconds=0.1) as attached:
        session = SnowflakeSession(attached.parameters())
        for sql in ("CREATE DATABASE ML", "CREATE SCHEMA ML.SUPPORT", "CREATE ROLE STRANGER"):
            session.execute(sql)
        for sql in ("ROLE STRANGER TO USER EMBEDDED", "USAGE ON DATABASE ML TO ROLE STRANGER"):
            session.execute(f"GRANT {sql}")
        session.execute("GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE STRANGER")
        session.close()
        yield attached


@pytest.fixture(scope="module")
def sessions(attachment):
    """Give sessions of one's own, as many as a test needs; they are used again by the next."""
    kept: dict[str, list[SnowflakeSession]] = {}
    places: dict[str, int] = {}

    def take(role="ACCOUNTADMIN"):
        mine = kept.setdefault(role, [])
        place = places.get(role, 0)
        if place == len(mine):
            mine.append(SnowflakeSession({**attachment.parameters(), "role": role}))
        places[role] = place + 1
        return mine[place]

    take.places = places
    yield take
    for session in itertools.chain(*kept.values()):
        session.close()


@pytest.fixture
def connect(sessions):
    sessions.places.clear()
    return sessions


@pytest.fixture
def scope():
    """Give an environment that only this test locks."""
    return Scope("bot", f"e{next(_NUMBERS)}", HOME)


class Clock:
    """A clock that only passes while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def sleep(self, seconds):
        self.now += seconds

    def timing(self, **changes):
        return Timing(**{"renew_seconds": NEVER, "clock": lambda: self.now, "sleep": self.sleep, **changes})


class Via:
    """The real session, with something that happens around some of its statements."""

    def __init__(self, session, *, ahead=lambda: 0.0, before="", after="", act=lambda: None):
        self.session = session
        self.identity = session.identity
        self.statements = []
        self.ahead, self.before, self.after, self.act = ahead, before, after, act

    def execute(self, sql):
        if self.before and sql.startswith(self.before):
            self.before = ""
            self.act()
        self.statements.append(sql)
        rows = self.session.execute(sql)
        if self.after and sql.startswith(self.after):
            self.after = ""
            self.act()
        return ({"NOW": parse_clock(rows) + int(self.ahead())},) if sql == read_clock().sql else rows


def look(session, scope):
    return parse_lock(session.execute(read_lock(scope).sql), scope)


def holder(session, scope):
    lease = look(session, scope).lease
    return lease and lease.id


def leave_stale(session, scope, *, late=1):
    """Leave the lock of a run that died, so many seconds after it could be taken over."""
    now = parse_clock(session.execute(read_clock().sql))
    lease = Lease("dead", "BOB@gone:7", scope.project, scope.environment, now - STALE_SECONDS - late, now - LATE - late)
    session.execute(create_lock(scope, lease))
    return lease


def fault_of(call, *arguments):
    with pytest.raises(Fault) as caught:
        call(*arguments)
    return caught.value.diagnostic


def test_one_of_many_holds_it_at_a_time(connect, scope):
    under_way, most, done = [], [], []

    def run(number):
        lock = Lock(own[number], scope, f"run{number}", f"id{number}", HASTE)
        lock.acquire(60)
        under_way.append(number)
        most.append(len(under_way))
        time.sleep(0.01)
        lock.check()
        under_way.remove(number)
        done.append(lock.release())

    own = [connect() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    assert most == [1] * 8
    assert done == [True] * 8
    assert look(own[0], scope) == parse_lock((), scope)


def test_it_is_taken_given_back_and_taken_again(connect, scope):
    session = Via(connect())
    lock = Lock(session, scope, "ANA@laptop:1", "first", HASTE)
    assert (lock.is_held, lock.release()) == (False, False)
    lock.acquire(0)
    assert len(session.statements) == 2
    assert lock.is_held
    found = look(session, scope).lease
    assert (found.id, found.who, found.project, found.environment) == (
        "first",
        "ANA@laptop:1",
        "bot",
        scope.environment,
    )
    assert found.expires_on == found.taken_on + LEASE_SECONDS
    with pytest.raises(RuntimeError, match="taken already"):
        lock.acquire(0)
    assert lock.release()
    assert (lock.is_held, look(session, scope).is_there) == (False, False)
    lock.acquire(0)
    assert holder(session, scope) == "first_2"
    assert lock.release()
    assert fault_of(lock.check).code == "FT503"


def test_who_must_wait_is_told_for_whom(connect, scope):
    first, second = connect(), connect()
    clock, told = Clock(), []
    held = Lock(first, scope, "ANA@laptop:1", "a1", HASTE)
    held.acquire(0)
    waiting = Lock(second, scope, "ci@runner:2", "b1", clock.timing(jitter=lambda: 0.5))
    fault = fault_of(waiting.acquire, 30, told.append)
    assert fault.code == "FT501"
    assert fault.message.startswith(f"project bot, environment {scope.environment} is locked by ANA@laptop:1 since 20")
    assert fault.message.endswith(" UTC unless it is renewed")
    taken_over = "the lock of a dead run is taken over 5 minutes after that"
    command = f"ftspec force-unlock a1 --env {scope.environment}"
    assert fault.hint == f"{taken_over}: wait with --lock-timeout, or {command}"
    assert told == [fault]
    assert clock.now == 30
    assert not waiting.is_held
    assert held.release()
    waiting.acquire(0)
    assert waiting.release()


def test_a_dead_run_is_waited_for_and_then_its_lock_is_taken_over(connect, scope):
    dead = Lock(connect(), scope, "ANA@laptop:1", "dead", HASTE)
    dead.acquire(0)
    clock = Clock()
    session = Via(connect(), ahead=lambda: LEASE_SECONDS + clock.now)
    heir = Lock(session, scope, "ci@runner:2", "heir", clock.timing(jitter=lambda: 1.0))
    heir.acquire(3600)
    assert STALE_SECONDS - 2 <= clock.now <= STALE_SECONDS + 20
    assert heir.is_held
    assert holder(session, scope) == "heir"
    assert not dead.release()
    assert holder(session, scope) == "heir"
    assert heir.release()


def test_a_stale_lock_goes_to_one_of_those_who_wait(connect, scope):
    own = [connect() for _ in range(6)]
    leave_stale(own[0], scope)
    locks = [Lock(session, scope, f"run{n}", f"id{n}", HASTE) for n, session in enumerate(own)]
    gate = threading.Barrier(len(locks))

    def run(lock):
        gate.wait()
        try:
            lock.acquire(0)
        except Fault as fault:
            return fault.diagnostic.code
        return "held"

    with ThreadPoolExecutor(len(locks)) as pool:
        outcomes = list(pool.map(run, locks))
    assert sorted(outcomes) == ["FT501"] * 5 + ["held"]
    winner = outcomes.index("held")
    assert holder(own[0], scope) == f"id{winner}"
    assert [lock.is_held for lock in locks] == [number == winner for number in range(6)]
    assert [lock.release() for lock in locks] == [number == winner for number in range(6)]


@pytest.mark.parametrize("meanwhile", ["taken over", "taken over and given back", "given back late", "broken by hand"])
def test_a_slow_waiter_removes_no_later_lock(connect, scope, meanwhile):
    first, second, third = connect(), connect(), connect()
    clock = Clock()
    dead = Lock(first, scope, "dead", "dead", clock.timing())
    dead.acquire(0)
    clock.sleep(LATE)
    late = lambda: LATE  # noqa: E731 - one more clock
    heir, later = (Lock(Via(second, ahead=late), scope, name, name, HASTE) for name in ("heir", "later"))

    def act():
        match meanwhile:
            case "given back late":
                assert dead.release()
            case "broken by hand":
                force_unlock(second, scope, "dead")
        heir.acquire(0)
        if meanwhile == "taken over and given back":
            assert heir.release()
            later.acquire(0)

    waiting = Lock(Via(third, ahead=late, before="ALTER TABLE", act=act), scope, "slow", "slow", HASTE)
    assert fault_of(waiting.acquire, 0).code == "FT501"
    holding = later if meanwhile == "taken over and given back" else heir
    assert holding.is_held
    assert holder(first, scope) == holding._tenure.lease.id
    assert holding.release()


def test_a_late_release_removes_no_later_lock(connect, scope):
    first, second = connect(), connect()
    heir = Lock(Via(second, ahead=lambda: LATE), scope, "heir", "heir", HASTE)
    slow = Via(first, before="ALTER TABLE", act=lambda: heir.acquire(0))
    lock = Lock(slow, scope, "slow", "slow", HASTE)
    lock.acquire(0)
    assert not lock.release()
    assert holder(second, scope) == "heir"
    assert heir.release()


def test_the_lease_is_renewed_while_it_is_held(connect, scope):
    clock = Clock()
    session, other = Via(connect(), ahead=lambda: clock.now), connect()
    lock = Lock(session, scope, "ANA", "a1", clock.timing(renew_seconds=0.02))
    lock.acquire(0)
    end = look(other, scope).lease.expires_on
    for _ in range(3):
        clock.sleep(LEASE_SECONDS)
        wait_until(lambda: look(other, scope).lease.expires_on >= end + clock.now)
    assert lock.is_held
    lock.check()
    assert lock.release()
    assert lock._tenure is None
    assert not look(other, scope).is_there


def test_who_holds_it_may_look_whether_it_is_still_there(connect, scope):
    session, other = connect(), connect()
    lock = Lock(session, scope, "ANA", "a1", HASTE)
    assert fault_of(lock.confirm).message.endswith(" was lost: it is not held")
    lock.acquire(0)
    lock.confirm()
    force_unlock(other, scope, "a1")
    lock.check()
    assert fault_of(lock.confirm).message.endswith(" was lost: somebody removed it")
    assert fault_of(lock.check).code == "FT503"
    assert not lock.release()


def test_a_lock_that_somebody_removed_is_lost(connect, scope):
    session, other = connect(), connect()
    lock = Lock(session, scope, "ANA", "a1", Timing(renew_seconds=0.02))
    lock.acquire(0)
    assert force_unlock(other, scope, "a1").who == "ANA"
    wait_until(lambda: not lock.is_held)
    fault = fault_of(lock.check)
    place = f"project bot, environment {scope.environment}"
    assert (fault.code, fault.message) == ("FT503", f"the lock of {place} was lost: somebody removed it")
    assert not lock.release()


def test_a_lock_that_somebody_else_has_by_now_is_lost(connect, scope):
    session, other = Via(connect()), connect()
    heir = Lock(other, scope, "ci@runner:2", "b1", HASTE)
    lock = Lock(session, scope, "ANA", "a1", Timing(renew_seconds=0.02))
    lock.acquire(0)

    def act():
        force_unlock(other, scope, "a1")
        heir.acquire(0)

    session.act, session.before = act, "SHOW"
    wait_until(lambda: not lock.is_held)
    assert " was lost: ci@runner:2 has it since 20" in fault_of(lock.check).message
    assert not lock.release()
    assert (heir.is_held, holder(other, scope)) == (True, "b1")
    assert heir.release()


def test_a_late_renewal_on_a_later_lock_leaves_it_to_nobody(connect, scope):
    first, second = connect(), connect()
    heir = Lock(second, scope, "ci", "b1", HASTE)

    def act():
        force_unlock(second, scope, "a1")
        heir.acquire(0)

    late = Via(first, before="ALTER TABLE", act=act)
    lock = Lock(late, scope, "ANA", "a1", Timing(renew_seconds=0.02))
    lock.acquire(0)
    wait_until(lambda: not lock.is_held)
    heir._renew(heir._tenure)
    assert not heir.is_held
    assert " was lost: ANA has it since 20" in fault_of(heir.check).message
    assert " was lost: somebody removed it" in fault_of(lock.check).message
    assert (lock.release(), heir.release()) == (False, False)
    assert holder(first, scope) == "a1"


def test_a_lock_that_cannot_be_renewed_is_held_for_as_long_as_nobody_takes_it_over(connect, scope):
    clock = Clock()

    def fail():
        session.before = "SELECT"
        raise SessionError("the line is dead", fate=Fate.LOST)

    session = Via(connect(), after="CREATE", act=lambda: setattr(session, "before", "SELECT"))
    lock = Lock(session, scope, "ANA", "a1", clock.timing(renew_seconds=0.01))
    lock.acquire(0)
    session.act = fail
    clock.sleep(LEASE_SECONDS + STALE_SECONDS / 2 - 1)
    wait_until(lambda: lock._tenure.trouble)
    assert lock.is_held
    clock.sleep(1)
    assert not lock.is_held
    fault = fault_of(lock.check)
    assert fault.message.endswith("its lease was not renewed in time: the line is dead")
    session.before = ""
    wait_until(lambda: not lock._tenure.renewal.is_alive())
    assert fault_of(lock.check).message.endswith("its lease was not renewed in time: the line is dead")
    assert lock.release()


def test_a_create_whose_answer_was_lost_is_recognised(connect, scope):
    def fail():
        raise SessionError("the answer was lost", fate=Fate.LOST)

    session = Via(connect(), after="CREATE", act=fail)
    lock = Lock(session, scope, "ANA", "a1", HASTE)
    lock.acquire(0)
    assert lock.is_held
    assert holder(session, scope) == "a1"
    assert lock.release()


def test_a_release_without_a_connection_says_no_and_raises_nothing(connect, scope):
    def fail():
        raise SessionError("the line is dead", fate=Fate.LOST)

    session = Via(connect())
    lock = Lock(session, scope, "ANA", "a1", HASTE)
    lock.acquire(0)
    session.before, session.act = "SHOW", fail
    assert not lock.release()
    assert force_unlock(session, scope, "a1").id == "a1"


def test_a_lock_is_broken_by_its_id_alone(connect, scope):
    session = connect()
    place = f"project bot, environment {scope.environment}"
    fault = fault_of(force_unlock, session, scope, "a1")
    assert (fault.code, fault.message) == ("FT504", f"{place} is not locked, as far as this role can see")
    lock = Lock(session, scope, "ANA@laptop:1", "a1", HASTE)
    lock.acquire(0)
    fault = fault_of(force_unlock, session, scope, "a2")
    assert (fault.code, fault.message) == ("FT504", f"{place} is not locked as a2: ANA@laptop:1 holds it as a1")
    assert fault.hint == f"if that run is dead: ftspec force-unlock a1 --env {scope.environment}"
    assert holder(session, scope) == "a1"
    assert force_unlock(session, scope, "a1").who == "ANA@laptop:1"
    assert not look(session, scope).is_there
    assert not lock.release()


def test_a_lease_that_was_written_again_after_its_end_can_be_broken(connect, scope):
    session = connect()
    lease = leave_stale(session, scope)
    force_unlock(session, scope, "dead")
    session.execute(create_lock(scope, lease))
    fault = fault_of(Lock(session, scope, "ANA", "a1", HASTE).acquire, 0)
    assert "of BOB@gone:7 ended 20" in fault.message
    assert fault.message.endswith(", and could not be removed")
    command = f"ftspec force-unlock dead --env {scope.environment}"
    assert fault.hint == f"{command}, with the role that owns the table"
    force_unlock(session, scope, "dead")
    assert not look(session, scope).is_there


def test_renamed_tables_are_kept_for_an_hour(connect, scope):
    session = connect()
    clock = Clock()
    leave_stale(session, scope)
    for name, ahead, kept in (("a1", 0, ["dead"]), ("a2", KEPT_SECONDS - 60, ["dead"]), ("a3", KEPT_SECONDS, [])):
        clock.now = ahead
        lock = Lock(Via(session, ahead=lambda: clock.now), scope, "ANA", name, HASTE)
        lock.acquire(0)
        assert lock.release()
        assert [lease.id for _, lease in look(session, scope).removed] == kept
    tables = {row["name"] for row in session.execute("SHOW TABLES IN SCHEMA ML.SUPPORT")}
    assert not tables & {lock_table(scope).name, removed_table(scope, "dead").name}


def test_a_table_that_is_no_lock_is_left_alone(connect, scope):
    session = connect()
    table = lock_table(scope)
    session.execute(f"CREATE TABLE {table} (ID VARCHAR) COMMENT = 'mine'")
    lock = Lock(session, scope, "ANA", "a1", HASTE)
    for fault in (fault_of(lock.acquire, 0), fault_of(force_unlock, session, scope, "a1")):
        assert "no lease that this version can read" in fault.message
        assert str(table) in fault.message
        assert fault.hint.endswith(f"DROP TABLE {table}")
    assert look(session, scope).is_there


def test_environments_whose_names_join_alike_keep_each_other_out(connect, scope):
    session = connect()
    lock = Lock(session, Scope("bot_x", scope.environment, HOME), "ANA", "a1", HASTE)
    lock.acquire(0)
    other = Scope("bot", f"x_{scope.environment}", HOME)
    fault = fault_of(Lock(session, other, "BOB", "b1", HASTE).acquire, 0)
    table = f"ML.SUPPORT.FTSPEC_LOCK_BOT_X_{scope.environment.upper()}"
    assert fault.message.startswith(f"project bot, environment {other.environment} is locked by ANA since 20")
    assert fault.message.endswith(f"; {table} is also the lock of project bot_x, environment {scope.environment}")
    assert lock.release()


def test_a_role_that_may_make_no_table_is_told_what_it_needs(connect, scope):
    fault = fault_of(Lock(connect("STRANGER"), scope, "ANA", "a1", HASTE).acquire, 60)
    assert (fault.code, fault.path) == ("FT502", "spec/lock")
    name = lock_table(scope)
    assert fault.message == f"role STRANGER may not make the lock {name}, which keeps concurrent runs apart"
    assert fault.hint.startswith("GRANT CREATE TABLE ON SCHEMA ML.SUPPORT TO ROLE STRANGER, or set lock: false")


def test_a_lock_of_another_role_is_respected_though_it_cannot_be_seen(connect, scope):
    lock = Lock(connect(), scope, "ANA", "a1", HASTE)
    lock.acquire(0)
    fault = fault_of(Lock(connect("STRANGER"), scope, "BOB", "b1", Clock().timing()).acquire, 1)
    assert fault.code == "FT501"
    assert fault.message == f"the lock {lock_table(scope)} is taken, and role STRANGER may not see by whom"
    assert lock.release()
