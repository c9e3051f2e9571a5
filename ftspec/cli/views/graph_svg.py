"""The dependency graph as SVG: readable in light and dark, and told in words to who does not see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.cli.views.graph_layout import Layout, lay_out
from ftspec.cli.views.markdown_text import clip
from ftspec.cli.views.markup import Markup, element, join
from ftspec.model.address import Address
from ftspec.model.graph import Edge, Graph, Node

_LONGEST = 44
_CHARACTER, _PADDING = 7.4, 14.0
_BOX, _ROW, _GAP, _MARGIN = 64.0, 84.0, 110.0, 16.0
_LEAST = 120.0
STYLE = """
.graph { --g-line: #57606a; --g-text: #1f2328; --g-box: #f6f8fa; --g-page: #ffffff; --g-faint: #57606a;
  --g-made: #1a7f37; --g-changed: #9a6700; --g-gone: #cf222e; font: 13px ui-monospace, monospace; }
@media (prefers-color-scheme: dark) {
  .graph { --g-line: #9198a1; --g-text: #e6edf3; --g-box: #161b22; --g-page: #0d1117; --g-faint: #9198a1;
    --g-made: #3fb950; --g-changed: #d29922; --g-gone: #f85149; } }
.graph .page { fill: var(--g-page); }
.graph .node rect { fill: var(--g-box); stroke: var(--g-line); }
.graph .model rect { stroke-width: 2; }
.graph .dataset rect { stroke-dasharray: 5 3; }
.graph text { fill: var(--g-text); text-anchor: middle; }
.graph .faint { fill: var(--g-faint); font-size: 11px; }
.graph .edge path { fill: none; stroke: var(--g-line); }
.graph .edge text { fill: var(--g-faint); font-size: 11px; stroke: var(--g-page); stroke-width: 4;
  paint-order: stroke; }
.graph .tip { fill: var(--g-line); }
.graph .made rect { stroke: var(--g-made); stroke-width: 3; }
.graph .changed rect { stroke: var(--g-changed); stroke-width: 3; }
.graph .gone rect { stroke: var(--g-gone); stroke-width: 3; }
"""
_CLASSES = {"create": "made", "delete": "gone", "cancel": "gone", "blocked": "gone", "no-op": ""}


def draw_graph(graph: Graph, actions: Mapping[Address, str] | None = None, *, alone: bool = True) -> Markup:
    """Draw a graph; `actions` are what a plan does with resources. `alone`: a file of its own, else part of a page."""
    actions = {at: action for at, action in (actions or {}).items() if action != "no-op"}
    layout = lay_out(graph)
    wide = _widths(graph, layout, actions)
    starts = [_MARGIN + sum(wide[:layer]) + _GAP * layer for layer in range(layout.layers)]
    width = (starts[-1] + wide[-1] if starts else 0.0) + _MARGIN
    height = layout.height * _ROW + 2 * _MARGIN
    edges = (_edge(edge, path, starts, wide) for edge, path in zip(graph.edges, layout.paths, strict=True))
    nodes = (_node(node, layout, starts, wide, actions.get(node.address, "")) for node in graph.nodes)
    name = {"xmlns": "http://www.w3.org/2000/svg"} if alone else {}
    return element(
        "svg",
        element("title", "Dependencies", id="graph-title"),
        element("desc", _describe(graph, actions), id="graph-desc"),
        element("style", Markup(STYLE)) if alone else None,
        element("rect", class_="page", width=width, height=height),
        *edges,
        *nodes,
        **name,
        class_="graph",
        role="img",
        aria_labelledby="graph-title",
        aria_describedby="graph-desc",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
    )


def _lines(node: Node, action: str) -> tuple[tuple[str, str], ...]:
    """Give the lines of a node, each with its class."""
    head = f"{node.address.kind}: {action}" if action else node.address.kind
    parts = ((head, "faint"), (node.address.name, ""), (node.detail, "faint"))
    return tuple((clip(" ".join(text.split()), _LONGEST), kind) for text, kind in parts if text)


def _widths(graph: Graph, layout: Layout, actions: Mapping[Address, str]) -> list[float]:
    """Give each layer the width of its widest node."""
    wide = [_LEAST] * layout.layers
    for node in graph.nodes:
        layer, _ = layout.nodes[node.address]
        longest = max(len(text) for text, _ in (*_lines(node, actions.get(node.address, "")), ("", "")))
        wide[layer] = max(wide[layer], longest * _CHARACTER + 2 * _PADDING)
    return wide


def _node(node: Node, layout: Layout, starts: list[float], wide: list[float], action: str) -> Markup:
    layer, place = layout.nodes[node.address]
    x, middle = starts[layer], _MARGIN + place * _ROW
    lines = _lines(node, action)
    kind = node.address.kind if node.address.kind in {"dataset", "model", "privileges"} else ""
    classes = f"node {kind} {_CLASSES.get(action, 'changed') if action else ''}"
    top = middle - (len(lines) - 1) * 8.0 + 4.0
    return element(
        "g",
        element("rect", x=x, y=middle - _BOX / 2, width=wide[layer], height=_BOX, rx=24.0 if kind == "model" else 6.0),
        *(
            element("text", text, x=x + wide[layer] / 2, y=top + 16.0 * number, **({"class_": part} if part else {}))
            for number, (text, part) in enumerate(lines)
        ),
        class_=" ".join(classes.split()),
    )


def _edge(edge: Edge, path: tuple[tuple[int, float], ...], starts: list[float], wide: list[float]) -> Markup:
    points = [(starts[layer], starts[layer] + wide[layer], _MARGIN + place * _ROW) for layer, place in path]
    left, tall = points[0][1], points[0][2]
    parts = [f"M{left:g},{tall:g}"]
    for begin, end, middle in points[1:]:
        half = (left + begin) / 2
        parts.append(f"C{half:g},{tall:g} {half:g},{middle:g} {begin:g},{middle:g}")
        parts.append(f"H{end:g}")
        left, tall = end, middle
    parts.pop()
    tip_x, tip_y = points[-1][0], points[-1][2]
    label_x, label_y = (points[0][1] + points[1][0]) / 2, (points[0][2] + points[1][2]) / 2 - 5
    return element(
        "g",
        element("path", d=" ".join(parts)),
        element("path", class_="tip", d=f"M{tip_x:g},{tip_y:g} l-9,-4 v8 z", style="stroke:none;fill:var(--g-line)"),
        element("text", clip(edge.label, _LONGEST // 3), x=label_x, y=label_y) if edge.label else None,
        class_="edge",
    )


def _describe(graph: Graph, actions: Mapping[Address, str]) -> Markup:
    """Tell the graph in words."""
    told = [f"{edge.source} {edge.label or 'leads to'} {edge.target}" for edge in graph.edges]
    told += [f"{address} to {action}" for address, action in sorted(actions.items())]
    return join((f"{len(graph.nodes)} resources. ", "; ".join(told)))
