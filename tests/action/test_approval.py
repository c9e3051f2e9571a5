"""What counts as approved, and as grown: the figures hidden in the comment, and those of the plan after the merge."""

from __future__ import annotations

import importlib
import sys

import pytest
from support.workspace import REPOSITORY

COMMIT = "c" * 40
AUTHOR = "github-actions[bot]"


@pytest.fixture(scope="module")
def approval():
    before = list(sys.path)
    sys.path.insert(0, str(REPOSITORY / "action"))
    try:
        return importlib.import_module("approval")
    finally:
        sys.path[:] = before


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ((1000, 2.0, ("billed",)), []),
        ((1100, 2.2, ("billed",)), []),
        ((0, 0.0, ()), []),
        ((1101, 2.0, ("billed",)), ["it trains 1,101 tokens, and 1,000 were approved"]),
        ((1000, 2.3, ("billed",)), ["it takes 2.30 credits, and 2.00 were approved"]),
        ((1000, None, ("billed",)), []),
        ((10, 0.0, ("billed", "deletes")), ["the hazard deletes was not in the approved plan"]),
    ],
)
def test_growth_is_more_than_a_tenth_or_any_new_hazard(approval, now, told):
    approved = approval.Figures(1000, 2.0, ("billed",))
    assert list(approval.find_growth(approved, approval.Figures(*now), 10)) == told


def test_without_a_pull_request_what_costs_nothing_is_approved(approval):
    assert not list(approval.find_growth(approval.NOTHING, approval.Figures(), 10))
    assert list(approval.find_growth(approval.NOTHING, approval.Figures(1, None, ("billed",)), 10)) == [
        "the hazard billed was not in the approved plan",
        "it trains 1 tokens, and 0 were approved",
    ]


def comment(approval, figures, *, head=COMMIT, author=AUTHOR, before="", behind=""):
    marker = approval.write_marker("a --> b", "prod")
    body = f"{before}{marker}\n{approval.write_hidden_figures(figures, head)}\nwords\n{behind}"
    return marker, {"id": 1, "user": {"login": author}, "body": body}


def test_figures_are_read_as_they_were_written(approval):
    figures = approval.Figures(32046, 0.1, ("billed", "revokes"))
    marker, found = comment(approval, figures)
    assert "-->" not in marker.removesuffix("-->")
    found = {**found, "body": found["body"].replace("\n", "\r\n")}  # as GitHub's page saves it
    gone = {**found, "user": None}  # whoever wrote it has no account any more
    assert approval.find_comment([gone, found], marker, AUTHOR) is found
    assert approval.read_approved(found, COMMIT) == (figures, "")


def test_only_the_comment_of_the_action_counts_and_only_the_line_that_it_wrote(approval):
    figures = approval.Figures(10**9, None, ("billed",))
    marker, found = comment(approval, figures, author="somebody")
    assert approval.find_comment([found], marker, AUTHOR) is None
    marker, found = comment(approval, figures, before="> ")
    assert approval.find_comment([found], marker, AUTHOR) is None
    hidden = approval.write_hidden_figures(figures, COMMIT)
    forged = {"user": {"login": AUTHOR}, "body": f"{marker}\n\n### ftspec\n{hidden}\n"}
    assert approval.read_approved(forged, COMMIT)[0] is None


def test_a_plan_of_another_commit_is_not_approved(approval):
    _, found = comment(approval, approval.Figures(1, 0.0, ()), head="d" * 40)
    approved, why = approval.read_approved(found, COMMIT)
    assert approved is None
    assert why == "the plan on the pull request is of dddddddddddd, and cccccccccccc was merged"
    assert approval.read_approved(None, COMMIT)[0] is None
