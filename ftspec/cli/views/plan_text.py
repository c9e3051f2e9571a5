"""The human form of a plan, made from its JSON form, so that the two cannot disagree. Pure: plain data to lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ftspec.cli.views.markdown_text import show_lines

Plain = Mapping[str, Any]
"""A plan as plain data. `Any`: it is JSON."""

SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "replace": ("~", "yellow"),
    "delete": ("-", "red"),
    "wait": (">", "cyan"),
    "finish": (">", "cyan"),
    "swap": ("~", "yellow"),
    "promote": (">", "cyan"),
    "cancel": ("-", "red"),
    "blocked": ("!", "red"),
}
_STYLES = {"error": "red", "warning": "yellow", "note": "cyan"}
_COUNTED = ("create", "update", "replace", "delete", "blocked")
_LABEL = 17
_GRANT = 56
_WORD = re.compile(r"[\w.:-]+")
_NAME = 42
_LONG_NAME = 70


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output: text, a rich style for it, and how far its continuation is indented.

    It is continued where it is too wide, and where a value in it has several lines.
    """

    text: str
    style: str = ""
    hang: int = 0


def render_plan(document: Plain, *, drift: bool = False, sql: bool = True) -> tuple[Line, ...]:
    """Write a plan for people: what changes and why, the steps and, where `sql`, their statements, and the sum.

    `drift`: the plan holds what moved by hand only.
    """
    where = f"project {document['project']}, environment {document['environment']}, role {document['role']}"
    lines = [Line(f"ftspec: {where}", hang=2), Line("")]
    shown = list_shown(document)
    wide = max((len(_name(change)) for change in shown if len(_name(change)) <= _LONG_NAME), default=0)
    for change in shown:
        lines += _change_lines(change, document["steps"], max(wide, _NAME))
    if shown:
        lines.append(Line(""))
    if document["steps"]:
        title = "Statements, in this order:" if sql else "Steps, in this order:"
        lines += [Line(title), *_step_lines(document["steps"], sql=sql), Line("")]
    return (*lines, *sum_lines(document, drift=drift))


def list_shown(document: Plain) -> list[Plain]:
    """List the changes that say something: what is as it was declared, and needs no word, is left out.

    Each has its `grantee`: the role that declared privileges are for; empty where the name says it, or there is none.
    """
    details = {key_of(node): node["detail"] for node in document["graph"]["nodes"]}
    return [
        {**change, "grantee": _find_grantee(change, details)}
        for change in document["changes"]
        if change["action"] != "no-op" or change["notes"]
    ]


def _find_grantee(change: Plain, details: Mapping[tuple[str, str], str]) -> str:
    return details.get(key_of(change), "") if change["address"]["kind"] == "privileges" else ""


def key_of(entry: Plain) -> tuple[str, str]:
    """Give kind and name of the resource that a change, a step or a node is of."""
    return entry["address"]["kind"], entry["address"]["name"]


def _name(change: Plain) -> str:
    behind = f" for {change['grantee']}" if change["grantee"] else ""
    return f"{change['address']['kind']} {change['address']['name']}{behind}"


def list_differences(change: Plain) -> list[Plain]:
    """List what a change alters; of one with which nothing is done, in what else than grants it differs."""
    if change["action"] != "no-op":
        return list(change["differences"])
    return [each for each in change["differences"] if each["path"] != "grants" and each["before"] != each["after"]]


def list_hazards(change: Plain, steps: Iterable[Plain]) -> list[str]:
    """List the hazards of a change's steps, each once."""
    return sorted({hazard for step in steps if step["address"] == change["address"] for hazard in step["hazards"]})


def wrap_lines(lines: Iterable[Line], width: int | None) -> Iterator[Line]:
    """Break lines that are wider than a terminal, with a hanging indent; a log gets them whole.

    Values are shown, never obeyed: a second line of one hangs below its first, and what would move the cursor, colour
    or turn the text around it is spelled out.
    """
    for line in _part_lines(lines):
        if width is None or len(line.text) <= width:
            yield line
            continue
        broken = textwrap.wrap(
            line.text, width, subsequent_indent=" " * line.hang, drop_whitespace=True, break_on_hyphens=False
        )
        yield from (Line(part, line.style) for part in broken)


