from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import SchemaName
from ftspec.resources.base import Scope
from ftspec.resources.lock import (
    KEPT_SECONDS,
    LEASE_SECONDS,
    STALE_SECONDS,
    Lease,
    check_id,
    create_lock,
    drop_table,
    is_forgotten,
    is_held_as,
    is_stale,
    lock_table,
    parse_clock,
    parse_lease,
    parse_lock,
    read_clock,
    read_lock,
    remove_lock,
    removed_table,
    renew_lock,
)

SCOPE = Scope("support_bot", "prod", SchemaName("ML", "my schema"))
LEASE = Lease("4f00aa", "ANA@laptop:4711", "support_bot", "prod", expires_on=1_800_000_120, taken_on=1_800_000_000)
COMMENT = (
    "ftspec-lock:v1 id=4f00aa project=support_bot env=prod who=ANA@laptop:4711 since=1800000000 expires=1800000120"
)


def test_statements():
    assert str(lock_table(SCOPE)) == 'ML."my schema".FTSPEC_LOCK_SUPPORT_BOT_PROD'
    table = lock_table(SCOPE)
    assert create_lock(SCOPE, LEASE) == f"CREATE TRANSIENT TABLE {table} (ID VARCHAR) COMMENT = '{COMMENT}'"
    assert renew_lock(SCOPE, LEASE) == f"ALTER TABLE {table} SET COMMENT = '{COMMENT}'"
    assert remove_lock(SCOPE, "4f00aa") == f"ALTER TABLE {table} RENAME TO {table}$4F00AA"
    assert drop_table(removed_table(SCOPE, "4f00aa")) == f"DROP TABLE IF EXISTS {table}$4F00AA"
    assert read_lock(SCOPE).sql == (
        r"""SHOW TABLES LIKE 'FTSPEC\\_LOCK\\_SUPPORT\\_BOT\\_PROD%' IN SCHEMA ML."my schema" """.strip()
    )
    assert read_clock().sql == "SELECT DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP()) AS NOW"
    assert parse_clock(({"NOW": 1_800_000_000},)) == 1_800_000_000


def test_who_holds_it_cannot_leave_the_literal_nor_add_to_the_lease():
    lease = replace(LEASE, who="O'Neill \\ id=1 expires=9")
    assert str(lease).count(" ") == COMMENT.count(" ")
    assert "who=O''Neill_\\\\_id=1_expires=9 since=" in create_lock(SCOPE, lease)
    assert parse_lease(str(lease)) == replace(lease, who="O'Neill_\\_id=1_expires=9")


NAMES = st.text("abz_09", min_size=1, max_size=63)


@given(
    st.builds(
        Lease,
        id=NAMES,
        who=st.text("aZä'\"\\=@:$.-😀", min_size=1, max_size=20),
        project=NAMES,
        environment=NAMES,
        expires_on=st.integers(0, 99_999_999_999),
        taken_on=st.integers(0, 99_999_999_999),
    )
)
def test_a_lease_is_read_back(lease):
    assert parse_lease(str(lease)) == lease


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (f"do not touch. {COMMENT}", LEASE),
        (f"{COMMENT} step=7", LEASE),
        ("ftspec-lock:v1 expires=5 color=red id=a", Lease("a", "-", "-", "-", 5)),
        ("ftspec-lock:v1 id=a expires=5 since=yesterday", Lease("a", "-", "-", "-", 5)),
        ("", None),
        ("ftspec:v1 id=a expires=5", None),
        ("ftspec-lock:v2 id=a expires=5", None),
        ("ftspec-lock:v1 id=a", None),
        ("ftspec-lock:v1 expires=5", None),
        ("ftspec-lock:v1 id=a expires=soon", None),
        ("ftspec-lock:v1 id=a expires=999999999999", None),
        ('ftspec-lock:v1 id=a"b expires=5', None),
    ],
)
def test_what_others_or_later_versions_wrote(comment, expected):
    assert parse_lease(comment) == expected


@given(st.text())
def test_no_comment_is_too_strange_to_read(text):
    lease = parse_lease(f"ftspec-lock:v1 {text}")
    if lease is not None:
        check_id(lease.id)


@pytest.mark.parametrize("lease_id", ["", "A", "a-b", "a b", "a'", 'a"', "a$", "ä", "a\n", "a" * 65])
def test_an_id_becomes_part_of_a_name(lease_id):
    with pytest.raises(ValueError, match="cannot be the id of a lease"):
        check_id(lease_id)
    check_id("0a_1")


def test_the_lock_is_found_by_its_exact_name():
    table = lock_table(SCOPE).name
    other = replace(LEASE, id="other")
    gone = replace(LEASE, id="gone")
    beside = (
        {"name": f"{table}UCTION", "comment": str(other)},
        {"name": f"{table}_2", "comment": str(other)},
        {"name": f"{table}$GONE", "comment": str(gone)},
        {"name": f"{table}$FOREIGN", "comment": None},
    )
    free = parse_lock(beside, SCOPE)
    assert (free.is_there, free.lease) == (False, None)
    assert free.removed == ((removed_table(SCOPE, "gone"), gone),)
    taken = parse_lock((*beside, {"name": table, "comment": str(LEASE)}), SCOPE)
    assert (taken.is_there, taken.lease, taken.removed) == (True, LEASE, free.removed)
    assert is_held_as(taken, LEASE.id)
    assert not any(is_held_as(found, LEASE.id) for found in (free, replace(taken, lease=other)))
    assert not is_held_as(replace(taken, lease=gone), gone.id)
    foreign = parse_lock(({"name": table, "comment": None},), SCOPE)
    assert (foreign.is_there, foreign.lease) == (True, None)


def test_two_environments_whose_names_join_alike_exclude_each_other_and_say_so():
    one, two = replace(SCOPE, project="a_b", environment="c"), replace(SCOPE, project="a", environment="b_c")
    assert lock_table(one) == lock_table(two)
    found = parse_lock(({"name": lock_table(one).name, "comment": str(replace(LEASE, project="a_b"))},), two)
    assert found.lease is not None
    assert found.lease.project == "a_b"


def test_when_a_lease_is_stale_and_when_it_is_forgotten():
    end = LEASE.expires_on
    assert [is_stale(LEASE, end + late) for late in (-1, 0, STALE_SECONDS - 1, STALE_SECONDS)] == [0, 0, 0, 1]
    late = STALE_SECONDS + KEPT_SECONDS
    assert [is_forgotten(LEASE, end + late - 1), is_forgotten(LEASE, end + late)] == [False, True]
    assert (LEASE_SECONDS, STALE_SECONDS) == (120, 300)
