"""Variables of the command line that no manifest uses."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ftspec.cli.main import cli

PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: p}
spec:
  database: ML
  schema: "${place}"
  variables: {place: A}
  environments: {embedded: {connection: embedded}, prod: {connection: "${account}"}}
"""


@pytest.fixture
def validate(tmp_path):
    (tmp_path / "ftspec.yaml").write_text(PROJECT)

    def run(*arguments, **environment):
        return CliRunner(env=environment).invoke(cli, ["-C", str(tmp_path), "validate", *arguments])

    return run


@pytest.mark.parametrize(
    ("name", "hint"),
    [("plaec", "did you mean 'place'?"), ("company", "those used are account and place")],
)
def test_a_variable_that_nothing_uses_is_a_warning(validate, name, hint):
    ran = validate("--var", f"{name}=B", "--var", "place=C")
    assert ran.exit_code == 0
    assert ran.stderr == f"warning FT409: --var {name}: no manifest uses '${{{name}}}'\n  hint: {hint}\n"


def test_variables_that_any_environment_uses_and_those_of_the_process_are_none(validate):
    ran = validate("--var", "account=x", "--var", "place=B", FTSPEC_VAR_OTHER="1")
    assert (ran.exit_code, ran.stderr) == (0, "")


def test_nothing_is_said_of_it_beside_an_error(validate):
    ran = validate("--var", "other=1", "--var", "place=not a name")
    assert ran.exit_code == 1
    assert "FT409" not in ran.stderr
