"""training_results.csv, as it is documented and as it may come."""

from __future__ import annotations

import pytest

from ftspec.model.address import ObjectName
from ftspec.resources.training_results import TrainingStep, last_of_epochs, locate_results, parse_results

DOCUMENTED = """\
step,epoch,training_loss,validation_loss
1,1,2.5,
2,1,2.25,2.375
3,2,2.0,
4,2,1.5,1.625
"""


def test_the_documented_file_is_read():
    steps = parse_results(DOCUMENTED)
    assert steps[:2] == (TrainingStep(1, 1, 2.5, None), TrainingStep(2, 1, 2.25, 2.375))
    assert last_of_epochs(steps) == (steps[1], steps[3])


def test_columns_are_found_by_name():
    assert parse_results("note,validation_loss,training_loss,epoch,step\r\nx,1.5,2.5,1,7\r\n") == (
        TrainingStep(7, 1, 2.5, 1.5),
    )


@pytest.mark.parametrize("loss", ["nan", "inf", "-inf", " ", "NaN"])
def test_a_loss_that_is_no_number_is_none(loss):
    (step,) = parse_results(f"step,epoch,training_loss,validation_loss\n1,1,{loss},{loss}\n")
    assert (step.training_loss, step.validation_loss) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["step,epoch\n1,1\n", "<html>\n<p>\n", "step,epoch,training_loss,validation_loss\none,1,2,3\n", "step\n1,2\n"],
)
def test_any_other_text_is_refused(text):
    with pytest.raises(ValueError, match=r"training_results\.csv has not|invalid literal"):
        parse_results(text)


def test_nothing_recorded_is_no_step():
    assert parse_results("step,epoch,training_loss,validation_loss\n") == parse_results("") == ()


def test_names_are_quoted_in_the_place_where_they_must_be():
    assert locate_results(ObjectName("ML", "S", "M"), "V1") == "snow://model/ML.S.M/versions/V1/training_results.csv"
    place = locate_results(ObjectName("ML", "my s", "it's"), "v 2")
    assert place == 'snow://model/ML."my s"."it\'s"/versions/"v 2"/training_results.csv'
