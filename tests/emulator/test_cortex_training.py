"""Training: real losses, documented limits, the split, and the recorded steps."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.failures import JobError, check_rows
from ftspec.emulator.cortex.losses import build_bigram_model, count_bigrams
from ftspec.emulator.cortex.tokens import count_tokens, split_tokens, truncate_tokens
from ftspec.emulator.cortex.training import (
    Training,
    read_training,
    select_learnt_pairs,
    select_pairs,
    split_pairs,
    train,
    write_results_csv,
)

LLAMA = BASE_MODELS["llama3-8b"]
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart" / "training_dataset.csv"

texts = st.text(max_size=30)
filled = st.text(min_size=1, max_size=30).filter(str.strip)
pairs = st.lists(st.tuples(filled, filled), min_size=1, max_size=80)
nullable = st.none() | texts


def read_quickstart():
    with QUICKSTART.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def trained(rows, validation=None, epochs=None, base=LLAMA):
    result = train(rows, validation, base_model=base, max_epochs=epochs)
    assert isinstance(result, Training)
    return result


@settings(deadline=None)
@given(texts)
def test_tokens_joined_are_the_text(text):
    tokens = split_tokens(text)
    assert "".join(tokens) == text
    assert count_tokens(text) == len(tokens)
    assert all(tokens)


@settings(deadline=None)
@given(texts, st.integers(0, 12))
def test_a_text_is_cut_after_whole_tokens(text, limit):
    assert truncate_tokens(text, limit) == "".join(split_tokens(text)[:limit])


def test_english_has_about_four_characters_a_token():
    text = " ".join(question + " " + answer for question, answer in read_quickstart())
    assert 3.5 < len(text) / count_tokens(text) < 4.5


@settings(deadline=None)
@given(pairs, st.none() | pairs, st.integers(1, 10))
def test_losses_are_finite_and_the_training_loss_never_rises(rows, validation, epochs):
    result = trained(rows, validation, epochs)
    shown = [step.training_loss for step in result.steps]
    assert all(math.isfinite(loss) and loss >= 0 for loss in [*shown, result.validation_loss])
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(shown))
    assert result.training_loss == shown[-1]
    assert result.validation_loss == result.steps[-1].validation_loss


@settings(deadline=None)
@given(pairs, st.none() | pairs)
def test_a_training_survives_json_and_repeats_itself(rows, validation):
    result = trained(rows, validation)
    assert read_training(json.loads(json.dumps(result.to_dict()))) == result
    assert trained(rows, validation) == result


@settings(deadline=None)
@given(st.lists(st.tuples(nullable, nullable), max_size=20), st.none() | st.lists(st.tuples(nullable, nullable)))
def test_every_row_trains_validates_or_is_skipped(rows, validation):
    result = train(rows, validation, base_model=LLAMA, max_epochs=1)
    usable = select_pairs(rows)
    if isinstance(result, JobError):
        assert not usable or (validation is not None and not select_pairs(validation))
        return
    given_rows = len(rows) + len(validation or ())
    used = len(usable) if validation is None else len(usable) + len(select_pairs(validation))
    assert result.skipped == given_rows - used
    assert result.pairs == len(select_learnt_pairs(rows, validation, base_model=LLAMA))


def test_text_like_the_training_text_has_the_lower_loss():
    rows = read_quickstart()
    taught, asked = rows[::2], rows[1::2]
    like = trained(taught, asked).validation_loss
    shuffled = [(prompt, " ".join(reversed(answer.split()))) for prompt, answer in asked]
    noise = [(prompt, answer.swapcase()[::-1]) for prompt, answer in asked]
    assert trained(taught, taught).validation_loss < like
    assert like < trained(taught, shuffled).validation_loss < trained(taught, noise).validation_loss


def test_probabilities_over_the_vocabulary_sum_to_one():
    model = build_bigram_model(count_bigrams(["a b a c", "a b"]))
    vocabulary = [*model.seconds, "never seen"]
    for first in (*model.firsts, "never seen"):
        total = sum(
            math.exp(-model.profile(type(model.bigrams)({(first, second): 1})).loss(0.75)) for second in vocabulary
        )
        assert total == pytest.approx(1)


def test_a_held_out_loss_may_rise_with_the_epochs():
    rows = read_quickstart()
    few, many = trained(rows, epochs=2), trained(rows, epochs=10)
    assert many.training_loss < few.training_loss
    assert many.validation_loss > few.validation_loss


def test_trained_tokens_are_tokens_times_epochs():
    rows = [("one two", "three"), ("four", "five six")]
    assert trained(rows, rows, 1).trained_tokens == 6
    assert trained(rows, rows, 4).trained_tokens == 24
    assert trained(rows, rows).trained_tokens == 18
    assert trained(rows, rows).epochs == 3


def test_a_tenth_of_the_prompts_is_held_out_and_not_learnt():
    rows = [(f"question {number}", f"answer {number}") for number in range(1000)]
    training, held_out = split_pairs(rows)
    assert sorted(training + held_out) == sorted(rows)
    assert 70 <= len(held_out) <= 130
    result = trained(rows)
    assert (result.pairs, result.validation_pairs) == (len(training), len(held_out))
    assert select_learnt_pairs(rows, None, base_model=LLAMA) == training
    assert select_learnt_pairs(rows, rows, base_model=LLAMA) == rows


def test_pairs_of_one_prompt_stay_on_one_side():
    rows = [(f"question {number % 50}", f"answer {number}") for number in range(500)]
    training, held_out = split_pairs(rows)
    assert not {prompt for prompt, _ in training} & {prompt for prompt, _ in held_out}


def test_a_single_pair_is_enough():
    result = trained([("a", "b")])
    assert (result.pairs, result.validation_pairs) == (1, 1)


@pytest.mark.parametrize("rows", [[], [(None, "a")], [("a", None)], [(" ", "a")], [("a", "\n")]])
def test_no_usable_row_is_an_error(rows):
    failed = train(rows, None, base_model=LLAMA, max_epochs=None)
    assert failed == JobError("INVALID_PARAMETER_VALUE", "The training data has no row with a prompt and a completion.")
    failed = train([("a", "b")], rows, base_model=LLAMA, max_epochs=None)
    assert isinstance(failed, JobError)
    assert "validation data" in failed.message


def test_more_rows_than_the_base_model_takes_is_an_error():
    small = replace(LLAMA, rows_at_one_epoch=30)
    rows = [(f"p{number}", "c") for number in range(15)]
    trained(rows, rows, 2, small)
    for training, validation in ((rows + rows[:1], rows), (rows, rows + rows[:1])):
        failed = train(training, validation, base_model=small, max_epochs=2)
        assert isinstance(failed, JobError)
        assert failed.code == "INVALID_PARAMETER_VALUE"
        assert "has 16 rows" in failed.message
        assert "at most 15" in failed.message


def test_unset_epochs_count_as_three_for_the_limit():
    assert check_rows(62_000, what="training", base_model=LLAMA, epochs=3) is None
    assert isinstance(check_rows(62_001, what="training", base_model=LLAMA, epochs=3), JobError)


def test_pairs_that_are_too_long_are_truncated():
    tiny = replace(LLAMA, prompt_tokens=3, completion_tokens=2)
    rows = [("a b c", "d e"), ("a b c d", "e"), ("a", "b c d")]
    result = trained(rows, rows, 1, tiny)
    assert result.truncated == 2
    assert result.trained_tokens == 5 + 4 + 3
    learnt = select_learnt_pairs(rows, rows, base_model=tiny)
    assert learnt == [("a b c", "d e"), ("a b c", "e"), ("a", "b c")]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 257, 3000])
def test_the_recorded_steps_begin_at_one_and_end_each_epoch_with_a_validation_loss(count):
    rows = [(f"p{number}", f"c{number}") for number in range(count)]
    steps = trained(rows, rows[:1], 3).steps
    an_epoch = math.ceil(count / 32)
    assert steps[0].step == 1
    assert [step.step for step in steps] == sorted({step.step for step in steps})
    ends = [step for step in steps if step.validation_loss is not None]
    assert [(step.step, step.epoch) for step in ends] == [(an_epoch * epoch, epoch) for epoch in (1, 2, 3)]
    assert all(math.ceil(step.step / an_epoch) == step.epoch for step in steps)


def test_training_results_csv_has_the_documented_columns():
    steps = trained([("a", "b c")], None, 2).steps
    lines = list(csv.DictReader(write_results_csv(steps).splitlines()))
    assert list(lines[0]) == ["step", "epoch", "training_loss", "validation_loss"]
    assert [float(line["training_loss"]) for line in lines] == [step.training_loss for step in steps]
    assert [(line["step"], line["epoch"]) for line in lines] == [("1", "1"), ("2", "2")]
