"""The command that draws what is made from what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftspec.cli.command import command

if TYPE_CHECKING:
    from ftspec.cli.run import Exit
    from ftspec.cli.settings import Settings


@command
def graph(settings: Settings) -> Exit:
    """Draw what is made from what, and who may use it."""
    from ftspec.cli.reporting import run_graph  # noqa: PLC0415 - heavy imports wait for a command

    return run_graph(settings)
