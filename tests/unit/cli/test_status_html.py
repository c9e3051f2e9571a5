"""The HTML of any status: balanced, every curve also told in words and listed, and what is not known is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.cli.test_plan_html import read

from ftspec.cli.views.curve_chart import draw_curve
from ftspec.cli.views.status_html import render_status_html
from ftspec.engine.status import Curve, ModelStatus
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, State
from ftspec.model.graph import NO_GRAPH
from ftspec.resources.training_results import TrainingStep, last_of_epochs

LOSSES = st.none() | st.floats(0, 1e9, allow_nan=False)
STEPS = st.lists(st.tuples(LOSSES, LOSSES), min_size=1, max_size=900).map(
    lambda losses: tuple(TrainingStep(n + 1, n // 90 + 1, *pair) for n, pair in enumerate(losses))
)


def report(curve):
    model = ObjectName("ML", "S", "LLAMA")
    found = ModelStatus(Address("model", "llama"), model, State.LIVE, Action.NO_OP, "", curve=curve)
    return render_status_html([("project", "p")], [found], (), NO_GRAPH)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_curve_is_drawn_within_its_frame_and_listed(steps):
    page = report(Curve(steps))
    found = read(page)
    assert {"svg", "details", "table"} <= set(found.tags)
    numbers = [float(one) for path in re.findall(r' d="([^"]*)"', page) for one in re.findall(r"[\d.]+", path)]
    assert all(0 <= number <= 624 for number in numbers)
    rows = page.count('<th scope="row">') - 1
    assert len(last_of_epochs(steps)) <= rows <= 240 + 10
    assert (f"of the {len(steps)} recorded" in page) == (rows < len(steps))


def test_a_curve_is_told_in_words():
    steps = (TrainingStep(1, 1, 2.5, None), TrainingStep(2, 1, 2.0, 2.25), TrainingStep(3, 2, None, 1.0))
    assert (
        'aria-label="Losses of llama over 3 recorded steps. epoch 1: training 2.000, validation 2.250; '
        'epoch 2: training not recorded, validation 1.000"'
    ) in draw_curve("llama", steps).text


@pytest.mark.parametrize("why", ["no such file", "<b> & 'so on'"])
def test_what_cannot_be_read_is_said(why):
    found = read(report(Curve(unread=why)))
    assert f"Not available: {why}" in "".join(found.text)
    assert "svg" not in found.tags


def test_without_a_model_there_is_no_part_about_losses():
    assert "Losses" not in report(None)
