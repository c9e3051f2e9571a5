"""What people see on a terminal of sixty columns, with and without colours, and of what they see less when quiet."""

from __future__ import annotations

import re
import time

import pytest

from ftspec.cli.views.human import HumanView
from ftspec.engine.access import ModelAccess
from ftspec.engine.doctor import Condition, Finding
from ftspec.model.address import Address, ObjectName
from ftspec.model.diagnostics import Diagnostic, Span
from ftspec.model.plan import Done, Execute, Failed, LoadFile, StepFinished, StepProgressed, StepStarted

WIDTH = 60
APP, PAIRS = Address("privileges", "app"), Address("dataset", "pairs")
STEP = Execute(id="g", address=APP, title="grant USAGE on model ML.SUPPORT.LLAMA to role SUPPORT_APP", sql=())
LOAD = LoadFile(id="l", address=PAIRS, title="load", path="pairs.csv", sha256="", prompt="", completion="", sql=())


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(WIDTH))


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("colour", [True, False])
def test_a_diagnostic_is_broken_between_words_and_indented(colour, capsys):
    message = "the training data does not compile as the service will run it"
    found = (
        Diagnostic("FT001", "short"),
        Diagnostic("FT220", message, span=Span("m.yaml", 9, 17)),
        Diagnostic("FT002", "x", hint="a " * 40),
    )
    HumanView(colour=colour).show_diagnostics(found)
    lines = plain(capsys.readouterr().err).splitlines()
    assert lines == [
        "error FT001: short",
        "m.yaml:9:17: error FT220: the training data does not compile",
        "  as the service will run it",
        "error FT002: x",
        f"  hint:{' a' * 26}",
        f"       {' a' * 14}",
    ]


@pytest.mark.usefixtures("terminal")
def test_only_what_is_wrong_is_red_not_how_to_repair_it(capsys):
    HumanView().show_diagnostics((Diagnostic("FT001", "wrong", hint="write it right"),))
    assert capsys.readouterr().err == "\x1b[31merror FT001: wrong\x1b[0m\n  hint: write it right\n"


@pytest.mark.usefixtures("terminal")
def test_a_step_that_is_done_is_broken_between_words(capsys):
    HumanView(colour=False).show_event(StepFinished(STEP, Done(), 0.0))
    assert capsys.readouterr().err.splitlines() == [
        "done: grant USAGE on model ML.SUPPORT.LLAMA to role",
        "      SUPPORT_APP",
    ]


@pytest.mark.parametrize(("outcome", "told"), [(Done(), ""), (Failed("no"), f"failed: {STEP.title}: no\n")])
def test_a_quiet_run_tells_of_what_fails_alone(outcome, told, capsys):
    HumanView(quiet=True).show_event(StepFinished(STEP, outcome, 0.0))
    assert capsys.readouterr().err == told


@pytest.mark.usefixtures("terminal")
def test_the_text_of_findings_stays_in_its_column(capsys):
    findings = (
        Finding(Condition.OK, "USAGE on database ML", "directly, to train llama and zebra and kangaroo"),
        Finding(Condition.NOTE, "place", "nowhere", "go there"),
    )
    HumanView(colour=False).show_findings(findings)
    assert capsys.readouterr().out.splitlines() == [
        "ok       USAGE on database ML  directly, to train llama and",
        "                               zebra and kangaroo",
        "note     place                 nowhere",
        "         hint: go there",
    ]


@pytest.mark.usefixtures("terminal")
def test_the_text_of_findings_has_lines_of_its_own_where_its_column_would_be_narrow(capsys):
    subject = "CREATE MODEL on schema ML.SUPPORT_OF_ALL"
    findings = (
        Finding(Condition.OK, subject, "directly, to train llama and zebra and kangaroo"),
        Finding(Condition.NOTE, "place", "nowhere", "go there"),
    )
    HumanView(colour=False).show_findings(findings)
    assert capsys.readouterr().out.splitlines() == [
        f"ok       {subject}",
        "           directly, to train llama and zebra and kangaroo",
        "note     place",
        "           nowhere",
        "         hint: go there",
    ]


def test_the_text_of_findings_stays_in_its_column_in_a_log(capsys):
    HumanView().show_findings((Finding(Condition.OK, "x" * 70, "directly"),))
    assert capsys.readouterr().out == f"ok       {'x' * 70}  directly\n"


@pytest.mark.usefixtures("terminal")
def test_nobody_is_said_below_whom_it_is_about(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    HumanView(colour=False).show_access((ModelAccess(Address("model", "a"), ObjectName("ML", "S", "A"), (), (), ()),))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["    call    nobody of those that are", "            declared"]


@pytest.mark.usefixtures("terminal")
def test_an_upload_has_a_bar_on_a_terminal(capsys):
    view = HumanView()
    view.show_event(StepStarted(LOAD))
    for status, share in (("packing pairs.csv", 0.25), ("uploading, 3.0 MB", None), ("packing pairs.csv", 0.5)):
        view.show_event(StepProgressed(LOAD, status, share, 1.0))
        time.sleep(0.2)  # rich draws ten times a second
    view.show_event(StepFinished(LOAD, Done(), 1.0))
    view.close()
    written = plain(capsys.readouterr().err)
    drawn = [part for part in re.split(r"[\r\n]", written) if part.strip()]
    assert any("25%" in part and "packing pairs.csv" in part for part in drawn)
    assert any("%" not in part and "uploading, 3.0 MB" in part for part in drawn)
    assert any("50%" in part for part in drawn)
    assert written.endswith("done: load\n")


def test_an_upload_is_a_line_elsewhere(capsys):
    view = HumanView()
    view.show_event(StepStarted(LOAD))
    for share, elapsed in ((0.0, 0.1), (0.9, 1.0), (None, 31.0), (None, 40.0)):
        view.show_event(StepProgressed(LOAD, "packing" if share is not None else "uploading, 3.0 MB", share, elapsed))
    view.show_event(StepFinished(LOAD, Done(), 41.0))
    assert capsys.readouterr().err.splitlines() == ["load ...", "  uploading, 3.0 MB, 31 s", "done: load"]


def test_a_quiet_upload_says_nothing(capsys):
    view = HumanView(quiet=True)
    for event in (StepStarted(LOAD), StepProgressed(LOAD, "packing", 0.5, 31.0), StepFinished(LOAD, Done(), 32.0)):
        view.show_event(event)
    assert capsys.readouterr().err == ""


def test_what_is_said_steers_no_terminal(capsys):
    found = Diagnostic("FT001", "a\x1b[31m\nPlan: 0 to create", hint="b\x1b[1A\nc")
    view = HumanView()
    view.show_diagnostics((found,))
    view.show_message("wrote \x1b[2J")
    view.show_rows(({"A": "x\x1b[31m"},))
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        r"error FT001: a\u{1b}[31m",
        "  Plan: 0 to create",
        r"  hint: b\u{1b}[1A",
        "        c",
        r"wrote \u{1b}[2J",
    ]
    assert told.out.split() == ["A", r"x\u{1b}[31m"]
