"""The Markdown of any plan: within the limit, and nothing that a value says is taken for markup."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from unit.cli.test_plan_text import CREATE, STEPS, UPDATE
from unit.planning.test_planfile import few, numbers

from ftspec.cli.views.markdown_text import clip, code, fence, paragraph, prose
from ftspec.cli.views.plan_markdown import LIMIT, measure, render_plan_markdown
from ftspec.model.address import Address
from ftspec.model.change import Action, Change, Cost, Difference, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.model.graph import Edge, Graph, Node
from ftspec.model.plan import Execute, Hazard, Plan
from ftspec.planning.planfile import plan_to_dict

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"details", "summary", "b", "br", "span", "code"}
WRITTEN = OURS | {"h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "pre", "blockquote"}
NASTY = [
    "</details>",
    "<script>alert(1)</script>",
    "<!-- ",
    "```",
    "````sql",
    "~~~",
    "|",
    "`",
    "**",
    "[x](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "@everybody",
    "#1",
    "- ",
    "1. ",
    "# ",
    "\n\n",
    "\r",
    "\u2028",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    "&lt;",
    "$a$",
    "\\",
    "_",
    "__",
    "---",
    "\t",
    "www.evil.example",
    "||a||",
    "[!CAUTION]",
    "<br>",
    " ",
    "é",
    "😀",
]
nasty = st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=5).map("".join)
long = nasty | st.builds(lambda text, times: text * times, nasty, st.sampled_from([1, 30, 400]))
addresses = st.builds(Address, nasty, long)
diagnostics = st.builds(
    Diagnostic,
    nasty,
    long,
    st.sampled_from(Severity),
    span=st.none() | st.builds(Span, long, numbers, numbers),
    hint=nasty,
)
changes = st.builds(
    Change,
    addresses,
    st.sampled_from(Action),
    st.sampled_from(State),
    reason=long,
    notes=few(diagnostics),
    differences=few(st.builds(Difference, nasty | st.just("grants"), st.none() | long, st.none() | long, nasty)),
    cost=st.none() | st.builds(Cost, numbers, numbers, numbers, credit_rate=st.none() | st.floats(0, 1000)),
    statements=few(long),
)
hazards = few(st.sampled_from(Hazard))


@st.composite
def any_plan(draw):
    listed = draw(st.lists(changes, max_size=5)) * draw(st.sampled_from([1, 2, 20]))
    known = [change.address for change in listed] or [Address("model", "x")]
    steps = st.builds(Execute, id=nasty, address=st.sampled_from(known), title=long, hazards=hazards, sql=few(long))
    edges = st.builds(Edge, st.sampled_from(known), st.sampled_from(known), nasty)
    graph = Graph(tuple(Node(address, draw(nasty)) for address in dict.fromkeys(known)), tuple(draw(few(edges))))
    found = tuple(draw(st.lists(diagnostics, max_size=5)) * draw(st.sampled_from([1, 20])))
    return Plan(draw(long), draw(long), "A", draw(long), tuple(listed), draw(few(steps)), found, graph=graph)


class Reading(HTMLParser):
    """Read a page; every tag that opens is closed, in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.summaries = [], [], [], []

    def handle_starttag(self, tag, attrs):
        assert tag in WRITTEN, tag
        styles = {"style": {"text-align:right", "text-align:left"}, "class": None}
        assert all(name in styles and (styles[name] is None or value in styles[name]) for name, value in attrs), attrs
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert (tag, attrs) == ("br", [])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data):
        self.text.append(data)


def read(markdown):
    """Read the page that the Markdown makes."""
    reading = Reading()
    reading.feed(MARKDOWN.render(markdown))
    reading.close()
    assert reading.open == []
    return reading


def render(plan, **given):
    return render_plan_markdown(json.loads(json.dumps(plan_to_dict(plan))), **given)


