"""YAML that does not parse: PyYAML's problem as a diagnostic, in plain words."""

from __future__ import annotations

import yaml

from ftspec.model.diagnostics import Diagnostic, Span

# PyYAML's words, those of libyaml first, and what they mean to somebody who wrote a manifest.
_WORDS = (
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "quote text with ': ' in it, check indentation",
    ),
    ("found character that cannot start", "a value cannot begin with this character", "quote the value"),
    ("did not find expected key", "a key is expected here", "check the indentation, and quotes above"),
    ("did not find expected '-' indicator", "an item that begins with '-' is expected here", "check the indentation"),
    ("block sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    ("found unexpected end of stream", "the file ends inside a quoted text", "close the quotes"),
    ("could not find expected ':'", "a ':' is missing after a key", "write key: value"),
    (
        "found unknown escape character",
        "text in double quotes has an unknown escape",
        "use single quotes, or write \\\\",
    ),
    ("control characters are not allowed", "the text holds a control character", "remove it"),
    ("special characters are not allowed", "the text holds a control character", "remove it"),
)


def explain_problem(error: yaml.YAMLError | UnicodeEncodeError, path: str, text: str) -> Diagnostic:
    """Turn an error of PyYAML into a diagnostic at its place in the text."""
    line, column, problem = _read_error(error, text)
    message, hint = f"the YAML does not parse: {problem}", ""
    for words, meaning, repair in _WORDS:
        if words in problem:
            message, hint = f"the YAML does not parse: {meaning}", repair
            break
    written = _read_line(text, line)
    if written[column - 1 : column] == "\t":
        message, hint = "the YAML does not parse: a tab stands where indentation is", "indent with spaces"
    elif "${" in written and ("{" in problem or "}" in problem or "]" in problem):
        hint = "quote text that holds ${…} inside { } or [ ]"
    return Diagnostic("FT001", message, span=Span(path, line, column), hint=hint)


def _read_error(error: yaml.YAMLError | UnicodeEncodeError, text: str) -> tuple[int, int, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "")
        if error.context and error.problem:
            problem = f"{problem} {error.context}"
        return (mark.line + 1, mark.column + 1, problem) if mark else (1, 1, problem)
    if isinstance(error, UnicodeEncodeError):
        return *_count_place(text[: error.start]), "control characters are not allowed"
    before = text
    position = getattr(error, "position", 0)
    if getattr(error, "encoding", "") == "?":  # libyaml counts bytes
        before = text.encode()[:position].decode(errors="ignore")
    else:
        before = text[:position]
    return *_count_place(before), str(getattr(error, "reason", error))


def _count_place(before: str) -> tuple[int, int]:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _read_line(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1] if line <= len(lines) else ""
