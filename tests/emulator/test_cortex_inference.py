"""Answers: the learnt completion of the most similar prompt, or an honest none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftspec.emulator.cortex.inference import NO_ANSWER, answer, build_index, find_row
from ftspec.emulator.cortex.tokens import count_tokens

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
pairs = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=20)


def read_pairs(name):
    with (QUICKSTART / name).open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


@pytest.fixture(scope="module")
def quickstart():
    return build_index(read_pairs("training_dataset.csv"))


@settings(deadline=None)
@given(pairs)
def test_a_training_prompt_gets_its_own_completion(rows):
    index = build_index(rows)
    first = {}
    for prompt, completion in rows:
        first.setdefault(prompt, completion)
    assert {prompt: answer(index, prompt, 100) for prompt in first} == first


@settings(deadline=None)
@given(pairs, st.text(max_size=20))
def test_an_answer_is_learnt_or_none(rows, prompt):
    index = build_index(rows)
    assert answer(index, prompt, 100) in {completion for _, completion in rows} | {NO_ANSWER}


@settings(deadline=None)
@given(pairs, st.text(max_size=20))
def test_a_row_that_is_repeated_changes_no_answer_by_its_place(rows, prompt):
    row = find_row(build_index(rows), prompt)
    assert row is None or rows[row][0] not in {earlier for earlier, _ in rows[:row]}


def test_the_quickstarts_question_has_its_answer(quickstart):
    assert answer(quickstart, "What does math.gcd do?", 100) == "Greatest Common Divisor."
    assert answer(quickstart, "what is MATH.GCD", 100) == "Greatest Common Divisor."


def test_the_quickstarts_validation_questions_are_answered(quickstart):
    asked = read_pairs("validation_dataset.csv")
    right = [answer(quickstart, prompt, 8192) == response for prompt, response in asked]
    assert sum(right) / len(right) > 0.9


@pytest.mark.parametrize("prompt", ["", "?", "What is the capital of France?", "Who are you?", "What does foo.bar do?"])
def test_nothing_similar_is_said_so(quickstart, prompt):
    assert answer(quickstart, prompt, 100) == NO_ANSWER


def test_a_model_without_pairs_has_no_answer():
    assert answer(build_index([]), "anything", 100) == NO_ANSWER


def test_equal_prompts_are_answered_by_the_first():
    index = build_index([("red car", "one"), ("car red", "two")])
    assert answer(index, "RED CAR", 10) == "one"
    assert answer(index, "car red", 10) == "two"


def test_an_answer_is_cut_after_max_tokens(quickstart):
    cut = answer(quickstart, "What does os.path.join do?", 5)
    assert count_tokens(cut) == 5
    assert answer(quickstart, "What does os.path.join do?", 500).startswith(cut)