@settings(max_examples=25)
@given(any_plan(), st.booleans(), few(long))
def test_any_plan_is_within_the_limit_and_stays_in_its_markup(plan, drift, outcome):
    text = render(plan, drift=drift, outcome=outcome)
    assert measure(text) <= LIMIT
    assert text.encode() == render(plan, drift=drift, outcome=outcome).encode()
    found = read(text)
    assert found.tags.count("details") == found.tags.count("summary")
    assert found.tags.count("h3") == 1
    assert found.tags.count("table") <= 1


@given(nasty)
@example("a_b __init__ snake_case_")
@example("".join(NASTY))
def test_a_value_says_what_it_said(text):
    line = " ".join(text.split())
    unseen = any(sign in text for sign in ("\u202e", "\ud800", "\x1b")) or not line.isprintable()
    for write, paragraphs in ((prose, "x %s"), (code, "x %s"), (paragraph, "%s"), (prose, "| a |\n|---|\n| x%s |")):
        found = read(paragraphs % write(text))
        assert set(found.tags) <= {"p", "code", "span", "table", "thead", "tbody", "tr", "th", "td"}
        said = "".join(found.text).replace("\u200b", "")
        if not unseen:
            assert line.replace("\u200b", "").replace(" ", "") in said.replace(" ", "").replace("\n", "")


@given(nasty)
def test_a_block_of_code_ends_where_it_ends(text):
    found = read(f"a\n\n{fence(text, 'sql')}\n\nb")
    assert found.tags == ["p", "pre", "code", "p"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("@octocat", "@&#8203;octocat"),
        ("see #12 and GH-3", "see #&#8203;12 and GH-&#8203;3"),
        ("http://x.y, www.x.y", "http:&#8203;//x.y, www&#8203;.x.y"),
        ("a | b", "a &#124; b"),
        ("my_super_llama__5BD2 _x_ __y", "my_super_llama__5BD2 &#95;x&#95; &#95;&#95;y"),
        ("$5", "<span>$</span>5"),
        ("a\u202eb\x00", "a&#92;u{202e}b&#92;u{0}"),
    ],
)
def test_what_github_would_make_something_of(text, written):
    assert prose(text) == written


def test_a_long_text_is_cut_visibly():
    assert (clip("abcd", 4), clip("abcde", 4)) == ("abcd", "abc…")


def plan(*changes, steps=(), graph=None, found=()):
    nodes = Graph(tuple(Node(change.address) for change in changes), ()) if graph is None else graph
    return Plan("bot", "dev", "ACCT", "ML_TRAINER", changes, steps, found, graph=nodes)


def test_what_is_wrong_comes_first():
    wrong = Diagnostic("FT201", "it is taken", span=Span("a.yaml", 3, 5), hint="rename it")
    odd = Diagnostic("FT235", "it is odd", Severity.WARNING)
    aside = Diagnostic("FT238", "it is old", Severity.NOTE)
    text = render(plan(CREATE, UPDATE, steps=STEPS, found=(odd, wrong, aside, wrong)))
    before = text[: text.index("| Resource |")]
    assert "> [!CAUTION]\n> **error FT201** <code>a.yaml:3:5</code> it is taken<br>hint: rename it\n" in before
    assert before.index("FT201") < before.index("[!WARNING]") < before.index("FT235")
    assert before.count("FT201") == 1
    assert "FT238" not in text


def test_resources_that_do_not_fit_are_counted_and_named():
    many = [
        Change(Address("model", f"m{number}"), Action.CREATE, State.ABSENT, reason="x" * 1000) for number in range(90)
    ]
    text = render(plan(*many))
    found = read(text)
    shown = text.count("<summary><b>+ create</b>")
    assert f"{90 - shown} resources are left out, for a comment can be no longer: model <code>m{shown}</code>" in text
    assert text.count("| model <code>m") == 90
    assert found.tags.count("details") == shown + 1
    more = render(plan(*many), limit=8_000)
    assert measure(more) <= 8_000
    assert "more resources" in more


