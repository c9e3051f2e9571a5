"""The public surface, what starting costs, and the rules of the house that no linter knows."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ftspec

PACKAGE = Path(ftspec.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in {"model", "resources", "planning"}]
HEAVY = {"snowflake", "rich", "sqlglot", "fakesnow", "duckdb", "starlette", "jsonschema", "deepdiff"}
SCRIPT = """
import json, sys
from ftspec.cli.main import main
sys.argv = ["ftspec", *sys.argv[1:]]
try:
    main()
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""
UNFIT = {"manager", "helper", "handler", "util", "utils", "helpers", "processor", "info"}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["-h"], ["plan", "--help"], ["embedded", "--help"]])
def test_telling_the_version_or_the_usage_imports_nothing_heavy(arguments):
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = set(json.loads(done.stderr))
    assert "click" in imported
    assert not imported & HEAVY
    assert done.stdout.startswith(("ftspec ", "Usage: ftspec "))


def test_importing_the_package_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import ftspec; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['ftspec']"


def test_all_that_is_public_is_there():
    assert len(ftspec.__all__) == len(set(ftspec.__all__))
    for name in ftspec.__all__:
        assert hasattr(ftspec, name)
    assert re.fullmatch(r"\d+\.\d+\.\d+", ftspec.__version__)


def relative(path):
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_and_functions_are_short_and_plainly_named(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert not UNFIT & set(path.stem.split("_"))
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 40, node.name
            assert not node.name.lstrip("_").startswith("get_"), node.name
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}
            assert not UNFIT & words, node.name


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_data_classes_of_the_core_are_frozen_and_have_slots(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            for call in node.decorator_list:
                if "dataclass" in ast.unparse(call):
                    given = {entry.arg for entry in call.keywords} if isinstance(call, ast.Call) else set()
                    assert {"frozen", "slots"} <= given, node.name
