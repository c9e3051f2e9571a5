"""A project on an embedded account, driven in this process: manifests as values, plans, applies, and SQL by hand."""

from __future__ import annotations

import json

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.apply import Pace
from ftspec.engine.choice import Run
from ftspec.model.plan import StepFinished


def document(kind, name, spec):
    """Write a document as its manifest does."""
    return {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


class EmbeddedProject:
    """A folder with an account of its own: a session of the project's role, and one of the administrator."""

    def __init__(self, folder, setup, *, role, database, schema, **settings):
        (folder / "setup.sql").write_text(setup)
        self.folder = folder
        environment = {"connection": "embedded", "role": role, "warehouse": "COMPUTE_WH", "setup": ["setup.sql"]}
        spec = {"database": database, "schema": schema, "environments": {"embedded": {**environment, **settings}}}
        self.project = document("Project", "bot", spec)
        self.load()
        self.session, self.admin = self.open(), self.open()
        self.admin.execute("USE ROLE ACCOUNTADMIN")

    def open(self):
        """Open a session of the project's role."""
        return open_session(self.loaded.project, self.folder, lambda _: None)

    def load(self, *documents):
        """Declare something, and nothing else."""
        (self.folder / "ftspec.yaml").write_text("\n---\n".join(map(json.dumps, (self.project, *documents))))
        files, _ = read_project(self.folder)
        self.loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
        assert not self.loaded.is_faulty, self.loaded.diagnostics

    def plan(self):
        """Plan what was declared last."""
        return operations.plan(self.loaded, self.session)

    def apply(self, watch=lambda: None):
        """Apply it, and give the plan that was applied; `watch` is called after every step."""
        planned = self.plan()

        def emit(event):
            if isinstance(event, StepFinished):
                watch()

        applied = operations.apply(self.loaded, planned, self.session, emit, Run("run", "test", Pace(parallelism=1)))
        assert not applied.failed, applied.outcomes
        return planned.plan

    def close(self):
        """End the sessions."""
        self.admin.close()
        self.session.close()
