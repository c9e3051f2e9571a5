"""YAML that does not parse: PyYAML's problem as a diagnostic, in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from ftspec.manifest.node import Place
from ftspec.model.diagnostics import Diagnostic, Span

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NOTHING = (1, 1)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a problem means to somebody who wrote a manifest; `from_start`: it is best seen where the value begins."""

    problem: str
    message: str
    hint: str
    from_start: bool = False


# The words of libyaml first, then those of PyYAML without it where they differ.
_MEANINGS = (
    _Meaning(
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "indent like the line above, or quote text with ': '",
    ),
    _Meaning("found character that cannot start", "a value cannot begin with this character", "quote the value"),
    _Meaning("found character '", "a value cannot begin with this character", "quote the value"),
    _Meaning("did not find expected key", "a key is expected here", "check the indentation, and the quotes above"),
    _Meaning("did not find expected '-'", "an item that begins with '-' is expected here", "check the indentation"),
    _Meaning(
        "did not find expected ',' or ']'", "this list is not closed", "add the missing ',' or ']'", from_start=True
    ),
    _Meaning("expected ',' or ']'", "this list is not closed", "add the missing ',' or ']'", from_start=True),
    _Meaning(
        "did not find expected ',' or '}'", "this mapping is not closed", "add the missing ',' or '}'", from_start=True
    ),
    _Meaning("expected ',' or '}'", "this mapping is not closed", "add the missing ',' or '}'", from_start=True),
    _Meaning("did not find expected node content", "a value is missing", "write it, or close the brackets"),
    _Meaning("did not find expected <document start>", "a document ends before this", "begin the next one with ---"),
    _Meaning("sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    _Meaning("unexpected end of stream", "this quoted text is not closed", "close the quotes", from_start=True),
    _Meaning("could not find expected ':'", "a ':' is missing after this key", "write key: value", from_start=True),
    _Meaning("unknown escape character", "'\\' begins no escape here", "use single quotes, or write \\\\"),
    _Meaning(
        "alphabetic or numeric character", "an alias or an anchor has no name", "quote text that begins with * or &"
    ),
    _Meaning("control characters are not allowed", "the text has a control character", "remove it"),
    _Meaning("special characters are not allowed", "the text has a control character", "remove it"),
)


def explain_problem(error: yaml.YAMLError | UnicodeEncodeError, path: str, text: str) -> Diagnostic:
    """Turn an error of PyYAML into a diagnostic at its place in the text."""
    start, place, problem = _read_error(error, text)
    known = next((each for each in _MEANINGS if each.problem in problem), _Meaning("", problem, ""))
    message, hint = known.message, known.hint
    lines = _LINE_BREAK.split(text)
    written = _read_line(lines, place)
    if written[place[1] - 1 : place[1]] == "\t":
        message, hint = "a tab stands where only spaces may", "indent with spaces"
    elif known.from_start:
        place = start
        if "${" in written:
            hint = "quote text that has ${…} in it inside [ ] or { }"
    line = min(place[0], len(lines))
    span = Span(path, line, min(place[1], len(lines[line - 1]) + 1) if line == place[0] else len(lines[line - 1]) + 1)
    return Diagnostic("FT001", f"the YAML does not parse: {message}", span=span, hint=hint)


def _read_error(error: yaml.YAMLError | UnicodeEncodeError, text: str) -> tuple[Place, Place, str]:
    """Give where the value at fault begins, where the problem shows, and PyYAML's words for it."""
    if isinstance(error, yaml.MarkedYAMLError):
        place = _read_mark(error.problem_mark or error.context_mark)
        start = _read_mark(error.context_mark) if error.context_mark else place
        return start, place, str(error.problem or error.context or "")
    if isinstance(error, UnicodeEncodeError):
        place = _count_place(text[: error.start])
        return place, place, "control characters are not allowed"
    position = getattr(error, "position", 0)
    is_bytes = getattr(error, "encoding", "") == "?"  # libyaml counts those, PyYAML itself counts characters
    before = text.encode()[:position].decode(errors="ignore") if is_bytes else text[:position]
    place = _count_place(before)
    return place, place, str(getattr(error, "reason", error))


def _read_mark(mark: yaml.Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else _NOTHING


def _count_place(before: str) -> Place:
    lines = _LINE_BREAK.split(before)
    return len(lines), len(lines[-1]) + 1


def _read_line(lines: list[str], place: Place) -> str:
    return lines[place[0] - 1] if place[0] <= len(lines) else ""
