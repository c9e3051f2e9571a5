"""The store of training jobs, and of the pairs that each of them learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ftspec.emulator.catalog import Catalog
from ftspec.emulator.cortex.jobs import Job, read_job
from ftspec.emulator.cortex.training import Pair


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

    def read_pairs(self, job_id: str) -> tuple[Pair, ...]:
        """Read what a job learnt."""
        row = self._connection.execute("SELECT body FROM learned WHERE job = ?", (job_id,)).fetchone()
        return () if row is None else tuple((prompt, completion) for prompt, completion in json.loads(row[0]))

    def forget_pairs(self, kept: Sequence[str]) -> None:
        """Forget what was learnt by ended jobs other than those of models that still exist."""
        marks = ",".join("?" * len(kept))
        self._connection.execute(
            f"DELETE FROM learned WHERE job NOT IN ({marks}) AND job IN (SELECT id FROM jobs WHERE ended = 1)",
            tuple(kept),
        )
