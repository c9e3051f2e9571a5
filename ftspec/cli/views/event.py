"""What happens during an apply, as plain lines: readable in a log, without colour or cursor movement. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ftspec.engine.choice import Applied
from ftspec.model.change import Change
from ftspec.model.diagnostics import Severity
from ftspec.model.plan import (
    AwaitJob,
    Blocked,
    Done,
    Event,
    Execute,
    Failed,
    LoadFile,
    Outcome,
    Plan,
    Skipped,
    Step,
    StepFinished,
    StepProgressed,
    StepStarted,
)

_SECONDS_BETWEEN = 30.0
_SHARE_BETWEEN = 0.25


@dataclass(slots=True)
class EventLines:
    """Turn events into lines; progress makes one only when the status changed, or a good part was done."""

    told: dict[str, tuple[str, float, float]] = field(default_factory=dict)

    def line(self, event: Event) -> str:
        """Write one event; an empty text where there is no news."""
        match event:
            case StepStarted(step):
                return f"{step.title} ..." if isinstance(step, AwaitJob | LoadFile) else ""
            case StepProgressed():
                return self._progress(event)
            case StepFinished(step, outcome, elapsed):
                return finished_line(step, outcome, elapsed)

    def _progress(self, event: StepProgressed) -> str:
        status, fraction, elapsed = self.told.get(event.step.id, ("", 0.0, 0.0))
        share = event.fraction or 0.0
        late = event.elapsed - elapsed >= _SECONDS_BETWEEN
        # Most files are uploaded before anybody would read a line about it.
        news = not isinstance(event.step, LoadFile) and (event.status != status or share - fraction >= _SHARE_BETWEEN)
        if not late and not news:
            return ""
        self.told[event.step.id] = (event.status, share, event.elapsed)
        loss = "" if event.loss is None else f", loss {event.loss:.3f}"
        known = "" if event.fraction is None else f" {share:.0%}"
        return f"  {event.status}{known}, {format_seconds(event.elapsed)}{loss}"


def finished_line(step: Step, outcome: Outcome, elapsed: float) -> str:
    """Write how a step ended."""
    match outcome:
        case Done(outputs):
            behind = _results(step, dict(outputs))
            took = f" in {format_seconds(elapsed)}" if isinstance(step, AwaitJob) else ""
            return f"done: {step.title}{took}{behind}"
        case Failed(error, query_id):
            query = f" (query {query_id})" if query_id else ""
            return f"failed: {step.title}: {error}{query}"
        case Skipped(because):
            return f"skipped: {step.title}: {because}"
        case Blocked(why):
            return f"blocked: {step.title}: {why}"


def count_outcomes(plan: Plan, applied: Applied) -> str:
    """Write how many steps of a plan were done, and how many were not."""
    counts = [sum(isinstance(outcome, kind) for outcome in applied.outcomes.values()) for kind in _COUNTED]
    text = f"Applied: {counts[0]} of {len(plan.steps)} steps done, {counts[1]} failed, {counts[2]} skipped"
    return f"{text}, {counts[3]} blocked." if counts[3] else f"{text}."


_COUNTED = (Done, Failed, Skipped, Blocked)


def is_left(change: Change) -> bool:
    """Tell whether a plan made after an apply says something of a change that people must know."""
    return change.action.is_change or any(note.severity is not Severity.NOTE for note in change.notes)


def format_seconds(seconds: float) -> str:
    """Write a duration: 4 s, 12 min 5 s, 2 h 3 min."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - seconds of an hour
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _results(step: Step, outputs: dict[str, str]) -> str:
    if isinstance(step, Execute):
        return "".join(f", {name} {outputs[name]}" for name in step.outputs if name in outputs)
    parts = []
    if "rows" in outputs:
        parts.append(f"{int(outputs['rows']):,} rows, {int(outputs['tokens']):,} tokens")
    if "training_loss" in outputs:
        parts.append(f"training loss {float(outputs['training_loss']):.3f}")
    if "validation_loss" in outputs:
        parts.append(f"validation loss {float(outputs['validation_loss']):.3f}")
    if "trained_tokens" in outputs:
        parts.append(f"{int(outputs['trained_tokens']):,} tokens trained")
    return f": {', '.join(parts)}" if parts else ""
