from __future__ import annotations

import pytest
from support.profile_rows import profile_row

from ftspec.engine.measuring import check_limits, measure_rows, settle_training
from ftspec.manifest.environment import Limits
from ftspec.model.address import Address
from ftspec.model.plan import Blocked, Done, Failed, Measure, Plan, Training
from ftspec.resources.base import Refusal

LLAMA = Address("model", "llama")


def measure(name="one", tokens=100, **more):
    return Measure(
        id=name, address=LLAMA, title="", sql="SELECT 1", tokens=tokens, epochs=more.pop("epochs", 1), **more
    )


class Account:
    """Answers every read with the same."""

    def __init__(self, answer):
        self.answer = answer

    def read(self, queries):
        return tuple(self.answer for _ in queries)


def measured(step, tokens, rows=4):
    return measure_rows(Account((profile_row({"PAIRS": rows, "CHARACTERS": tokens * 4, "TOTAL": 255}),)), step)


def test_rows_that_have_hardly_grown_are_paid_for():
    assert measured(measure(), 110) == Done({"data": "d1:4-ff", "rows": "4", "tokens": "110"})
    assert isinstance(measured(measure(), 1), Done)


@pytest.mark.parametrize(
    ("step", "tokens", "rows", "words"),
    [
        (measure(), 111, 4, "grown by more than a tenth, from 100 to 111 tokens"),
        (measure(), 0, 0, "has no rows any more"),
        (measure(most_rows=3), 100, 4, "has 4 rows now, more than the 3 of the base model"),
    ],
)
def test_rows_that_have_grown_too_far_are_not(step, tokens, rows, words):
    outcome = measured(step, tokens, rows)
    assert isinstance(outcome, Blocked)
    assert words in outcome.why


def test_rows_that_cannot_be_read_are_not_paid_for():
    outcome = measure_rows(Account(Refusal(2003, "42S02", "Object 'T'\ndoes not exist", "q1")), measure())
    assert outcome == Failed("the rows cannot be read: Object 'T' does not exist", "q1")


ONE, TWO = measure("one", 100, epochs=2, credit_rate=1_000.0), measure("two", 50, epochs=4, credit_rate=2_000.0)
PLAN = Plan("p", "e", "a", "r", steps=(ONE, TWO))
SHOWN = Done({"tokens": "100"})
GROWN = Done({"tokens": "105"})


@pytest.mark.parametrize(
    ("limits", "outcome", "known", "words"),
    [
        (Limits(training_tokens=400), SHOWN, {}, ""),
        (Limits(training_tokens=400), GROWN, {}, "would train 410 tokens now, more than the limit of 400"),
        (Limits(training_tokens=410), GROWN, {}, ""),
        (Limits(training_tokens=410), GROWN, {"two": Done({"tokens": "51"})}, "would train 414 tokens now"),
        (Limits(credits=0.6), SHOWN, {}, ""),
        (Limits(credits=0.6), GROWN, {}, "would take 0.61 credits now, more than the limit of 0.6"),
        (Limits(), GROWN, {}, ""),
    ],
)
def test_all_trainings_together_stay_within_the_limits(limits, outcome, known, words):
    found = check_limits(ONE, outcome, PLAN, known, limits)
    assert (found == outcome) == (not words)
    assert not words or words in found.why


def test_what_went_wrong_stays_wrong():
    refused = Blocked("it has grown")
    assert check_limits(ONE, refused, PLAN, {}, Limits(training_tokens=0)) == refused


def test_a_training_is_of_the_rows_that_were_measured():
    training = Training("llama", "s1:1", "d1:4-1", measured_by="measure llama")
    outputs = {("measure llama", "data"): "d1:5-2"}
    assert settle_training(training, outputs) == Training("llama", "s1:1", "d1:5-2")
    assert settle_training(Training("llama"), {}) == Training("llama")
    assert settle_training(None, {}) is None
