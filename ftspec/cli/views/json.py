"""The JSON view: one document on standard output; what happens meanwhile goes to standard error, as plain lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from ftspec.cli.views.diagnostic import format_diagnostic
from ftspec.cli.views.event import EventLines
from ftspec.engine.status import ModelStatus
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors
from ftspec.model.plan import Blocked, Done, Event, Failed, Outcome, Plan, Skipped
from ftspec.operations import Applied
from ftspec.planning.planfile import plan_to_dict


class JsonView:
    """Show everything as JSON."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._events = EventLines()

    def show_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Show what is wrong, and where: as a document of its own on standard error."""
        for found in diagnostics:
            click.echo(format_diagnostic(found), err=True)

    def show_validation(self, diagnostics: Diagnostics, *, resources: int) -> None:
        """Give the diagnostics."""
        listed = [_diagnostic(found) for found in diagnostics]
        _print({"valid": not has_errors(diagnostics), "resources": resources, "diagnostics": listed})

    def show_plan(self, plan: Plan) -> None:
        """Give the plan."""
        _print(plan_to_dict(plan))

    def show_event(self, event: Event) -> None:
        """Write a line where there is news."""
        line = self._events.line(event)
        if line and not self._quiet:
            click.echo(line, err=True)

    def show_applied(self, plan: Plan, applied: Applied | None) -> None:
        """Give the plan, what became of each step, and the plan that was made afterwards."""
        outcomes = {} if applied is None else {key: _outcome(value) for key, value in applied.outcomes.items()}
        after = plan if applied is None else applied.after
        _print({"plan": plan_to_dict(plan), "outcomes": outcomes, "after": plan_to_dict(after)})

    def show_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Give models and jobs."""
        _print({"models": [{**asdict(found), "model": str(found.model or "")} for found in statuses]})

    def show_outcomes(self, outcomes: Mapping[str, Outcome], nothing: str) -> None:
        """Give what became of each step."""
        del nothing
        _print({"outcomes": {key: _outcome(value) for key, value in outcomes.items()}})

    def show_answer(self, model: str, prompt: str, answer: str) -> None:
        """Give the answer, and what was asked."""
        _print({"model": model, "prompt": prompt, "answer": answer})

    def show_rows(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Give the rows as a list of objects."""
        click.echo(json.dumps([dict(row) for row in rows], indent=2, default=str, ensure_ascii=False))

    def show_message(self, text: str) -> None:
        """Say something in passing."""
        if not self._quiet:
            click.echo(text, err=True)

    def show_text(self, text: str) -> None:
        """Give text that was asked for."""
        click.echo(text)

    def close(self) -> None:
        """Do nothing: nothing moves."""


def _print(document: Mapping[str, Any]) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    return asdict(found)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Done(outputs):
            return {"outcome": "done", "outputs": dict(outputs)}
        case Failed(error, query_id):
            return {"outcome": "failed", "error": error, "query_id": query_id}
        case Skipped(because):
            return {"outcome": "skipped", "because": because}
        case Blocked(why):
            return {"outcome": "blocked", "why": why}
