"""The rules of access control, as functions of values."""

from __future__ import annotations

import pytest

from ftspec.emulator.access import (
    FutureGrant,
    Grant,
    Grantee,
    Standing,
    find_dependents,
    find_grantor,
    future_grants_for,
    holds,
    inherited_roles,
    is_visible,
    role_edges,
    would_cycle,
)
from ftspec.emulator.names import CORTEX_USER, Key, database_key, quote, role_key, schema_key, user_key
from ftspec.emulator.privileges import BY_KIND, all_of, is_known

TABLE = Key("TABLE", "T", "D", "S")


def grant(on, privilege, name, kind="ROLE", *, option=False):
    return Grant(on, privilege, Grantee(kind, name), option, "SYSADMIN", 0)


def test_roles_inherit_through_every_step_and_public_is_always_there():
    edges = {"A": ("B",), "B": ("C", "D"), "X": ("A",)}
    assert inherited_roles(("A",), edges) == {"A", "B", "C", "D", "PUBLIC"}
    assert inherited_roles((), edges) == {"PUBLIC"}


def test_edges_come_from_grants_on_roles_to_roles():
    grants = (
        grant(role_key("LOW"), "USAGE", "HIGH"),
        grant(role_key("LOW"), "USAGE", "PAT", "USER"),
        grant(CORTEX_USER, "USAGE", "LOW"),
        grant(TABLE, "SELECT", "LOW"),
    )
    edges = role_edges(grants)
    assert edges == {"HIGH": ("LOW",), "LOW": ("SNOWFLAKE.CORTEX_USER",)}
    assert "SNOWFLAKE.CORTEX_USER" in inherited_roles(("HIGH",), edges)


def test_a_circle_is_seen_before_it_closes():
    edges = {"A": ("B",), "B": ("C",)}
    assert would_cycle(edges, granted="A", to="C")
    assert would_cycle(edges, granted="A", to="A")
    assert not would_cycle(edges, granted="C", to="A")


@pytest.mark.parametrize(
    ("owner", "roles", "privileges", "expected"),
    [
        ("OWNER", {"OWNER"}, ("SELECT",), True),
        ("OWNER", {"READER"}, ("SELECT",), True),
        ("OWNER", {"READER"}, ("INSERT",), False),
        ("OWNER", {"READER"}, ("INSERT", "SELECT"), True),
        ("OWNER", {"OTHER"}, ("SELECT",), False),
        (None, {"READER"}, ("SELECT",), True),
        (None, {"READER"}, ("OWNERSHIP",), False),
    ],
)
def test_holding_is_owning_or_having_been_granted(owner, roles, privileges, expected):
    grants = (grant(TABLE, "SELECT", "READER"),)
    assert holds(grants, owner, frozenset(roles), privileges) is expected


def test_a_grant_to_a_user_reaches_that_user_only():
    grants = (grant(TABLE, "SELECT", "PAT", "USER"),)
    assert holds(grants, None, frozenset({"PUBLIC"}), ("SELECT",), "PAT")
    assert not holds(grants, None, frozenset({"PAT"}), ("SELECT",), "KIM")
    assert is_visible(grants, None, frozenset(), "PAT")
    assert not is_visible(grants, None, frozenset(), "")


