"""A plan as Markdown for a pull request, made from its JSON form as the human view is. Pure: plain data to text.

The text is never longer than a comment on GitHub may be: whole resources are left out, and named. Length is counted in
UTF-16 units, which no other count of characters exceeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from ftspec.cli.views.markdown_text import clip, code, fence, paragraph, prose
from ftspec.cli.views.mermaid import write_mermaid
from ftspec.cli.views.plan_diff import DiffLine, diff_lines
from ftspec.cli.views.plan_text import (
    SIGNS,
    Plain,
    format_credits,
    format_number,
    key_of,
    list_hazards,
    list_shown,
    sum_lines,
    tell_reason,
)
from ftspec.model.address import Address
from ftspec.planning.planfile import graph_from_dict

LIMIT = 60_000
"""Characters of the whole: what a comment takes (65,536), less what others put around a plan."""
_NAME = 80
_MESSAGE = 1_500
_LABEL = 17
_EDGES = 200
_RESERVE = 2_500
_ALERTS = {"error": "CAUTION", "warning": "WARNING"}
_NO_GRAPH = "The graph is left out, for it is too large here; `ftspec graph` draws it."
_GRAVE = (
    *("blocked", "delete", "deletes", "cancel", "cancels", "prunes", "public", "revokes", "replace"),
    *("billed", "inference"),
)
"""Actions and hazards, the gravest first."""
_TABLE = "| Resource | Action | Hazards | Training tokens | Credits |\n|---|---|---|--:|--:|"


def render_plan_markdown(
    document: Plain,
    *,
    drift: bool = False,
    more: Sequence[Plain] = (),
    outcome: Sequence[str] = (),
    limit: int = LIMIT,
) -> str:
    """Write a plan: what it comes to, what is wrong, a row for each resource, and each change, folded.

    `more` are diagnostics that the plan does not have itself, `outcome` are lines on what became of it.
    """
    shown = list_shown(document)
    head = [_head(document, "apply" if outcome else "plan"), _outcome(outcome, limit // 8)]
    head += [f"**{prose(' '.join(line.text for line in sum_lines(document, drift=drift)))}**"]
    head += [_hazards(document["steps"]), *list_problems([*more, *document["diagnostics"]], limit // 4)]
    room = limit - _RESERVE - _length(head)
    graph = _graph(document, min(limit // 8, room // 4)) if shown else ""
    order = sorted(range(len(shown)), key=lambda number: _rank(shown[number], document["steps"]))
    table = _table([_row(change, document["steps"]) for change in shown], order, room // 3)
    room -= _length([graph, table])
    changes, left_out = _fit([_change(change, document["steps"]) for change in shown], order, room)
    told = _left_out([shown[number] for number in left_out], _RESERVE - 200)
    return "\n\n".join(part for part in (*head, told, table, *changes, graph) if part) + "\n"


def list_problems(diagnostics: Iterable[Plain], most: int) -> list[str]:
    """Write errors, then warnings, each with its place and repair; those beyond so many characters are counted."""
    listed: list[str] = []
    unique = list({(found["code"], found["message"], str(found["span"])): found for found in diagnostics}.values())
    for severity, alert in _ALERTS.items():
        parts = [_problem(found) for found in unique if found["severity"] == severity]
        kept, left = _cut(parts, most - _length(listed))
        if left:
            kept.append(f"and {left} more {severity}{'s' * (left != 1)}")
        if kept:
            listed.append("\n".join([f"> [!{alert}]", "\n>\n".join(f"> {part}" for part in kept)]))
    return listed


def measure(text: str) -> int:
    """Count UTF-16 units, as browsers count characters."""
    return len(text.encode("utf-16-le")) // 2


def _length(parts: Iterable[str]) -> int:
    return sum(measure(part) + 2 for part in parts)


def _cut(parts: list[str], most: int) -> tuple[list[str], int]:
    """Keep the first parts that fit, and count the others."""
    sizes = (sum(measure(part) + 8 for part in parts[: count + 1]) for count in range(len(parts)))
    kept = parts[: sum(1 for _ in takewhile(lambda size: size <= most, sizes))]
    return kept, len(parts) - len(kept)


def _fit(texts: Sequence[str], order: Iterable[int], room: int) -> tuple[list[str], list[int]]:
    """Take the texts that fit, of which the first in `order` have room first, and list the numbers of the others."""
    kept: list[int] = []
    left_out: list[int] = []
    for number in order:
        size = _length([texts[number]])
        (kept if size <= room else left_out).append(number)
        room -= size if size <= room else 0
    return [texts[number] for number in sorted(kept)], left_out


def _rank(change: Plain, steps: Iterable[Plain]) -> int:
    """Give the place of a change among those that are left out last, the gravest first."""
    found = {change["action"], *list_hazards(change, steps)}
    return next((place for place, word in enumerate(_GRAVE) if word in found), len(_GRAVE))


def _head(document: Plain, title: str) -> str:
    project, environment, role = (code(clip(document[key], _NAME)) for key in ("project", "environment", "role"))
    return f"### ftspec {title}: project {project}, environment {environment}\n\nAs role {role}."


def _hazards(steps: Iterable[Plain]) -> str:
    """Name all hazards, also of what may be left out, and how many resources have each."""
    found = Counter(hazard for hazard, *_ in {(hazard, *key_of(step)) for step in steps for hazard in step["hazards"]})
    counts = (
        f"{hazard} ({found[hazard]} resource{'s' * (found[hazard] != 1)})" for hazard in _GRAVE if hazard in found
    )
    return f"Hazards: {', '.join(counts)}." if found else ""


def _outcome(lines: Sequence[str], most: int) -> str:
    parts, left = _cut([paragraph(clip(line, _MESSAGE)) for line in lines], most)
    return "<br>\n".join([*parts, *([f"and {left} more"] if left else [])])


def _problem(found: Plain) -> str:
    place = ""
    if found["span"] is not None:
        span = found["span"]
        path = clip(span["path"], _NAME * 3)
        place = " " + code(f"{path}:{span['line']}:{span['column']}")
    hint = f"<br>hint: {prose(clip(found['hint'], _MESSAGE))}" if found["hint"] else ""
    message = prose(clip(found["message"], _MESSAGE))
    return f"**{found['severity']} {prose(clip(found['code'], _NAME))}**{place} {message}{hint}"


def _name(change: Plain) -> str:
    address = change["address"]
    behind = f" for {code(clip(change['grantee'], _NAME))}" if change["grantee"] else ""
    return f"{prose(clip(address['kind'], _NAME))} {code(clip(address['name'], _NAME))}{behind}"


def _table(rows: Sequence[str], order: Iterable[int], most: int) -> str:
    kept, left_out = _fit(rows, order, most - measure(_TABLE) - 100)
    if not kept:
        return ""
    left = len(left_out)
    more = f"\n\nand {left} more resource{'s' * (left != 1)}" if left else ""
    return "\n".join([_TABLE, *kept]) + more


def _row(change: Plain, steps: Iterable[Plain]) -> str:
    cost = change["cost"]
    tokens = "" if cost is None else format_number(cost["trained_tokens"])
    credit = "" if cost is None else "unknown" if cost["credits"] is None else format_credits(cost["credits"])
    hazards = ", ".join(list_hazards(change, steps))
    return f"| {_name(change)} | {change['action']} | {hazards} | {tokens} | {credit.removesuffix(' credits')} |"


def _change(change: Plain, steps: Sequence[Plain]) -> str:
    sign, _ = SIGNS.get(change["action"], (" ", ""))
    hazards = list_hazards(change, steps)
    behind = f" ({', '.join(hazards)})" if hazards else ""
    own = [(number, step) for number, step in enumerate(steps, 1) if step["address"] == change["address"]]
    parts = [
        f"<details>\n<summary><b>{sign} {change['action']}</b> {_name(change)}{behind}</summary>",
        paragraph(tell_reason(change)),
        _diff(tuple(diff_lines(change))),
        *(_problem(note) for note in change["notes"]),
        _handover(change.get("statements", ())),
        _steps(own),
        "</details>",
    ]
    return "\n\n".join(part for part in parts if part)


def _diff(lines: tuple[DiffLine, ...]) -> str:
    if not lines:
        return ""
    wide = max(_LABEL, *(len(line.label) + 2 for line in lines)) if any(line.label for line in lines) else 0
    return fence("\n".join(text for line in lines for text in _diff_texts(line, wide)), "diff")


def _diff_texts(line: DiffLine, wide: int) -> Iterator[str]:
    for number, text in enumerate(line.text.splitlines() or [""]):
        label = "" if number else " ".join(line.label.split())
        yield f"{line.sign} {label:<{wide}}{text}".rstrip()


def _handover(statements: Sequence[str]) -> str:
    if not statements:
        return ""
    return "What the role may not do, for an administrator:\n\n" + fence(";\n".join(statements) + ";", "sql")


def _steps(steps: Sequence[tuple[int, Plain]]) -> str:
    if not steps:
        return ""
    count = f"{len(steps)} step{'s with their' if len(steps) != 1 else ' with its'} SQL"
    parts = [f"<details>\n<summary>{count}</summary>"]
    for number, step in steps:
        behind = f" ({', '.join(step['hazards'])})" if step["hazards"] else ""
        parts.append(f"**{number}.** {prose(step['title'])}{behind}")
        if "statement" in step:
            parts.append(fence(step["statement"], "sql"))
    return "\n\n".join([*parts, "</details>"])


def _graph(document: Plain, most: int) -> str:
    graph = graph_from_dict(document["graph"])
    if len(graph.nodes) < 2:  # noqa: PLR2004 - one node is no graph
        return ""
    actions = {Address(**change["address"]): change["action"] for change in document["changes"]}
    drawn = fence(write_mermaid(graph, {at: done for at, done in actions.items() if done != "no-op"}), "mermaid")
    text = f"<details>\n<summary>Dependencies</summary>\n\n{drawn}\n\n</details>"
    return text if len(graph.edges) <= _EDGES and measure(text) <= most else _NO_GRAPH


def _left_out(changes: list[Plain], most: int) -> str:
    """Say how many resources are left out, and name them as far as fits."""
    if not changes:
        return ""
    count = f"{len(changes)} resource{'s are' if len(changes) != 1 else ' is'} left out"
    names, left = _cut([_name(change) for change in changes], most)
    listed = f": {', '.join(names)}{f' and {left} more' if left else ''}" if names else ""
    hint = "`ftspec plan` and `ftspec show FILE` show them all"
    return f"> [!IMPORTANT]\n> {count}, for a comment can be no longer{listed}. {hint}."
