"""Completion in shells: what is offered, how little is read for it, and the shells themselves where they are there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.workspace import REPOSITORY

from ftspec.cli.completion import SHELLS
from ftspec.cli.main import cli

HEAVY = {"snowflake", "rich", "sqlglot", "fakesnow", "duckdb", "starlette", "jsonschema", "deepdiff"}
SCRIPT = """
import json, sys
from ftspec.cli.main import main
sys.argv = ["ftspec"]
try:
    main()
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""
MANIFESTS = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: bot}
spec:
  database: ML
  schema: SUPPORT
  environments: {dev: {connection: embedded}, prod: {connection: ml_prod}, proof: {connection: other}}
---
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: train}
spec: {table: T}
---
apiVersion: ftspec/v1
kind: FineTunedModel
metadata: {name: llama}
spec: {base_model: llama3-8b, training_data: train}
---
apiVersion: ftspec/v1
kind: FineTunedModel
metadata: {name: alpaca}
spec: {base_model: llama3-8b, training_data: train}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    found = tmp_path_factory.mktemp("project")
    (found / "ftspec.yaml").write_text(MANIFESTS)
    (found / "broken.yaml").write_text("apiVersion: ftspec/v1\nkind: [")
    return found


def complete(folder, *words):
    """Ask as bash does: the last word is the one that is being typed."""
    asked = {
        "COMP_WORDS": " ".join(("ftspec", *words)),
        "COMP_CWORD": str(len(words)),
        "_FTSPEC_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    *said, imported = done.stderr.splitlines()
    assert said == []
    assert not HEAVY & set(json.loads(imported))
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["st"], ["status"]),
        (["imp"], ["import"]),
        (["--env", ""], ["dev", "prod", "proof"]),
        (["plan", "--env", "pro"], ["prod", "proof"]),
        (["status", ""], ["alpaca", "llama"]),
        (["ask", "l"], ["llama"]),
        (["wait", "llama", ""], ["alpaca"]),
        (["apply", "--target", ""], ["alpaca", "llama", "train"]),
        (["apply", "--allow", "de"], ["deletes"]),
        (["completion", ""], ["bash", "fish", "zsh"]),
        (["schema", "Pri"], ["Privileges"]),
        (["-C", ""], ["dir,"]),
        (["doctor", "--format", ""], ["human", "json"]),
        (["plan", "--format", ""], ["human", "json", "markdown"]),
        (["graph", "--format", ""], ["human", "json", "mermaid", "svg"]),
        (["validate", "--format", "s"], ["sarif"]),
        (["--format", "m"], ["markdown", "mermaid"]),
    ],
)
def test_what_is_offered(folder, words, offered):
    assert sorted(complete(folder, *words)) == offered


def test_help_names_the_formats_of_the_command():
    run = CliRunner()
    assert "--format [human|json] " in run.invoke(cli, ["status", "--help"]).output
    assert "--format [human|json|sarif] " in run.invoke(cli, ["validate", "--help"]).output
    assert "--format [human|json|markdown|mermaid|sarif|svg]" in run.invoke(cli, ["--help"]).output


def test_the_project_is_the_one_that_the_line_names(folder, tmp_path):
    assert complete(tmp_path, "status", "") == []
    assert sorted(complete(tmp_path, "-C", str(folder), "status", "")) == ["alpaca", "llama"]
    assert complete(tmp_path, "status", "-C", str(folder), "l") == ["llama"]
    assert complete(folder, "-C", str(tmp_path / "nowhere"), "status", "") == []


def source(shell):
    done = subprocess.run(
        [sys.executable, "-m", "ftspec", "completion", shell], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_this_program(shell):
    text = source(shell)
    assert f"_FTSPEC_COMPLETE={shell}_complete" in text
    found = shutil.which(shell)
    if found:
        read = subprocess.run([found, "-n"], input=text, capture_output=True, text=True, check=False)
        assert (read.returncode, read.stderr) == (0, "")


@pytest.fixture
def path(folder, tmp_path):
    """Give a PATH on which ftspec is, at work in the project."""
    program = tmp_path / "ftspec"
    program.write_text(
        f'#!/bin/sh\ncd "{folder}" && PYTHONPATH="{REPOSITORY}" exec "{sys.executable}" -m ftspec "$@"\n'
    )
    program.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def ask_shell(command, path):
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_with_the_script(path):
    asked = """
        source /dev/stdin <<< "$(ftspec completion bash)"
        COMP_WORDS=(ftspec rollback l); COMP_CWORD=2
        _ftspec_completion ftspec l rollback
        echo "${COMPREPLY[@]}"
        complete -p ftspec
    """
    told = ask_shell(["bash", "--norc", "-c", asked], path)
    assert told == ["llama", "complete -o nosort -F _ftspec_completion ftspec"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_fish_completes_with_the_script(path):
    asked = "ftspec completion fish | source; complete -C 'ftspec rollback l'; complete -C 'ftspec plan --env pr'"
    assert ask_shell(["fish", "--no-config", "-c", asked], path) == ["llama", "prod", "proof"]
