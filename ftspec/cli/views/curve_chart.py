"""How the losses of a training went down over its steps, as a line chart that is also a table. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ftspec.cli.views.markup import Markup, element, join
from ftspec.cli.views.report_page import fold, table
from ftspec.resources.training_results import TrainingStep, last_of_epochs

_WIDE, _HIGH = 560.0, 180.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 48.0, 10.0, 16.0, 34.0
_LINES = 4
_MOST_POINTS = 240
"""Steps that are drawn and listed, beside the last ones of epochs: more than a chart can show apart."""
_LEAST = 1e-6
"""The smallest loss that a scale is made for."""
_DOT = 3.5


@dataclass(frozen=True, slots=True)
class _Scale:
    first: int
    last: int
    most: float

    def x(self, step: int) -> float:
        return _LEFT + _WIDE * (step - self.first) / max(self.last - self.first, 1)

    def y(self, loss: float) -> float:
        return _TOP + _HIGH * (1 - max(loss, 0.0) / self.most)

    def place(self, step: int, loss: float) -> str:
        return f"{self.x(step):.1f},{self.y(loss):.1f}"


def draw_curve(name: str, steps: Sequence[TrainingStep]) -> Markup:
    """Draw the training loss at the recorded steps and the validation loss at the end of each epoch, and list them."""
    ends = last_of_epochs(tuple(steps))
    kept = _thin_out(steps, {end.step for end in ends})
    losses = [loss for step in kept for loss in (step.training_loss, step.validation_loss) if loss is not None]
    scale = _Scale(kept[0].step, kept[-1].step, _round_up(max(losses, default=1.0)))
    wide, high = _LEFT + _WIDE + _RIGHT, _TOP + _HIGH + _BOTTOM
    drawn = element(
        "svg",
        *_axes(scale, ends),
        *_line("training", [(step.step, step.training_loss) for step in kept], scale),
        *_line("validation", [(step.step, step.validation_loss) for step in kept], scale),
        role="img",
        aria_label=_tell(name, len(steps), ends),
        width=wide,
        height=high,
        viewBox=f"0 0 {wide:g} {high:g}",
    )
    return join((element("div", element("figure", _legend(), drawn), class_="charts"), _list(name, steps, kept)))


def _thin_out(steps: Sequence[TrainingStep], ends: set[int]) -> list[TrainingStep]:
    each = math.ceil(len(steps) / _MOST_POINTS)
    return [step for number, step in enumerate(steps) if number % each == 0 or step.step in ends]


def _round_up(loss: float) -> float:
    """Give the end of the scale: the next quarter of a power of ten."""
    if loss < _LEAST:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(loss)) / _LINES
    return math.ceil(loss / unit) * unit


def _axes(scale: _Scale, ends: Sequence[TrainingStep]) -> Iterator[Markup]:
    for number in range(_LINES + 1):
        loss = scale.most * number / _LINES
        y = scale.y(loss)
        yield element("path", class_="rule", d=f"M{_LEFT:g},{y:.1f} H{_LEFT + _WIDE:g}")
        yield element("text", f"{loss:.3g}", x=_LEFT - 8, y=y + 4, text_anchor="end")
    for end in ends:
        x = scale.x(end.step)
        yield element("path", class_="rule", d=f"M{x:.1f},{_TOP:g} V{_TOP + _HIGH + 5:g}")
        yield element("text", str(end.epoch), x=round(x, 1), y=_TOP + _HIGH + 19, text_anchor="middle")
    yield element("text", "epoch", x=_LEFT - 8, y=_TOP + _HIGH + 19, text_anchor="end")


def _line(kind: str, points: Sequence[tuple[int, float | None]], scale: _Scale) -> Iterator[Markup]:
    known = [(step, loss) for step, loss in points if loss is not None]
    if known:
        yield element("path", class_=f"line {kind}", d="M" + " L".join(scale.place(*point) for point in known))
    # The validation loss is known at the ends of epochs alone, and one step alone makes no line.
    for step, loss in known if kind == "validation" or len(known) == 1 else ():
        yield element("circle", class_=f"dot {kind}", cx=round(scale.x(step), 1), cy=round(scale.y(loss), 1), r=_DOT)


def _legend() -> Markup:
    keys = (
        element("span", element("span", "", class_=f"key {kind}"), f" {kind} loss", class_="legend")
        for kind in ("training", "validation")
    )
    return element("figcaption", "Loss per token:", *keys)


def _tell(name: str, count: int, ends: Sequence[TrainingStep]) -> str:
    told = "; ".join(
        f"epoch {end.epoch}: training {_write(end.training_loss)}, validation {_write(end.validation_loss)}"
        for end in ends
    )
    return f"Losses of {name} over {count} recorded steps. {told}"


def _list(name: str, steps: Sequence[TrainingStep], kept: Sequence[TrainingStep]) -> Markup:
    rows = [
        (str(step.step), str(step.epoch), _write(step.training_loss), _write(step.validation_loss, "")) for step in kept
    ]
    count = f"{len(kept)} of the {len(steps)}" if len(kept) < len(steps) else f"the {len(steps)}"
    titles = ("Step", "Epoch", "Training loss", "Validation loss")
    listed = table(f"Losses of {name} at {count} recorded steps", titles, rows, frozenset({1, 2, 3}))
    return fold(f"The losses of {name} as a table", listed)


def _write(loss: float | None, nothing: str = "not recorded") -> str:
    return nothing if loss is None else f"{loss:.3f}"
