"""Asking before something is changed."""

from __future__ import annotations

import sys

import click

from ftspec.cli.run import Exit, Stop
from ftspec.cli.views.base import View
from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic


def require_yes(view: View, question: str, *, command: str, hint: str) -> None:
    """Go on only when somebody answers yes; Fault where there is nobody, Stop at any other answer."""
    if sys.stdin is None or not sys.stdin.isatty():
        message = f"{command} must ask before it changes anything, and there is nobody to ask"
        raise Fault(Diagnostic("FT404", message, hint=hint))
    view.show_message(question)
    try:
        answer = click.prompt("Only 'yes' goes on", default="no", show_default=False, err=True)
    except click.Abort:
        view.show_message("\ninterrupted: nothing was changed")
        raise Stop(Exit.INTERRUPTED) from None
    if answer.strip() != "yes":
        view.show_message("nothing was changed")
        raise Stop(Exit.ERROR)
