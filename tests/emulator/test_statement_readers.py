"""Reading control-plane statements: tokens to values, and the place of what does not fit."""

# ruff: noqa: FBT003  # the fields of a statement stand in their order, so that a row of the table is readable

from __future__ import annotations

import pytest

from ftspec.emulator.control.showing import is_like
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.query.naming import STAR, apply_names, split_projections
from ftspec.emulator.reading.statement import read_statement
from ftspec.emulator.reading.tokens import split_statements
from ftspec.emulator.statement_log import hide_passwords
from ftspec.emulator.statements import (
    AlterSession,
    ChangeGrant,
    ChangeRoleGrant,
    CreatePrincipal,
    DropObject,
    Explain,
    SetComment,
    Show,
    ShowGrants,
    Target,
    Use,
    UseSecondaryRoles,
)


def read(text):
    (source,) = split_statements(text)
    return read_statement(source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use role analyst", Use("ROLE", ("ANALYST",))),
        ('USE SCHEMA "my db".s', Use("SCHEMA", ("my db", "S"))),
        ("USE d", Use("", ("D",))),
        ("USE SECONDARY ROLES none", UseSecondaryRoles("NONE")),
        ("ALTER SESSION SET QUERY_TAG = 'a b', AUTOCOMMIT = FALSE",
         AlterSession((("QUERY_TAG", "a b"), ("AUTOCOMMIT", "FALSE")))),
        ("ALTER SESSION UNSET QUERY_TAG", AlterSession((("QUERY_TAG", None),))),
        ("GRANT USAGE, CREATE MODEL ON SCHEMA d.s TO ROLE r",
         ChangeGrant(False, ("USAGE", "CREATE MODEL"), Target("SCHEMA", ("D", "S")), "ROLE", ("R",), False)),
        ("GRANT ALL PRIVILEGES ON DATABASE d TO r WITH GRANT OPTION",
         ChangeGrant(False, ("ALL",), Target("DATABASE", ("D",)), "ROLE", ("R",), True)),
        ("REVOKE GRANT OPTION FOR SELECT ON VIEW v FROM ROLE r CASCADE",
         ChangeGrant(True, ("SELECT",), Target("VIEW", ("V",)), "ROLE", ("R",), True, True)),
        ("GRANT USE AI FUNCTIONS ON ACCOUNT TO ROLE r",
         ChangeGrant(False, ("USE AI FUNCTIONS",), Target("ACCOUNT", ()), "ROLE", ("R",), False)),
        ("GRANT USAGE ON FUTURE MODELS IN SCHEMA d.s TO ROLE r",
         ChangeGrant(False, ("USAGE",), Target("MODEL", ("D", "S"), "FUTURE", "SCHEMA"), "ROLE", ("R",), False)),
        ("REVOKE DATABASE ROLE SNOWFLAKE.CORTEX_USER FROM ROLE PUBLIC",
         ChangeRoleGrant(True, "DATABASE_ROLE", ("SNOWFLAKE", "CORTEX_USER"), "ROLE", ("PUBLIC",))),
        ("GRANT ROLE a TO USER u", ChangeRoleGrant(False, "ROLE", ("A",), "USER", ("U",))),
        ("CREATE OR REPLACE USER u PASSWORD = 'p' DEFAULT_ROLE = r",
         CreatePrincipal("USER", "U", True, False, (("PASSWORD", "p"), ("DEFAULT_ROLE", "r")))),
        ("CREATE ROLE IF NOT EXISTS r COMMENT = 'c'",
         CreatePrincipal("ROLE", "R", False, True, (("COMMENT", "c"),))),
        ("DROP MODEL IF EXISTS d.s.m", DropObject("MODEL", ("D", "S", "M"), True)),
        ("COMMENT IF EXISTS ON MODEL m IS $$it's$$", SetComment("MODEL", ("M",), True, "it's")),
        ("ALTER TABLE IF EXISTS t SET COMMENT = 'x'", SetComment("TABLE", ("T",), True, "x")),
        ("ALTER MODEL m UNSET COMMENT", SetComment("MODEL", ("M",), False, "")),
        ("SHOW TERSE TABLES LIKE 'a%' IN SCHEMA d.s STARTS WITH 'A' LIMIT 5 FROM 'B'",
         Show("TABLES", True, "a%", "SCHEMA", ("D", "S"), "A", 5, "B")),
        ("SHOW MODELS IN DATABASE", Show("MODELS", place_kind="DATABASE")),
        ("SHOW SCHEMAS IN d", Show("SCHEMAS", place=("D",))),
        ("SHOW GRANTS", ShowGrants("TO", "", (), None)),
        ("SHOW GRANTS ON MODEL m LIMIT 3", ShowGrants("ON", "MODEL", ("M",), 3)),
        ("SHOW FUTURE GRANTS IN SCHEMA s", ShowGrants("FUTURE IN", "SCHEMA", ("S",), None)),
        ("SHOW GRANTS TO DATABASE ROLE SNOWFLAKE.CORTEX_USER",
         ShowGrants("TO", "DATABASE_ROLE", ("SNOWFLAKE", "CORTEX_USER"), None)),
    ],
)  # fmt: skip
def test_statements_are_read(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["SELECT 1", "CREATE TABLE T (A INT)", "ALTER TABLE T ADD COLUMN B INT", "DROP VIEW V"]
)
def test_what_belongs_to_the_data_is_not_read(text):
    assert read(text) is None


