"""The workflow that `ftspec init` writes: GitHub takes it, and its jobs bring a pull request to an apply.

Each job is played in a checkout of its own, step after step; nobody asks for an identity, and the account is embedded.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tomllib

import pytest
import snowflake.connector
import yaml
from support.action_step import ACTION, Runner
from support.github_stand_in import REPOSITORY as NAME
from support.github_stand_in import serve_github
from support.workspace import Workspace
from wire.project import write_connections

from ftspec.emulator.launch import Account, attach

ACCOUNT = ("--connection", "it's mine", "--warehouse", "COMPUTE_WH")
FOLDERS = ["models", ".", "a+b/it's [one]: #2"]
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
IS_CHANGED = re.compile(r"steps\.(\w+)\.outputs\.has-changes == 'true'")
CHANGES = {"pull_request", "push"}
AT_NIGHT = {"schedule", "workflow_dispatch"}
USE = "USAGE ON MODEL ML.MODELS.MY_MODEL"
IS_AT_NIGHT = "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'"
IS_MERGED = "github.event_name == 'push' && github.ref_name == github.event.repository.default_branch"


class Play:
    """A repository with a new project and its workflow, and what GitHub does with it."""

    def __init__(self, place, github, folder, *options):
        self.place, self.github, self.played = place, github, 0
        self.root = place / "repository"
        self.root.mkdir()
        self.git("init", "--quiet", "--initial-branch", "trunk")
        made = Workspace(self.root / folder).run("init", "--workflow", *options)
        assert made.code == 0, made.err
        self.text = (self.root / ".github" / "workflows" / "ftspec.yml").read_text()
        self.workflow = yaml.safe_load(self.text)
        self.git("add", ".")
        self.git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Begin")
        self.commit = self.git("rev-parse", "HEAD")

    def git(self, *arguments):
        command = ["git", "-c", "commit.gpgsign=false", *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout.strip()

    def job(self, name, event_name, event, monkeypatch, on_connection=None):
        """Play a job in a checkout of its own; give how each step of the action ended, and the checkout."""
        self.played += 1
        checkout, temporary = (self.place / f"{self.played} {kind}" for kind in ("checkout", "temporary"))
        self.git("clone", "--quiet", str(self.root), str(checkout))
        runner, outputs, ended = Runner(checkout, temporary, self.github), {}, []
        known = {"runner.temp": str(temporary)}
        for step in self.workflow["jobs"][name]["steps"]:
            changed = IS_CHANGED.fullmatch(step.get("if", ""))
            assert changed or "if" not in step
            if changed and outputs[changed[1]]["has-changes"] != "true":
                continue
            if "run" in step:
                home = write_home(step, known, temporary)
                monkeypatch.setenv("SNOWFLAKE_HOME", str(home))
                on_connection(home)
            elif step["uses"].startswith("example/ftspec@"):
                given = {key.replace("-", "_"): fill(value, known) for key, value in step["with"].items()}
                given = {key: value for key, value in given.items() if not key.startswith("oidc_")}
                ended.append(runner.run(event_name, event, self.commit, **given))
                assert ended[-1].code == 0, ended[-1].log
                outputs[step.get("id")] = ended[-1].outputs
                known |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in ended[-1].outputs.items()}
        return ended, checkout


def fill(text, known):
    return EXPRESSION.sub(lambda found: known[found[1]], text)


def write_home(step, known, temporary):
    """Run the step that writes the connection; give the folder that it names to the steps behind it."""
    variables = temporary / "variables"
    given = {name: fill(value, known) for name, value in step["env"].items()}
    environment = {**os.environ, **given, "RUNNER_TEMP": str(temporary), "GITHUB_ENV": str(variables)}
    subprocess.run(["bash", "-e", "-c", step["run"]], check=True, env=environment, cwd=temporary)
    name, _, home = variables.read_text().strip().partition("=")
    assert name == "SNOWFLAKE_HOME"
    return temporary / home


@pytest.fixture
def github():
    with serve_github() as made:
        yield made


@pytest.mark.parametrize("options", [(), ACCOUNT], ids=["embedded", "account"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_github_takes_it_and_the_action_has_its_inputs(tmp_path, github, folder, options):
    play = Play(tmp_path, github, folder, *options)
    path = play.root / ".github" / "workflows" / "ftspec.yml"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    triggers = play.workflow[True]  # YAML 1.1 takes `on` for true
    inside = {"models": "models/**", "a+b/it's [one]: #2": r"a\+b/it's \[one\]: #2/**"}
    wanted = None if folder == "." else [inside[folder], ".github/workflows/ftspec.yml"]
    assert {event: (entry or {}).get("paths") for event, entry in triggers.items() if event in CHANGES} == {
        "pull_request": wanted,
        "push": wanted,
    }
    assert triggers.keys() - CHANGES == (AT_NIGHT if options else set())
    assert play.workflow["permissions"] == {"contents": "read"}
    environments = yaml.safe_load((play.root / folder / "ftspec.yaml").read_text())["spec"]["environments"]
    for job in play.workflow["jobs"].values():
        given = [step["with"] for step in job["steps"] if step.get("uses", "").startswith("example/ftspec@")]
        assert given
        for inputs in given:
            assert inputs.keys() <= ACTION["inputs"].keys()
            assert inputs["directory"] == folder
            assert environments[inputs["environment"]]["connection"] == ("it's mine" if options else "embedded")
            assert (inputs.get("embedded") == "true") == (not options)
            identity = job["permissions"].get("id-token") if "permissions" in job else None
            assert ("oidc-token-file" in inputs) == (identity == "write")


def run_statement(account, statement):
    with snowflake.connector.connect(**account.parameters()) as connection:
        connection.cursor().execute(statement)


def follow(play, github, monkeypatch, on_connection=None):
    """Plan a pull request, merge it, and apply what was merged."""
    pull = {"number": 12, "head": {"sha": play.commit, "repo": {"full_name": NAME}}}
    (planned,), _ = play.job("plan", "pull_request", {"pull_request": pull}, monkeypatch, on_connection)
    assert planned.outputs["has-changes"] == "true"
    (comment,) = github.comments
    assert "my_model" in comment["body"]
    assert play.workflow["jobs"]["apply"]["if"] == IS_MERGED
    github.pulls[play.commit] = [{**pull, "merged_at": "2026-11-01T10:00:00Z", "merge_commit_sha": play.commit}]
    (again, applied), checkout = play.job("apply", "push", {}, monkeypatch, on_connection)
    assert again.outputs["hazards"] == planned.outputs["hazards"] == "billed"
    assert "nothing is left" in applied.summary
    return checkout


def test_a_pull_request_is_planned_and_its_merge_applied_on_the_embedded_snowflake(tmp_path, github, monkeypatch):
    play = Play(tmp_path, github, "models")
    checkout = follow(play, github, monkeypatch)
    assert [job["status"] for job in Workspace(checkout / "models").jobs()] == ["SUCCESS"]


def test_with_an_account_each_job_writes_its_connection_for_its_owner_alone(tmp_path, github, monkeypatch):
    play = Play(tmp_path, github, "models", *ACCOUNT)
    folder = play.root / "models"
    setup = tuple(folder / name for name in ("setup.sql", "examples.csv", "grants.sql"))
    users = []
    with attach(Account(tmp_path / "account", "ML", "MODELS", setup, 0.3), idle_seconds=0.1) as account:

        def on_connection(home):
            path = home / "connections.toml"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            (connection,) = (written := tomllib.loads(path.read_text())).values()
            assert list(written) == ["it's mine"]
            assert connection["token_file_path"] == f"{home.parent}/snowflake.token"
            users.append(connection["user"])
            given = {key: value for key, value in account.parameters().items() if key not in {"database", "schema"}}
            write_connections(home, {json.dumps("it's mine"): given})

        assert [one.code for one in play.job("validate", "pull_request", {}, monkeypatch)[0]] == [0]
        follow(play, github, monkeypatch, on_connection)
        planned, _ = play.job("apply", "push", {}, monkeypatch, on_connection)
        assert [one.outputs["has-changes"] for one in planned] == ["false"]

        assert play.workflow["jobs"]["drift"]["if"] == IS_AT_NIGHT
        found = []
        for change in (f"REVOKE {USE} FROM ROLE MY_APP", f"GRANT {USE} TO ROLE MY_APP"):
            run_statement(account, change)
            (looked,), _ = play.job("drift", "schedule", {}, monkeypatch, on_connection)
            found.append(looked.outputs["has-changes"])
        assert (found, [issue["state"] for issue in github.issues]) == (["true", "false"], ["closed"])
    assert users == [f"GITHUB_FTSPEC_{kind}" for kind in ("PLAN", "APPLY", "APPLY", "PLAN", "PLAN")]


def test_without_a_repository_or_over_a_file_nothing_is_written(tmp_path):
    workspace = Workspace(tmp_path / "new")
    refused = workspace.run("init", "--workflow")
    assert (refused.code, "error FT441" in refused.err) == (1, True)
    assert "hint: run git init first" in refused.err
    assert list(tmp_path.iterdir()) == []

    path = tmp_path / ".github" / "workflows" / "ftspec.yml"
    path.parent.mkdir(parents=True)
    (tmp_path / ".git").write_text("gitdir: elsewhere")  # as in a worktree
    path.write_text("name: mine\n")
    refused = workspace.run("init", "--workflow")
    assert (refused.code, "error FT406" in refused.err) == (1, True)
    assert "hint: leave --workflow out" in refused.err
    assert path.read_text() == "name: mine\n"
    assert not workspace.folder.exists()
    assert workspace.run("init").code == 0
