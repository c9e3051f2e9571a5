"""The HTML of any plan: balanced, without scripts or anything from outside, and every value is text."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.cli.test_plan_markdown import NASTY, any_plan
from unit.cli.test_plan_text import CREATE, STEPS, UPDATE

from ftspec.cli.views.graph_layout import lay_out
from ftspec.cli.views.graph_svg import draw_graph
from ftspec.cli.views.markup import element
from ftspec.cli.views.mermaid import write_mermaid
from ftspec.cli.views.plan_html import render_plan_html
from ftspec.cli.views.report_chart import draw_lengths
from ftspec.model.address import Address
from ftspec.model.graph import Edge, Graph, Node, build_graph
from ftspec.model.plan import Plan
from ftspec.model.profile import PairLimit
from ftspec.planning.planfile import plan_to_dict

PAGE = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "nav",
    "main",
    "section",
    "footer",
    "h1",
    "h2",
    "h3",
}
TEXT = {"p", "ul", "li", "a", "code", "pre", "strong", "ins", "del", "span", "div", "details", "summary"}
TABLES = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
DRAWN = {"svg", "desc", "g", "rect", "circle", "text", "path", "figure", "figcaption"}
LIMITS = {"llama3-8b": PairLimit(6000, 2000), "": PairLimit(100, 50)}
TRAIN, VALID = Address("dataset", "train"), Address("dataset", "valid")
LLAMA, APP = Address("model", "llama"), Address("privileges", "app")
GRAPH = build_graph(
    [Node(TRAIN, "snapshot ML.S.TRAIN"), Node(VALID), Node(LLAMA, "ML.S.LLAMA"), Node(APP, "role APP")],
    [Edge(TRAIN, LLAMA, "trains"), Edge(VALID, LLAMA, "validates"), Edge(LLAMA, APP, "can_use"), Edge(TRAIN, APP)],
)


class Reading(HTMLParser):
    """Read a page whose every tag is closed in order and that refers to nothing but itself."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.headings = [], [], [], []

    def handle_starttag(self, tag, attrs):
        assert tag in PAGE | TEXT | TABLES | DRAWN, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in {"src", "srcset", "action", "xlink:href"}, name
            assert name != "href" or re.fullmatch(r"#[a-z]+", value), value
            assert name != "style" or value == "stroke:none;fill:var(--g-line)"
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)
        elif self.open:
            assert "@import" not in data
            assert "url(" not in data


def read(page):
    reading = Reading()
    reading.feed(page)
    reading.close()
    assert reading.open == []
    return reading


def render(plan):
    return render_plan_html(json.loads(json.dumps(plan_to_dict(plan))), LIMITS)


@settings(max_examples=15)
@given(any_plan())
def test_any_plan_stays_in_its_markup(plan):
    page = render(plan)
    page.encode()
    found = read(page)
    assert found.headings[0] == 1
    assert 1 not in found.headings[1:]
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert found.tags.count("details") == found.tags.count("summary")


