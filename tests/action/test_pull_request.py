"""A pull request played through: planned, merged, planned again and compared, applied; drift, an issue, its end.

The repository is that of examples/gitops, with its own workflows' inputs; only the environment is the embedded one, and
nobody asks for an identity.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from support.action_step import Runner, read_inputs
from support.github_stand_in import REPOSITORY as NAME
from support.github_stand_in import serve_github
from support.workspace import REPOSITORY, Workspace, copy_project, normalise

from ftspec import __version__, operations
from ftspec.backends.connection import open_session
from ftspec.backends.files import read_project, read_schemas
from ftspec.engine.choice import Run

GITOPS = REPOSITORY / "examples" / "gitops"
WORKFLOWS = GITOPS / ".github" / "workflows"
MORE = """INSERT INTO ML.ANSWERS.QUESTIONS
    SELECT QUESTION || ' ' || SEQ.N, ANSWER FROM ML.ANSWERS.QUESTIONS,
    (SELECT 1 AS N UNION ALL SELECT 2 UNION ALL SELECT 3) AS SEQ"""


class Play:
    """The repository, its runner, and the account that it declares."""

    def __init__(self, folder, github):
        self.checkout = folder / "checkout"
        shutil.copytree(GITOPS, self.checkout, ignore=shutil.ignore_patterns("expected"))
        self.workspace = Workspace(self.checkout / "models")
        self.runner = Runner(self.checkout, folder / "temporary", github)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("What is there")

    def git(self, *arguments):
        command = [
            "git",
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
            *arguments,
        ]
        done = subprocess.run(command, cwd=self.checkout, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message):
        self.git("add", ".", ":!models/.ftspec")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def step(self, workflow, job, event_name, event, commit="0" * 40, **more):
        """Run the action as a job of a workflow does."""
        given = {**read_inputs(WORKFLOWS / f"{workflow}.yml", job), **more}
        given = {name: value for name, value in given.items() if not name.startswith("oidc_")}
        return self.runner.run(event_name, event, commit, **{**given, "environment": "embedded"})


@pytest.fixture
def github():
    with serve_github() as made:
        yield made


def test_a_pull_request_from_plan_to_drift(tmp_path, github, update_golden):
    play = Play(tmp_path, github)
    assert play.workspace.run("apply", "--auto-approve").code == 0

    # A pull request trains the model longer.
    play.git("switch", "--quiet", "--create", "longer")
    manifest = play.checkout / "models" / "models.yaml"
    manifest.write_text(manifest.read_text().replace("max_epochs: 2", "max_epochs: 3"))
    head = play.commit("Train for three epochs")
    pull = {"number": 12, "head": {"sha": head, "repo": {"full_name": NAME}}}
    ran = play.step("plan", "plan", "pull_request", {"pull_request": pull})
    assert ran.code == 0, ran.log
    assert (ran.outputs["has-changes"], ran.outputs["hazards"]) == ("true", "billed,inference")
    (comment,) = github.comments
    assert comment["issue"] == 12
    check_golden(comment["body"].replace(head, "HEAD"), update_golden=update_golden)
    assert re.findall(r"::(\w+) file=models/models.yaml,line=\d+", ran.log) == []

    # It is merged; meanwhile somebody has loaded more rows, which nobody approved.
    play.git("switch", "--quiet", "main")
    play.git("merge", "--quiet", "--no-ff", "-m", "Merge", "longer")
    merged = play.git("rev-parse", "HEAD")
    github.pulls[merged] = [{**pull, "merged_at": "2026-11-01T10:00:00Z", "merge_commit_sha": merged}]
    play.workspace.sql(MORE)
    ran = play.step("apply", "plan", "push", {}, merged)
    assert ran.code == 1
    (grown,) = [line for line in ran.annotations if "the plan has grown" in line]
    assert re.search(r"it trains [\d,]+ tokens, and [\d,]+ were approved", grown)
    assert "**Stopped**" in ran.summary
    play.workspace.sql("DELETE FROM ML.ANSWERS.QUESTIONS WHERE QUESTION LIKE '%? %'")
    ran = play.step("apply", "plan", "push", {}, merged)
    assert ran.code == 0, ran.log

    # The very plan is applied, behind the protected environment.
    ran = play.step("apply", "apply", "push", {}, merged, plan_file=ran.outputs["plan-file"])
    assert ran.code == 0, ran.log
    assert "nothing is left" in ran.summary
    assert len(play.workspace.jobs()) == 2

    # A grant is taken away by hand: the nightly check opens an issue, once, and closes it when it is repaired.
    assert play.step("drift", "drift", "schedule", {}).outputs["has-changes"] == "false"
    assert not github.issues
    play.workspace.sql("REVOKE USAGE ON MODEL ML.ANSWERS.ANSWERS FROM ROLE WEBSITE")
    for _ in range(2):
        ran = play.step("drift", "drift", "schedule", {})
        assert (ran.code, ran.outputs["has-changes"]) == (0, "true"), ran.log
    (issue,) = github.issues
    assert issue["title"] == "ftspec: drift in models, environment embedded"
    assert (issue["state"], issue["labels"]) == ("open", ["ftspec-drift"])
    assert "USAGE on model ML.ANSWERS.ANSWERS" in issue["body"]
    assert play.workspace.run("apply", "--auto-approve").code == 0
    assert play.step("drift", "drift", "schedule", {}).code == 0
    assert issue["state"] == "closed"
    assert github.comments[-1]["issue"] == issue["number"]
    assert "PATCH /repos/example/models/issues/100" in github.requests


def test_work_that_is_half_done_is_no_drift_and_issues_of_others_are_left_alone(tmp_path, github):
    play = Play(tmp_path, github)
    assert play.workspace.run("apply", "--auto-approve").code == 0
    play.workspace.sql("REVOKE USAGE ON MODEL ML.ANSWERS.ANSWERS FROM ROLE WEBSITE")
    marker = '<!-- ftspec {"directory": "models", "environment": "embedded"} -->'
    theirs = {"number": 7, "state": "open", "user": {"login": "somebody"}, "labels": ["ftspec-drift"], "body": marker}
    github.issues.append(dict(theirs))
    with hold_lock(play.workspace):
        ran = play.step("drift", "drift", "schedule", {})
    assert (ran.code, ran.outputs["has-changes"]) == (0, "true"), ran.log
    assert "no issue is kept: an apply is running" in ran.log
    assert github.issues == [theirs]
    assert play.step("drift", "drift", "schedule", {}).code == 0
    assert github.issues[0] == theirs
    assert [issue["user"]["login"] for issue in github.issues] == ["somebody", "github-actions[bot]"]


@contextmanager
def hold_lock(workspace):
    """Hold the lock as an apply does."""
    files, _ = read_project(workspace.folder)
    loaded = operations.load(files, read_schemas(), environment="embedded", variables={}, version=__version__)
    assert loaded.project is not None
    session = open_session(loaded.project, workspace.folder)
    try:
        with operations.exclude_others(loaded, session, Run("cafe", "ann@build")):
            yield
    finally:
        session.close()


def check_golden(text, *, update_golden):
    path = REPOSITORY / "tests" / "action" / "expected" / "comment.md"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(normalise(text))
    assert normalise(text) == path.read_text()


def test_the_example_plans_as_expected(tmp_path, update_golden):
    workspace = copy_project(GITOPS / "models", tmp_path / "models")
    ran = workspace.run("plan")
    assert ran.code == 0, ran.out + ran.err
    path = GITOPS / "expected" / "embedded.txt"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(normalise(ran.out))
    assert normalise(ran.out) == path.read_text()
