"""Diagnostics as plain text."""

from __future__ import annotations

from ftspec.cli.views.markdown_text import show_lines
from ftspec.model.diagnostics import Diagnostic


def format_diagnostic(found: Diagnostic) -> str:
    """Write a diagnostic as `FILE:LINE:COL: error FT010: message`, and its hint on a line below."""
    place = f"{found.span}: " if found.span is not None else ""
    message = "\n  ".join(show_lines(f"{place}{found.severity} {found.code}: {found.message}"))
    hint = "\n        ".join(show_lines(found.hint))
    return f"{message}\n  hint: {hint}" if hint else message
