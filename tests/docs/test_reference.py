"""The generated pages are current, and what is written by hand names all that there is."""

from __future__ import annotations

import ast
import importlib
import re

import pytest
from click.testing import CliRunner
from support.workspace import REPOSITORY

from ftspec.cli.main import cli
from ftspec.cli.run import Exit

DOCS = REPOSITORY / "docs"
CODE = re.compile(r"FT\d{3}")


def test_generated_pages_are_current(update_golden, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    generator = importlib.import_module("generate")
    if update_golden:
        generator.main()
    written = {path: (DOCS / path).read_text(encoding="utf-8") for path in generator.write_pages()}
    assert written == generator.write_pages()
    assert {path.name for path in (DOCS / "reference").iterdir()} == {path.split("/")[1] for path in written}


@pytest.mark.parametrize("group", [["--help"], ["embedded", "--help"]])
def test_what_a_command_does_fits_into_a_line_of_the_help(group):
    told = CliRunner().invoke(cli, group, terminal_width=80).output
    assert "Commands:" in told
    assert "..." not in told.partition("Commands:")[2]


def test_the_exit_codes_that_the_help_tells_are_those_there_are():
    told = re.findall(r"^  (\d+) ", (DOCS / "reference" / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in told] == [int(code) for code in Exit]


def test_every_code_of_the_program_has_one_row_among_the_diagnostics_and_every_row_a_code():
    used = set()
    for path in (REPOSITORY / "ftspec").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used |= set(CODE.findall(node.value))
    rows = (DOCS / "diagnostics.md").read_text(encoding="utf-8").splitlines()
    told = [row[2:7] for row in rows if row.startswith("| FT")]
    assert sorted(told) == sorted(used)