GRAVE = [
    (Action.DELETE, (Hazard.DELETES,)),
    (Action.BLOCKED, ()),
    (Action.CANCEL, (Hazard.CANCELS,)),
    (Action.UPDATE, (Hazard.PUBLIC,)),
    (Action.UPDATE, (Hazard.REVOKES,)),
    (Action.REPLACE, (Hazard.BILLED,)),
]


@pytest.mark.parametrize(("action", "hazards"), GRAVE)
def test_what_is_grave_is_left_out_last(action, hazards):
    many = [
        Change(Address("model", f"m{number:03}"), Action.CREATE, State.ABSENT, reason="x" * 1000)
        for number in range(450)
    ]
    grave = Change(Address("model", "zz"), action, State.LIVE, reason="y" * 1000)
    step = Execute(id="s", address=grave.address, title="do it", hazards=hazards, sql=("DROP it",))
    text = render(plan(*many, grave, steps=(step,)))
    row = f"\n| model <code>zz</code> | {action} | {', '.join(hazards)} |"
    assert row in text
    assert f"{action}</b> model <code>zz</code>" in text
    assert text.index("<code>m000</code> |") < text.index(row), "rows stay in the order of the plan"
    assert text.index("</b> model <code>m000</code>") < text.index("</b> model <code>zz</code>")


def test_all_hazards_are_in_the_head():
    again = replace(STEPS[0], id="t", address=UPDATE.address, hazards=(Hazard.BILLED, Hazard.REVOKES))
    text = render(plan(CREATE, UPDATE, steps=(*STEPS, again, replace(again, id="u"))))
    assert "**\n\nHazards: revokes (1 resource), billed (2 resources).\n\n|" in text
    every = render(plan(CREATE, steps=(replace(STEPS[0], hazards=tuple(Hazard)),)))
    assert all(f"{hazard} (1 resource)" in every for hazard in Hazard)


def test_a_graph_that_is_left_out_is_told():
    apps = [Change(Address("privileges", f"a{number}"), Action.UPDATE, State.OUTDATED) for number in range(201)]
    nodes = tuple(Node(change.address) for change in (CREATE, *apps))
    edges = tuple(Edge(CREATE.address, change.address) for change in apps)
    told = "The graph is left out, for it is too large here; `ftspec graph` draws it."
    text = render(plan(CREATE, *apps, graph=Graph(nodes, edges)))
    assert text.endswith(f"\n\n{told}\n")
    fewer = render(plan(CREATE, *apps[:3], graph=Graph(nodes[:4], edges[:3])))
    assert "```mermaid" in fewer
    assert told not in fewer


def test_privileges_name_who_they_are_for():
    text = render(plan(UPDATE, graph=Graph((Node(UPDATE.address, "role PUBLIC"),), ())))
    named = "privileges <code>app</code> for <code>role PUBLIC</code>"
    assert f"\n| {named} | update |" in text
    assert f"<summary><b>~ update</b> {named}</summary>" in text


def test_a_plan_without_changes_is_short():
    text = render(plan(Change(Address("model", "m"), Action.NO_OP, State.LIVE)))
    assert text == (
        "### ftspec plan: project <code>bot</code>, environment <code>dev</code>\n\n"
        "As role <code>ML_TRAINER</code>.\n\n"
        "**No changes: Snowflake is as the manifests declare.**\n"
    )


def test_steps_are_counted():
    one = render(plan(UPDATE, steps=STEPS[2:]))
    assert "<summary>1 step with its SQL</summary>" in one
    assert "<summary>2 steps with their SQL</summary>" in render(plan(CREATE, steps=STEPS))


def test_what_the_role_may_not_do_is_handed_over():
    change = Change(Address("privileges", "app"), Action.BLOCKED, State.OUTDATED, statements=("GRANT a", "GRANT b"))
    assert "for an administrator:\n\n```sql\nGRANT a;\nGRANT b;\n```" in render(plan(change))
