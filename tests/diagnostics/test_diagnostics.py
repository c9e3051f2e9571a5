"""Every folder beside this file is a project with a fault, and `expected.txt` what is said about it.

`case.json`, where there is one, has the environment and the variables that the command line would give.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftspec import operations
from ftspec.backends.files import read_project, read_schemas
from ftspec.backends.rows import ProjectRows
from ftspec.cli.views.diagnostic import format_diagnostic

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/expected.txt"))


def collect(root, *, environment=None, variables=None):
    """Give every diagnostic that a project's files lead to."""
    files, unreadable = read_project(root)
    loaded = operations.load(
        files,
        read_schemas(),
        environment=environment,
        variables=variables or {},
        version="0.1.0",
        rows=ProjectRows(root),
    )
    return loaded.with_diagnostics(unreadable).diagnostics


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_about_a_project(case, update_golden, monkeypatch):
    monkeypatch.chdir(HERE / case)
    options = Path("case.json")
    given = json.loads(options.read_text(encoding="utf-8")) if options.exists() else {}
    said = "".join(f"{format_diagnostic(found)}\n" for found in collect(Path(), **given))
    expected = Path("expected.txt")
    if update_golden:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert case.partition("_")[0] in said


def test_every_code_of_files_has_a_case_and_a_row_in_the_documentation():
    table = (HERE.parent.parent / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    cases = {case.partition("_")[0] for case in CASES}
    documented = {row[2:7] for row in table.splitlines() if row.startswith("| FT")}
    assert {code for code in documented if code.startswith(("FT0", "FT1"))} == {
        code for code in cases if code.startswith(("FT0", "FT1"))
    }
    assert cases <= documented
