"""The journal: an append-only table in the project's schema that says what was tried, also what Snowflake forgot.

Pure: statements to write and read it, and what its rows say. An *attempt* is one training: submitted, started, ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ftspec.model.address import ObjectName, SchemaName, split_name
from ftspec.model.plan import Training
from ftspec.resources.base import Answer, Query, Refusal, Row, Scope, rows_of
from ftspec.resources.finetune import Job
from ftspec.resources.sql import identifier, literal

NAME = "FTSPEC_JOURNAL"
_TEXTS = (
    "RUN",
    "PROJECT",
    "ENVIRONMENT",
    "USER_NAME",
    "ROLE_NAME",
    "EVENT",
    "RESOURCE",
    "SPEC",
    "DATA",
    "BASE_MODEL",
    "MODEL",
    "JOB",
    "QUERY_TAG",
    "STATE",
    "ERROR",
    "DETAIL",
)

_TABLES = "tables"
_PARTS = 3


class Event(StrEnum):
    """What a row of the journal tells."""

    BEGAN = "began"
    SUBMITTED = "submitted"
    STARTED = "started"
    ENDED = "ended"
    GRANTED = "granted"
    APPLIED = "applied"
    FINISHED = "finished"
    ERRAND = "errand"
    ADOPTED = "adopted"
    OWED = "owed"


TRIED = (Event.SUBMITTED, Event.STARTED, Event.ENDED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be written: `detail` is JSON text, `training` and what follows it where one is meant."""

    event: Event
    training: Training | None = None
    resource: str = ""
    job: str = ""
    state: str = ""
    error: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last that was told of one training, at `at`, and when it was submitted, `since`: both in epoch milliseconds.

    `age` in seconds, by Snowflake's clock, is how long ago the last was told.
    """

    training: Training
    event: Event
    job: str
    state: str
    error: str
    user: str
    role: str
    since: int
    at: int
    age: int


class Fate(StrEnum):
    """What the query history says of a statement that may or may not have run."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_FOUND = "not found"


def journal_of(home: SchemaName) -> ObjectName:
    """Name the journal's table."""
    return home.join(NAME)


def create_journal(home: SchemaName) -> str:
    """Write the statement that makes the table, where it is not there."""
    columns = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
    return (
        f"CREATE TABLE IF NOT EXISTS {journal_of(home)} (AT TIMESTAMP_LTZ, ORDINAL NUMBER(38, 0), {columns}) "
        "COMMENT = 'What ftspec has tried and done; append-only'"
    )


def append_entry(scope: Scope, run: str, ordinal: int, entry: Entry) -> str:
    """Write the statement that appends one row, at the time of Snowflake's clock."""
    training = entry.training or Training(entry.resource)
    values = {
        "RUN": run,
        "PROJECT": scope.project,
        "ENVIRONMENT": scope.environment,
        "EVENT": entry.event.value,
        "RESOURCE": training.resource,
        "SPEC": training.spec,
        "DATA": training.data,
        "BASE_MODEL": training.base_model,
        "MODEL": training.model,
        "JOB": entry.job,
        "QUERY_TAG": training.tag,
        "STATE": entry.state,
        "ERROR": entry.error,
        "DETAIL": _detail_of(entry),
    }
    written = {name: literal(value) for name, value in values.items()}
    written |= {"USER_NAME": "CURRENT_USER()", "ROLE_NAME": "CURRENT_ROLE()"}
    names = ", ".join(_TEXTS)
    return (
        f"INSERT INTO {journal_of(scope.home)} (AT, ORDINAL, {names}) "
        f"SELECT CURRENT_TIMESTAMP(), {ordinal}, {', '.join(written[name] for name in _TEXTS)}"
    )


def _detail_of(entry: Entry) -> str:
    """Tell with each row of a training the tables that it reads: the last row is the one that is read."""
    if entry.training is None or not entry.training.tables:
        return entry.detail
    return json.dumps({**json.loads(entry.detail or "{}"), _TABLES: entry.training.tables}, sort_keys=True)


def _read_tables(detail: object) -> str:
    return str(json.loads(str(detail)).get(_TABLES, "")) if detail else ""


def read_attempts(scope: Scope) -> Query:
    """Ask for the last row of every training, of every model that was taken over, and of what each is owed."""
    events = ", ".join(literal(event.value) for event in (*TRIED, Event.ADOPTED, Event.OWED))
    return Query(
        "SELECT RESOURCE, SPEC, DATA, BASE_MODEL, MODEL, JOB, QUERY_TAG, EVENT, STATE, ERROR, USER_NAME, ROLE_NAME, "
        "DETAIL, MIN(AT) OVER (PARTITION BY QUERY_TAG) AS SINCE, AT, "
        f"TIMESTAMPDIFF(SECOND, AT, CURRENT_TIMESTAMP()) AS AGE FROM {journal_of(scope.home)} "
        f"WHERE {_of_project(scope)} AND EVENT IN ({events}) "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY QUERY_TAG ORDER BY AT DESC, ORDINAL DESC) = 1 ORDER BY AT, QUERY_TAG"
    )


def count_entries(scope: Scope) -> Query:
    """Ask how many rows the journal has of a project."""
    return Query(f"SELECT COUNT(*) AS ENTRIES FROM {journal_of(scope.home)} WHERE {_of_project(scope)}")


