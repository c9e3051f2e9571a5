"""Make the quickstart's tables from the docstrings of Python's standard library.

    python3.11 make_data.py [FOLDER]

writes training_dataset.csv (QUESTION, ANSWER) and validation_dataset.csv (PROMPT, RESPONSE) beside this script,
or into FOLDER. A training row asks what a function does; its answer is the first paragraph of the function's
docstring. A validation row asks about one training row in nine in other words, so that it shows whether the model
knows the answer however it is asked. Nothing is random: one Python version gives the same bytes every time. The
files in the repository come from Python 3.11.
"""

from __future__ import annotations

import csv
import inspect
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Modules and classes whose docstrings are short, are the same on every platform, and rarely change.
SOURCES = (
    "base64",
    "bisect",
    "builtins.dict",
    "builtins.list",
    "builtins.set",
    "builtins.str",
    "calendar",
    "collections.Counter",
    "collections.deque",
    "copy",
    "difflib",
    "filecmp",
    "fnmatch",
    "fractions.Fraction",
    "functools",
    "glob",
    "graphlib.TopologicalSorter",
    "heapq",
    "hmac",
    "html",
    "json",
    "math",
    "pathlib.Path",
    "pathlib.PurePath",
    "posixpath",
    "pprint",
    "queue.Queue",
    "random.Random",
    "re",
    "secrets",
    "shlex",
    "shutil",
    "statistics",
    "tempfile",
    "textwrap",
    "threading.Event",
    "threading.Thread",
    "timeit",
    "tokenize",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "zipfile.ZipFile",
)
SHOWN_AS = {"posixpath": "os.path"}  # os.path itself is another module on Windows
SHORTEST, LONGEST = 15, 320  # characters of an answer
ONE_IN = 9
HERE = Path(__file__).parent


def read_facts() -> list[tuple[str, str]]:
    """Read (qualified name, first paragraph) of every function that documents itself, each answer once."""
    facts: dict[str, str] = {}
    for source in SOURCES:
        for name, answer in _read_source(source):
            facts.setdefault(answer, name)
    return sorted((name, answer) for answer, name in facts.items())


def _read_source(source: str) -> Iterator[tuple[str, str]]:
    home = pkgutil.resolve_name(source)
    for name in sorted(vars(home)):
        thing = getattr(home, name)
        ours = not inspect.ismodule(home) or getattr(thing, "__module__", None) in {source, "_" + source}
        if name.startswith("_") or not ours or not inspect.isroutine(thing):
            continue
        answer = _first_paragraph(inspect.getdoc(thing) or "")
        if _is_plain(answer, name):
            yield f"{SHOWN_AS.get(source, source.removeprefix('builtins.'))}.{name}", answer


def _first_paragraph(docstring: str) -> str:
    return " ".join(docstring.split("\n\n", 1)[0].split())


def _is_plain(answer: str, name: str) -> bool:
    """Tell whether an answer is a sentence: not a call signature, not an example, not too long."""
    signature = answer.startswith(f"{name}(") or "->" in answer or ">>>" in answer or f".{name}(" in answer
    sentence = answer.isascii() and answer[:1].isupper() and not answer.endswith(":")
    return sentence and not signature and SHORTEST <= len(answer) <= LONGEST


def _write(path: Path, header: tuple[str, str], rows: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main(folder: Path) -> None:
    """Write both tables into a folder."""
    facts = read_facts()
    training = [(f"What does {name} do?", answer) for name, answer in facts]
    validation = [(f"Tell me the purpose of {name}", answer) for name, answer in facts[::ONE_IN]]
    _write(folder / "training_dataset.csv", ("QUESTION", "ANSWER"), training)
    _write(folder / "validation_dataset.csv", ("PROMPT", "RESPONSE"), validation)
    print(f"{len(training)} training rows, {len(validation)} validation rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
