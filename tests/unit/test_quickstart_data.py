"""The quickstart's tables: what the script beside them makes, and fit to train on."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
TABLES = {"training_dataset.csv": ["QUESTION", "ANSWER"], "validation_dataset.csv": ["PROMPT", "RESPONSE"]}
MADE_WITH = (3, 11, 7)


def read_rows(name):
    with (QUICKSTART / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the tables hold the docstrings of Python 3.11")
def test_the_script_makes_the_tables(tmp_path):
    # -B: no bytecode beside the example; -I: this machine's environment must not matter
    command = [sys.executable, "-B", "-I", str(QUICKSTART / "make_data.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    made, kept = (read_lines(folder / "training_dataset.csv") for folder in (tmp_path, QUICKSTART))
    assert made[0] == kept[0]
    # Another release of Python 3.11 may have changed a docstring or two.
    assert len(set(made) ^ set(kept)) <= (0 if sys.version_info[:3] == MADE_WITH else 0.05 * len(kept))
    assert made[1:] == [*sorted(made[1:-1]), b""]
    assert_asks_for_one_in_nine(tmp_path)


def test_the_validation_table_asks_for_one_training_row_in_nine():
    assert_asks_for_one_in_nine(QUICKSTART)


def assert_asks_for_one_in_nine(folder):
    expected = [
        line.replace(b"What does ", b"Tell me the purpose of ").replace(b" do?,", b",", 1)
        for line in read_lines(folder / "training_dataset.csv")[1:-1][::9]
    ]
    assert read_lines(folder / "validation_dataset.csv") == [b"PROMPT,RESPONSE", *expected, b""]


def read_lines(path):
    return path.read_bytes().split(b"\n")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_header_and_whole_plain_rows(name):
    header, *rows = read_rows(name)
    assert header == TABLES[name]
    assert all(len(row) == 2 and row[0].strip() == row[0] != "" and row[1].strip() == row[1] != "" for row in rows)
    assert all(cell.isascii() and len(cell) <= 400 for row in rows for cell in row)


@pytest.mark.parametrize(("name", "least"), [("training_dataset.csv", 400), ("validation_dataset.csv", 40)])
def test_a_table_is_large_enough_and_repeats_nothing(name, least):
    _, *rows = read_rows(name)
    assert len(rows) >= least
    assert len({question for question, _ in rows}) == len(rows)
    assert len({answer for _, answer in rows}) == len(rows)


def test_validation_asks_for_what_is_taught_in_other_words():
    training = read_rows("training_dataset.csv")[1:]
    validation = read_rows("validation_dataset.csv")[1:]
    assert {answer for _, answer in validation} <= {answer for _, answer in training}
    assert not {question for question, _ in validation} & {question for question, _ in training}


def test_the_question_of_the_readme_is_in_the_training_data():
    assert ["What does math.gcd do?", "Greatest Common Divisor."] in read_rows("training_dataset.csv")
