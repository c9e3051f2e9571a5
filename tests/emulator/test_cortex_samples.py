"""DESCRIBE and SHOW against Snowflake's documented samples: the same facts give the same JSON, types included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.calls import read_finetune_call
from ftspec.emulator.cortex.describing import describe_job, list_jobs
from ftspec.emulator.cortex.failures import JobError, build_read_failure
from ftspec.emulator.cortex.jobs import Creator, build_job, build_model_name, fail, start, succeed
from ftspec.emulator.cortex.training import train

SAMPLES = Path(__file__).parent / "samples"
CREATOR = Creator(user="EMBEDDED", role="ML_TRAINER", database="ML", schema="SUPPORT")


def read_sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["documented"]


def create_job(sample, name, seconds, target):
    """Make the job of a sample by the call that its facts tell."""
    call = read_finetune_call(
        [
            "CREATE",
            name,
            sample["base_model"],
            sample.get("training_data", "select 1"),
            sample.get("validation_data"),
            json.dumps(sample["options"]) if "options" in sample else None,
        ]
    )
    return build_job(
        call,
        job_id=sample["id"],
        target=target,
        creator=CREATOR,
        now=sample["created_on"],
        training_seconds=seconds,
    )


def measured(sample):
    """Take a real training, with the figures of the sample in place of ours."""
    training = train([("a", "b c"), ("d", "e f")], None, base_model=BASE_MODELS["llama3-8b"], max_epochs=1)
    return replace(training, trained_tokens=sample["trained_tokens"], **sample["training_result"])


def shape(value):
    """Give a value's keys and JSON types, without its values."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


def assert_same(answer, documented):
    assert shape(answer) == shape(documented)
    assert answer == documented
    assert list(answer) == sorted(answer)
    assert json.loads(json.dumps(answer)) == documented


@pytest.mark.parametrize(
    ("sample_name", "name", "target"),
    [
        ("describe_success", "mydb.myschema.my_tuned_model", ("MYDB", "MYSCHEMA")),
        ("describe_success_2024", "test_api_1", ("CFT_DB", "TASTY_EMAIL")),
    ],
)
def test_a_successful_job_is_described_as_documented(sample_name, name, target):
    sample = read_sample(sample_name)
    seconds = (sample["finished_on"] - sample["created_on"]) / 1000
    pending = create_job(sample, name, seconds, target)
    job = start(pending, pending.read_due_on, measured(sample))
    folded, shown = build_model_name(job, taken=())
    # Database and schema are shown folded, as in the SDK's sample; the page's own sample has them in lower case.
    assert shown.upper() == sample["model"].upper()
    assert shown.endswith("." + name.split(".")[-1])
    assert folded == name.split(".")[-1].upper()
    assert_same(describe_job(succeed(job, sample["model"]), sample["finished_on"] + 5), sample)


def test_a_job_whose_query_was_refused_is_described_as_documented():
    sample = read_sample("describe_error_2024")
    job = create_job(sample, "test_api_1", 300, ("CFT_DB", "TASTY_EMAIL"))
    error = build_read_failure(
        job.training_data,
        errno=1003,
        sqlstate="42000",
        query_id="01b79faf-0003-dbfd-0022-b7876037dabe",
        message="SQL compilation error:\nsyntax error line 1 at position 161 unexpected ';'.",
    )
    assert_same(describe_job(fail(job, sample["finished_on"], error), sample["finished_on"] + 5), sample)


def test_a_compilers_message_without_a_full_stop_gets_one():
    error = build_read_failure("q", errno=904, sqlstate="42000", query_id="01b7", message="invalid identifier 'X'")
    assert error.message.endswith("000904 (42000): 01b7: invalid identifier 'X'.")


def test_jobs_are_listed_as_documented():
    newest, oldest = read_sample("show")
    succeeded = create_job(newest, "a", 0, ("A", "B"))
    training = measured(read_sample("describe_success"))
    jobs = [
        fail(create_job(oldest, "b", 0, ("A", "B")), oldest["created_on"], JobError("CODE", "why")),
        succeed(start(succeeded, succeeded.read_due_on, training), "A.B.a"),
    ]
    listed = list_jobs(jobs)
    assert shape(listed) == shape([newest, oldest])
    assert listed == [newest, oldest]
    assert all(list(row) == sorted(row) for row in listed)


def test_an_account_without_jobs_lists_none():
    assert list_jobs([]) == []
