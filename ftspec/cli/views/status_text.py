"""The human form of a model's status. Pure: values to lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ftspec.cli.views.plan_text import Line, format_number
from ftspec.engine.status import Curve, MadeModel, ModelStatus
from ftspec.model.change import Action, State
from ftspec.resources.finetune import Job
from ftspec.resources.training_results import TrainingStep, last_of_epochs

_STYLES = {State.LIVE: "green", State.TRAINING: "cyan", State.UNFINISHED: "cyan", State.ABSENT: ""}
_STATE = 10
"""Columns for a state, where none takes more."""


def status_lines(statuses: tuple[ModelStatus, ...]) -> Iterator[Line]:
    """Write each model: its name in the manifests, state and Snowflake name in columns; its job below."""
    widths = tuple(max((len(word) for word in words), default=0) for words in zip(*map(_name, statuses), strict=True))
    for found in statuses:
        yield from _model_lines(found, *widths)


def _name(found: ModelStatus) -> tuple[str, str]:
    return found.address.name, f"{found.words:<{_STATE}}"


def _model_lines(found: ModelStatus, wide: int, state: int) -> tuple[Line, ...]:
    name = "" if found.model is None else str(found.model)
    style = _STYLES.get(found.state, "red")
    live = _live_lines(found.made) if found.replacing and found.made is not None else ()
    head = Line(f"{found.address.name:<{wide}}  {found.words:<{state}}  {name}".rstrip(), style, hang=4)
    jobs = () if found.job is None else _job_lines(found.job)
    curve = () if found.curve is None else _curve_lines(found.curve)
    return (head, *live, *_reason_lines(found), *jobs, *curve, *_leftover_lines(found))


def write_moment(milliseconds: int) -> str:
    """Write a moment to the minute; empty where it is not known."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC" if milliseconds else ""


def _live_lines(live: MadeModel) -> Iterator[Line]:
    """Say of what answers until its replacement goes live when it was made: a rename keeps that moment."""
    when = write_moment(live.made_on)
    yield Line(f"    live    {f'made {when}, ' * bool(when)}answers until it is replaced", hang=12)


def _curve_lines(curve: Curve) -> Iterator[Line]:
    """Write the losses at the end of each epoch, or why nobody knows them."""
    if curve.unread:
        yield Line(f"    epochs  not available: {curve.unread}", hang=12)
    for number, step in enumerate(last_of_epochs(curve.steps)):
        title = "" if number else "epochs"
        yield Line(f"    {title:<6}  {step.epoch:>2}: {_write_losses(step) or 'not recorded'}", hang=16)


def _write_losses(told: Job | TrainingStep) -> str:
    losses = (("training", told.training_loss), ("validation", told.validation_loss))
    return ", ".join(f"{name} {value:.3f}" for name, value in losses if value is not None)


def _leftover_lines(found: ModelStatus) -> Iterator[Line]:
    for name in found.leftovers:
        yield Line(f"    beside  {name}", "dim", hang=12)


def _reason_lines(found: ModelStatus) -> Iterator[Line]:
    if found.reason and found.action is not Action.NO_OP:
        yield Line(f"    {found.reason}", hang=4)


def _job_lines(job: Job) -> Iterator[Line]:
    progress = f" {job.progress:.0%}" if job.status.is_running else ""
    yield Line(f"    job     {job.id}  {job.status.value}{progress}", hang=12)
    losses = _write_losses(job)
    if losses:
        yield Line(f"    loss    {losses}", hang=12)
    if job.trained_tokens is not None:
        yield Line(f"    tokens  {format_number(job.trained_tokens)} trained", hang=12)
