"""The dependency graph as Mermaid, which GitHub and editors draw. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ftspec.cli.views.markdown_text import show_unseen
from ftspec.model.address import Address
from ftspec.model.graph import Graph

_SHAPES = {"dataset": ('[("', '")]'), "model": ('(["', '"])'), "privileges": ('{{"', '"}}')}
_PLAIN = ('["', '"]')
_COLOURS = {"made": "#1a7f37", "changed": "#9a6700", "gone": "#cf222e"}
_CLASSES = {
    "create": "made",
    "update": "changed",
    "replace": "changed",
    "swap": "changed",
    "wait": "changed",
    "finish": "changed",
    "promote": "changed",
    "delete": "gone",
    "cancel": "gone",
    "blocked": "gone",
}
_SIGNS = re.compile(r"[^A-Za-z0-9_.,() -]")


def write_mermaid(graph: Graph, actions: Mapping[Address, str] | None = None) -> str:
    """Write a flowchart from left to right; `actions` are what a plan does with resources, and colour their borders."""
    actions = actions or {}
    names = {node.address: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for node in graph.nodes:
        action = actions.get(node.address, "")
        parts = (node.address.name, node.detail, action)
        begin, end = _SHAPES.get(node.address.kind, _PLAIN)
        label = "<br>".join(_escape(part) for part in (node.address.kind, *parts) if part)
        lines.append(f"  {names[node.address]}{begin}{label}{end}{_suffix(action)}")
    for edge in graph.edges:
        label = f'|"{_escape(edge.label)}"|' if edge.label else ""
        lines.append(f"  {names[edge.source]} -->{label} {names[edge.target]}")
    used = sorted({_CLASSES[action] for action in actions.values() if action in _CLASSES})
    lines += [f"  classDef {name} stroke:{_COLOURS[name]},stroke-width:3px" for name in used]
    return "\n".join(lines)


def _suffix(action: str) -> str:
    return f":::{_CLASSES[action]}" if action in _CLASSES else ""


def _escape(text: str) -> str:
    """Write a label; what Mermaid could take for a sign of its own as an entity, by its number."""
    return _SIGNS.sub(lambda found: f"#{ord(found.group())};", show_unseen(" ".join(text.split())))
