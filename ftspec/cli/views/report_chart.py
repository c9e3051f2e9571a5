"""How long prompts and completions are, against what the base model takes, as small charts. Pure."""

from __future__ import annotations

from ftspec.cli.views.markup import Markup, element
from ftspec.cli.views.plan_text import Plain, format_number

_SIZES = ("median", "p95", "p99", "largest")
_BARS, _LEFT, _ROW, _RIGHT = 260.0, 62.0, 22.0, 70.0
_NEAR = 8
"""How many times the largest size a limit may be, so that it is still drawn."""


def draw_lengths(title: str, spread: Plain, limit: int | None) -> Markup:
    """Draw the tokens that half, 95 and 99 of 100, and all rows do not exceed; the limit where it is near."""
    largest = max(spread[size] for size in _SIZES)
    near = limit is not None and limit <= _NEAR * max(largest, 1)
    scale = float(max(largest, limit if near and limit is not None else 0, 1))
    height = _ROW * len(_SIZES) + (18.0 if near else 0.0)
    told = ", ".join(f"{size} {format_number(spread[size])}" for size in _SIZES)
    behind = "" if limit is None else f"; longer than {format_number(limit)} is cut"
    return element(
        "figure",
        element("figcaption", f"{title}, tokens{behind}"),
        element(
            "svg",
            *(part for number, size in enumerate(_SIZES) for part in _bar(number, size, spread[size], scale)),
            *(_mark(limit, scale, height) if near and limit is not None else ()),
            role="img",
            aria_label=f"{title}: {told} tokens{behind}",
            width=_LEFT + _BARS + _RIGHT,
            height=height,
            viewBox=f"0 0 {_LEFT + _BARS + _RIGHT:g} {height:g}",
        ),
    )


def _bar(number: int, size: str, value: int, scale: float) -> tuple[Markup, ...]:
    top = number * _ROW
    length = max(_BARS * value / scale, 1.0)
    return (
        element("text", size, x=_LEFT - 8, y=top + 15, text_anchor="end"),
        element("rect", class_="bar", x=_LEFT, y=top + 4, width=length, height=_ROW - 8, rx=2.0),
        element("text", format_number(value), x=_LEFT + length + 6, y=top + 15),
    )


def _mark(limit: int, scale: float, height: float) -> tuple[Markup, ...]:
    x = _LEFT + _BARS * limit / scale
    return (
        element("path", class_="mark", d=f"M{x:g},0 V{height - 16:g}"),
        element("text", f"limit {format_number(limit)}", x=x, y=height - 3, text_anchor="middle"),
    )
