"""The human view: aligned, coloured where it helps, as wide as the terminal; plain lines where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ftspec.cli.views.access_text import access_lines, finding_lines
from ftspec.cli.views.diagnostic import format_diagnostic
from ftspec.cli.views.event import EventLines, count_outcomes, is_left
from ftspec.cli.views.history_text import history_lines
from ftspec.cli.views.markdown_text import show_lines
from ftspec.cli.views.mermaid import write_mermaid
from ftspec.cli.views.plan_text import Line, render_plan, wrap_lines
from ftspec.cli.views.status_text import status_lines
from ftspec.cli.views.watch_text import WatchLines
from ftspec.engine.access import ModelAccess
from ftspec.engine.choice import Applied
from ftspec.engine.doctor import Finding
from ftspec.engine.status import ModelStatus
from ftspec.model.diagnostics import Diagnostics, Severity, has_errors
from ftspec.model.graph import Graph
from ftspec.model.plan import (
    AwaitJob,
    Done,
    Event,
    Failed,
    LoadFile,
    Outcome,
    Plan,
    StepFinished,
    StepProgressed,
    StepStarted,
)
from ftspec.planning.planfile import plan_to_dict

_UNBOUND = 10_000
_HINT = "\n  hint: "
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


class HumanView:
    """Show everything to people."""

    def __init__(self, *, quiet: bool = False, colour: bool = True) -> None:
        self._quiet = quiet
        self._colour = colour
        # Without a colour system, rich writes neither colours nor other styles.
        system: Literal["auto"] | None = "auto" if colour else None
        self._out = Console(highlight=False, color_system=system, soft_wrap=True, emoji=False, markup=False)
        self._err = Console(
            stderr=True, highlight=False, color_system=system, soft_wrap=True, emoji=False, markup=False
        )
        self._events = EventLines()
        self._watched = WatchLines()
        self._live: Live | None = None
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Show what is wrong, and where."""
        for found in diagnostics:
            head, mark, hint = format_diagnostic(found).partition(_HINT)
            lines = [Line(part, _STYLES[found.severity], hang=2) for part in head.split("\n")]
            lines += [Line(part, hang=8) for part in f"{mark[1:]}{hint}".split("\n")] if mark else []
            self._print(lines, self._err)

    def show_validation(self, diagnostics: Diagnostics, *, resources: int) -> None:
        """Show the faults, or that there are none."""
        self.show_diagnostics(diagnostics)
        errors = sum(found.severity is Severity.ERROR for found in diagnostics)
        if has_errors(diagnostics):
            self._err.print(Text(f"{errors} error{'s' * (errors != 1)}: nothing was read from Snowflake", "bold red"))
        elif not self._quiet:
            self._out.print(Text(f"Valid: {resources} resource{'s' * (resources != 1)} declared.", "green"))

    def show_plan(self, plan: Plan, *, drift: bool = False) -> None:
        """Show a plan."""
        self._print(render_plan(plan_to_dict(plan), drift=drift, sql=not self._quiet))

    def show_event(self, event: Event) -> None:
        """Move the bar of a job on a terminal that takes escape sequences; write lines elsewhere."""
        if self._err.is_terminal and self._colour and not self._quiet:
            self._move_bar(event)
        line = self._events.line(event)
        moving = self._progress is not None and isinstance(event, StepProgressed | StepStarted)
        if line and not moving and not (self._quiet and _goes_well(event)):
            self._print([Line(line, _event_style(event), hang=6)], self._err)

    def show_applied(self, plan: Plan, applied: Applied | None) -> None:
        """Show how many steps were done, and what is left."""
        if applied is None:
            return
        self._out.print(Text(count_outcomes(plan, applied), style="bold red" if applied.failed else "bold green"))
        if any(is_left(change) for change in applied.after.changes):
            self._out.print("Planned again, this is left:\n")
            self._print(render_plan(plan_to_dict(applied.after), sql=not self._quiet))
        else:
            self._out.print(Text("Planned again: no changes.", style="green"))

    def show_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Show each model, and below it the job that matters."""
        if not statuses:
            self._out.print("No fine-tuned models are declared.")
        self._print(status_lines(statuses))

    def watch_status(self, statuses: tuple[ModelStatus, ...]) -> None:
        """Redraw models and jobs on a terminal that takes escape sequences; elsewhere write what is new."""
        if not self._out.is_terminal or not self._colour:
            for line in () if self._quiet else self._watched.lines(statuses):
                self._out.print(line)
            return
        if self._live is None:
            self._live = Live(console=self._out, auto_refresh=False, transient=True)
            self._live.start()
        lines = wrap_lines(status_lines(statuses), self._out.width)
        self._live.update(Text("\n").join(Text(line.text, style=line.style) for line in lines), refresh=True)

    def show_access(self, models: tuple[ModelAccess, ...]) -> None:
        """Show each model, and below it who can call and train it."""
        if not models:
            self._out.print("No fine-tuned models are declared.")
        for found in models:
            self._print(access_lines(found))

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show each finding as a line, with its repair below."""
        wide = max((len(found.subject) for found in findings), default=0)
        for found in findings:
            self._print(finding_lines(found, wide, _width_of(self._out)))

    def show_history(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Show each run, and below it what it tried."""
        self._print(history_lines(rows))

    def show_outcomes(self, outcomes: Mapping[str, Outcome], nothing: str) -> None:
        """Show that there was nothing to do; what was done has been shown step by step."""
        if not outcomes:
            self.show_message(nothing)

    def show_answer(self, model: str, prompt: str, answer: str) -> None:
        """Show the answer alone, so that it can be piped on."""
        del model, prompt
        self._out.print(answer)

    def show_graph(self, graph: Graph) -> None:
        """Give the graph as Mermaid, so that it can be piped on."""
        self.show_text(write_mermaid(graph))

    def show_rows(self, rows: tuple[Mapping[str, object], ...]) -> None:
        """Show the rows of a result as a table."""
        if not rows:
            self._out.print("no rows")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in rows[0]:
            table.add_column(title)
        for row in rows:
            table.add_row(*("" if value is None else "\n".join(show_lines(str(value))) for value in row.values()))
        if Measurement.get(self._out, self._out.options.update(max_width=_UNBOUND), table).maximum <= self._out.width:
            self._out.print(table, soft_wrap=False)
            return
        # Too wide for a table: a row is a block, as vertical output of other clients.
        wide = max(len(title) for title in rows[0])
        for number, row in enumerate(rows, 1):
            self._out.print(Text(f"row {number}", style="bold"))
            cells = ((title, "" if value is None else str(value)) for title, value in row.items())
            self._print(Line(f"  {title:<{wide}}  {value}", hang=wide + 4) for title, value in cells)

    def show_message(self, text: str) -> None:
        """Say something in passing."""
        if not self._quiet:
            self._err.print("\n".join(show_lines(text)))

    def show_text(self, text: str) -> None:
        """Give text that was asked for, word for word."""
        self._out.print(text)

    def close(self) -> None:
        """End what is still moving on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def _print(self, lines: Iterable[Line], console: Console | None = None) -> None:
        console = console or self._out
        for line in wrap_lines(lines, _width_of(console)):
            console.print(Text(line.text, style=line.style))

    def _move_bar(self, event: Event) -> None:
        step = event.step
        if not isinstance(step, AwaitJob | LoadFile):
            return
        match event:
            case StepStarted():
                bar = self._progress or self._start_bars()
                total, status = (1.0, "PENDING") if isinstance(step, AwaitJob) else (None, f"packing {step.path}")
                self._tasks[step.id] = bar.add_task(step.address.name, total=total, status=status, loss="")
            case StepProgressed(status=status, fraction=fraction, loss=loss):
                if self._progress is not None:
                    shown = "" if loss is None else f"loss {loss:.3f}"
                    self._set_share(self._progress, self._tasks[step.id], fraction)
                    self._progress.update(self._tasks[step.id], status=status, loss=shown)
            case StepFinished():
                self._end_bar(step.id)

    def _set_share(self, bars: Progress, identity: TaskID, share: float | None) -> None:
        """Move a bar; to and fro, where nobody tells how far a step has come."""
        task = next(task for task in bars.tasks if task.id == identity)
        task.total = None if share is None else 1.0
        task.completed = share or 0.0

    def _start_bars(self) -> Progress:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[loss]}"),
            console=self._err,
            transient=True,
        )
        self._progress.start()
        return self._progress

    def _end_bar(self, identity: str) -> None:
        if self._progress is not None and identity in self._tasks:
            self._progress.remove_task(self._tasks.pop(identity))
        if not self._tasks:
            self.close()


def _width_of(console: Console) -> int | None:
    """Give the width of a terminal; a log has none."""
    return console.width if console.is_terminal else None


def _goes_well(event: Event) -> bool:
    return not isinstance(event, StepFinished) or isinstance(event.outcome, Done)


def _event_style(event: Event) -> str:
    if not isinstance(event, StepFinished):
        return ""
    return "" if isinstance(event.outcome, Done) else "red" if isinstance(event.outcome, Failed) else "yellow"
