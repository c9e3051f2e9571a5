"""The SQL forms of the training service: submit, list, describe, cancel and ask.

Another training service would replace this file (Snowflake: SNOWFLAKE.CORTEX.FINETUNE, AI_COMPLETE).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ftspec.model.address import ObjectName
from ftspec.resources.base import Answer, Query, Refusal, Row
from ftspec.resources.marker import Marker, data_fingerprint, drop_marker, leading_marker
from ftspec.resources.sql import call, identifier, literal

FUNCTION = "SNOWFLAKE.CORTEX.FINETUNE"
SUBMITS = f"SELECT {FUNCTION}('CREATE'"
"""How every statement that starts a job begins."""
SHOW_LIMIT = 10_000
"""Rows at which SHOW output ends, even when it is filtered (Snowflake: SHOW <objects>)."""


class JobStatus(StrEnum):
    """The states of a training job (Snowflake: FINETUNE ('SHOW')); FORGOTTEN: only the journal knows it still."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    FORGOTTEN = "FORGOTTEN"

    @property
    def is_running(self) -> bool:
        """Tell whether the job may still make a model; a status that is not documented counts as running."""
        return self in {JobStatus.PENDING, JobStatus.IN_PROGRESS, JobStatus.UNKNOWN}


_SPELLINGS = {status.value: status for status in JobStatus} | {
    "RUNNING": JobStatus.IN_PROGRESS,
    "CANCELED": JobStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A job as SHOW lists it: neither name nor owner; `created_on` in epoch milliseconds."""

    id: str
    status: JobStatus
    base_model: str
    created_on: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job as DESCRIBE tells it. `model` is set on SUCCESS, `error` on ERROR; losses are per token.

    `training` (without its marker) and `validation` are the queries; `options` None where it tells none.
    """

    id: str
    status: JobStatus
    base_model: str
    created_on: int
    progress: float
    marker: Marker | None
    training: str = ""
    validation: str = ""
    options: tuple[tuple[str, str], ...] | None = None
    model: str = ""
    error: str = ""
    training_loss: float | None = None
    validation_loss: float | None = None
    trained_tokens: int | None = None
    finished_on: int | None = None


def list_jobs() -> Query:
    """Ask for all jobs of the account."""
    return Query(call(FUNCTION, "SHOW"))


def describe_job(job: str) -> Query:
    """Ask for one job."""
    return Query(call(FUNCTION, "DESCRIBE", job))


def submit(name: ObjectName, base_model: str, training: str, validation: str | None, options: Mapping[str, int]) -> str:
    """Write the statement that starts a paid job; absent arguments at the end are left out."""
    arguments: list[str | None] = ["CREATE", str(name), base_model, training]
    if validation is not None or options:
        arguments.append(validation)
    if options:
        arguments.append(json.dumps(dict(sorted(options.items()))))
    return call(FUNCTION, *arguments)


def cancel(job: str) -> str:
    """Write the statement that cancels a job."""
    return call(FUNCTION, "CANCEL", job)


def ask(function: str, model: ObjectName, prompt: str) -> str:
    """Write a question to a model; `function` is ai_complete or complete."""
    name = "AI_COMPLETE" if function == "ai_complete" else "SNOWFLAKE.CORTEX.COMPLETE"
    return call(name, str(model), prompt)


def wrap_query(query: str) -> str:
    """Write a training query as the service runs it."""
    return f"{WRAPPED}{query})"


WRAPPED = 'SELECT "PROMPT", "COMPLETION" FROM ('
"""What the service puts before a training query."""


def count_pairs(select: str) -> Query:
    """Ask for the two parts of a data fingerprint: the number of rows, and the sum over them."""
    prompt, completion = "COALESCE(\"PROMPT\"::VARCHAR, '')", "COALESCE(\"COMPLETION\"::VARCHAR, '')"
    hashed = f"MD5_NUMBER_LOWER64(LENGTH({prompt}) || ':' || {prompt} || {completion})"
    return Query(f"SELECT COUNT(*) AS PAIRS, COALESCE(SUM({hashed}), 0) AS TOTAL FROM ({wrap_query(select)})")


def show_models(database: str, schema: str) -> Query:
    """Ask for the models of one schema."""
    return Query(f"SHOW MODELS IN SCHEMA {identifier(database)}.{identifier(schema)}")


def show_models_again(database: str, schema: str) -> Query:
    """Ask for the models of a schema once more: what a job has made since is in a later answer only."""
    return Query(f"SHOW MODELS LIKE '%' IN SCHEMA {identifier(database)}.{identifier(schema)}")


def show_all_models() -> Query:
    """Ask for all models of the account that the role may see."""
    return Query("SHOW MODELS IN ACCOUNT")


def set_model_comment(name: ObjectName, comment: str) -> str:
    """Write the statement that sets a model's comment."""
    return f"ALTER MODEL {name} SET COMMENT = {literal(comment)}"


def rename_model(name: ObjectName, new: ObjectName) -> str:
    """Write the statement that gives a model another name."""
    return f"ALTER MODEL {name} RENAME TO {new}"


def drop_model(name: ObjectName) -> str:
    """Write the statement that drops a model for good: Snowflake has no UNDROP for models."""
    return f"DROP MODEL {name}"


def parse_jobs(answer: Answer) -> tuple[Listed, ...]:
    """Read the one cell of FINETUNE('SHOW'): a JSON array, as text."""
    entries = _cell(answer)
    if not isinstance(entries, list):
        return ()
    return tuple(
        Listed(str(entry["id"]), _status(entry), str(entry.get("base_model", "")), int(entry.get("created_on") or 0))
        for entry in entries
    )


def parse_job(answer: Answer) -> Job | None:
    """Read the one cell of FINETUNE('DESCRIBE', …): a JSON object, as text; None when it was refused."""
    entry = _cell(answer)
    if not isinstance(entry, dict):
        return None
    error = entry.get("error") or {}
    result = entry.get("training_result") or {}
    if isinstance(result, list):
        result = result[-1] if result else {}
    options = entry.get("options")
    training = str(entry.get("training_data") or "")
    return Job(
        id=str(entry["id"]),
        status=_status(entry),
        base_model=str(entry.get("base_model", "")),
        created_on=int(entry.get("created_on") or 0),
        progress=float(entry.get("progress") or 0.0),
        marker=leading_marker(training),
        training=drop_marker(training),
        validation=str(entry.get("validation_data") or ""),
        options=_pairs(options) if isinstance(options, dict) else None,
        model=str(entry.get("model") or ""),
        error=": ".join(str(error[key]) for key in ("code", "message") if error.get(key)),
        training_loss=_number(result.get("training_loss")),
        validation_loss=_number(result.get("validation_loss")),
        trained_tokens=None if entry.get("trained_tokens") is None else int(entry["trained_tokens"]),
        finished_on=None if entry.get("finished_on") is None else int(entry["finished_on"]),
    )


def parse_pairs(answer: Answer) -> str | Refusal:
    """Read the data fingerprint of rows that were counted."""
    if isinstance(answer, Refusal):
        return answer
    return data_fingerprint(int(str(answer[0]["PAIRS"])), int(str(answer[0]["TOTAL"])))


def first_cell(row: Row) -> object:
    """Take the first value of a row: the service's functions name their column in several ways."""
    return next(iter(row.values()))


def same_model(told: str, name: ObjectName) -> bool:
    """Compare DESCRIBE's `model`, which echoes the last part as it was typed, with a stored name."""
    return _plain(told) == _plain(str(name))


def is_beside(told: str, name: ObjectName) -> bool:
    """Tell whether DESCRIBE's `model` may be a candidate's name, or a name with a suffix that Snowflake appended."""
    return _plain(told).startswith(f"{_plain(str(name))}_")


def _plain(name: str) -> str:
    return name.replace('"', "").upper()


def _cell(answer: Answer) -> object:
    if isinstance(answer, Refusal) or not answer:
        return None
    value = first_cell(answer[0])
    return json.loads(value) if isinstance(value, str) else value


def _status(entry: Mapping[str, object]) -> JobStatus:
    return _SPELLINGS.get(str(entry.get("status", "")), JobStatus.UNKNOWN)


def _pairs(options: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in options.items()))


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
