"""FINETUNE's arguments: what is taken, what is refused, and how names are read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.calls import CancelCall, CreateCall, DescribeCall, ShowCall, read_finetune_call
from ftspec.emulator.cortex.names import ModelName, fold_identifier, quote_identifier, read_model_name
from ftspec.emulator.errors import SnowflakeError

CREATE = ["CREATE", "bot", "llama3-8b", "select 1"]
BOT = ModelName(None, None, "BOT", "bot")


@pytest.mark.parametrize(
    ("more", "validation", "epochs"),
    [
        ([], "", None),
        ([None], "", None),
        ([""], "", None),
        ([None, None], "", None),
        (["select 2"], "select 2", None),
        (["select 2", None], "select 2", None),
        ([None, '{"max_epochs": 3}'], "", 3),
        ([None, {"max_epochs": 10}], "", 10),
        (["select 2", {}], "select 2", None),
        (["select 2", "{}"], "select 2", None),
    ],
)
def test_create_takes_its_last_two_arguments_absent_null_or_given(more, validation, epochs):
    assert read_finetune_call([*CREATE, *more]) == CreateCall(BOT, "llama3-8b", "select 1", validation, epochs)


def test_the_other_verbs():
    assert read_finetune_call(["SHOW"]) == ShowCall()
    assert read_finetune_call(["DESCRIBE", "ft_1"]) == DescribeCall("ft_1")
    assert read_finetune_call(["CANCEL", "CortexFineTuningWorkflow_1"]) == CancelCall("CortexFineTuningWorkflow_1")


@pytest.mark.parametrize("epochs", range(1, 11))
def test_max_epochs_from_one_to_ten(epochs):
    call = read_finetune_call([*CREATE, None, {"max_epochs": epochs}])
    assert isinstance(call, CreateCall)
    assert call.max_epochs == epochs


@pytest.mark.parametrize("name", sorted(BASE_MODELS))
def test_every_documented_base_model_is_taken(name):
    call = read_finetune_call(["CREATE", "bot", name, "select 1"])
    assert isinstance(call, CreateCall)
    assert call.base_model == name


@pytest.mark.parametrize(
    ("args", "errno", "message"),
    [
        ([], 938, "not enough arguments for function [FINETUNE] expected 1, got 0"),
        (["SHOW", None], 939, "too many arguments for function [FINETUNE] expected 1, got 2"),
        (["DESCRIBE"], 938, "expected 2, got 1"),
        (["CANCEL", "a", "b"], 939, "expected 2, got 3"),
        (CREATE[:3], 938, "expected 4, got 3"),
        ([*CREATE, None, None, None], 939, "expected 6, got 7"),
        (["START", "a"], 1008, "not 'START'"),
        (["show"], 1008, "not 'show'"),
        ([None], 1008, "not None"),
        ([1], 1008, "not 1"),
        (["DESCRIBE", None], 1008, "finetune_job_id, not None"),
        (["CREATE", None, "llama3-8b", "select 1"], 1008, "as name, not None"),
        (["CREATE", "bot", "llama3-8b", None], 1008, "training_data_query, not None"),
        (["CREATE", "bot", "llama3-8b", " "], 1008, "training_data_query, not ' '"),
        ([*CREATE, " "], 1008, "validation_data_query"),
        ([*CREATE, 5], 1008, "validation_data_query"),
        (["CREATE", "bot", "gpt-9", "select 1"], 1008, "Unknown base model 'gpt-9'"),
        (["CREATE", "bot", "LLAMA3-8B", "select 1"], 1008, "Unknown base model 'LLAMA3-8B'"),
        ([*CREATE, None, "{"], 1008, "JSON object as options, not '{'"),
        ([*CREATE, None, ""], 1008, "JSON object as options"),
        ([*CREATE, None, "[]"], 1008, "JSON object as options"),
        ([*CREATE, None, "null"], 1008, "JSON object as options"),
        ([*CREATE, None, "[" * 100_000], 1008, "JSON object as options"),
        ([*CREATE, None, 3], 1008, "JSON object as options, not 3"),
        ([*CREATE, None, {"epochs": 3}], 1008, "Unknown Fine-tuning option 'epochs'"),
        ([*CREATE, None, '{"MAX_EPOCHS": 3}'], 1008, "Unknown Fine-tuning option 'MAX_EPOCHS'"),
        ([*CREATE, None, {"max_epochs": 0}], 1008, "from 1 to 10, not 0"),
        ([*CREATE, None, {"max_epochs": 11}], 1008, "from 1 to 10, not 11"),
        ([*CREATE, None, {"max_epochs": True}], 1008, "from 1 to 10, not True"),
        ([*CREATE, None, {"max_epochs": 2.5}], 1008, "from 1 to 10, not 2.5"),
        ([*CREATE, None, {"max_epochs": "3"}], 1008, "from 1 to 10, not '3'"),
        ([*CREATE, None, {"max_epochs": None}], 1008, "from 1 to 10, not None"),
    ],
)
def test_what_is_refused(args, errno, message):
    with pytest.raises(SnowflakeError) as caught:
        read_finetune_call(args)
    assert message in caught.value.message
    assert (caught.value.errno, caught.value.sqlstate) == (errno, "22023")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)
starts = st.sampled_from([[], ["SHOW"], ["DESCRIBE"], ["CANCEL"], CREATE[:1], CREATE[:3], CREATE, [*CREATE, None]])


@settings(deadline=None)
@given(starts, st.lists(values, max_size=3))
def test_any_other_arguments_are_read_or_refused(start, rest):
    try:
        call = read_finetune_call([*start, *rest])
    except SnowflakeError:
        return
    assert isinstance(call, CreateCall | ShowCall | DescribeCall | CancelCall)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bot", ModelName(None, None, "BOT", "bot")),
        ("Support.my_bot2", ModelName(None, "SUPPORT", "MY_BOT2", "my_bot2")),
        ("ml.support.Bot", ModelName("ML", "SUPPORT", "BOT", "Bot")),
        ('"My bot"', ModelName(None, None, "My bot", '"My bot"')),
        ('ml."a.b"."say ""x"""', ModelName("ML", "a.b", 'say "x"', '"say ""x"""')),
    ],
)
def test_names_fold_unless_they_are_quoted(text, name):
    assert read_model_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "1bot",
        "_bot",
        "my bot",
        "my-bot",
        "bot$",
        "a.",
        ".a",
        "a..b",
        "a.b.c.d",
        '"a',
        '""',
        '"a"b',
        "bot ",
        "é",
        "a" * 256,
    ],
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(SnowflakeError, match="Invalid identifier"):
        read_model_name(text)


def test_missing_parts_come_from_the_session():
    assert read_model_name("bot").qualified("ML", "S") == ModelName("ML", "S", "BOT", "bot")
    assert read_model_name("a.b.bot").qualified("ML", "S") == ModelName("A", "B", "BOT", "bot")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_quoted_identifier_reads_back(text):
    assert fold_identifier(quote_identifier(text)) == text


@pytest.mark.parametrize(
    ("name", "one", "three"),
    [
        ("llama3-8b", 186_000, 62_000),
        ("llama3-70b", 21_000, 7_000),
        ("llama3.1-8b", 150_000, 50_000),
        ("llama3.1-70b", 13_500, 4_500),
        ("mistral-7b", 45_000, 15_000),
        ("mixtral-8x7b", 27_000, 9_000),
    ],
)
def test_the_row_limits_are_those_of_the_guide(name, one, three):
    assert (BASE_MODELS[name].row_limit(1), BASE_MODELS[name].row_limit(3)) == (one, three)
