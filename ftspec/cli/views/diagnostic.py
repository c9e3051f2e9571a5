"""Diagnostics as plain text."""

from __future__ import annotations

from ftspec.model.diagnostics import Diagnostic


def format_diagnostic(found: Diagnostic) -> str:
    """Write a diagnostic as `FILE:LINE:COL: error FT010: message`, and its hint on a line below."""
    place = f"{found.span}: " if found.span is not None else ""
    hint = f"\n  hint: {found.hint}" if found.hint else ""
    return f"{place}{found.severity} {found.code}: {found.message}{hint}"
