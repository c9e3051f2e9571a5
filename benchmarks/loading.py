"""Time loading rows into the embedded Snowflake: PUT and COPY INTO against array binding, in one run.

    python benchmarks/loading.py [ROWS]

Prints seconds and the server's largest memory for 150,000 pairs of a prompt and a completion (by default).
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from snowflake.connector import connect
from snowflake.connector.cursor import SnowflakeCursor

from ftspec.emulator.launch import Account, attach

ROWS = 150_000


def build_rows(count: int) -> list[tuple[int, str, str]]:
    """Build rows of a number, a prompt and a completion."""
    return [
        (at, f"How do I reset the device number {at}?", f"Hold button {at % 9} for ten seconds.") for at in range(count)
    ]


def time_it(what: str, action: Callable[[], object]) -> None:
    """Print how long an action takes."""
    began = time.perf_counter()
    action()
    print(f"{what:<42} {time.perf_counter() - began:6.2f} s")


def load(cursor: SnowflakeCursor, rows: list[tuple[int, str, str]], folder: Path) -> None:
    """Load the same rows in each way, and count them."""
    for table in ("BY_CSV", "BY_JSON", "BY_BINDING"):
        cursor.execute(f"CREATE TABLE {table} (ID INT, PROMPT VARCHAR, COMPLETION VARCHAR)")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(rows)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as lines:
        for at, prompt, completion in rows:
            lines.write(json.dumps({"id": at, "prompt": prompt, "completion": completion}) + "\n")
    time_it("PUT of CSV (gzip)", lambda: cursor.execute(f"PUT 'file://{folder}/rows.csv' @~"))
    quoted = "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"
    time_it("COPY INTO from CSV", lambda: cursor.execute(f"COPY INTO BY_CSV FROM @~/rows.csv {quoted}"))
    time_it("PUT of NDJSON (gzip)", lambda: cursor.execute(f"PUT 'file://{folder}/rows.jsonl' @~"))
    named = "FILE_FORMAT = (TYPE = JSON) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
    time_it("COPY INTO from NDJSON", lambda: cursor.execute(f"COPY INTO BY_JSON FROM @~/rows.jsonl {named}"))
    time_it(
        "array binding (executemany with ?)",
        lambda: cursor.executemany("INSERT INTO BY_BINDING VALUES (?, ?, ?)", rows),
    )
    for table in ("BY_CSV", "BY_JSON", "BY_BINDING"):
        found = cursor.execute(f"SELECT COUNT(*), COUNT(DISTINCT ID), MAX(PROMPT) FROM {table}").fetchone()
        assert found == (len(rows), len(rows), max(row[1] for row in rows)), (table, found)


def read_peak(folder: Path) -> str:
    """Read the server's largest memory, where the system tells it."""
    process = json.loads((folder / "server.json").read_text(encoding="utf-8"))["pid"]
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return "unknown"
    return next(line.split(":")[1].strip() for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def main() -> None:
    """Serve an empty account, and load into it."""
    rows = build_rows(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    print(f"{len(rows):,} rows")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        account = Account(folder / "account", None, None)
        with attach(account, idle_seconds=0.2) as attached:
            parameters = {**attached.parameters(), "paramstyle": "qmark"}
            with connect(**parameters) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE LOADING")
                print(f"{'memory of the server before':<42} {read_peak(account.folder)}")
                load(cursor, rows, folder)
                print(f"{'memory of the server at its most':<42} {read_peak(account.folder)}")


if __name__ == "__main__":
    main()
