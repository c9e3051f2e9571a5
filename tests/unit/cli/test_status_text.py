"""Lines about models: columns as wide as what stands in them, and what is not known."""

from __future__ import annotations

from ftspec.cli.views.status_text import status_lines
from ftspec.engine.status import Curve, MadeModel, ModelStatus
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, State
from ftspec.resources.training_results import TrainingStep


def found(name, state, **more):
    model = ObjectName("ML", "S", name.upper())
    made = MadeModel(model, "V1", more.pop("made_on", 0))
    return ModelStatus(Address("model", name), model, state, Action.NO_OP, "", made=made, **more)


def test_no_model_is_no_line():
    assert list(status_lines(())) == []


def test_a_long_state_moves_the_names_of_all():
    replaced = found("alpaca", State.TRAINING, replacing=True, made_on=1_795_936_816_650)
    assert [line.text for line in status_lines((found("llama", State.LIVE), replaced))] == [
        "llama   live                        ML.S.LLAMA",
        "alpaca  live, replacement training  ML.S.ALPACA",
        "    live    made 2026-11-29 07:20 UTC, answers until it is replaced",
    ]
    assert next(status_lines((found("llama", State.LIVE),))).text == "llama  live        ML.S.LLAMA"


def test_when_it_was_made_is_left_out_where_it_is_not_known():
    lines = list(status_lines((found("llama", State.FAILED, replacing=True),)))
    assert lines[1].text == "    live    answers until it is replaced"


def test_an_epoch_of_which_nothing_was_recorded_says_so():
    curve = Curve((TrainingStep(1, 1, None, None), TrainingStep(2, 2, 1.5, None)))
    lines = list(status_lines((found("llama", State.LIVE, curve=curve),)))
    assert [line.text for line in lines[1:]] == ["    epochs   1: not recorded", "             2: training 1.500"]
