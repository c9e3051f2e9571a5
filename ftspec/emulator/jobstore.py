"""The store of training jobs, and of the pairs that each of them learnt."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from ftspec.emulator.catalog import Catalog
from ftspec.emulator.cortex.inference import AnswerIndex, build_index
from ftspec.emulator.cortex.jobs import Job, read_job
from ftspec.emulator.cortex.training import Pair

_INDEXES_KEPT = 16
_LEARNED = "SELECT body FROM learned WHERE job = ?"


class JobStore:
    """Jobs in the catalog's file; the caller holds the account's lock and the transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._connection = catalog.connection

    def put(self, job: Job) -> None:
        """Write a job, new or moved on."""
        self._connection.execute(
            "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)",
            (job.id, job.created_on, int(job.is_over), json.dumps(job.to_dict())),
        )

    def find(self, job_id: str) -> Job | None:
        """Read one job."""
        row = self._connection.execute("SELECT body FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None else read_job(json.loads(row[0]))

    def forget(self, job_id: str) -> None:
        """Forget a job; what a model learnt in it stays with the model."""
        self._connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def list_all(self) -> tuple[Job, ...]:
        """Read every job, newest first."""
        rows = self._connection.execute("SELECT body FROM jobs ORDER BY created DESC, id").fetchall()
        return tuple(read_job(json.loads(row[0])) for row in rows)

    def list_open(self) -> tuple[Job, ...]:
        """Read the jobs that have not ended, oldest first."""
        rows = self._connection.execute("SELECT body FROM jobs WHERE ended = 0 ORDER BY created, id").fetchall()
        return tuple(read_job(json.loads(row[0])) for row in rows)

    def put_pairs(self, job_id: str, pairs: Sequence[Pair]) -> None:
        """Keep what a job learnt."""
        self._connection.execute("INSERT OR REPLACE INTO learned VALUES (?, ?)", (job_id, json.dumps(list(pairs))))

    def forget_pairs(self, kept: Sequence[str]) -> None:
        """Forget what was learnt by jobs that are over, other than those of models that still exist."""
        marks = ",".join("?" * len(kept))
        self._connection.execute(
            f"DELETE FROM learned WHERE job NOT IN ({marks}) AND job NOT IN (SELECT id FROM jobs WHERE ended = 0)",
            tuple(kept),
        )


class AnswerIndexes:
    """What jobs learnt, prepared for asking; the account's lock is not needed, since what was learnt never changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._index = lru_cache(maxsize=_INDEXES_KEPT)(self._build)

    def index(self, job_id: str) -> AnswerIndex:
        """Give the index of what a job learnt; the last ones are kept."""
        with self._lock:
            return self._index(job_id)

    def _build(self, job_id: str) -> AnswerIndex:
        with closing(sqlite3.connect(self._path)) as connection:
            row = connection.execute(_LEARNED, (job_id,)).fetchone()
        return build_index([] if row is None else [(prompt, completion) for prompt, completion in json.loads(row[0])])
