"""Time a dataset that starts as a file: checked, loaded into the embedded Snowflake, and not loaded again.

    python benchmarks/files.py [ROWS]

Prints seconds, and the CPU and largest memory of ftspec's own process, for JSONL and CSV files of 150,000 pairs (by
default). What the server takes for PUT and COPY INTO, and for other ways to load, is measured by loading.py.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 150_000
PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: files}
spec:
  database: ML
  schema: SUPPORT
  environments:
    embedded: {connection: embedded, setup: [setup.sql]}
"""
DATASET = "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {{name: pairs}}\nspec: {{file: {name}}}\n"
# Runs the command line and prints what its process used, which a parent would only know of all together.
CHILD = """\
import resource, sys
from ftspec.__main__ import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("used", used.ru_maxrss // 1024, used.ru_utime + used.ru_stime, file=sys.stderr)
"""


def write_file(path: Path, count: int) -> None:
    """Write pairs with quotes, commas, line breaks and letters beyond ASCII in them."""
    pairs = (
        (f'How do I reset the "device" {at}?', f"Hold button {at % 9},\nfor ten seconds: öffnen.")
        for at in range(count)
    )
    with path.open("w", encoding="utf-8", newline="") as lines:
        if path.suffix == ".csv":
            csv.writer(lines).writerows([("prompt", "completion"), *pairs])
        else:
            lines.writelines(
                json.dumps({"prompt": prompt, "completion": completion}, ensure_ascii=False) + "\n"
                for prompt, completion in pairs
            )


def run(folder: Path, what: str, *arguments: str) -> None:
    """Run ftspec as a process of its own, and print what it took."""
    began = time.perf_counter()
    command = [sys.executable, "-c", CHILD, "-C", str(folder), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    _, memory, computed = next(line for line in ran.stderr.splitlines() if line.startswith("used ")).split()
    print(f"{what:<42} {took:6.2f} s  {float(computed):6.2f} s of CPU  {memory:>5} MB")
    if ran.returncode != 0:
        sys.exit(ran.stdout + ran.stderr)


def main() -> None:
    """Load a file of each format, and load it again."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{count:,} rows")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "ftspec.yaml").write_text(PROJECT, encoding="utf-8")
        (folder / "setup.sql").write_text("CREATE DATABASE ML;\nCREATE SCHEMA ML.SUPPORT;\n", encoding="utf-8")
        run(folder, "ftspec plan, no dataset (the floor)", "plan")
        for file in ("pairs.jsonl", "pairs.csv"):
            write_file(folder / file, count)
            (folder / "data.yaml").write_text(DATASET.format(name=file), encoding="utf-8")
            print(f"{file}, {(folder / file).stat().st_size / 1e6:.1f} MB")
            run(folder, "  ftspec validate: every line checked", "validate")
            run(
                folder,
                "  ftspec apply: loaded" if file == "pairs.jsonl" else "  ftspec apply: the same rows",
                "apply",
                "--auto-approve",
            )
            run(folder, "  ftspec plan: nothing to do", "plan")
        write_file(folder / "pairs.csv", count + 1)
        run(folder, "  ftspec apply: one row more, loaded", "apply", "--auto-approve")


if __name__ == "__main__":
    main()