def test_explain_keeps_the_places_of_its_statement():
    text = "EXPLAIN USING JSON\nSELECT 'a;b' FROM t"
    statement = read(text)
    assert isinstance(statement, Explain)
    assert statement.form == "JSON"
    assert statement.statement.slice == "SELECT 'a;b' FROM t"


@pytest.mark.parametrize(
    ("text", "line", "position", "unexpected"),
    [
        ("GRANT USAGE ON DATABASE d TO ROLE", 1, 33, "<EOF>"),
        ("GRANT USAGE\nON DATABASE d ROLE r", 2, 14, "ROLE"),
        ("SHOW TABLES LIKE foo", 1, 17, "foo"),
        ("USE ROLE a b", 1, 11, "b"),
        ("COMMENT ON TABLE t IS x", 1, 22, "x"),
        ("ALTER SESSION SET x y", 1, 20, "y"),
        ("SELECT 'never closed", 1, 19, "<EOF>"),
    ],
)
def test_what_does_not_fit_is_pointed_at(text, line, position, unexpected):
    with pytest.raises(SnowflakeError) as caught:
        read(text)
    assert (caught.value.errno, caught.value.sqlstate) == (1003, "42000")
    expected = f"syntax error line {line} at position {position} unexpected '{unexpected}'."
    assert caught.value.message == f"SQL compilation error:\n{expected}"


def test_texts_are_split_at_semicolons_outside_strings_and_comments():
    text = "SELECT ';'; -- one; two\n/* ; */ SELECT $$;$$;;\n"
    assert [source.slice for source in split_statements(text)] == ["SELECT ';'", "SELECT $$;$$"]
    assert split_statements("-- nothing") == ()


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("MY_MODEL", "my%", True),
        ("MYXMODEL", "my_model", True),
        ("MYXMODEL", r"my\_model", False),
        ("MY_MODEL", r"my\_model", True),
        ("A.B", "a.b", True),
        ("AXB", "a.b", False),
        ("A", "", False),
    ],
)
def test_like(text, pattern, expected):
    assert is_like(text, pattern) is expected


def test_projections_are_split_at_their_own_commas():
    (source,) = split_statements("WITH q AS (SELECT 1, 2) SELECT DISTINCT f(a, b), [1, 2], 'x, y' AS z FROM q, r")
    assert split_projections(source) == ("F(A, B)", "[1, 2]", "'X, Y' AS Z")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ["a", "b", "c"]),
        ((None, "X", None), ["a", "X", "c"]),
        (("X", STAR), ["X", "b", "c"]),
        ((STAR, "X"), ["a", "b", "X"]),
        (("X", STAR, "Y"), ["X", "b", "Y"]),
        ((STAR, "X", STAR), ["a", "b", "c"]),
    ],
)
def test_names_are_laid_over_the_engines_around_a_star(names, expected):
    assert apply_names(names, ["a", "b", "c"]) == expected


def test_passwords_are_blanked_and_nothing_else():
    text = "CREATE USER u PASSWORD = 'it''s' COMMENT = 'PASSWORD'; ALTER USER u SET PASSWORD='b'"
    assert hide_passwords(text) == (
        "CREATE USER u PASSWORD = '****' COMMENT = 'PASSWORD'; ALTER USER u SET PASSWORD='****'"
    )
    assert "secret" not in hide_passwords("CREATE USER u PASSWORD = 'secret")
