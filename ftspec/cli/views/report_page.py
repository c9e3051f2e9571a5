"""The frame of an HTML report: one file that needs neither scripts nor a network, in light and dark. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ftspec.cli.views.graph_svg import STYLE as GRAPH_STYLE
from ftspec.cli.views.markup import Child, Markup, element, escape, join

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --faint: #57606a; --line: #d0d7de; --box: #f6f8fa;
  --plus: #116329; --plus-box: #dafbe1; --minus: #82071e; --minus-box: #ffebe9; --warn: #7a4a00; --warn-box: #fff8c5;
  --bar: #0969da; --mark: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --faint: #9198a1; --line: #3d444d;
  --box: #161b22; --plus: #7ee787; --plus-box: #12261e; --minus: #ffa198; --minus-box: #2d1619; --warn: #e3b341;
  --warn-box: #272115; --bar: #58a6ff; --mark: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem 1.5rem; }
header { padding-top: 2rem; }
footer { color: var(--faint); border-top: 1px solid var(--line); margin-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
code, pre, .diff { font: .875rem/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
table code { overflow-wrap: normal; white-space: nowrap; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; margin: .5rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.sum { font-size: 1.1rem; font-weight: 600; }
.faint { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--faint); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; }
details > :not(summary) { margin-left: 1rem; margin-right: 1rem; }
summary { cursor: pointer; padding: .5rem .75rem; border-radius: 6px; }
summary:hover { background: var(--box); }
:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
.diff { list-style: none; margin: .5rem 1rem; padding: 0; border: 1px solid var(--line); border-radius: 6px;
  overflow: hidden; }
.diff li { padding: .1rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; display: grid;
  grid-template-columns: 1.25rem minmax(6rem, 11rem) 1fr; }
.diff li.bare { grid-template-columns: 1.25rem 1fr; }
.diff ins, .diff del { text-decoration: none; }
.diff .plus, .diff .plus ins { background: var(--plus-box); color: var(--plus); }
.diff .minus, .diff .minus del { background: var(--minus-box); color: var(--minus); }
.told { border-left: 4px solid var(--line); background: var(--box); padding: .5rem .75rem;
  margin-top: .5rem; margin-bottom: .5rem; }
.told.error { border-color: var(--minus); background: var(--minus-box); }
.told.warning { border-color: var(--warn); background: var(--warn-box); }
.told p { margin: 0; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: .5rem 0 1rem; }
.charts figure { margin: 0; max-width: 100%; }
.charts svg { max-width: 100%; height: auto; }
.charts svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
.charts svg .bar { fill: var(--bar); }
.charts svg .mark { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 4 3; }
.charts .rule { stroke: var(--line); stroke-width: 1; }
.charts .line { fill: none; stroke-width: 2; }
.charts .line.training { stroke: var(--bar); }
.charts .line.validation { stroke: var(--mark); stroke-dasharray: 5 4; }
.charts .dot.training { fill: var(--bar); }
.charts .dot.validation { fill: var(--mark); }
.legend { white-space: nowrap; margin-left: .75rem; }
.key { display: inline-block; width: 1.5rem; vertical-align: middle; border-top: 2px solid var(--bar); }
.key.validation { border-top: 2px dashed var(--mark); }
.graph { max-width: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0 0; }
nav a { color: var(--bar); }
@media (max-width: 40rem) { header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  .diff li { grid-template-columns: 1.25rem 1fr; } .diff li:not(.bare) > :last-child { grid-column: 2; } }
@media print { details > * { display: block; } nav { display: none; } }
"""


def page(title: str, head: Iterable[Child], sections: Sequence[tuple[str, Markup]], version: str) -> str:
    """Write a whole page: what it is about, and its sections, each under a heading of its own."""
    kept = [(name, content) for name, content in sections if content.text]
    links = (element("li", element("a", name, href=f"#{_slug(name)}")) for name, _ in kept)
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            *head,
            element("nav", element("ul", *links), aria_label="Sections") if kept else None,
        ),
        element("main", *(_section(name, content) for name, content in kept)),
        element("footer", element("p", f"Written by ftspec {version}.")),
    )
    top = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(_STYLE + GRAPH_STYLE)),
    )
    return f"<!DOCTYPE html>\n{escape(element('html', top, body, lang='en'))}\n"


def _section(name: str, content: Markup) -> Markup:
    return element("section", element("h2", name, id=_slug(name)), content, aria_labelledby=_slug(name))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[Child]], numbers: frozenset[int]) -> Markup:
    """Write a table whose rows are named by their first cells; `numbers` are the columns of figures."""
    place = {True: {"class_": "number"}, False: {}}
    head = (element("th", name, scope="col", **place[index in numbers]) for index, name in enumerate(titles))
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, **place[index in numbers]) for index, cell in enumerate(row[1:], 1)),
        )
        for row in rows
    ]
    if not body:
        return Markup("")
    listed = element(
        "table", element("caption", caption), element("thead", element("tr", *head)), element("tbody", *body)
    )
    return scrolling(listed, caption)


def scrolling(content: Markup, name: str) -> Markup:
    """Let what is too wide be moved, also by the keyboard."""
    return element("div", content, class_="wide", tabindex="0", role="group", aria_label=name)


def code(text: str) -> Markup:
    """Write a name in the font of code."""
    return element("code", text)


def fold(summary: Child, *content: Child) -> Markup:
    """Fold some content behind its summary."""
    return element("details", element("summary", summary), *content)


def told(severity: str, code_: str, place: str, message: str, hint: str) -> Markup:
    """Write a diagnostic."""
    return element(
        "div",
        element("p", element("strong", f"{severity} {code_} "), code(place) if place else None, f" {message}"),
        element("p", f"hint: {hint}") if hint else None,
        class_=f"told {severity}",
    )


def definition(pairs: Iterable[tuple[str, Child]]) -> Markup:
    """Write short facts in one paragraph."""
    parts = (join((f"{name} ", value)) for name, value in pairs)
    return element("p", join(parts, ", "), class_="faint")
