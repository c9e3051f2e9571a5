"""The commands of moving in and out: a new project, models that are there already, and letting one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ftspec.cli.command import command
from ftspec.cli.completion import complete_folder, complete_names
from ftspec.cli.options import take_takeover, taking_over
from ftspec.cli.settings import Settings

if TYPE_CHECKING:
    from ftspec.cli.run import Exit


@command
@click.argument("directory", required=False, shell_complete=complete_folder)
@click.option("--name", help="The project's name (default: my_project).")
@click.option("--database", help="The database that models live in (default: ML).")
@click.option("--schema", help="The schema that they live in (default: MODELS).")
@click.option("--base-model", help="The base model of the example (default: llama3.1-8b).")
@click.option("--connection", help="A connection of connections.toml, beside the embedded Snowflake.")
@click.option("--role", help="The role that applies (default: ML_TRAINER).")
@click.option("--warehouse", help="The warehouse of the account (default: ML_WH).")
@click.option(
    "--workflow/--no-workflow", default=None, help="Also a GitHub workflow: plan pull requests, apply what is merged."
)
@click.option("--no-input", is_flag=True, help="Ask nothing, also on a terminal.")
def init(
    settings: Settings,
    *,
    directory: str | None,
    workflow: bool | None,
    no_input: bool,
    **chosen: Any,  # noqa: ANN401 - click's own arguments
) -> Exit:
    """Write a small project that works at once, offline.

    On a terminal it asks for what no option gives.
    """
    from ftspec.cli.beginning import run_init  # noqa: PLC0415 - heavy imports wait for a command

    return run_init(settings, directory, chosen, workflow=workflow, asks=not no_input)


@command
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_names("FineTunedModel", many=True))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the manifests here (default: imported.yaml in the project).",
)
@taking_over
def import_(settings: Settings, names: tuple[str, ...], out: Path | None, **chosen: Any) -> Exit:  # noqa: ANN401 - click's own arguments
    """Take over models that are there already. Their data and grants come along."""
    from ftspec.cli.adopting import run_import  # noqa: PLC0415 - heavy imports wait for a command

    return run_import(settings, names, out, take_takeover(chosen))


@command
@click.option("--from", "before", metavar="PROJECT", required=True, help="The project whose things are taken over.")
@click.option("--from-env", "environment_before", metavar="NAME", help="Its environment (default: of this name).")
@taking_over
def adopt(settings: Settings, before: str, environment_before: str | None, **chosen: Any) -> Exit:  # noqa: ANN401 - click's own arguments
    """Carry over what another project made and this one declares."""
    from ftspec.cli.adopting import run_adopt  # noqa: PLC0415 - heavy imports wait for a command

    return run_adopt(settings, before, environment_before, take_takeover(chosen))


@command
@click.argument("name")
def forget(settings: Settings, name: str) -> Exit:
    """Let the models of a resource go without dropping them."""
    from ftspec.cli.commands import run_forget  # noqa: PLC0415 - heavy imports wait for a command

    return run_forget(settings, name)
