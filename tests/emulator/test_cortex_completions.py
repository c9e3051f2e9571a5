"""COMPLETE and AI_COMPLETE: their arguments, and results in the documented shapes."""

from __future__ import annotations

import json

import pytest

from ftspec.emulator.cortex.completions import (
    CompleteRequest,
    build_complete_result,
    build_unknown_model,
    read_complete_call,
)
from ftspec.emulator.cortex.tokens import count_tokens
from ftspec.emulator.errors import SnowflakeError

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
FORMAT = {"type": "json", "schema": SCHEMA}
HISTORY = [
    {"role": "system", "content": "Be brief"},
    {"role": "user", "content": "first"},
    {"role": "assistant", "content": "yes"},
    {"role": "user", "content": "second"},
]


def test_complete_with_a_string_gives_text():
    request = read_complete_call("COMPLETE", ["bot", "hello"])
    assert request == CompleteRequest("COMPLETE", "bot", "hello", 1, 4096, None, details=False)
    assert build_complete_result(request, "an answer", created=1) == "an answer"


def test_complete_with_options_takes_a_history_and_gives_json_text():
    request = read_complete_call("COMPLETE", ["bot", HISTORY, {"max_tokens": 10, "temperature": 0.5}])
    assert (request.prompt, request.max_tokens) == ("second", 10)
    result = build_complete_result(request, "an answer", created=1708536426)
    assert isinstance(result, str)
    prompt_tokens = sum(count_tokens(message["content"]) for message in HISTORY)
    assert json.loads(result) == {
        "choices": [{"messages": "an answer"}],
        "created": 1708536426,
        "model": "bot",
        "usage": {"completion_tokens": 2, "prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens + 2},
    }


def test_even_empty_options_make_it_json():
    request = read_complete_call("COMPLETE", ["bot", HISTORY, {}])
    assert request.details


def test_ai_complete_with_details_gives_the_documented_object():
    request = read_complete_call("AI_COMPLETE", [], {"model": "bot", "PROMPT": "hello you", "show_details": True})
    assert build_complete_result(request, "an answer", created=1708536426) == {
        "choices": [{"messages": "an answer"}],
        "created": 1708536426,
        "model": "bot",
        "usage": {"completion_tokens": 2, "prompt_tokens": 2, "guardrail_tokens": 0, "total_tokens": 4},
    }


def test_ai_complete_takes_all_its_arguments_by_position():
    request = read_complete_call("AI_COMPLETE", ["bot", "hello", {"max_tokens": 5, "guardrails": False}, FORMAT, True])
    assert (request.max_tokens, request.schema, request.details) == (5, SCHEMA, True)


def test_null_stands_for_an_argument_that_is_not_given():
    request = read_complete_call("AI_COMPLETE", ["bot", "hello", None, None, None])
    assert request == CompleteRequest("AI_COMPLETE", "bot", "hello", 1, 4096, None, details=False)


@pytest.mark.parametrize("function", ["AI_COMPLETE", "COMPLETE", "TRY_COMPLETE"])
@pytest.mark.parametrize("args", [["bot", None], [None, "hello"], [None, None]])
def test_null_in_is_null_out(function, args):
    assert read_complete_call(function, args) is None


def test_a_learnt_answer_of_the_schema_is_given_as_an_object():
    answer = '{"name": "Ada"}'
    plain = read_complete_call("AI_COMPLETE", ["bot", "hello"], {"response_format": FORMAT})
    assert build_complete_result(plain, answer, created=1) == {"name": "Ada"}
    detailed = read_complete_call("AI_COMPLETE", ["bot", "hello"], {"response_format": FORMAT, "show_details": True})
    result = build_complete_result(detailed, answer, created=1)
    assert isinstance(result, dict)
    assert list(result) == ["created", "model", "structured_output", "usage"]
    assert result["structured_output"] == [{"raw_message": {"name": "Ada"}, "type": "json"}]
    legacy = read_complete_call("COMPLETE", ["bot", HISTORY, {"response_format": FORMAT}])
    assert build_complete_result(legacy, answer, created=1) == '{"name":"Ada"}'


@pytest.mark.parametrize(
    "answer", ["plain text", '{"other": 1}', '{"name": 1}', "3", "null", "[" * 100_000], ids=range(6)
)
def test_json_is_never_made_up(answer):
    request = read_complete_call("AI_COMPLETE", ["bot", "hello"], {"response_format": FORMAT})
    with pytest.raises(SnowflakeError, match="none is made up"):
        build_complete_result(request, answer, created=1)


def test_a_schema_that_refers_elsewhere_is_refused_and_nothing_is_fetched():
    schema = {"$ref": "http://localhost:9/schema.json"}
    request = read_complete_call(
        "AI_COMPLETE", ["bot", "hello"], {"response_format": {"type": "json", "schema": schema}}
    )
    with pytest.raises(SnowflakeError, match="schema validation failed"):
        build_complete_result(request, "{}", created=1)


@pytest.mark.parametrize(
    ("function", "args", "named", "message"),
    [
        ("COMPLETE", ["bot"], {}, "not enough arguments for function [COMPLETE]"),
        ("COMPLETE", ["bot", "a", {}, 1], {}, "too many arguments for function [COMPLETE]"),
        ("COMPLETE", ["bot"], {"prompt_or_history": "a"}, "takes no named arguments"),
        ("COMPLETE", [" ", "a"], {}, "name of a model"),
        ("COMPLETE", ["bot", HISTORY], {}, "takes the prompt as a string"),
        ("COMPLETE", ["bot", "a", {}], {}, "an array of messages"),
        ("COMPLETE", ["bot", [], {}], {}, "none of the role user"),
        ("COMPLETE", ["bot", [{"role": "robot", "content": "a"}], {}], {}, "A message has a role"),
        ("COMPLETE", ["bot", ["a"], {}], {}, "A message has a role"),
        ("COMPLETE", ["bot", HISTORY, "{}"], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"max_token": 5}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"max_tokens": 8193}], {}, "max tokens of 8192 exceeded"),
        ("COMPLETE", ["bot", HISTORY, {"max_tokens": 0}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"max_tokens": True}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"temperature": 1.1}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"top_p": True}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"guardrails": 1}], {}, "invalid options object"),
        ("COMPLETE", ["bot", HISTORY, {"response_format": {"type": "json"}}], {}, "schema validation failed"),
        ("AI_COMPLETE", ["bot", 5], {}, "takes the prompt as a string"),
        ("AI_COMPLETE", ["bot"], {"model": "b"}, "takes no argument 'model' here"),
        ("AI_COMPLETE", ["bot", "a"], {"options": {}}, "takes no argument 'options' here"),
        ("AI_COMPLETE", ["bot", "a", {"response_format": FORMAT}], {}, "invalid options object"),
        ("AI_COMPLETE", ["bot", "a"], {"show_details": "yes"}, "show_details, not 'yes'"),
        ("AI_COMPLETE", ["bot", "a"], {"response_format": SCHEMA}, "schema validation failed"),
        (
            "AI_COMPLETE",
            ["bot", "a"],
            {"response_format": {"type": "json", "schema": {"type": "thing"}}},
            "schema validation failed",
        ),
    ],
)
def test_what_is_refused(function, args, named, message):
    with pytest.raises(SnowflakeError) as caught:
        read_complete_call(function, args, named)
    assert message in caught.value.message


def test_the_largest_answer_is_8192_tokens():
    assert read_complete_call("COMPLETE", ["bot", HISTORY, {"max_tokens": 8192}]).max_tokens == 8192


def test_an_unknown_model_is_named_as_documented():
    assert build_unknown_model("ML.S.BOT").message == 'unknown model "ML.S.BOT"'
