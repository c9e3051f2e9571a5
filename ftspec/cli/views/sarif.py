"""Diagnostics as SARIF 2.1.0, the form in which code scanning and editors take findings. Pure: values to text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ftspec import __version__
from ftspec.manifest.node import Place
from ftspec.manifest.reader import PROJECT_FILE
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span

Rules = Mapping[str, tuple[str, str]]
"""What each code means, and the repair, as the page of diagnostics has them in Markdown."""
Ends = Mapping[Span, Place]
"""The place behind what begins at a place, where it is known."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def write_sarif(diagnostics: Diagnostics, rules: Rules, prefix: str, ends: Ends) -> str:
    """Write a log of one run; `prefix` is the path of the project from the root of its repository."""
    codes = sorted({found.code for found in diagnostics})
    driver = {
        "name": "ftspec",
        "semanticVersion": __version__,
        "rules": [_rule(code, *rules.get(code, (code, ""))) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, codes, prefix, ends) for found in diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, means: str, repair: str) -> dict[str, Any]:
    told = f"{means}\n\n{repair}".strip()
    first = next((severity for severity in ("warning", "note") if means.startswith(f"A {severity}")), "error")
    return {
        "id": code,
        "shortDescription": {"text": _plain(means)},
        "help": {"text": _plain(told), "markdown": _LINK.sub(r"\1", told)},
        "defaultConfiguration": {"level": first},
    }


def _plain(markdown: str) -> str:
    return _LINK.sub(r"\1", markdown).replace("`", "").replace("\\|", "|")


def _result(found: Diagnostic, codes: list[str], prefix: str, ends: Ends) -> dict[str, Any]:
    """Write a finding; one without a place is one of the project file, since readers show none without a file."""
    span = found.span
    uri = quote(f"{prefix}{PROJECT_FILE if span is None else span.path}")
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
    if span is not None:
        place["region"] = {"startLine": span.line, "startColumn": span.column, **_end(ends.get(span))}
    return {
        "ruleId": found.code,
        "ruleIndex": codes.index(found.code),
        "level": str(found.severity),
        "message": {"text": f"{found.message}\nhint: {found.hint}" if found.hint else found.message},
        "locations": [{"physicalLocation": place}],
    }


def _end(behind: Place | None) -> dict[str, int]:
    """Write where a value ends: the first column behind it; without one a region ends with its line."""
    return {} if behind is None else {"endLine": behind[0], "endColumn": behind[1]}
