"""The commands of moving in and out: a new project, models that are there already, and letting one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ftspec.cli.command import command
from ftspec.cli.completion import complete_names
from ftspec.cli.options import take_takeover, taking_over
from ftspec.cli.settings import Settings

if TYPE_CHECKING:
    from ftspec.cli.run import Exit
    from ftspec.cli.views.base import View


@command
@click.argument("directory", required=False)
def init(settings: Settings, directory: str | None) -> Exit:
    """Write a small project that works at once, offline."""
    from ftspec.backends.template import write_project  # noqa: PLC0415 - only this command needs it
    from ftspec.cli.run import Exit, run  # noqa: PLC0415 - heavy imports wait for a command

    folder = settings.folder / (directory or ".")

    def body(view: View) -> Exit:
        for path in write_project(folder):
            view.show_message(f"wrote {path}")
        view.show_message(f"\nTry: ftspec apply{'' if str(folder) == '.' else f' -C {folder}'}")
        return Exit.DONE

    return run(settings, body)


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
