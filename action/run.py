"""The step of the GitHub Action: run ftspec, and tell of it where people look.

    python run.py

reads the inputs of action.yml from INPUT_*, and what the runner says of the job from GITHUB_*. Standard library only:
it runs ftspec as a program of its own, and reads its JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from approval import (
    NOTHING,
    Figures,
    find_growth,
    find_own,
    read_approved,
    read_figures,
    write_hidden_figures,
    write_marker,
)
from github import ForbiddenError, Repository, open_repository
from identity import keep_token
from workflow import (
    Inputs,
    annotate,
    fence,
    list_diagnostics,
    read_event,
    read_inputs,
    tell_error,
    write_outputs,
    write_summary,
)

Plain = Mapping[str, Any]
LABEL = "ftspec-drift"
LOCKED = "FT501"
"""What a plan says while somebody holds the lock."""
_PLAN = "### ftspec plan: "
_WELL = frozenset({0, 2, 3})
LONGEST = 65_536
"""Characters of a comment or issue that GitHub takes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run of ftspec ended: its exit code, its JSON, and what people read of it."""

    code: int
    document: Plain
    markdown: str

    @property
    def plan(self) -> Plain | None:
        """Give the plan, where the run came to one."""
        plan: Plain | None = self.document.get("plan", self.document)
        return plan if plan is not None and "summary" in plan else None

    @property
    def ended(self) -> int:
        """Give the exit code of the step: that there are changes, or that jobs still train, is no failure."""
        return 0 if self.code in _WELL else self.code


def main() -> int:
    """Run the step, and give its exit code."""
    inputs = read_inputs()
    with keep_token(inputs.token_file, inputs.audience):
        ran = _COMMANDS[inputs.command](inputs)
    plan = ran.plan
    figures = NOTHING if plan is None else read_figures(plan)
    annotate(_find_diagnostics(ran), inputs.directory)
    write_summary(ran.markdown)
    write_outputs(_outputs(inputs, ran, figures))
    if inputs.command == "drift":
        _keep_issue(inputs, ran)
        return 0 if plan is not None else 1
    if inputs.command == "plan":
        _comment(inputs, ran, figures)
    if inputs.approved and plan is not None and not _is_approved(inputs, figures):
        return 1
    return ran.ended


def _find_diagnostics(ran: Ran) -> list[Plain]:
    """Find all that is told: what a plan says, too, stands at lines of manifests."""
    plan = ran.plan
    return list(ran.document.get("diagnostics", [])) if plan is None else list(plan["diagnostics"])


def _outputs(inputs: Inputs, ran: Ran, figures: Figures) -> dict[str, str]:
    drifts = inputs.command == "drift" and ran.plan is not None and _has_drift(ran.plan)
    changes = drifts or (ran.plan is not None and ran.plan["summary"]["has_changes"])
    saved = inputs.command == "plan" and Path(inputs.plan_file).exists()
    return {
        "has-changes": str(changes).lower(),
        "tokens": str(figures.tokens),
        "credits": "" if figures.credits is None else f"{figures.credits:.6g}",
        "hazards": ",".join(sorted({hazard for hazard, _ in figures.hazards})),
        "plan-file": inputs.plan_file if saved else "",
        "exit-code": str(ran.code),
    }


# ftspec


def _validate(inputs: Inputs) -> Ran:
    code, document = _run_json(inputs, "validate")
    return _told(inputs, code, document)


def _plan(inputs: Inputs) -> Ran:
    """Plan once: people read what is printed, the figures are those of the saved plan."""
    saved = Path(inputs.plan_file)
    saved.unlink(missing_ok=True)
    code, markdown = _run(inputs, "markdown", "plan", "--out", inputs.plan_file, *inputs.arguments)
    if saved.exists():
        return Ran(code, json.loads(saved.read_text(encoding="utf-8")), markdown)
    code, document = _run_json(inputs, "plan")  # a fault, or a plan beyond its limits, which is not saved
    return Ran(code, document, markdown) if "summary" in document else _told(inputs, code, document)


def _drift(inputs: Inputs) -> Ran:
    code, document = _run_json(inputs, "plan", "--drift")
    if "summary" not in document:
        return _told(inputs, code, document)
    if not _has_drift(document):
        return Ran(code, document, f"{_head(inputs)}\n\nNothing that was applied has moved by hand.")
    again, markdown = _run(inputs, "markdown", "plan", "--drift", *inputs.arguments)
    # Without a plan it is told why there is none: no issue is made of that.
    return Ran(code, document, markdown) if markdown.startswith(_PLAN) else Ran(again or 1, {}, markdown)


def _apply(inputs: Inputs) -> Ran:
    given = (inputs.plan_file,) if inputs.plan_file else ("--auto-approve",)
    code, document = _run_json(inputs, "apply", *given)
    if "plan" not in document:
        return _told(inputs, code, document)
    titles = {step["id"]: step["title"] for step in document["plan"]["steps"]}
    lines = [f"{found['outcome']}: {titles.get(step, step)}" for step, found in document["outcomes"].items()]
    lines += [f"  {found['error']}" for found in document["outcomes"].values() if found.get("error")]
    left = document["after"]["summary"]["has_changes"]
    lines.append("left over: plan again" if left else "nothing is left")
    return Ran(code, document, "\n\n".join([_head(inputs), fence("\n".join(lines))]))


def _head(inputs: Inputs) -> str:
    return f"### ftspec {inputs.command}: {inputs.place}"


def _told(inputs: Inputs, code: int, document: Plain) -> Ran:
    """Give what was found, where a run came to no plan."""
    found = document["diagnostics"]
    return Ran(code, document, f"{_head(inputs)}\n\n{fence(list_diagnostics(found)) if found else 'Nothing is wrong.'}")


_COMMANDS = {"validate": _validate, "plan": _plan, "drift": _drift, "apply": _apply}


def _run_json(inputs: Inputs, *arguments: str) -> tuple[int, Plain]:
    code, text = _run(inputs, "json", *arguments, *inputs.arguments)
    try:
        document: Plain = json.loads(text)
    except ValueError:
        tell_error(f"ftspec ended with exit code {code} and said nothing that can be read")
        sys.exit(1)
    return code, document


def _run(inputs: Inputs, form: str, *arguments: str) -> tuple[int, str]:
    """Run ftspec; what it tells meanwhile goes into the log at once."""
    environment = ("--env", inputs.environment) if inputs.environment else ()
    command = [sys.executable, "-m", "ftspec", "-C", inputs.directory, *environment, "--format", form, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)  # noqa: S603 - this program
    return done.returncode, done.stdout


# The pull request


def _comment(inputs: Inputs, ran: Ran, figures: Figures) -> None:
    """Write the plan on the pull request, or bring the comment that is there up to date."""
    pull = read_event().get("pull_request")
    if pull is None:
        return
    marker = write_marker(inputs.directory, inputs.environment)
    hidden = write_hidden_figures(figures, pull["head"]["sha"]) if ran.plan is not None else ""
    body = _fit(f"{marker}\n{hidden}\n", ran.markdown)
    try:
        repository = _open(inputs)
        comment = find_own(repository.list_comments(pull["number"]), marker, inputs.author)
        if comment is None:
            repository.create_comment(pull["number"], body)
        else:
            repository.update_comment(comment["id"], body)
    except ForbiddenError as error:
        print(f"no comment on the pull request, the plan is in the summary: {error}")


def _fit(head: str, markdown: str) -> str:
    """Put what people read below a head, or where to find it when it is longer than GitHub takes."""
    if len(head) + len(markdown) <= LONGEST:
        return head + markdown
    server, repository, run = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    place = f"{server}/{repository}/actions/runs/{run}"
    return f"{head}It is too long for this place: [the run]({place}) has it in its summary."


def _open(inputs: Inputs) -> Repository:
    if not inputs.token:
        message = "there is no token"
        raise ForbiddenError(message)
    return open_repository(inputs.token)


def _is_approved(inputs: Inputs, figures: Figures) -> bool:
    """Tell whether a plan takes no more than what was approved with the pull request that was merged."""
    try:
        approved, why = _find_approved(inputs)
    except ForbiddenError as error:
        approved, why = None, str(error)
    if approved is None:
        print(f"nothing counts as approved: {why}")
    grown = list(find_growth(approved or NOTHING, figures, inputs.growth))
    for words in grown:
        tell_error(f"the plan has grown: {words}{f' ({why})' if why else ''}")
    if grown:
        write_summary("**Stopped**: the plan takes more than what was approved.\n\n" + fence("\n".join(grown)))
    return not grown


def _find_approved(inputs: Inputs) -> tuple[Figures | None, str]:
    repository, commit = _open(inputs), os.environ["GITHUB_SHA"]
    merged = [pull for pull in repository.list_pulls(commit) if pull["merged_at"]]
    if not merged:
        return None, f"{commit[:12]} came with no pull request"
    pull = next((one for one in merged if one["merge_commit_sha"] == commit), merged[0])
    marker = write_marker(inputs.directory, inputs.environment)
    comment = find_own(repository.list_comments(pull["number"]), marker, inputs.author)
    return read_approved(comment, pull["head"]["sha"])


# Drift


def _has_drift(document: Plain) -> bool:
    return bool(document["summary"]["has_changes"] or document["summary"]["actions"].get("blocked"))


def _keep_issue(inputs: Inputs, ran: Ran) -> None:
    """Keep one open issue while something has moved by hand, and close it when that is over."""
    if ran.plan is None:
        return
    if any(found["code"] == LOCKED for found in ran.plan["diagnostics"]):
        print("no issue is kept: an apply is running, and its work may be half done")
        return
    marker = write_marker(inputs.directory, inputs.environment)
    head = f"{marker}\nWhat was applied has moved by hand in {inputs.place}. `ftspec apply` brings it back.\n\n"
    body = _fit(head, ran.markdown)
    try:
        repository = _open(inputs)
        issue = find_own(repository.list_open_issues(LABEL), marker, inputs.author)
        if _has_drift(ran.document) and issue is None:
            repository.create_issue(f"ftspec: drift in {inputs.place}", body, LABEL)
        elif _has_drift(ran.document) and issue is not None and issue["body"] != body:
            repository.update_issue(issue["number"], body=body)
        elif not _has_drift(ran.document) and issue is not None:
            repository.create_comment(issue["number"], "It is as it was applied again.")
            repository.update_issue(issue["number"], state="closed")
    except ForbiddenError as error:
        print(f"no issue is kept, the drift is in the summary: {error}")


if __name__ == "__main__":
    sys.exit(main())
