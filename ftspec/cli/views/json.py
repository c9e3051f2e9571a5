"""The JSON view: one document on standard output; what happens meanwhile goes to standard error, as plain lines.

A run that ends in an error before it has a document of its own gives its diagnostics: `{"diagnostics": […]}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from ftspec.cli.views.diagnostic import format_diagnostic
from ftspec.cli.views.event import EventLines
from ftspec.cli.views.watch_text import WatchLines
from ftspec.engine.access import ModelAccess, Reach
from ftspec.engine.choice import Applied
from ftspec.engine.doctor import Finding
from ftspec.engine.status import ModelStatus
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors
from ftspec.model.graph import Graph
from ftspec.model.plan import Blocked, Done, Event, Failed, Outcome, Plan, Skipped
from ftspec.planning.planfile import plan_to_dict


class JsonView:
    """Show everything as JSON."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._events = EventLines()
        self._watched = WatchLines()
        self._errors: Diagnostics = ()
        self._printed = False

    def show_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Keep errors for the document that the run ends with; tell people of the rest."""
        if has_errors(diagnostics):
            self._errors += diagnostics
        else:
            _tell(diagnostics)

    def show_validation(self, diagnostics: Diagnostics, *, resources: int) -> None:
        """Give the diagnostics."""
        listed = [_diagnostic(found) for found in diagnostics]
        self._print({"valid": not has_errors(diagnostics), "resources": resources, "diagnostics": listed})

    def show_plan(self, plan: Plan, *, drift: bool = False) -> None:
        """Give the plan."""
        del drift
        self._print(plan_to_dict(plan))

    def show_event(self, event: Event) -> None:
        """Write a line where there is news."""
        line = self._events.line(event)
        if line and not self._quiet:
            click.echo(line, err=True)

    def show_applied(self, plan: Plan, applied: Applied | None) -> None:
        """Give the plan, what became of each step, and the plan that was made afterwards."""
        outcomes = {} if applied is None else {key: _outcome(value) for key, value in applied.outcomes.items()}
        after = plan if applied is None else applied.after
        self._print({"plan": plan_to_dict(plan), "outcomes": outcomes, "after": plan_to_dict(after)})

    def show_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Give models and jobs."""
        self._print({"models": [_status(found) for found in statuses]})

    def watch_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Write a line where there is news; the document comes at the end."""
        for line in () if self._quiet else self._watched.lines(statuses):
            click.echo(line, err=True)

    def show_access(self, models: tuple[ModelAccess, ...]) -> None:
        """Give who can call and train each model."""
        self._print({"models": [_access(found) for found in models]})

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Give each finding."""
        self._print({"findings": [asdict(found) for found in findings]})

    def show_history(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Give the rows of the journal, oldest first; moments are epoch milliseconds."""
        self._print([{name.lower(): value for name, value in row.items()} for row in rows])

    def show_outcomes(self, outcomes: Mapping[str, Outcome], nothing: str) -> None:
        """Give what became of each step."""
        del nothing
        self._print({"outcomes": {key: _outcome(value) for key, value in outcomes.items()}})

    def show_answer(self, model: str, prompt: str, answer: str) -> None:
        """Give the answer, and what was asked."""
        self._print({"model": model, "prompt": prompt, "answer": answer})

    def show_graph(self, graph: Graph) -> None:
        """Give nodes and edges, as a plan has them."""
        self._print(asdict(graph))

    def show_rows(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Give the rows as a list of objects."""
        self._print([dict(row) for row in rows])

    def show_message(self, text: str) -> None:
        """Say something in passing."""
        if not self._quiet:
            click.echo(text, err=True)

    def show_text(self, text: str) -> None:
        """Give text that was asked for, word for word."""
        click.echo(text)

    def close(self) -> None:
        """Give the errors, where the run has come to nothing else."""
        kept, self._errors = self._errors, ()
        if kept and not self._printed:
            self._print({"diagnostics": [_diagnostic(found) for found in kept]})
        elif kept:
            _tell(kept)

    def _print(self, document: object) -> None:
        """Print the one document, escaped where the output has only few characters."""
        self._printed = True
        is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        click.echo(json.dumps(document, indent=2, default=str, ensure_ascii=not is_unicode))


def _tell(diagnostics: Diagnostics) -> None:
    for found in diagnostics:
        click.echo(format_diagnostic(found), err=True)


def _status(found: ModelStatus) -> dict[str, Any]:
    names = {"model": str(found.model or ""), "leftovers": [str(name) for name in found.leftovers]}
    made = None if found.made is None else {**asdict(found.made), "name": str(found.made.name)}
    return {**asdict(found), **names, "made": made}


def _access(found: ModelAccess) -> dict[str, Any]:
    return {
        "address": asdict(found.address),
        "model": str(found.model),
        "callers": [_reach(reach) for reach in found.callers],
        "trainers": [_reach(reach) for reach in found.trainers],
        "data": [str(name) for name in found.reads],
    }


def _reach(reach: Reach) -> dict[str, Any]:
    return {**asdict(reach), "grantee": str(reach.grantee), "held": dict(reach.held)}


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
