"""A job's life: every state, its dates and its progress, and the round trip through JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.describing import compute_progress, describe_job, list_jobs
from ftspec.emulator.cortex.failures import JobError
from ftspec.emulator.cortex.jobs import (
    Creator,
    Job,
    Status,
    build_cancel_message,
    build_model_name,
    build_unknown_job,
    cancel,
    fail,
    is_due,
    is_read_due,
    read_job,
    start,
    succeed,
)
from ftspec.emulator.cortex.names import build_free_name
from ftspec.emulator.cortex.training import Training, TrainingStep, train
from ftspec.emulator.errors import SnowflakeError

NOW = 1_700_000_000_000
TRAINING = train([("a", "b"), ("c", "d")], None, base_model=BASE_MODELS["llama3-8b"], max_epochs=2)
ALWAYS = {
    "base_model",
    "created_on",
    "id",
    "progress",
    "status",
    "training_data",
    "validation_data",
}


def make_job(*, seconds=10.0, created=NOW, **fields):
    values = {
        "id": "ft_1",
        "database": "ML",
        "schema": "SUPPORT",
        "name": "BOT",
        "typed": "bot",
        "base_model": "llama3-8b",
        "training_data": "select 1",
        "validation_data": "",
        "max_epochs": None,
        "creator": Creator("U", "R", None, None),
    }
    return Job(**{**values, **fields}, created_on=created, training_seconds=seconds)


whole = st.integers(min_value=0, max_value=2**45)
loss = st.floats(min_value=0, max_value=50)
maybe_text = st.none() | st.text(max_size=8)
creators = st.builds(Creator, user=st.text(), role=st.text(), database=maybe_text, schema=maybe_text)
trainings = st.builds(
    Training,
    training_loss=loss,
    validation_loss=loss,
    steps=st.lists(st.builds(TrainingStep, training_loss=loss, validation_loss=st.none() | loss), max_size=3).map(
        tuple
    ),
)
jobs = st.builds(
    Job,
    created_on=whole,
    training_seconds=st.floats(min_value=0, max_value=1e5),
    creator=creators,
    started_on=st.none() | whole,
    training=st.none() | trainings,
    error=st.none() | st.builds(JobError),
    cancelled_on=st.none() | whole,
    finished_on=st.none() | whole,
    model=maybe_text,
)


@settings(deadline=None)
@given(jobs)
def test_a_job_survives_json(job):
    assert read_job(json.loads(json.dumps(job.to_dict()))) == job


def test_what_is_no_job_is_refused():
    with pytest.raises(KeyError):
        read_job({})
    with pytest.raises(TypeError):
        read_job({**make_job().to_dict(), "unknown": 1})


def test_a_job_waits_a_second_then_trains_then_is_due():
    job = make_job(seconds=10)
    assert job.status is Status.PENDING
    assert not is_read_due(job, NOW + 999)
    assert is_read_due(job, NOW + 1000)
    job = start(job, NOW + 1000, TRAINING)
    assert job.status is Status.IN_PROGRESS
    assert not is_read_due(job, NOW + 5000)
    assert not is_due(job, NOW + 9_999)
    assert is_due(job, NOW + 10_000)
    job = succeed(job, "ML.SUPPORT.bot")
    assert job.status is Status.SUCCESS
    assert not is_due(job, NOW + 20_000)


@pytest.mark.parametrize(("seconds", "pending"), [(0, 0), (0.5, 100), (2, 400), (5, 1000), (3600, 1000)])
def test_the_wait_shrinks_with_a_short_training(seconds, pending):
    assert make_job(seconds=seconds).read_due_on == NOW + pending


def test_a_success_that_is_noticed_late_ended_when_it_was_due():
    late = start(make_job(seconds=10), NOW + 1000, TRAINING)
    assert succeed(late, "M").finished_on == NOW + 10_000


def test_a_job_that_was_started_after_its_time_is_due_at_once():
    job = start(make_job(seconds=10), NOW + 60_000, TRAINING)
    assert is_due(job, NOW + 60_000)
    assert compute_progress(job, NOW + 60_000) == 0.99
    assert succeed(job, "M").finished_on == NOW + 60_000


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=1e4), st.lists(st.integers(-(10**6), 10**8), min_size=2))
def test_progress_never_falls_and_is_whole_at_the_end_alone(seconds, times):
    job = make_job(seconds=seconds)
    job = start(job, job.read_due_on, TRAINING)
    shown = [compute_progress(job, NOW + passed) for passed in sorted(times)]
    assert shown == sorted(shown)
    assert all(0 <= progress < 1 for progress in shown)
    assert compute_progress(succeed(job, "M"), NOW) == 1.0


def test_progress_is_linear_while_it_trains():
    job = start(make_job(seconds=11), NOW + 1000, TRAINING)
    assert [compute_progress(job, NOW + 1000 * second) for second in (1, 2, 6, 11)] == [0.0, 0.1, 0.5, 0.99]


def test_each_state_shows_its_own_keys():
    pending = make_job()
    training = start(pending, NOW + 1000, TRAINING)
    ended = {"finished_on"}
    success = {"model", "trained_tokens", "training_result"}
    shown = {
        "PENDING": (pending, set()),
        "IN_PROGRESS": (training, set()),
        "SUCCESS": (succeed(training, "ML.SUPPORT.bot"), ended | success),
        "ERROR": (fail(training, NOW + 2000, JobError("C", "m")), ended | {"error"}),
        "CANCELLED": (cancel(training, NOW + 5500), ended),
    }
    for status, (job, more) in shown.items():
        answer = describe_job(job, NOW + 2000)
        assert answer["status"] == status
        assert set(answer) == ALWAYS | more
        assert list(answer) == sorted(answer)
        assert isinstance(answer["progress"], float)


def test_a_job_that_is_stopped_keeps_the_progress_it_had():
    training = start(make_job(seconds=10), NOW + 1000, TRAINING)
    assert describe_job(cancel(training, NOW + 5500), NOW + 10**9)["progress"] == 0.5
    assert describe_job(cancel(make_job(), NOW), NOW + 10**9)["progress"] == 0.0


def test_options_are_shown_as_given():
    assert describe_job(make_job(max_epochs=7), NOW)["options"] == {"max_epochs": 7}
    assert "options" not in describe_job(make_job(), NOW)


@pytest.mark.parametrize("end", ["success", "error", "cancel"])
def test_a_job_that_ended_is_not_cancelled(end):
    training = start(make_job(), NOW + 1000, TRAINING)
    over = {
        "success": succeed(training, "M"),
        "error": fail(training, NOW + 2000, JobError("C", "m")),
        "cancel": cancel(training, NOW + 2000),
    }[end]
    with pytest.raises(SnowflakeError, match=f"'ft_1' cannot be canceled: its status is {over.status}"):
        cancel(over, NOW + 3000)


def test_cancel_answers_as_documented():
    job = make_job(id="ft_194bbea4-1208-42f3-88c6-cfb202086125")
    assert build_cancel_message(job) == "Canceled Cortex Fine-tuning job: ft_194bbea4-1208-42f3-88c6-cfb202086125"


def test_an_unknown_job_is_named():
    assert "'ft_9'" in build_unknown_job("ft_9").message


def test_jobs_of_one_millisecond_are_listed_by_their_id():
    made = [make_job(id="b"), make_job(id="c", created=NOW + 1), make_job(id="a")]
    assert [row["id"] for row in list_jobs(made)] == ["c", "a", "b"]


def test_a_model_whose_name_is_taken_gets_a_suffix():
    assert build_model_name(make_job(), set()) == ("BOT", "ML.SUPPORT.bot")
    assert build_model_name(make_job(), {"BOT"}) == ("BOT_1", "ML.SUPPORT.bot_1")
    assert build_model_name(make_job(), {"BOT", "BOT_1"}) == ("BOT_2", "ML.SUPPORT.bot_2")
    quoted = make_job(database="my db", name="My bot", typed='"My bot"')
    assert build_model_name(quoted, {"My bot"}) == ("My bot_1", '"my db".SUPPORT."My bot_1"')


@settings(deadline=None)
@given(st.sets(st.sampled_from(["A", "A_1", "A_2", "A_3", "B"])))
def test_a_free_name_is_free(taken):
    name, typed = build_free_name("A", "a", taken)
    assert name not in taken
    assert typed.upper() == name
