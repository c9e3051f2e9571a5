from __future__ import annotations

import pytest

from ftspec.manifest.environment import Limits
from ftspec.model.address import Address
from ftspec.model.change import Action, Change, Cost, State
from ftspec.model.plan import Execute, Hazard, Plan
from ftspec.planning.cost import list_unknown_rates, total_credits, total_tokens
from ftspec.planning.guard import APPROVED, check_denied, check_hazards, check_limits, check_saved, list_hazards

LLAMA = Address("model", "llama")


def plan_with(*hazards, changes=()):
    steps = tuple(
        Execute(id=str(number), address=LLAMA, title=f"do {number}", hazards=each, sql=("SELECT 1",))
        for number, each in enumerate(hazards)
    )
    return Plan("p", "e", "a", "r", steps=steps, changes=changes)


@pytest.mark.parametrize("hazard", Hazard)
def test_which_hazards_need_to_be_allowed(hazard):
    plan = plan_with((hazard,))
    usual = hazard.value in {"billed", "inference", "prunes", "revokes"}
    assert (hazard in APPROVED) == usual
    assert (check_hazards(plan, frozenset()) == ()) == usual
    assert check_hazards(plan, frozenset({hazard})) == ()


def test_every_step_that_was_not_allowed_is_named():
    plan = plan_with((Hazard.BILLED, Hazard.PUBLIC), (), (Hazard.CANCELS,))
    refused = check_hazards(plan, frozenset({Hazard.DELETES}))
    assert [fault.code for fault in refused] == ["FT401", "FT401"]
    assert [fault.message.split(" is a hazard ")[0] for fault in refused] == ["to do 0", "to do 2"]
    assert "--allow public" in refused[0].hint
    assert [fault.hint for fault in check_hazards(plan, frozenset({Hazard.PUBLIC}))] == [refused[1].hint]


@pytest.mark.parametrize("hazard", Hazard)
def test_a_saved_plan_takes_only_what_was_allowed_when_it_was_made(hazard):
    plan = plan_with((), (hazard,))
    (refused,) = check_saved(plan, frozenset(Hazard) - {hazard})
    assert refused.code == "FT401"
    assert refused.message == f"to do 1 is a hazard ({hazard}) that the saved plan does not allow"
    assert refused.hint.endswith(f" --allow {hazard}")
    assert check_saved(plan, frozenset({hazard})) == ()


def test_what_is_ruled_out_is_refused_though_it_is_allowed():
    plan = plan_with((Hazard.BILLED,), (Hazard.PUBLIC,))
    assert check_denied(plan, frozenset({Hazard.DELETES})) == ()
    (refused,) = check_denied(plan, frozenset({Hazard.BILLED}))
    assert (refused.code, refused.message) == ("FT412", "to do 0 is a hazard (billed) that --deny rules out")
    assert check_hazards(plan, frozenset({Hazard.PUBLIC, Hazard.BILLED}), frozenset({Hazard.BILLED})) == (refused,)


COSTS = (
    Change(LLAMA, Action.CREATE, State.ABSENT, cost=Cost(10, 400_000, 3, base_model="a", credit_rate=2.0)),
    Change(LLAMA, Action.REPLACE, State.ABSENT, cost=Cost(10, 100_000, 1, base_model="b")),
    Change(LLAMA, Action.NO_OP, State.LIVE),
)


@pytest.mark.parametrize(
    ("limits", "codes"),
    [
        (Limits(), []),
        (Limits(training_tokens=1_300_000), []),
        (Limits(training_tokens=1_299_999), ["FT411"]),
        (Limits(credits=2.4), ["FT419"]),
        (Limits(credits=2.3), ["FT418", "FT419"]),
        (Limits(training_tokens=0, credits=0.0), ["FT411", "FT418", "FT419"]),
    ],
)
def test_what_one_apply_may_come_to(limits, codes):
    plan = plan_with(changes=COSTS)
    assert [found.code for found in check_limits(plan, limits)] == codes
    assert total_credits(plan) == pytest.approx(2.4)
    assert list_unknown_rates(plan) == ["b"]


def test_a_limit_that_can_be_checked_is_no_warning():
    assert check_limits(plan_with(changes=COSTS[:1]), Limits(credits=3)) == ()


def test_hazards_are_listed_once():
    plan = plan_with((Hazard.PUBLIC,), (Hazard.BILLED, Hazard.PUBLIC), ())
    assert list_hazards(plan) == (Hazard.BILLED, Hazard.PUBLIC)


def test_tokens_are_added_up_over_models():
    def change(name, cost):
        return Change(Address("model", name), Action.CREATE, State.ABSENT, cost=cost)

    changes = (change("a", Cost(1, 10, 3)), change("b", None), change("c", Cost(1, 5, 1)))
    assert total_tokens(plan_with(changes=changes)) == 35
    assert total_tokens(plan_with()) == 0
