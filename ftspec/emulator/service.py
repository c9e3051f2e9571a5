"""The fine-tuning service: keeps jobs, reads their data and trains them in time.

What a job is and how it moves lives in `cortex`; here are its privileges, its storage and its clock.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftspec.emulator.cortex import jobs as job_rules
from ftspec.emulator.cortex.calls import (
    CancelCall,
    CreateCall,
    DescribeCall,
    ShowCall,
    Value,
    read_finetune_call,
)
from ftspec.emulator.cortex.describing import describe_job, list_jobs
from ftspec.emulator.jobstore import AnswerIndexes, JobStore
from ftspec.emulator.lifecycle import read_lifecycles, require_trainable
from ftspec.emulator.training_run import advance_job, forget_unused
from ftspec.emulator.usage import UsageStore
from ftspec.emulator.warehouses import require_warehouse

if TYPE_CHECKING:
    from ftspec.emulator.account import OpenAccount
    from ftspec.emulator.turn import Turn

_TICK_SECONDS = 0.05
_FINETUNE = "SNOWFLAKE.CORTEX.FINETUNE"


class FineTuning:
    """The service of one open account; `start` lets jobs move on while nobody asks."""

    def __init__(self, account: OpenAccount) -> None:
        self._account = account
        self.jobs = JobStore(account.catalog)
        self._advancing = threading.Lock()
        self._stopped = threading.Event()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self.answers = AnswerIndexes(account.catalog.path)
        self.usage = UsageStore(account)

    def start(self) -> None:
        """Start the thread that moves jobs on."""
        with self._account.lock, self._account.catalog.transaction():
            forget_unused(self._account)
        self._awake.set()
        self._thread = threading.Thread(target=self._tick, name="fine-tuning", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop that thread."""
        self._stopped.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def _tick(self) -> None:
        while not self._stopped.is_set():
            if self.advance():
                self._stopped.wait(_TICK_SECONDS)
            else:
                # Nothing trains: sleep until a job is created.
                self._awake.clear()
                self._awake.wait()

    def is_training(self) -> bool:
        """Say whether any job is open."""
        with self._account.lock:
            return bool(self.jobs.list_open())

    def advance(self) -> bool:
        """Move every open job to where its time has brought it; say whether any is still open.

        The caller must not hold the account's lock: reading a job's data may take long.
        """
        with self._advancing:
            with self._account.lock:
                waiting = self.jobs.list_open()
            for job in waiting:
                advance_job(self._account, job)
            return bool(waiting)

    def finetune(self, turn: Turn, args: Sequence[Value], *, dry: bool) -> object:
        """Make one FINETUNE call and give its value: a string, a list or a mapping.

        Raises SnowflakeError: 2140 without CORTEX_USER, else what the call or its privileges refuse.
        """
        call = read_finetune_call(args)
        turn.authority.require_cortex_user(_FINETUNE)
        if dry:
            return None
        match call:
            case CreateCall():
                return self._create(turn, call)
            case ShowCall():
                return list_jobs(self._list_seen(turn))
            case DescribeCall():
                return describe_job(self._find(call.job_id, turn.now), turn.now)
            case CancelCall():
                job = job_rules.cancel(self._find(call.job_id, turn.now), turn.now)
                self.jobs.put(job)
                return job_rules.build_cancel_message(job)

    def _list_seen(self, turn: Turn) -> list[job_rules.Job]:
        """List the account's jobs; an older page says only those "that the current role has access to"."""
        jobs = [job for job in self.jobs.list_all() if self._is_kept(job, turn.now)]
        if not self._account.settings.role_scoped_jobs:
            return jobs
        return [job for job in jobs if job.creator.role in turn.authority.standing.active]

    def _find(self, job_id: str, now: int) -> job_rules.Job:
        job = self.jobs.find(job_id)
        if job is None or not self._is_kept(job, now):
            raise job_rules.build_unknown_job(job_id)
        return job

    def _is_kept(self, job: job_rules.Job, now: int) -> bool:
        """Say whether a job is still shown: ended jobs "may be garbage collected periodically" (finetune-show)."""
        kept = self._account.settings.jobs_kept_seconds
        return kept is None or job.finished_on is None or now - job.finished_on <= kept * 1000

    def _create(self, turn: Turn, call: CreateCall) -> str:
        session = turn.session
        parts = tuple(part for part in (call.name.database, call.name.schema, call.name.name) if part)
        key = turn.resolve("MODEL", parts, "FINETUNE")
        turn.authority.require_create("MODEL", key.database, key.schema)
        require_warehouse(turn)
        self._require_trainable(call.base_model)
        job = job_rules.build_job(
            call,
            job_id=f"ft_{uuid.uuid4()}",
            target=(key.database, key.schema),
            creator=job_rules.Creator(session.user, session.role, *turn.place),
            now=turn.now,
            training_seconds=self._account.settings.training_seconds,
        )
        self.jobs.put(job)
        self._awake.set()
        return job.id

    def _require_trainable(self, base_model: str) -> None:
        lifecycle = read_lifecycles(self._account.settings.folder).get(base_model)
        asks = lifecycle is not None and lifecycle.fine_tuned_status == "LEGACY"
        used = asks and any(job.base_model == base_model for job in self.jobs.list_all())
        require_trainable(lifecycle, base_model, has_jobs=used)
