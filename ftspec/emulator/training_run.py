"""Moving one training job on: reading its data with its creator's rights, training, and making the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ftspec.emulator.cortex import jobs as job_rules
from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.failures import (
    INVALID_PARAMETER_VALUE,
    JobError,
    build_read_failure,
    build_wrapped_query,
)
from ftspec.emulator.cortex.training import Pair, Row, Training, select_learnt_pairs, train
from ftspec.emulator.errors import SnowflakeError
from ftspec.emulator.models import FIRST_VERSION, Model, Version, read_model
from ftspec.emulator.names import Key, role_key, schema_key
from ftspec.emulator.query.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.session import Session
    from ftspec.emulator.turn import Turn

# A fault of this server, not of the data: Snowflake documents no code for it.
_INTERNAL_ERROR = "INTERNAL_ERROR"
_COLUMNS = ("PROMPT", "COMPLETION")


def advance_job(account: OpenAccount, job: job_rules.Job) -> None:
    """Bring a job to where the time has brought it; a job that was cancelled meanwhile stays so."""
    session = _open_creator_session(account, job)
    try:
        turn = account.turn(session)
        if job_rules.is_read_due(job, turn.now):
            outcome = _read_and_train(account, session, job)
            job = _store_start(account, turn, job, outcome) or job
        turn = account.turn(session)
        if job_rules.is_due(job, turn.now):
            _finish(account, turn, job)
    finally:
        account.close_session(session)


def _open_creator_session(account: OpenAccount, job: job_rules.Job) -> Session:
    creator = job.creator
    session = account.open_session(creator.user, creator.role, secondary="NONE", internal=True)
    session.database, session.schema = creator.database, creator.schema
    session.data.use(creator.database, creator.schema)
    user = account.catalog.find(Key("USER", creator.user))
    session.warehouse = None if user is None else str(user.extra.get("DEFAULT_WAREHOUSE") or "") or None
    return session


def _read_and_train(
    account: OpenAccount, session: Session, job: job_rules.Job
) -> tuple[Training, Sequence[Pair]] | JobError:
    base_model = BASE_MODELS[job.base_model]
    rows = _read_rows(account, session, job.training_data)
    if isinstance(rows, JobError):
        return rows
    validation = _read_rows(account, session, job.validation_data) if job.validation_data else None
    if isinstance(validation, JobError):
        return validation
    training = train(rows, validation, base_model=base_model, max_epochs=job.max_epochs)
    if isinstance(training, JobError):
        return training
    return training, select_learnt_pairs(rows, validation, base_model=base_model)


def _read_rows(account: OpenAccount, session: Session, query: str) -> Sequence[Row] | JobError:
    """Run a data query as the service does; every refusal becomes the job's documented error."""
    turn = account.turn(session)
    try:
        rows = read_rows(account, turn, build_wrapped_query(query), _COLUMNS)
    except SnowflakeError as error:
        return build_read_failure(
            query, errno=error.errno, sqlstate=error.sqlstate, query_id=turn.query_id, message=error.message
        )
    except Exception as error:  # noqa: BLE001  # a fault of this server must end the job, not the clock
        return JobError(_INTERNAL_ERROR, f"The training data could not be read: {error}")
    return [(_text(prompt), _text(completion)) for prompt, completion in rows]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _store_start(
    account: OpenAccount,
    turn: Turn,
    job: job_rules.Job,
    outcome: tuple[Training, Sequence[Pair]] | JobError,
) -> job_rules.Job | None:
    with account.lock, account.catalog.transaction():
        store = account.service.jobs
        current = store.find(job.id)
        if current is None or current.is_over:
            return current
        if isinstance(outcome, JobError):
            moved = job_rules.fail(current, turn.now, outcome)
        else:
            training, pairs = outcome
            # The training began when it was due, however late that was noticed.
            moved = job_rules.start(current, current.read_due_on, training)
            store.put_pairs(job.id, pairs)
        store.put(moved)
        return moved


def _finish(account: OpenAccount, turn: Turn, job: job_rules.Job) -> None:
    with account.lock, account.catalog.transaction():
        current = account.service.jobs.find(job.id)
        if current is None or current.is_over:
            return
        refusal = _check_target(account, current)
        if refusal is not None:
            account.service.jobs.put(job_rules.fail(current, turn.now, refusal))
            return
        models = account.catalog.list_objects("MODEL", current.database, current.schema)
        name, shown = job_rules.build_model_name(current, [entry.key.name for entry in models])
        key = Key("MODEL", name, current.database, current.schema)
        done = job_rules.succeed(current, shown)
        made = done.finished_on or turn.now
        version = Version(FIRST_VERSION, current.id, current.base_model, made)
        turn.register(replace(turn.new_entry(key, extra=Model((version,), version.name).to_extra()), created=made))
        account.service.jobs.put(done)


def _check_target(account: OpenAccount, job: job_rules.Job) -> JobError | None:
    """Say why the model cannot be made, where its schema or its creator's role is gone."""
    schema = schema_key(job.database, job.schema)
    if account.catalog.find(schema) is None:
        return JobError(INVALID_PARAMETER_VALUE, f"Schema '{schema.shown}' does not exist or not authorized.")
    if account.catalog.find(role_key(job.creator.role)) is None:
        return JobError(INVALID_PARAMETER_VALUE, f"Role '{job.creator.role}' does not exist or not authorized.")
    return None


def forget_unused(account: OpenAccount) -> None:
    """Forget the pairs of models that were dropped."""
    models = account.catalog.list_objects("MODEL")
    account.service.jobs.forget_pairs([one.job for entry in models for one in read_model(entry).versions])
