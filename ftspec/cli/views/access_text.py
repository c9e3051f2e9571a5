"""The human form of who can do what. Pure: values to lines."""

from __future__ import annotations

from collections.abc import Iterator

from ftspec.cli.views.plan_text import Line
from ftspec.engine.access import ModelAccess, Reach
from ftspec.engine.doctor import Finding

_NARROW = 25
_STYLES = {"ok": "green", "missing": "red", "unknown": "yellow", "note": ""}


def access_lines(found: ModelAccess) -> Iterator[Line]:
    """Write a model, and below it who can call and who can train it."""
    yield Line(f"{found.address.name}  {found.model}", "bold", hang=4)
    yield from _reach_lines("call", found.callers)
    yield from _reach_lines("train", found.trainers)
    if found.reads:
        yield Line(f"    data    {', '.join(map(str, found.reads))}", hang=12)


def _reach_lines(what: str, reaches: tuple[Reach, ...]) -> Iterator[Line]:
    if not reaches:
        yield Line(f"    {what:<6}  nobody of those that are declared", "yellow", hang=12)
    for reach in reaches:
        if reach.lacks:
            doubt = "cannot" if reach.complete else "may not be able to, for not all roles behind it are seen"
            yield Line(f"    {what:<6}  {reach.grantee} {doubt}: it lacks {', '.join(reach.lacks)}", "red", hang=12)
        else:
            yield Line(f"    {what:<6}  {reach.grantee}  ({_describe(reach)})", "green", hang=12)
        if reach.elsewhere:
            yield Line(f"            its account roles need {', '.join(reach.elsewhere)} themselves", hang=12)
        yield from _holder_lines(reach)


def _describe(reach: Reach) -> str:
    others = [f"{need} {how}" for need, how in reach.held if how != "directly"]
    direct = len(reach.held) - len(others)
    return "; ".join([*([f"{direct} directly"] if direct else []), *others])


def _holder_lines(reach: Reach) -> Iterator[Line]:
    words = {"USER": "users", "ROLE": "roles", "DATABASE ROLE": "database roles"}
    parts = []
    for kind, word in words.items():
        names = [name for each, name in reach.holders if each == kind]
        if names:
            parts.append(f"{word} {', '.join(names)}")
    more = f", and {reach.more} more" if reach.more else ""
    yield Line(f"            held by {'; '.join(parts) or 'nobody'}{more}", "dim", hang=12)


def finding_lines(found: Finding, wide: int, width: int | None) -> Iterator[Line]:
    """Write one finding of the doctor: its state, what it is about, and the repair.

    What it says has a column of its own behind subjects so `wide`, and lines of its own where that would be narrow.
    """
    style, hang = _STYLES[found.state], 11 + wide
    if width is not None and width - hang < _NARROW:
        yield Line(f"{found.state.value:<8} {found.subject}".rstrip(), style, hang=13)
        if found.text:
            yield Line(f"           {found.text}", style, hang=11)
    else:
        text = f"{found.state.value:<8} {found.subject:<{wide}}  {found.text}"
        yield Line(text.rstrip(), style, hang=hang)
    if found.hint:
        yield Line(f"         hint: {found.hint}", hang=15)
