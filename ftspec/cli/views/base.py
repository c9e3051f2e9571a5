"""What every view can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ftspec.engine.access import ModelAccess
from ftspec.engine.choice import Applied
from ftspec.engine.doctor import Finding
from ftspec.engine.status import ModelStatus
from ftspec.model.diagnostics import Diagnostics
from ftspec.model.graph import Graph
from ftspec.model.plan import Event, Outcome, Plan


class View(Protocol):
    """A way to show what a command found and did. Data goes to standard output, the rest to standard error."""

    def show_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Show what is wrong, and where."""

    def show_validation(self, diagnostics: Diagnostics, *, resources: int) -> None:
        """Show the result of a validation."""

    def show_plan(self, plan: Plan, *, drift: bool = False) -> None:
        """Show a plan."""

    def show_event(self, event: Event) -> None:
        """Show that a step began, goes on, or ended."""

    def show_applied(self, plan: Plan, applied: Applied | None) -> None:
        """Show what an apply came to; None: there was nothing to do."""

    def show_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Show models and jobs."""

    def watch_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Show models and jobs for as long as somebody watches: what is shown next takes its place."""

    def show_access(self, models: tuple[ModelAccess, ...]) -> None:
        """Show who can call and train each model."""

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show what the running role can do and see."""

    def show_history(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Show rows of the journal, oldest first."""

    def show_outcomes(self, outcomes: Mapping[str, Outcome], nothing: str) -> None:
        """Show how an errand ended; `nothing` says what there was none of."""

    def show_answer(self, model: str, prompt: str, answer: str) -> None:
        """Show a model's answer."""

    def show_graph(self, graph: Graph) -> None:
        """Show what is made from what."""

    def show_rows(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Show the rows of a result."""

    def show_message(self, text: str) -> None:
        """Say something in passing."""

    def show_text(self, text: str) -> None:
        """Give text that was asked for, word for word."""

    def close(self) -> None:
        """End what is still moving on the screen."""
