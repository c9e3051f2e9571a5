"""What the lock relies on: tables are made, renamed and found by name, atomically and by exact names."""

from __future__ import annotations

import time


def make_table(snowflake, word, comment):
    name = snowflake.name(word)
    snowflake.drop_later("TABLE", name)
    snowflake.allowed(f"CREATE TRANSIENT TABLE {name} (ID VARCHAR) COMMENT = '{comment}'")
    return name


def comments(snowflake, pattern):
    escaped = pattern.replace("_", r"\\_")
    rows = snowflake.run(f"SHOW TABLES LIKE '{escaped}' IN SCHEMA {snowflake.place}")
    return {row["name"].removeprefix(snowflake.prefix): row["comment"] for row in rows}


def test_a_name_is_taken_once_whatever_takes_it(snowflake):
    lock = make_table(snowflake, "LOCK", "first")
    again = f"CREATE TRANSIENT TABLE {lock} (ID VARCHAR) COMMENT = 'second'"
    assert snowflake.refusal(again) == (2002, "42710")
    snowflake.run(f"ALTER TABLE {lock} SET COMMENT = 'renewed'")
    snowflake.drop_later("TABLE", f"{lock}$1")
    snowflake.run(f"ALTER TABLE {lock} RENAME TO {lock}$1")
    assert comments(snowflake, f"{snowflake.prefix}LOCK%") == {"LOCK$1": "renewed"}
    assert snowflake.refusal(f"ALTER TABLE {lock} RENAME TO {lock}$2") == (2003, "42S02")
    snowflake.run(again)
    assert snowflake.refusal(f"ALTER TABLE {lock} RENAME TO {lock}$1") == (2002, "42710")
    assert comments(snowflake, f"{snowflake.prefix}LOCK%") == {"LOCK": "second", "LOCK$1": "renewed"}


def test_an_underscore_in_a_pattern_can_be_meant_as_it_stands(snowflake):
    make_table(snowflake, "A_B", "")
    make_table(snowflake, "AXB", "")
    assert set(comments(snowflake, f"{snowflake.prefix}A_B")) == {"A_B"}


def test_the_clock_in_seconds(snowflake):
    now = snowflake.one("SELECT DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP()) AS NOW")
    assert isinstance(now, int)
    assert abs(now - time.time()) < 3600
