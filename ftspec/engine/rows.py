"""The port to the files of the repository whose rows are loaded, and what sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ftspec.engine.measuring import measure_rows
from ftspec.engine.session import Session, SessionError
from ftspec.engine.statement import Outputs, Sender, send_step
from ftspec.model.plan import Confirm, Done, Execute, Failed, LoadFile, Measure, Outcome
from ftspec.resources.materialized.steps import FILE
from ftspec.resources.rows import RowFile, RowSource
from ftspec.resources.sql import bind

Tell = Callable[[str, float | None], None]
"""Is told what is done with a file, and how much of it is: a share, None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Written:
    """Rows as they are uploaded: a file on this machine, and the SHA-256 of the bytes that they were read from."""

    path: str
    sha256: str
    bytes: int


class Rows(Protocol):
    """The rows of the project's files."""

    def read(self, sources: Iterable[RowSource]) -> tuple[RowFile, ...]:
        """Check every line of some files, and count; what is wrong in one is in its faults."""

    def write(self, source: RowSource, tell: Callable[[float], None]) -> AbstractContextManager[Written]:
        """Write the rows of a file for the upload, for as long as that takes; OSError, ValueError where that fails.

        `tell` is told the share that is written.
        """


class NoRows:
    """The rows of a project without files."""

    def read(self, sources: Iterable[RowSource]) -> tuple[RowFile, ...]:
        """Read nothing."""
        del sources
        return ()

    def write(self, source: RowSource, tell: Callable[[float], None]) -> AbstractContextManager[Written]:
        """Refuse to write what was never read."""
        del tell
        raise ValueError(f"{source.path!r} is no file of this project")


def send_file(sender: Sender, session: Session, rows: Rows, step: LoadFile, tell: Tell) -> Outcome:
    """Upload the rows of a file; nothing is uploaded when it is not the one that was planned.

    Of the upload itself nobody knows how far it has come: it is one PUT, which the driver ends before it says anything
    (Snowflake: PUT; the 5.x driver has no callback, and the one of 4.x is not documented).
    """
    try:
        source = RowSource(step.path, step.prompt, step.completion)
        with rows.write(source, lambda share: tell(f"packing {step.path}", share)) as written:
            if written.sha256 != step.sha256:
                return Failed(f"{step.path!r} has changed since it was planned: plan again")
            tell(f"uploading {step.path}, {_write_size(written.bytes)}", None)
            sql = bind(step.sql, {(step.id, FILE): written.path})
            return send_step(
                sender, session, Execute(id=step.id, address=step.address, title=step.title, sql=(sql,)), {}
            )
    except (OSError, ValueError) as error:
        return Failed(f"{step.path!r} cannot be uploaded: {error}")


def _write_size(count: int) -> str:
    return f"{count / _MEGA:.1f} MB" if count >= _MEGA / 10 else f"{count:,} bytes"


_MEGA = 1_000_000


def send_any(
    sender: Sender,
    session: Session,
    rows: Rows,
    step: Execute | Measure | LoadFile | Confirm,
    outputs: Outputs,
    tell: Tell,
) -> Outcome:
    """Send what a step sends."""
    match step:
        case Execute():
            return send_step(sender, session, step, outputs)
        case Measure():
            return measure_rows(session, step)
        case LoadFile():
            return send_file(sender, session, rows, step, tell)
        case Confirm():
            return confirm(session, step)


def confirm(session: Session, step: Confirm) -> Outcome:
    """Read the row of a step, and compare."""
    try:
        found = session.execute(step.sql)
    except SessionError as error:
        return Failed(str(error), error.query_id)
    values = tuple(str(value) for value in found[0].values()) if found else ()
    return Done() if values == step.expected else Failed(step.otherwise)
