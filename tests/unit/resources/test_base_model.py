from __future__ import annotations

import pytest

from ftspec.model.profile import PairLimit
from ftspec.resources.base import Refusal
from ftspec.resources.base_model import CATALOGUE, BaseModel, find_base_model, read_base_model
from ftspec.resources.credit_rate import learn_rates


def test_the_catalogue_is_what_snowflake_documents():
    facts = {model.name: (model.rows_at_one_epoch, model.prompt_tokens, model.completion_tokens) for model in CATALOGUE}
    assert facts == {
        "llama3-8b": (186_000, 6_000, 2_000),
        "llama3-70b": (21_000, 6_000, 2_000),
        "llama3.1-8b": (150_000, 20_000, 4_000),
        "llama3.1-70b": (13_500, 6_000, 2_000),
        "mistral-7b": (45_000, 28_000, 4_000),
        "mixtral-8x7b": (27_000, 28_000, 4_000),
    }


@pytest.mark.parametrize(("epochs", "rows"), [(1, 186_000), (3, 62_000), (10, 18_600), (7, 26_571)])
def test_rows_are_limited_by_epochs(epochs, rows):
    assert find_base_model("llama3-8b", ()).row_limit(epochs) == rows


def test_a_project_adds_base_models_and_corrects_them():
    new = read_base_model("llama9-8b", {"rows_at_one_epoch": 10, "ends_on": "2030-01-01"})
    assert new == BaseModel("llama9-8b", 10, ends_on="2030-01-01")
    assert (new.pair_limit, new.row_limit(3), BaseModel("x").row_limit(1)) == (None, 3, None)
    other = read_base_model("llama3-8b", {"prompt_tokens": 7_000})
    assert (other.pair_limit, other.rows_at_one_epoch) == (PairLimit(7_000, 2_000), 186_000)
    assert find_base_model("llama3-8b", (other,)) == other
    assert find_base_model("llama9-8b", ()) is None


def test_rates_are_what_was_billed():
    rows = (
        {"MODEL_NAME": "llama3.1-8b", "TRAINED": "2000000", "BILLED": "3.8"},
        {"MODEL_NAME": "", "TRAINED": 5, "BILLED": 1},
        {"MODEL_NAME": "mistral-7b", "TRAINED": 3_000_000, "BILLED": 0},
    )
    assert learn_rates(rows) == {"llama3.1-8b": 1.9, "mistral-7b": 0.0}
    assert learn_rates(Refusal(2003, "02000", "Database 'SNOWFLAKE' does not exist or not authorized.")) == {}
    assert learn_rates(None) == {}
