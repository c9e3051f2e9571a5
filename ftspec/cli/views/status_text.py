"""The human form of a model's status. Pure: values to lines."""

from __future__ import annotations

from collections.abc import Iterator

from ftspec.cli.views.plan_text import Line, format_number
from ftspec.engine.status import ModelStatus
from ftspec.model.change import Action, State
from ftspec.resources.finetune import Job

_STYLES = {State.LIVE: "green", State.TRAINING: "cyan", State.UNFINISHED: "cyan", State.ABSENT: ""}


def status_lines(found: ModelStatus, wide: int) -> tuple[Line, ...]:
    """Write a model: its name in the manifests (`wide` columns for it), state and Snowflake name; its job below."""
    name = "" if found.model is None else str(found.model)
    style = _STYLES.get(found.state, "red")
    head = Line(f"{found.address.name:<{wide}}  {found.state.value:<10}  {name}".rstrip(), style, hang=4)
    jobs = () if found.job is None else _job_lines(found.job)
    return (head, *_reason_lines(found), *jobs, *_leftover_lines(found))


def _leftover_lines(found: ModelStatus) -> Iterator[Line]:
    for name in found.leftovers:
        yield Line(f"    beside  {name}", "dim", hang=12)


def _reason_lines(found: ModelStatus) -> Iterator[Line]:
    if found.reason and found.action is not Action.NO_OP:
        yield Line(f"    {found.reason}", hang=4)


def _job_lines(job: Job) -> Iterator[Line]:
    progress = f" {job.progress:.0%}" if job.status.is_running else ""
    yield Line(f"    job     {job.id}  {job.status.value}{progress}", hang=12)
    losses = [
        f"{name} {value:.3f}"
        for name, value in (("training", job.training_loss), ("validation", job.validation_loss))
        if value is not None
    ]
    if losses:
        yield Line(f"    loss    {', '.join(losses)}", hang=12)
    if job.trained_tokens is not None:
        yield Line(f"    tokens  {format_number(job.trained_tokens)} trained", hang=12)
