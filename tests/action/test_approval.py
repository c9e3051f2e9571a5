"""What counts as approved, and as grown: the figures hidden in the comment, and those of the plan after the merge."""

from __future__ import annotations

import importlib
import sys

import pytest
from support.workspace import REPOSITORY

from ftspec.cli.views.plan_markdown import LIMIT

COMMIT = "c" * 40
AUTHOR = "github-actions[bot]"


TRAINS = ("billed", "model a")


def load(name):
    before = list(sys.path)
    sys.path.insert(0, str(REPOSITORY / "action"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:] = before


@pytest.fixture(scope="module")
def approval():
    return load("approval")


@pytest.mark.parametrize(
    ("code", "document", "ended"),
    [
        (0, {"summary": {}}, 0),
        (1, {"plan": {"summary": {}}}, 1),
        (2, {"plan": {"summary": {}}}, 0),
        (3, {"plan": {"summary": {}}}, 0),
        (130, {"plan": {"summary": {}}}, 130),
        (-9, {"summary": {}}, -9),
        (0, {"diagnostics": []}, 0),
        (1, {"diagnostics": []}, 1),
    ],
)
def test_a_step_succeeds_where_the_run_did(code, document, ended):
    assert load("run").Ran(code, document, "").ended == ended


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ((1000, 2.0, (TRAINS,)), []),
        ((1100, 2.2, (TRAINS,)), []),
        ((0, 0.0, ()), []),
        ((1101, 2.0, (TRAINS,)), ["it trains 1,101 tokens, and 1,000 were approved"]),
        ((1000, 2.3, (TRAINS,)), ["it takes 2.30 credits, and 2.00 were approved"]),
        ((1000, None, (TRAINS,)), []),
        (
            (10, 0.0, (("deletes", "model b"), ("deletes", "model c"), ("deletes", "model old"))),
            ["the hazard deletes was not approved for model b, model c"],
        ),
        ((10, 0.0, (("revokes", "model a"),)), ["the hazard revokes was not approved for model a"]),
    ],
)
def test_growth_is_more_than_a_tenth_or_any_new_hazard(approval, now, told):
    approved = approval.Figures(1000, 2.0, (TRAINS, ("deletes", "model old")))
    assert list(approval.find_growth(approved, approval.Figures(*now), 10)) == told


def test_without_a_pull_request_what_costs_nothing_is_approved(approval):
    assert not list(approval.find_growth(approval.NOTHING, approval.Figures(), 10))
    assert list(approval.find_growth(approval.NOTHING, approval.Figures(1, None, (TRAINS,)), 10)) == [
        "the hazard billed was not approved for model a",
        "it trains 1 tokens, and 0 were approved",
    ]


def comment(approval, figures, *, head=COMMIT, author=AUTHOR, before="", behind=""):
    marker = approval.write_marker("a --> b", "prod")
    body = f"{before}{marker}\n{approval.write_hidden_figures(figures, head)}\nwords\n{behind}"
    return marker, {"id": 1, "user": {"login": author}, "body": body}


def test_figures_are_read_as_they_were_written(approval):
    pairs = (("deletes", "model --> b"), ("deletes", "model old"), ("revokes", "privileges app"))
    figures = approval.Figures(32046, 0.1, pairs)
    assert "-->" not in approval.write_hidden_figures(figures, COMMIT).removesuffix("-->")
    marker, found = comment(approval, figures)
    assert "-->" not in marker.removesuffix("-->")
    found = {**found, "body": found["body"].replace("\n", "\r\n")}  # as GitHub's page saves it
    gone = {**found, "user": None}  # whoever wrote it has no account any more
    assert approval.find_own([gone, found], marker, AUTHOR) is found
    assert approval.read_approved(found, COMMIT) == (figures, "")


def test_figures_name_the_resources_of_each_hazard(approval):
    one, other = ({"kind": "model", "name": name} for name in "ab")
    steps = [
        {"address": other, "hazards": ["billed", "inference"]},
        {"address": one, "hazards": ["billed"]},
        {"address": one, "hazards": ["billed"]},
    ]
    summary = {"trained_tokens": 5, "credits": 0.0, "credit_rates_unknown": []}
    figures = approval.read_figures({"summary": summary, "steps": steps})
    pairs = (("billed", "model a"), ("billed", "model b"), ("inference", "model b"))
    assert figures == approval.Figures(5, 0.0, pairs)
    hidden = approval.write_hidden_figures(figures, COMMIT)
    assert '"hazards": {"billed": ["model a"], "billed inference": ["model b"]}' in hidden


def test_a_comment_has_room_for_the_figures_of_many_resources(approval):
    pairs = sorted((hazard, f"model support_bot_{number}") for number in range(150) for hazard in ("billed", "revokes"))
    _, found = comment(approval, approval.Figures(10**9, 10.5, tuple(pairs)))
    assert len(found["body"]) + LIMIT <= load("run").LONGEST


def test_only_the_comment_of_the_action_counts_and_only_the_line_that_it_wrote(approval):
    figures = approval.Figures(10**9, None, (TRAINS,))
    marker, found = comment(approval, figures, author="somebody")
    assert approval.find_own([found], marker, AUTHOR) is None
    marker, found = comment(approval, figures, before="> ")
    assert approval.find_own([found], marker, AUTHOR) is None
    hidden = approval.write_hidden_figures(figures, COMMIT)
    forged = {"user": {"login": AUTHOR}, "body": f"{marker}\n\n### ftspec\n{hidden}\n"}
    assert approval.read_approved(forged, COMMIT)[0] is None


def test_a_plan_of_another_commit_is_not_approved(approval):
    _, found = comment(approval, approval.Figures(1, 0.0, ()), head="d" * 40)
    approved, why = approval.read_approved(found, COMMIT)
    assert approved is None
    assert why == "the plan on the pull request is of dddddddddddd, and cccccccccccc was merged"
    assert approval.read_approved(None, COMMIT)[0] is None
