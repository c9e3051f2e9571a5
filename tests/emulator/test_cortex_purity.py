"""The service is pure: it imports nothing with a clock, a file or chance, and hashing order never shows."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftspec.emulator import cortex

MODULES = sorted(Path(cortex.__file__).parent.glob("*.py"))
ALLOWED = {
    "__future__",
    "collections",
    "csv",
    "dataclasses",
    "enum",
    "ftspec",
    "functools",
    "io",  # a buffer for csv
    "itertools",
    "json",
    "jsonschema",
    "math",
    "re",
    "referencing",
    "types",
    "typing",
    "zlib",
}
PROGRAM = """
import json
from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.inference import answer, build_index
from ftspec.emulator.cortex.training import train
rows = [(f"what is thing {n % 37} of kind {n % 11}", f"answer {n} to {n * 7919 % 101}") for n in range(300)]
training = train(rows, None, base_model=BASE_MODELS["llama3-8b"], max_epochs=2)
index = build_index(rows)
print(json.dumps(training.to_dict()), [answer(index, f"thing {n} kind", 50) for n in range(40)])
"""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_only_what_is_pure(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | {node.module or "" for node in froms}
    assert {name.split(".")[0] for name in names} <= ALLOWED


def test_the_same_input_gives_the_same_bytes_whatever_the_hash_seed():
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
