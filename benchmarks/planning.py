"""Time a plan over ten datasets, and measure what it takes of the client, for few rows and for many.

    python benchmarks/planning.py [ROWS]

Every dataset has ROWS rows (150,000 by default) and a model that is to be trained, validated on the next dataset.
Prints seconds, the statements that each dataset took, and the largest memory of the client, which does not depend on
rows: they stay in Snowflake. The client is a process of its own; so is the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, DATASETS = 150_000, 10
BASE_MODEL = "llama3-8b"
PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: bench}
spec:
  database: ML
  schema: S
  environments:
    embedded: {connection: embedded, role: ACCOUNTADMIN, warehouse: COMPUTE_WH, setup: [setup.sql]}
"""
DATASET = "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {{name: d{n}}}\nspec: {{table: PAIRS_{n}}}\n---\n"
MODEL = (
    "apiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {{name: m{n}}}\n"
    "spec: {{base_model: {base}, training_data: d{n}, validation_data: d{next}, options: {{max_epochs: 1}}}}\n---\n"
)
TABLE = """\
CREATE TABLE PAIRS_{n} AS SELECT 'How do I reset the device number ' || (N * 7 + {n}) || '?' AS PROMPT,
  'Hold button ' || (N % 9) || ' for ' || N || ' seconds, then let it go and wait for the light.' AS COMPLETION
  FROM (SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => {rows})));
"""


def write_project(folder: Path, rows: int) -> None:
    """Write a project of ten datasets, each with a model."""
    numbers = range(DATASETS)
    tables = "".join(TABLE.format(n=n, rows=rows) for n in numbers)
    models = "".join(MODEL.format(n=n, next=(n + 1) % DATASETS, base=BASE_MODEL) for n in numbers)
    (folder / "ftspec.yaml").write_text(PROJECT)
    (folder / "setup.sql").write_text(f"CREATE DATABASE ML;\nCREATE SCHEMA ML.S;\nUSE SCHEMA ML.S;\n{tables}")
    (folder / "models.yaml").write_text("".join(DATASET.format(n=n) for n in numbers) + models.removesuffix("---\n"))


def run_client(folder: Path, *command: str) -> tuple[float, int, str]:
    """Run ftspec as a process of its own; give seconds, its largest memory in KiB, and what it printed."""
    began = time.perf_counter()
    printed = folder / "out.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "ftspec", "-C", str(folder), *command], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        message = f"ftspec {' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}"
        raise SystemExit(message)
    return time.perf_counter() - began, usage.ru_maxrss, printed.read_text()


def read_log(folder: Path) -> list[str]:
    """Read the statements that the server was sent."""
    log = (folder / ".ftspec" / "embedded" / "log.jsonl").read_text().splitlines()
    return [str(json.loads(line)["sql"]) for line in log]


def measure(rows: int) -> None:
    """Plan once, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, rows)
        run_client(folder, "embedded", "sql", "SELECT 1")  # makes the account
        before = len(read_log(folder))
        seconds, memory, printed = run_client(folder, "--format", "json", "plan")
        changes = json.loads(printed)["changes"]
        profiled = [figures["profile"]["rows"] for change in changes for figures in change["figures"]]
        if profiled != [rows] * DATASETS * 2:
            message = f"not every dataset was profiled: {profiled}"
            raise SystemExit(message)
        each = sum("ML.S.PAIRS_" in text for text in read_log(folder)[before:]) / DATASETS
        taken = f"{seconds:6.2f} s, {each:g} statements each, client at most {memory / 1024:6.1f} MiB"
        print(f"{DATASETS} datasets of {rows:>7,} rows: {taken}")


def main() -> None:
    """Measure with few rows, then with many."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for count in (rows // 100, rows):
        measure(count)


if __name__ == "__main__":
    main()