@pytest.mark.parametrize(
    ("role", "active", "privilege", "manage_grants", "expected"),
    [
        ("OWNER", {"OWNER"}, "SELECT", False, "OWNER"),
        ("HIGH", {"HIGH", "OWNER"}, "SELECT", False, "OWNER"),
        ("GIVER", {"GIVER"}, "SELECT", False, "GIVER"),
        ("HIGH", {"HIGH", "GIVER", "AGAIN"}, "SELECT", False, "AGAIN"),
        ("GIVER", {"GIVER", "AGAIN"}, "SELECT", False, "GIVER"),
        ("GIVER", {"GIVER"}, "SELECT", True, "GIVER"),
        ("GIVER", {"GIVER"}, "INSERT", False, None),
        ("READER", {"READER"}, "INSERT", False, None),
        ("READER", {"READER"}, "INSERT", True, "OWNER"),
    ],
)
def test_the_grantor_is_the_owner_the_holder_of_the_option_or_the_owner_again(
    role, active, privilege, manage_grants, expected
):
    grants = (
        grant(TABLE, "SELECT", "GIVER", option=True),
        grant(TABLE, "SELECT", "AGAIN", option=True),
        grant(TABLE, "INSERT", "READER"),
    )
    standing = Standing("PAT", role, frozenset(active), frozenset(active))
    assert find_grantor(grants, "OWNER", standing, privilege, manage_grants=manage_grants) == expected


def test_what_nobody_owns_is_given_by_the_role_itself():
    standing = Standing("PAT", "R", frozenset({"R"}), frozenset({"R"}))
    assert find_grantor((), None, standing, "CREATE ROLE", manage_grants=True) == "R"
    assert find_grantor((), None, standing, "CREATE ROLE", manage_grants=False) is None


def given(by, to, *, option=True):
    return Grant(TABLE, "SELECT", Grantee("ROLE", to), option, by, 0)


def test_what_was_given_on_falls_with_the_right_to_give_it():
    first, second, third = given("OWNER", "A"), given("A", "B"), given("B", "C", option=False)
    assert find_dependents((first, second, third), (second, third), "OWNER") == (second, third)
    without_option = given("OWNER", "A", option=False)
    assert find_dependents((first, second, third), (without_option, second, third), "OWNER") == (second, third)


def test_a_parallel_grant_keeps_what_was_given_on():
    first, parallel, second = given("OWNER", "A"), given("OTHER", "A"), given("A", "B")
    assert find_dependents((first, parallel, second), (parallel, second), "OWNER") == ()


def test_a_circle_of_grants_does_not_keep_itself():
    first, there, back = given("OWNER", "A"), given("A", "B"), given("B", "A")
    assert find_dependents((first, there, back), (there, back), "OWNER") == (there, back)


def test_future_grants_of_the_schema_override_those_of_the_database():
    to = Grantee("ROLE", "R")
    wide = FutureGrant("TABLE", database_key("D"), "SELECT", to, option=False, created=0)
    narrow = FutureGrant("TABLE", schema_key("D", "S"), "INSERT", to, option=False, created=0)
    elsewhere = FutureGrant("TABLE", schema_key("D", "OTHER"), "DELETE", to, option=False, created=0)
    models = FutureGrant("MODEL", schema_key("D", "S"), "USAGE", to, option=False, created=0)
    assert future_grants_for((wide, narrow, elsewhere, models), TABLE) == (narrow,)
    assert future_grants_for((wide, elsewhere, models), TABLE) == (wide,)
    assert future_grants_for((wide, models), TABLE.as_kind("MODEL")) == (models,)


def test_every_kind_knows_its_privileges():
    assert is_known("MODEL", "READ")
    assert is_known("ACCOUNT", "USE AI FUNCTION AI_COMPLETE")
    assert not is_known("TABLE", "USAGE")
    assert not is_known("NO_SUCH_KIND", "USAGE")
    assert "IMPORTED PRIVILEGES" not in all_of("DATABASE")
    assert all(list(privileges) == sorted(set(privileges)) for privileges in BY_KIND.values())


def test_names_are_shown_as_snowflake_prints_them():
    assert TABLE.shown == "D.S.T"
    assert Key("TABLE", 'a"b', "D", "lower").shown == 'D."lower"."a""b"'
    assert [quote(part) for part in ("A1", "1A", "", "A$", "a")] == ["A1", '"1A"', '""', "A$", '"a"']
    assert TABLE.holders == (database_key("D"), schema_key("D", "S"))
    assert schema_key("D", "S").holders == (database_key("D"),)
    assert user_key("PAT").holders == ()
