"""What is said of grants that the running role may not issue, or cannot see."""

from __future__ import annotations

import pytest

from ftspec.model.address import Address, SchemaName
from ftspec.resources.base import Scope
from ftspec.resources.grant import Grant, Grantee
from ftspec.resources.privileges.actual import Found, Held
from ftspec.resources.privileges.decision import decide_privileges
from ftspec.resources.privileges.desired import Wanted

SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"), None, "ML_TRAINER", "ACCT")
GIVEN_ON = Wanted(Grant("SCHEMA", "ML.SUPPORT", "CREATE STAGE"), "grants", preset=False, option=True)
USED = Wanted(Grant("SCHEMA", "ML.SUPPORT", "USAGE"), "can_use llama", preset=True)


@pytest.mark.parametrize("why", ["forbidden", "unseen"])
def test_a_hint_gives_the_grant_option_to_what_is_declared_with_it_and_to_nothing_else(why):
    wanted = (GIVEN_ON, USED)
    held = Held(
        Grantee("APP"),
        tuple(Found(entry, None) for entry in wanted),
        **{why: frozenset(entry.grant for entry in wanted)},
    )
    change = decide_privileges(Address("privileges", "app"), None, held, SCOPE)
    hints = " ".join(note.hint for note in change.notes)
    assert change.statements == (
        "GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE APP",
        "GRANT CREATE STAGE ON SCHEMA ML.SUPPORT TO ROLE APP WITH GRANT OPTION",
    )
    assert all(f"run {statement}" in hints for statement in change.statements), hints


def test_what_may_be_mistyped_is_handed_over_with_a_comment_and_so_last():
    wrong = Wanted(Grant("TABLE", "RAW.X.NOPE", "SELECT"), "grants", preset=False)
    held = Held(
        Grantee("APP"),
        (Found(USED, None), Found(wrong, None)),
        unseen=frozenset({USED.grant, wrong.grant}),
    )
    first, last = decide_privileges(Address("privileges", "app"), None, held, SCOPE).statements
    assert first == "GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE APP"
    comment = "-- Nothing of table RAW.X.NOPE was seen: if it is not there, correct its name."
    assert last == f"{comment}\nGRANT SELECT ON TABLE RAW.X.NOPE TO ROLE APP"