@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=5).map("".join))
def test_a_value_is_text_in_content_and_in_attributes(text):
    found = read(element("p", element("span", text, aria_label=text)).text)
    assert found.tags == ["p", "span"]
    said = "".join(found.text)
    assert all(sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs"} for sign in said)
    assert "\u202e" not in said
    assert read(draw_graph(Graph((Node(Address(text, text), text),), ())).text).tags.count("g") == 1


def test_a_whole_plan():
    found = read(render(Plan("bot", "dev", "ACCT", "ML_TRAINER", (CREATE, UPDATE), STEPS, graph=GRAPH)))
    text = "".join(found.text)
    for part in ("Plan of bot, dev", "training_data", "train, 1,412 rows", "SELECT 1\nFROM t", "app.yaml:5:3"):
        assert part in text
    for heading in ("Resources", "Dependencies", "Changes", "Data", "Cost", "Access"):
        assert heading in text
    assert "loses" in text
    assert "SELECT on table ML.SUPPORT.OLD" in text


def test_access_names_who_gains_or_loses_it():
    old = replace(UPDATE, address=Address("privileges", "OLD"))
    page = render(Plan("bot", "dev", "ACCT", "ML_TRAINER", (UPDATE, old), graph=GRAPH))
    access = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<caption>Who gains or loses what") :]).split())
    assert "Privilege role APP gains USAGE on model ML.SUPPORT.LLAMA (can_use llama)" in access
    assert "OLD gains USAGE" in access
    assert "privileges <code>app</code> for <code>role APP</code>" in page


def test_lengths_are_drawn_against_a_limit_that_is_near():
    spread = {"median": 40, "p95": 60, "p99": 70, "largest": 120}
    near, far = (draw_lengths("Prompts", spread, limit).text for limit in (100, 6000))
    assert "longer than 100 is cut" in near
    assert 'class="mark"' in near
    assert "longer than 6,000 is cut" in far
    assert 'class="mark"' not in far
    widths = [float(width) for width in re.findall(r'class="bar"[^>]* width="([\d.]+)"', near)]
    assert widths == sorted(widths)
    assert widths[-1] == 260
    read(near)


def test_layers_follow_the_longest_way_and_edges_keep_a_place_in_those_they_pass():
    layout = lay_out(GRAPH)
    assert {address: layer for address, (layer, _) in layout.nodes.items()} == {TRAIN: 0, VALID: 0, LLAMA: 1, APP: 2}
    assert layout.layers == 3
    paths = dict(zip(((edge.source, edge.target) for edge in GRAPH.edges), layout.paths, strict=True))
    assert [layer for layer, _ in paths[TRAIN, APP]] == [0, 1, 2]
    assert paths[TRAIN, APP][1] != layout.nodes[LLAMA]


def test_neighbours_stand_side_by_side():
    names = "abcd"
    sources = [Address("dataset", name) for name in names]
    targets = [Address("model", name) for name in reversed(names)]
    edges = [Edge(source, target) for source, target in zip(sources, targets, strict=True)]
    nodes = [Node(address) for address in (*sources, *targets)]
    layout = lay_out(build_graph(nodes, edges))
    assert all(layout.nodes[edge.source][1] == layout.nodes[edge.target][1] for edge in edges)


few = st.sampled_from([Address(kind, name) for kind in ("dataset", "model", "privileges") for name in "abcd"])


@given(st.sets(few), st.lists(st.builds(Edge, few, few), max_size=20))
def test_any_graph_is_drawn_even_one_with_circles(addresses, edges):
    graph = build_graph(map(Node, addresses), edges)
    layout = lay_out(graph)
    assert len({*layout.nodes.values()}) == len(graph.nodes)
    assert all(0 <= place <= layout.height for _, place in layout.nodes.values())
    found = read(draw_graph(graph).text)
    assert found.tags.count("g") == len(graph.nodes) + len(graph.edges)
    assert draw_graph(graph) == draw_graph(graph)


def test_a_graph_is_told_in_words():
    drawn = draw_graph(GRAPH, {LLAMA: "create", TRAIN: "no-op"}).text
    assert "dataset train trains model llama" in drawn
    assert "model llama to create" in drawn
    assert 'role="img"' in drawn
    assert "prefers-color-scheme: dark" in drawn


def test_a_graph_as_mermaid():
    assert write_mermaid(GRAPH, {LLAMA: "create", TRAIN: "no-op"}).splitlines() == [
        "flowchart LR",
        '  n0[("dataset<br>train<br>snapshot ML.S.TRAIN<br>no-op")]',
        '  n1[("dataset<br>valid")]',
        '  n2(["model<br>llama<br>ML.S.LLAMA<br>create"]):::made',
        '  n3{{"privileges<br>app<br>role APP"}}',
        '  n0 -->|"trains"| n2',
        "  n0 --> n3",
        '  n1 -->|"validates"| n2',
        '  n2 -->|"can_use"| n3',
        "  classDef made stroke:#1a7f37,stroke-width:3px",
    ]


@pytest.mark.parametrize(
    ("name", "written"), [('a"b', "a#34;b"), ("`a`]", "#96;a#96;#93;"), ("a\nb;c", "a b#59;c"), ("<b>", "#60;b#62;")]
)
def test_what_mermaid_would_make_something_of(name, written):
    assert f"<br>{written}" in write_mermaid(Graph((Node(Address("model", name)),), ()))
