from __future__ import annotations

import pytest

from ftspec.model.change import Action, Cost
from ftspec.model.diagnostics import Diagnostic, Severity, Span, has_errors, sort_diagnostics


@pytest.mark.parametrize("action", Action)
def test_everything_but_nothing_and_blocked_is_a_change(action):
    assert action.is_change == (action.value not in {"no-op", "blocked"})


def test_trained_tokens_are_those_of_every_pass():
    assert Cost(rows=412, tokens=38204, epochs=3).trained_tokens == 114612


def test_a_diagnostic_keeps_its_first_place():
    found = Diagnostic("FT010", "wrong")
    here, there = Span("a.yaml", 3, 1), Span("b.yaml", 1, 1)
    assert found.at(None) is found
    assert found.at(here).span == here
    assert found.at(here).at(there).span == here
    assert str(here) == "a.yaml:3:1"


def test_only_errors_are_errors():
    warning, note = (Diagnostic("FT1", "m", severity) for severity in (Severity.WARNING, Severity.NOTE))
    assert not has_errors((warning, note))
    assert has_errors((warning, Diagnostic("FT1", "m")))
    assert not has_errors(())


def test_diagnostics_are_sorted_by_place_code_and_message():
    nowhere = Diagnostic("FT9", "z")
    tenth, second = (Diagnostic("FT1", "m", span=Span("a.yaml", line, 1)) for line in (10, 2))
    same = Diagnostic("FT1", "l", span=Span("a.yaml", 2, 1))
    other = Diagnostic("FT0", "m", span=Span("b.yaml", 1, 1))
    assert sort_diagnostics((other, tenth, second, nowhere, same)) == (nowhere, same, second, tenth, other)
