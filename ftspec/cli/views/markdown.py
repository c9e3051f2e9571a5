"""The Markdown view, for a comment on a pull request: one document on standard output, everything else as for people.

It is written at the end, so that what is wrong comes first: also a limit that the plan exceeds, or why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from ftspec.cli.views.event import count_outcomes, finished_line, is_left
from ftspec.cli.views.human import HumanView
from ftspec.cli.views.plan_markdown import LIMIT, list_problems, render_plan_markdown
from ftspec.engine.choice import Applied
from ftspec.model.diagnostics import Diagnostics, Severity
from ftspec.model.plan import Done, Plan
from ftspec.planning.planfile import plan_to_dict


class MarkdownView(HumanView):
    """Show a plan, and what an apply came to, as Markdown."""

    def __init__(self, *, quiet: bool = False, colour: bool = True) -> None:
        super().__init__(quiet=quiet, colour=colour)
        self._found: list[dict[str, Any]] = []
        self._plan: tuple[dict[str, Any], bool] | None = None
        self._outcome: tuple[str, ...] = ()
        self._printed = False

    def show_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Tell people of what is wrong, and keep it for the document."""
        super().show_diagnostics(diagnostics)
        self._found += [asdict(found) for found in diagnostics if found.severity is not Severity.NOTE]

    def show_plan(self, plan: Plan, *, drift: bool = False) -> None:
        """Keep the plan for the document."""
        self._plan = (plan_to_dict(plan), drift)

    def show_applied(self, plan: Plan, applied: Applied | None) -> None:
        """Keep the plan for the document, and what became of it."""
        self._plan = (plan_to_dict(plan), False)
        if applied is not None:
            self._outcome = tuple(_outcome_lines(plan, applied))

    def close(self) -> None:
        """Give the document, once; a run that ends in an error before it has a plan gives its errors."""
        super().close()
        if self._printed:
            return
        if self._plan is not None:
            document, drift = self._plan
            self._print_text(render_plan_markdown(document, drift=drift, more=self._found, outcome=self._outcome))
        elif any(found["severity"] is Severity.ERROR for found in self._found):
            self._print_text("\n\n".join(["### ftspec ended in an error", *list_problems(self._found, LIMIT)]) + "\n")

    def _print_text(self, text: str) -> None:
        self._printed = True
        click.echo(text, nl=False)


def _outcome_lines(plan: Plan, applied: Applied) -> Iterator[str]:
    """Write how many steps were done, those that were not, and what is left."""
    yield count_outcomes(plan, applied)
    for step in plan.steps:
        outcome = applied.outcomes.get(step.id)
        if outcome is not None and not isinstance(outcome, Done):
            yield finished_line(step, outcome, 0)
    left = [str(change.address) for change in applied.after.changes if is_left(change)]
    yield f"Planned again, this is left: {', '.join(left)}" if left else "Planned again: no changes."
