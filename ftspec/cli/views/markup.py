"""HTML and SVG as values: text is escaped, and only what was built here is markup. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from ftspec.cli.views.markdown_text import show_unseen

_VOID = frozenset({"meta", "br"})


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is markup already."""

    text: str


Child = Markup | str | None
NOTHING = Markup("")


def element(tag: str, /, *children: Child, **attributes: str | float | bool) -> Markup:
    """Build an element; a name of an attribute may end in _, and has - for _. A true attribute stands by itself."""
    listed = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if tag in _VOID:
        return Markup(f"<{tag}{listed}>")
    return Markup(f"<{tag}{listed}>{join(children).text}</{tag}>")


def join(children: Iterable[Child], between: str = "") -> Markup:
    """Put parts one behind the other; None is nothing."""
    return Markup(between.join(escape(child) for child in children if child is not None))


def escape(child: Markup | str) -> str:
    """Write text so that it stays text; line ends and tabs stay what they are."""
    if isinstance(child, Markup):
        return child.text
    lines = child.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(html.escape(show_unseen(line.replace("\t", "    "))) for line in lines)


def _attribute(key: str, value: str | float | bool) -> str:  # noqa: FBT001 - a value, not a switch
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'
