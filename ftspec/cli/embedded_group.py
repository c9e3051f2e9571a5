"""The commands of `ftspec embedded`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ftspec.cli.command import command
from ftspec.cli.settings import Settings

if TYPE_CHECKING:
    from ftspec.cli.run import Exit


@click.group()
def embedded() -> None:
    """Use the embedded Snowflake with other tools."""


@embedded.add_command
@command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port (default: a free one).")
@click.option("--folder", type=click.Path(path_type=Path), help="Where its data lives (default: .ftspec/ENVIRONMENT).")
@click.option("--json", "as_json", is_flag=True, help="Print the connection parameters as JSON.")
@click.option("--allow-control", is_flag=True, help="Let clients ask for misbehaviour, for tests.")
def serve(settings: Settings, *, port: int, folder: Path | None, as_json: bool, allow_control: bool) -> Exit:
    """Serve the embedded Snowflake until interrupted."""
    from ftspec.cli.embedded import run_serve  # noqa: PLC0415 - heavy imports wait for a command

    return run_serve(settings, port=port, folder=folder, as_json=as_json, allow_control=allow_control)


@embedded.add_command
@command
@click.argument("statement", required=False)
@click.option("-f", "--file", type=click.Path(path_type=Path), help="Run a file's statements, up to the first error.")
@click.option("--role", help="The role to run it with (default: the environment's).")
def sql(settings: Settings, statement: str | None, file: Path | None, role: str | None) -> Exit:
    """Run one statement, or a file of them. `-` reads standard input."""
    if (statement is None) == (file is None):
        raise click.UsageError("give either a statement or --file")
    from ftspec.cli.embedded import run_sql  # noqa: PLC0415 - heavy imports wait for a command

    text = sys.stdin.read() if statement == "-" else statement or ""
    return run_sql(settings, text, file=file, role=role)


@embedded.add_command
@command
@click.option("--folder", type=click.Path(path_type=Path), help="Where its data lives (default: .ftspec/ENVIRONMENT).")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
def reset(settings: Settings, folder: Path | None, auto_approve: bool) -> Exit:  # noqa: FBT001 - click's
    """Remove an environment's account with all its data. The next command makes it anew."""
    from ftspec.cli.embedded import run_reset  # noqa: PLC0415 - heavy imports wait for a command

    return run_reset(settings, folder, auto_approve=auto_approve)