def _part_lines(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        first, *more = show_lines(line.text.rstrip("\r\n"))
        yield Line(first, line.style, line.hang)
        yield from (Line(f"{'':<{line.hang}}{text}".rstrip(), line.style, line.hang) for text in more)


def format_number(value: int) -> str:
    """Write a number with commas between thousands."""
    return f"{value:,}"


def _change_lines(change: Plain, steps: Iterable[Plain], wide: int) -> Iterator[Line]:
    sign, style = SIGNS.get(change["action"], (" ", ""))
    head = f"  {sign} {_name(change):<{wide}}  {change['action']:<8}  {' '.join(list_hazards(change, steps))}".rstrip()
    yield Line(head, f"bold {style}".strip(), hang=6)
    if tell_reason(change):
        yield Line(f"      {change['reason']}", hang=6)
    for difference in list_differences(change):
        yield from _difference_lines(change, difference, _widest_grant(change))
    for note in change["notes"]:
        yield from _note_lines(note)


def tell_reason(change: Plain) -> str:
    """Give the reason of a change, where no note says it as well."""
    told = {note["message"] for note in change["notes"]}
    return "" if change["action"] == "blocked" or change["reason"] in told else str(change["reason"])


def _widest_grant(change: Plain) -> int:
    """Give the column that what stands behind grants begins at; a very long one may reach beyond it."""
    grants = [each["after"] or each["before"] for each in change["differences"] if each["path"] == "grants"]
    return max((len(grant) for grant in grants if len(grant) <= _GRANT), default=0)


def _difference_lines(change: Plain, difference: Plain, wide: int) -> Iterator[Line]:
    before, after, note = difference["before"], difference["after"], difference["note"]
    if difference["path"] == "grants":
        sign, style = ("=", "dim") if before == after else ("+", "green") if before is None else ("-", "red")
        grant = after if after is not None else before
        yield Line(f"      {sign} {grant:<{wide}}  ({note})" if note else f"      {sign} {grant}", style, hang=10)
        return
    label = difference["path"].removeprefix("options.")
    comes = change["action"] != "no-op" and (change["action"] != "blocked" or _is_new(change))
    if before == after or (before is None and comes):
        value = describe_value(change, difference["path"], after)
    else:
        value = f"{before} ({note})" if note and after is None else _spell_change(before, after)
    wide = max(_LABEL, len(label) + 2)
    yield Line(f"      {label:<{wide}}{value}", hang=6 + wide)
    if difference["path"] == "training_data" and change["cost"] is not None:
        for title, text in cost_pairs(change):
            yield Line(f"      {title:<{_LABEL}}{text}", hang=6 + _LABEL)


def _is_new(change: Plain) -> bool:
    """Tell whether nothing is there yet of what a change is about."""
    return all(each["before"] is None for each in change["differences"])


def _spell_change(before: str | None, after: str | None) -> str:
    """Write what was and what will be; in quotes unless all of it is plain words. `unset` is no value."""
    values = [value for value in (before, after) if value is not None]
    plain = all(_WORD.fullmatch(value) and value != "unset" for value in values)
    first, then = ("unset" if value is None else value if plain else repr(value) for value in (before, after))
    return f"{first} -> {then}"


def describe_value(change: Plain, path: str, value: object) -> str:
    """Write a value that is new or stays, with its rows where it is data that trains."""
    cost = change["cost"]
    if cost is not None and path == "training_data":
        return f"{value}, {format_number(cost['rows'])} rows"
    if cost is not None and path == "validation_data" and cost["validation_rows"] is not None:
        return f"{value}, {format_number(cost['validation_rows'])} rows"
    return str(value)


def cost_pairs(change: Plain) -> Iterator[tuple[str, str]]:
    """Write what a training learns from and what it takes: sizes first, then the price; titles and texts."""
    yield "training tokens", _tokens(change["cost"])
    for figures in change["figures"]:
        if figures["side"] == "training":
            yield "prompts", _spread(figures["profile"], "prompt_tokens")
            yield "completions", _spread(figures["profile"], "completion_tokens")
    yield "cost", _price(change["cost"])


def _spread(profile: Plain, side: str) -> str:
    spread = profile[side]
    if profile["is_partial"]:
        return f"tokens: {format_number(spread['total'])} in all"
    return f"tokens: {', '.join(f'{size} {format_number(spread[size])}' for size in _SIZES)}"


_SIZES = ("median", "p95", "p99", "largest")


def _price(cost: Plain) -> str:
    if cost["credit_rate"] is None:
        return f"credits unknown: set credit_rates.{cost['base_model']}, or use --learn-rate"
    learnt = ", learnt from the usage history" if cost["rate_learnt"] else ""
    return f"{format_credits(cost['credits'])} ({cost['credit_rate']:g} a million tokens{learnt})"


def format_credits(value: float) -> str:
    """Write credits, to a hundredth."""
    return f"{value:,.2f} credits" if value >= _CENT or not value else "less than 0.01 credits"


_CENT = 0.01


def _tokens(cost: Plain) -> str:
    assumed = " (assumed: Snowflake decides)" if cost["epochs_assumed"] else ""
    counted = f"counted as {cost['base_model']} does" if cost["exact"] else "about 4 characters a token"
    tokens = f"{format_number(cost['tokens'])} tokens x {cost['epochs']} epoch{'s' * (cost['epochs'] != 1)}{assumed}"
    return f"{tokens} = {format_number(cost['trained_tokens'])} ({counted})"


def _note_lines(note: Plain) -> Iterator[Line]:
    label = f"{note['severity']} {note['code']}"
    indent = 6 + max(_LABEL, len(label) + 2)
    yield Line(f"      {label:<{indent - 6}}{note['message']}", _STYLES[note["severity"]], hang=indent)
    if note["span"] is not None:
        span = note["span"]
        yield Line(f"{'':<{indent}}{span['path']}:{span['line']}:{span['column']}", "dim", hang=indent)
    if note["hint"]:
        yield Line(f"{'':<{indent}}hint: {note['hint']}", hang=indent)


def _step_lines(steps: Iterable[Plain], *, sql: bool) -> Iterator[Line]:
    for number, step in enumerate(steps, 1):
        behind = f"  [{', '.join(step['hazards'])}]" if step["hazards"] else ""
        yield Line(f"  {number:>2}. {step['title']}{behind}", hang=6)
        if sql and "statement" in step:
            for text in show_lines(step["statement"].rstrip("\r\n")):
                yield Line(f"      {text}", "dim", hang=8)


def sum_lines(document: Plain, *, drift: bool = False) -> Iterator[Line]:
    """Write what a plan comes to, as its last lines."""
    summary = document["summary"]
    actions = summary["actions"]
    if not summary["has_changes"] and not actions.get("blocked"):
        if drift:
            yield Line("No drift: nothing that was applied has moved by hand.", "green")
            return
        stays = any(change["state"] in {"outdated", "held", "unknown"} for change in document["changes"])
        yield Line("No changes." if stays else "No changes: Snowflake is as the manifests declare.", "green")
        return
    parts = [f"{actions.get(action, 0)} to {action}" for action in _COUNTED[:-1]]
    others = [name for name in actions if name not in {*_COUNTED, "no-op"}]
    parts += [f"{actions[action]} to {action}" for action in others]
    yield Line(f"Plan: {', '.join(parts)}, {actions.get('blocked', 0)} blocked.", "bold", hang=6)
    if summary["trained_tokens"]:
        known = not summary["credit_rates_unknown"]
        price = f", {format_credits(summary['credits'])}" if known else ""
        yield Line(f"Training: {format_number(summary['trained_tokens'])} tokens{price}.", "bold", hang=6)
