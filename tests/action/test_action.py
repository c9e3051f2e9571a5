"""The action: what it tells of faulty manifests, where, and what it does without a token. All of it offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import yaml
from support.action_step import ACTION, Runner
from support.github_stand_in import REPOSITORY as NAME
from support.github_stand_in import serve_github
from support.workspace import REPOSITORY

FAULTY = REPOSITORY / "tests" / "diagnostics" / "FT012_out_of_range"
PULL = {"pull_request": {"number": 12, "head": {"sha": "a" * 40, "repo": {"full_name": NAME}}}}


@pytest.fixture
def github():
    with serve_github() as made:
        yield made


@pytest.fixture
def runner(tmp_path, github):
    shutil.copytree(FAULTY, tmp_path / "checkout" / "a, b")
    return Runner(tmp_path / "checkout", tmp_path / "temporary", github)


def test_every_input_reaches_the_step_and_every_output_comes_from_it():
    install, run = ACTION["runs"]["steps"]
    used = json.dumps(install["env"]) + json.dumps(run["env"])
    assert all(f"inputs.{name}" in used for name in ACTION["inputs"])
    assert {entry["value"] for entry in ACTION["outputs"].values()} == {
        f"${{{{ steps.run.outputs.{name} }}}}" for name in ACTION["outputs"]
    }


def test_faults_are_told_at_their_lines_and_nothing_is_said_on_the_pull_request(runner, github):
    ran = runner.run("pull_request", PULL, command="validate", directory="a, b")
    assert ran.code == 1
    assert (
        "::error file=a%2C b/models.yaml,line=13,col=17,title=ftspec FT012::"
        "'max_epochs' is 11, wanted 1 to 10%0Ahint: for example max_epochs: 3"
    ) in ran.annotations
    assert "models.yaml:13:17: error FT012: 'max_epochs' is 11" in ran.summary
    assert ran.outputs == {
        "has-changes": "false",
        "tokens": "0",
        "credits": "0",
        "hazards": "",
        "plan-file": "",
        "exit-code": "1",
    }
    assert not github.requests


def test_one_comment_is_kept_for_each_project_and_environment(runner, github):
    github.comments += [{"id": 1, "issue": 12, "user": {"login": "somebody"}, "body": "hello"} for _ in range(100)]
    ran = runner.run("pull_request", PULL, directory="a, b", environment="dev")
    assert ran.code == 1
    runner.run("pull_request", PULL, directory="a, b", environment="prod")
    mine = [comment for comment in github.comments if comment["user"]["login"] != "somebody"]
    assert len(mine) == 2
    assert all("error FT012" in comment["body"] for comment in mine)
    assert all("ftspec-figures" not in comment["body"] for comment in mine)

    (runner.checkout / "a, b" / "models.yaml").write_text("apiVersion: ftspec/v1\nkind: Wrong\n")
    runner.run("pull_request", PULL, directory="a, b", environment="dev")
    assert len(github.comments) == 102
    assert "FT007" in mine[0]["body"]
    assert "FT007" not in mine[1]["body"]


@pytest.mark.parametrize("token", ["", "t0ken"])
def test_a_pull_request_from_a_fork_has_its_plan_in_the_summary(runner, github, token):
    github.refuses_writes = True
    ran = runner.run("pull_request", PULL, directory="a, b", token=token)
    assert ran.code == 1  # of the manifests
    assert "no comment on the pull request, the plan is in the summary" in ran.log
    assert "Traceback" not in ran.log
    assert "error FT012" in ran.summary
    assert not github.comments
    (runner.checkout / "a, b" / "models.yaml").unlink()
    assert runner.run("pull_request", PULL, directory="a, b", token=token, command="validate").code == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"command": "destroy"}, "it is one of validate, plan, apply and drift"),
        ({"command": "apply", "approved": "true"}, "approved goes with the command plan"),
        ({"oidc_token_file": "token"}, "id-token: write"),
        ({"args": "--nonsense", "directory": "a, b"}, "No such option"),
    ],
)
def test_wrong_uses_are_told(runner, given, told):
    ran = runner.run("push", {}, **given)
    assert ran.code == 1
    assert told in ran.log
    assert "Traceback" not in ran.log


def test_the_workflows_of_the_example_and_the_action_have_the_shape_that_github_takes():
    workflows = sorted((REPOSITORY / "examples" / "gitops" / ".github" / "workflows").glob("*.yml"))
    assert [path.stem for path in workflows] == ["apply", "drift", "plan"]
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for name, paths in (("github-workflows", workflows), ("github-actions", [REPOSITORY / "action.yml"])):
        done = subprocess.run([*check, f"vendor.{name}", *paths], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    for path in workflows:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        assert workflow["concurrency"]["cancel-in-progress"] == (path.stem == "plan")
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("example/ftspec@"):
                    assert step["with"].keys() <= ACTION["inputs"].keys()
                    assert ("oidc-token-file" in step["with"]) == (
                        job.get("permissions", {}).get("id-token") == "write"
                    )
