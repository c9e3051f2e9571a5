"""The human form of the journal. Pure: rows to lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from ftspec.cli.views.plan_text import Line

_STYLES = {"done": "green", "failed": "red", "SUCCESS": "green", "ERROR": "red", "CANCELLED": "yellow"}


def history_lines(rows: Iterable[Mapping[str, object]]) -> Iterator[Line]:
    """Write each row of the journal as a line: when, in which run, what."""
    empty = True
    for row in rows:
        text = _tell(row)
        if text:
            empty = False
            when = f"{datetime.fromtimestamp(int(str(row['AT'])) / 1000, UTC):%Y-%m-%d %H:%M:%S}"
            yield Line(f"{when}  {row['RUN']}  {text}", _STYLES.get(str(row["STATE"]), ""), hang=31)
    if empty:
        yield Line("Nothing was applied yet.")


def _tell(row: Mapping[str, object]) -> str:
    """Say what a row tells; empty for those that are for programs only."""
    error = f": {row['ERROR']}" if row["ERROR"] else ""
    training = f"training of {row['RESOURCE']} as {row['MODEL']}"
    match row["EVENT"]:
        case "began":
            return f"apply by {row['USER_NAME']} as {row['ROLE_NAME']}: {row['DETAIL']}"
        case "submitted":
            return f"{training} submitted"
        case "started":
            return f"{training} started: job {row['JOB']}"
        case "ended":
            return f"{training} ended, {row['STATE']}{error}"
        case "finished":
            return f"{row['DETAIL'] or 'apply'} {row['STATE']}{error}"
        case "errand":
            return f"{row['DETAIL']} of {row['RESOURCE']} by {row['USER_NAME']} as {row['ROLE_NAME']}"
        case _:
            return ""
