"""The ends of a run: output that nobody reads, that is full or knows few characters; interrupts; errors as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ftspec.cli.main import cli
from ftspec.cli.views.human import HumanView
from ftspec.model.diagnostics import Diagnostic

FTSPEC = [sys.executable, "-W", "error", "-m", "ftspec"]
LARGE = ["schema", "FineTunedModel"]
INTERRUPTED = """
import os, signal, sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == MODULE:
            os.kill(os.getpid(), signal.SIGINT)
MODULE = sys.argv.pop(1)
sys.argv += ["schema", "Dataset"]
sys.meta_path.insert(0, Finder)
from ftspec.__main__ import main
main()
"""


def run(*arguments, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [*FTSPEC, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )


def invoke(*arguments):
    ran = CliRunner().invoke(cli, [*arguments])
    return ran.exit_code, json.loads(ran.stdout)


@pytest.mark.parametrize("arguments", [LARGE, ["--help"], ["--format", "json", "validate"]])
def test_a_full_device_is_an_error_in_one_line(arguments):
    with Path("/dev/full").open("wb") as full:
        ran = run(*arguments, stdout=full)
    assert ran.returncode == 1
    assert ran.stderr == b"error FT407: the output cannot be written: no space left on device\n"


@pytest.mark.parametrize("arguments", [LARGE, ["--help"], ["--format", "json", "validate"]])
def test_a_reader_who_has_gone_hears_nothing_more(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = run(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_characters_that_the_output_has_not_are_escaped(tmp_path):
    (tmp_path / "ftspec.yaml").write_text("apiVersion: ftspec/v1\nkind: Prüfung\n", encoding="utf-8")
    human = run("-C", str(tmp_path), "validate", PYTHONIOENCODING="ascii")
    assert human.returncode == 1
    assert rb"FT007: 'Pr\xfcfung' is not a kind" in human.stderr
    plain = run("-C", str(tmp_path), "--format", "json", "validate", PYTHONIOENCODING="ascii")
    assert plain.returncode == 1
    assert "FT007" in {found["code"] for found in json.loads(plain.stdout.decode("ascii"))["diagnostics"]}
    assert "'Prüfung' is not a kind" in {found["message"] for found in json.loads(plain.stdout)["diagnostics"]}


@pytest.mark.parametrize(
    ("module", "words"), [("ftspec.cli.main", ""), ("click", ""), ("ftspec.cli.commands", "interrupted\n")]
)
def test_an_interrupt_while_python_imports_ends_without_a_traceback(module, words):
    command = [sys.executable, "-c", INTERRUPTED, module]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", words)


def test_a_program_that_ignores_interrupts_goes_on_ignoring_them():
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "click"],
        capture_output=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        timeout=60,
    )
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["title"] == "Dataset"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan"], "FT005"),
        (["ask", "m", "p"], "FT005"),
        (["validate"], "FT005"),
        (["schema", "Nothing"], "FT403"),
        (["embedded", "sql", ""], "FT408"),
    ],
)
def test_an_error_is_a_document_of_diagnostics(tmp_path, arguments, code):
    exit_code, document = invoke("-C", str(tmp_path), "--format", "json", *arguments)
    assert exit_code == 1
    (found,) = document["diagnostics"]
    assert found.keys() == {"code", "message", "severity", "path", "span", "hint"}
    assert (found["code"], found["severity"]) == (code, "error")


@pytest.mark.parametrize(
    "arguments", [["--format", "json", "bogus"], ["plan", "--format=json", "--bogus"], ["--format", "json", "ask"]]
)
def test_a_wrong_use_is_a_document_too(arguments):
    ran = run(*arguments)
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert [found["code"] for found in json.loads(ran.stdout)["diagnostics"]] == ["FT400"]


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("finetunedmodel", "did you mean 'FineTunedModel'?"),
        ("x", "known are: Dataset, FineTunedModel, Manifest, Plan, Privileges, Project"),
    ],
)
def test_a_kind_that_is_not_known_is_told_with_those_that_are(kind, hint):
    exit_code, document = invoke("--format", "json", "schema", kind)
    assert (exit_code, document["diagnostics"][0]["hint"]) == (1, hint)


@pytest.mark.parametrize("arguments", [[], ["embedded"]])
def test_without_a_command_the_usage_is_shown(arguments):
    ran = run(*arguments)
    assert ran.returncode == 1
    assert ran.stderr.startswith(b"Usage: ftspec ")


def test_a_bug_is_a_document_too(monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("on purpose")

    monkeypatch.setattr("ftspec.cli.applying.run_plan", fail)
    exit_code, document = invoke("--format", "json", "plan")
    assert exit_code == 1
    assert document["diagnostics"][0]["message"] == "ftspec has a bug: RuntimeError: on purpose"


def test_without_colour_there_is_no_escape_sequence_at_all(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    for colour in (True, False):
        view = HumanView(colour=colour)
        view.show_validation((Diagnostic("FT001", "wrong"),), resources=0)
        view.show_rows(({"A": 1},))
        view.close()
        written = "".join(capsys.readouterr())
        assert ("\x1b" in written) == colour
