"""A plan as an HTML report, made from its JSON form as the human view is. Pure: plain data to text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ftspec import __version__
from ftspec.cli.views.graph_svg import draw_graph
from ftspec.cli.views.markup import NOTHING, Child, Markup, element, join
from ftspec.cli.views.plan_diff import DiffLine, diff_lines
from ftspec.cli.views.plan_text import (
    SIGNS,
    Plain,
    format_credits,
    format_number,
    list_hazards,
    list_shown,
    sum_lines,
    tell_reason,
)
from ftspec.cli.views.report_chart import draw_lengths
from ftspec.cli.views.report_page import code, definition, fold, page, scrolling, table, told
from ftspec.model.address import Address
from ftspec.model.profile import PairLimit
from ftspec.planning.planfile import graph_from_dict

Limits = Mapping[str, PairLimit]
"""The pairs that base models take, by their names."""


def render_plan_html(document: Plain, limits: Limits, *, drift: bool = False) -> str:
    """Write a plan: what it comes to, what is wrong, what is made from what, each change, its data, cost and access."""
    shown = list_shown(document)
    facts = [(name, code(document[name])) for name in ("environment", "role", "account")]
    head = [element("p", line.text, class_="sum") for line in sum_lines(document, drift=drift)]
    title = f"Plan of {document['project']}, {document['environment']}"
    sections = [
        ("Problems", _problems(document["diagnostics"])),
        ("Resources", _resources(shown, document["steps"])),
        ("Dependencies", draw_dependencies(document)),
        ("Changes", join(_change(change, document["steps"]) for change in shown)),
        ("Data", join(part for change in shown for part in _data(change, limits))),
        ("Cost", _costs(shown)),
        ("Access", _access(shown)),
    ]
    return page(title, [*head, definition(facts)], sections, __version__)


def draw_dependencies(document: Plain) -> Markup:
    """Draw the graph of a plan, coloured by what is done."""
    graph = graph_from_dict(document["graph"])
    if not graph.nodes:
        return NOTHING
    actions = {Address(**change["address"]): change["action"] for change in document["changes"]}
    return scrolling(draw_graph(graph, actions, alone=False), "Dependencies")


def _problems(diagnostics: Iterable[Plain]) -> Markup:
    unique = {(found["code"], found["message"], str(found["span"])): found for found in diagnostics}.values()
    return join(_told(found) for level in ("error", "warning") for found in unique if found["severity"] == level)


def _told(found: Plain) -> Markup:
    span = found["span"]
    place = "" if span is None else f"{span['path']}:{span['line']}:{span['column']}"
    return told(found["severity"], found["code"], place, found["message"], found["hint"])


def _name(change: Plain) -> Markup:
    behind = (" for ", code(change["grantee"])) if change["grantee"] else ()
    return join((f"{change['address']['kind']} ", code(change["address"]["name"]), *behind))


def _resources(shown: Sequence[Plain], steps: Sequence[Plain]) -> Markup:
    rows = [
        (_name(change), change["action"], ", ".join(list_hazards(change, steps)), change["state"]) for change in shown
    ]
    return table("What becomes of each resource", ("Resource", "Action", "Hazards", "Now"), rows, frozenset())


def _change(change: Plain, steps: Sequence[Plain]) -> Markup:
    sign, _ = SIGNS.get(change["action"], (" ", ""))
    hazards = list_hazards(change, steps)
    behind = f" ({', '.join(hazards)})" if hazards else ""
    own = [(number, step) for number, step in enumerate(steps, 1) if step["address"] == change["address"]]
    reason = tell_reason(change)
    statements = change.get("statements", ())
    return fold(
        join((element("strong", f"{sign} {change['action']} ".lstrip()), _name(change), behind)),
        element("p", reason) if reason else None,
        _diff(tuple(diff_lines(change))),
        *(_told(note) for note in change["notes"]),
        join((element("p", "For an administrator:"), element("pre", ";\n".join(statements) + ";")))
        if statements
        else None,
        _steps(own) if own else None,
    )


def _diff(lines: tuple[DiffLine, ...]) -> Markup | None:
    return element("ul", *map(_diff_line, lines), class_="diff") if lines else None


def _diff_line(line: DiffLine) -> Markup:
    kind, tag, said = {"+": ("plus", "ins", "comes: "), "-": ("minus", "del", "goes: ")}.get(
        line.sign, ("", "span", "")
    )
    sign = element("span", line.sign, aria_hidden="true")
    unseen = element("span", said, class_="unseen") if said else None
    label = element("span", line.label) if line.label else None
    classes = " ".join(filter(None, (kind, "" if line.label else "bare")))
    return element("li", sign, label, element(tag, unseen, line.text), **({"class_": classes} if classes else {}))


def _steps(steps: Sequence[tuple[int, Plain]]) -> Markup:
    parts: list[Child] = []
    for number, step in steps:
        behind = f" ({', '.join(step['hazards'])})" if step["hazards"] else ""
        parts.append(element("p", element("strong", f"{number}. "), f"{step['title']}{behind}"))
        if "statement" in step:
            parts.append(element("pre", step["statement"]))
    return fold(f"{len(steps)} step{'s with their' if len(steps) != 1 else ' with its'} SQL", *parts)


def _data(change: Plain, limits: Limits) -> Iterator[Markup]:
    cost = change["cost"]
    limit = limits.get(cost["base_model"]) if cost is not None else None
    for figures in change["figures"]:
        profile = figures["profile"]
        yield element(
            "h3", join((f"{figures['side']} data of ".capitalize(), _name(change), ": ", code(figures["dataset"])))
        )
        facts = [
            ("rows", format_number(profile["rows"])),
            ("blank prompts", format_number(profile["blank_prompts"])),
            ("blank completions", format_number(profile["blank_completions"])),
        ]
        if not profile["is_partial"]:
            facts += [
                ("different prompts", format_number(profile["distinct_prompts"])),
                ("prompts with several completions", format_number(profile["conflicting_prompts"])),
            ]
        if figures["shared_prompts"] is not None:
            facts.append(("rows whose prompt also trains", format_number(figures["shared_prompts"])))
        yield definition(facts)
        if profile["is_partial"]:
            yield element("p", "How its sizes are spread is known when it is loaded.")
        else:
            prompts = draw_lengths("Prompts", profile["prompt_tokens"], None if limit is None else limit.prompt_tokens)
            completions = draw_lengths(
                "Completions", profile["completion_tokens"], None if limit is None else limit.completion_tokens
            )
            yield element("div", prompts, completions, class_="charts")


def _costs(shown: Iterable[Plain]) -> Markup:
    rows = [
        (
            _name(change),
            code(cost["base_model"]),
            format_number(cost["rows"]),
            format_number(cost["tokens"]),
            f"{cost['epochs']}{' (assumed)' if cost['epochs_assumed'] else ''}",
            format_number(cost["trained_tokens"]),
            "unknown" if cost["credits"] is None else format_credits(cost["credits"]).removesuffix(" credits"),
        )
        for change in shown
        if (cost := change["cost"]) is not None
    ]
    titles = ("Model", "Base model", "Rows", "Tokens of one pass", "Epochs", "Training tokens", "Credits")
    return table("What is trained, and what it takes", titles, rows, frozenset(range(2, 7)))


def _access(shown: Iterable[Plain]) -> Markup:
    words = {"+": "gains", "-": "loses", " ": "keeps"}
    rows = [
        (code(change["grantee"] or change["address"]["name"]), words[line.sign], line.text)
        for change in shown
        for line in diff_lines(change)
        if change["address"]["kind"] == "privileges" and not line.label
    ]
    return table("Who gains or loses what", ("Grantee", "What", "Privilege"), rows, frozenset())
