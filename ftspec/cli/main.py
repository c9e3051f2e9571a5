"""The command line: argv to an operation to an exit code."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ftspec import __version__
from ftspec.cli.output import abandon_output, flush_output, is_output_error, soften_encoding
from ftspec.cli.settings import Settings, common_options, take_settings, wants_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ftspec.cli.run import Exit
    from ftspec.cli.views.base import View

_HAZARDS = ["billed", "inference", "cancels", "prunes", "deletes", "revokes", "public"]


def command(function: Callable[..., Exit]) -> click.Command:
    """Make a command of a function that takes the settings and its own options, and gives an exit code."""

    @click.pass_context
    @wraps(function)
    def invoke(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click's own arguments
        settings = take_settings(context, given)
        try:
            context.exit(int(function(settings, **given)))
        except (click.exceptions.Exit, click.ClickException):
            raise
        except KeyboardInterrupt:
            raise click.Abort from None
        except Exception as error:
            if isinstance(error, OSError) and is_output_error(error):
                raise
            from ftspec.cli.run import fail_unexpectedly  # noqa: PLC0415 - only what runs needs it

            context.exit(int(fail_unexpectedly(error, settings)))

    return click.command(name=function.__name__.rstrip("_"))(common_options(invoke))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ftspec", message="%(prog)s %(version)s")
@common_options
@click.pass_context
def cli(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click's own arguments
    """Plan and apply for fine-tuned models on Snowflake.

    YAML manifests say which models, datasets and privileges there should be; `plan` shows what differs in Snowflake,
    `apply` closes the difference. Start with `ftspec init`.
    """
    context.obj = given


@cli.add_command
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


@cli.add_command
@command
def validate(settings: Settings) -> Exit:
    """Check everything that needs no connection; every fault at once."""
    from ftspec.cli.run import Exit, load_project, run  # noqa: PLC0415 - heavy imports wait for a command

    def body(view: View) -> Exit:
        loaded = load_project(settings, view)
        count = sum(len(listed) for listed in loaded.desired.declared.values())
        view.show_validation(loaded.diagnostics, resources=count)
        return Exit.ERROR if loaded.is_faulty else Exit.DONE

    return run(settings, body)


@cli.add_command
@command
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option("--retry", is_flag=True, help="Plan to start failed trainings again.")
def plan(settings: Settings, detailed_exitcode: bool, retry: bool) -> Exit:  # noqa: FBT001 - click gives flags by name
    """Show what an apply would do."""
    from ftspec.cli.commands import run_plan  # noqa: PLC0415 - heavy imports wait for a command

    return run_plan(settings, detailed=detailed_exitcode, retry=retry)


@cli.add_command
@command
@click.option("--auto-approve", is_flag=True, help="Do not ask; hazards beyond the usual need --allow.")
@click.option("--allow", "allowed", multiple=True, type=click.Choice(_HAZARDS), help="Allow a hazard unattended.")
@click.option("--retry", is_flag=True, help="Start failed trainings again; each is billed.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there were changes.")
def apply(
    settings: Settings,
    auto_approve: bool,  # noqa: FBT001 - click gives flags by name
    allowed: tuple[str, ...],
    retry: bool,  # noqa: FBT001 - the same
    detailed_exitcode: bool,  # noqa: FBT001 - the same
) -> Exit:
    """Plan, ask, and do what the plan says."""
    from ftspec.cli.commands import run_apply  # noqa: PLC0415 - heavy imports wait for a command

    return run_apply(settings, auto_approve=auto_approve, allowed=allowed, retry=retry, detailed=detailed_exitcode)


@cli.add_command
@command
@click.argument("name", required=False)
def status(settings: Settings, name: str | None) -> Exit:
    """Show models, jobs, progress and losses."""
    from ftspec.cli.commands import run_status  # noqa: PLC0415 - heavy imports wait for a command

    return run_status(settings, name)


@cli.add_command
@command
@click.argument("names", nargs=-1, metavar="[NAME]...")
def wait(settings: Settings, names: tuple[str, ...]) -> Exit:
    """Wait for running jobs."""
    from ftspec.cli.commands import run_wait  # noqa: PLC0415 - heavy imports wait for a command

    return run_wait(settings, names)


@cli.add_command
@command
@click.argument("name")
def cancel(settings: Settings, name: str) -> Exit:
    """Cancel the running job of a model."""
    from ftspec.cli.commands import run_cancel  # noqa: PLC0415 - heavy imports wait for a command

    return run_cancel(settings, name)


@cli.add_command
@command
@click.argument("name")
@click.argument("prompt")
def ask(settings: Settings, name: str, prompt: str) -> Exit:
    """Ask a model; PROMPT `-` reads standard input."""
    from ftspec.cli.commands import run_ask  # noqa: PLC0415 - heavy imports wait for a command

    return run_ask(settings, name, sys.stdin.read() if prompt == "-" else prompt)


@cli.add_command
@command
@click.argument("kind")
def schema(settings: Settings, kind: str) -> Exit:
    """Print a kind's JSON Schema."""
    from ftspec.cli.commands import run_schema  # noqa: PLC0415 - heavy imports wait for a command

    return run_schema(settings, kind)


@cli.group()
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
    """Run one statement, or a file of them, in the project's embedded environment; `-` reads standard input."""
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
    """Remove an environment's embedded account with all its data; the next command makes it anew."""
    from ftspec.cli.embedded import run_reset  # noqa: PLC0415 - heavy imports wait for a command

    return run_reset(settings, folder, auto_approve=auto_approve)


def main() -> None:
    """Run the command line and end the program with its exit code."""
    soften_encoding()
    try:
        code = _run(sys.argv[1:])
        flush_output()
    except OSError as error:
        if not is_output_error(error):
            raise
        abandon_output(error)
        code = 1
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command; a wrong use is an error like any other, since 2 means changes."""
    try:
        code = cli.main(arguments, prog_name="ftspec", standalone_mode=False)
    except click.ClickException as error:
        if wants_json(arguments):
            from ftspec.cli.run import refuse_use  # noqa: PLC0415 - heavy imports wait for what needs them

            return int(refuse_use(error.format_message()))
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    return code if isinstance(code, int) else 0
