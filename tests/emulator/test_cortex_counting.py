"""COUNT_TOKENS and AI_COUNT_TOKENS: which argument is which, and what is refused."""

from __future__ import annotations

import pytest

from ftspec.emulator.cortex.counting import CountRequest, read_count_call
from ftspec.emulator.errors import SnowflakeError

MODELS = ("llama3-8b", "llama3.1-8b")
AI, LEGACY = "AI_COUNT_TOKENS", "COUNT_TOKENS"


@pytest.mark.parametrize(
    ("function", "args", "details"),
    [
        (LEGACY, ["llama3-8b", "a text"], False),
        (AI, ["ai_complete", "llama3-8b", "a text"], False),
        (AI, ["ai_complete", "llama3-8b", "a text", False], False),
        (AI, ["ai_complete", "llama3.1-8b", "a text", True], True),
    ],
)
def test_the_text_is_found(function, args, details):
    assert read_count_call(function, args, MODELS) == CountRequest("a text", details)


NULLS = [(LEGACY, ["llama3-8b", None]), (LEGACY, [None, "x"]), (AI, ["ai_complete", "llama3-8b", None])]


@pytest.mark.parametrize(("function", "args"), NULLS)
def test_null_is_not_counted(function, args):
    assert read_count_call(function, args, MODELS) is None


@pytest.mark.parametrize(
    ("function", "args", "errno", "message"),
    [
        (LEGACY, ["llama3-8b"], 938, "not enough arguments"),
        (LEGACY, ["llama3-8b", "x", True], 939, "too many arguments"),
        (LEGACY, ["DB.S.M", "x"], 100351, 'unknown model "DB.S.M"'),
        (LEGACY, ["llama3-8b", 5], 1008, "takes a string to count"),
        (AI, ["ai_complete"], 938, "not enough arguments"),
        (AI, ["ai_complete", "llama3-8b", "x", {}, True, 1], 939, "too many arguments"),
        (AI, ["ai_complete", "x"], 1008, "takes a model and a text"),
        (AI, ["ai_complete", "llama3-8b", "x", {"labels": []}], 2, "options"),
        (AI, ["ai_sentiment", "x"], 2, "ai_sentiment"),
        (AI, ["AI_COMPLETE", "llama3-8b", "x"], 1008, "in lower case"),
        (AI, [None, "llama3-8b", "x"], 1008, "in lower case"),
    ],
)
def test_what_is_refused(function, args, errno, message):
    with pytest.raises(SnowflakeError) as caught:
        read_count_call(function, args, MODELS)
    assert caught.value.errno == errno
    assert message in caught.value.message
