"""The ledger, by itself: what it lets pass, and nothing more."""

from __future__ import annotations

import pytest
from torture.ledger import BY_HAND, Ledger

from ftspec.resources.marker import Marker
from ftspec.resources.sql import block_comment


def create(name, spec="s1:a", data="d1:1", outcome="success"):
    query = f"{block_comment(str(Marker('p', 'dev', 'llama', spec, data)))} SELECT 1"
    sql = f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', '{name}', 'llama3-8b', '{query}')"
    return {"sql": sql, "outcome": outcome}


def sent(sql):
    return {"sql": sql, "outcome": "success"}


def test_what_is_paid_for_twice_is_found():
    with pytest.raises(AssertionError, match="paid for twice"):
        Ledger().enter([create("M.A"), create("M.B")])


def test_other_specs_and_other_data_are_other_trainings_and_what_was_refused_is_none():
    ledger = Ledger()
    ledger.enter(
        [create("M.A"), create("M.B", spec="s1:b"), create("M.C", data="d1:2"), create("M.A", outcome="error")]
    )
    assert ledger.trainings == 3


@pytest.mark.parametrize("mark", ["", BY_HAND])
def test_what_was_dropped_may_be_made_again_under_whatever_name_it_had_last(mark):
    ledger = Ledger()
    ledger.enter([create("M.A"), sent("ALTER MODEL M.A RENAME TO M.B"), sent(f"{mark}DROP MODEL M.B"), create("M.A")])
    with pytest.raises(AssertionError, match="paid for twice"):
        ledger.enter([create("M.C")])


def test_what_was_asked_for_replaces_what_came_to_nothing_and_stands_beside_a_model():
    ledger = Ledger()
    ledger.enter([create("M.A")])
    ledger.enter([create("M.B")], asked=())
    ledger.enter([sent("DROP MODEL M.B"), create("M.B")])
    ledger.enter([create("M.C")], asked=("M.B",))
    ledger.enter([sent("DROP MODEL M.C")])
    with pytest.raises(AssertionError, match="paid for twice"):
        ledger.enter([create("M.D")])