def move_entries(old: Scope, new: Scope) -> str:
    """Write the statement that gives the rows of a project to the same one under another name."""
    names = f"PROJECT = {literal(new.project)}, ENVIRONMENT = {literal(new.environment)}"
    return f"UPDATE {journal_of(new.home)} SET {names} WHERE {_of_project(old)}"


def _of_project(scope: Scope) -> str:
    return f"PROJECT = {literal(scope.project)} AND ENVIRONMENT = {literal(scope.environment)}"


def parse_attempts(answer: Answer) -> tuple[Attempt, ...]:
    """Read the attempts, oldest first; a journal that is not there tells of none."""
    if isinstance(answer, Refusal):
        return ()
    return tuple(
        Attempt(
            training=_read_training(row),
            event=Event(str(row["EVENT"])),
            job=str(row["JOB"] or ""),
            state=str(row["STATE"] or ""),
            error=str(row["ERROR"] or ""),
            user=str(row["USER_NAME"] or ""),
            role=str(row["ROLE_NAME"] or ""),
            since=int(str(row["SINCE"])),
            at=int(str(row["AT"])),
            age=int(str(row["AGE"])),
        )
        for row in answer
        if str(row["EVENT"]) in TRIED
    )


def parse_schemas(answer: Answer) -> frozenset[SchemaName]:
    """Name the schemas that models were made in, or taken over from, at one time or another."""
    names = (split_name(str(row["MODEL"])) for row in rows_of(answer) if row["MODEL"])
    return frozenset(SchemaName(parts[0], parts[1]) for parts in names if len(parts) == _PARTS)


def adopted_entry(resource: str, model: ObjectName, verb: str) -> Entry:
    """Build the row that tells of a model that is about to be taken over: it may lie where no manifest points later."""
    name = str(model)
    return Entry(Event.ADOPTED, Training(resource, model=name, tag=f"{Event.ADOPTED} {name}"), detail=verb)


def owed_entry(resource: str, detail: str) -> Entry:
    """Build the row that tells what a model is to be granted once its training has ended; the newest counts."""
    return Entry(Event.OWED, Training(resource, tag=f"{Event.OWED} {resource}"), detail=detail)


def _read_training(row: Row) -> Training:
    names = ("RESOURCE", "SPEC", "DATA", "BASE_MODEL", "MODEL", "QUERY_TAG")
    resource, spec, data, base_model, model, tag = (str(row[name] or "") for name in names)
    return Training(resource, spec, data, base_model, model, tag, tables=_read_tables(row.get("DETAIL")))


def read_applied(scope: Scope) -> Query:
    """Ask for what was declared, resource by resource, when the project was last applied."""
    return read_newest(scope, Event.APPLIED)


def read_newest(scope: Scope, event: Event) -> Query:
    """Ask for the details of the newest row that tells of an event."""
    return Query(
        f"SELECT DETAIL FROM {journal_of(scope.home)} WHERE {_of_project(scope)} "
        f"AND EVENT = {literal(event.value)} ORDER BY AT DESC, ORDINAL DESC LIMIT 1"
    )


def parse_applied(answer: Answer) -> Mapping[str, str]:
    """Read digests of documents by address; nothing where nothing was applied."""
    if isinstance(answer, Refusal) or not answer:
        return {}
    told = json.loads(str(answer[0]["DETAIL"]))
    return {str(address): str(digest) for address, digest in told.items()}


def read_runs(scope: Scope, limit: int) -> Query:
    """Ask for what the last runs of the project did, newest first."""
    return Query(
        f"SELECT AT, {', '.join(_TEXTS)} FROM {journal_of(scope.home)} "
        f"WHERE {_of_project(scope)} ORDER BY AT DESC, ORDINAL DESC LIMIT {limit}"
    )


def find_statement(database: str, tag: str, begins: str) -> Query:
    """Ask the query history for the statement that was sent under a tag (Snowflake: QUERY_HISTORY_BY_USER)."""
    return Query(
        "SELECT QUERY_ID, EXECUTION_STATUS, ERROR_CODE, ERROR_MESSAGE "
        f"FROM TABLE({identifier(database)}.INFORMATION_SCHEMA.QUERY_HISTORY_BY_USER(RESULT_LIMIT => 10000)) "
        f"WHERE QUERY_TAG = {literal(tag)} AND STARTSWITH(QUERY_TEXT, {literal(begins)}) ORDER BY START_TIME DESC"
    )


def parse_statement(answer: Answer) -> tuple[Fate, str]:
    """Read what became of a statement, and its error message; the history has its own words for it."""
    if isinstance(answer, Refusal) or not answer:
        return Fate.NOT_FOUND, ""
    status = str(answer[0]["EXECUTION_STATUS"]).upper()
    if status == "SUCCESS":
        return Fate.SUCCEEDED, ""
    if status.startswith("FAIL") or status in {"INCIDENT", "CANCELLED", "CANCELED"}:
        return Fate.FAILED, str(answer[0]["ERROR_MESSAGE"] or "")
    return Fate.RUNNING, ""


def ended_entry(training: Training, tag: str, job: Job) -> Entry:
    """Build the row that tells how a training ended, with its losses."""
    results = {
        "training_loss": job.training_loss,
        "validation_loss": job.validation_loss,
        "trained_tokens": job.trained_tokens,
    }
    known = {name: value for name, value in results.items() if value is not None}
    return Entry(
        Event.ENDED,
        replace(training, tag=tag),
        job=job.id,
        state=job.status.value,
        error=job.error,
        detail=json.dumps(known, sort_keys=True),
    )
