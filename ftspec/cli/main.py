"""The command line: argv to an operation to an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ftspec import __version__
from ftspec.cli.command import command
from ftspec.cli.completion import SHELLS, complete_names, complete_schemas
from ftspec.cli.drawing import graph
from ftspec.cli.embedded_group import embedded
from ftspec.cli.moving_in import adopt, forget, import_, init
from ftspec.cli.options import (
    changing,
    choosing,
    emitting,
    permitting,
    refuse_choices,
    reporting,
    take_choices,
    take_consent,
    take_permits,
)
from ftspec.cli.output import abandon_output, flush_output, is_output_error, soften_encoding
from ftspec.cli.settings import EXIT_CODES, Settings, common_options, wants_json

if TYPE_CHECKING:
    from ftspec.cli.run import Exit


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES)
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
@click.option("--online", is_flag=True, help="Also have Snowflake compile and count the declared data.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="With --format sarif: into this file.")
def validate(settings: Settings, online: bool, output: Path | None) -> Exit:  # noqa: FBT001 - click gives flags by name
    """Check all that needs no connection. Every fault is told at once."""
    if output is not None and settings.format != "sarif":
        message = "--output goes with --format sarif"
        raise click.UsageError(message)
    from ftspec.cli.commands import run_validate  # noqa: PLC0415 - heavy imports wait for a command

    return run_validate(settings, online=online, output=output)


@cli.add_command
@command
@choosing
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option("--drift", is_flag=True, help="Only what moved by hand since the last apply.")
@click.option("--destroy", is_flag=True, help="Plan to remove all that the project made.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan, for apply FILE.")
@permitting
@emitting
@reporting
def plan(
    settings: Settings,
    detailed_exitcode: bool,  # noqa: FBT001 - click gives flags by name
    drift: bool,  # noqa: FBT001 - the same
    destroy: bool,  # noqa: FBT001 - the same
    out: Path | None,
    emit_sql: Path | None,
    html: Path | None,
    **chosen: Any,  # noqa: ANN401 - click's own arguments
) -> Exit:
    """Show what an apply would do."""
    if drift and out is not None:
        message = "--out goes with a whole plan: what --drift shows is a part of one"
        raise click.UsageError(message)
    if chosen["allowed"] and out is None:
        message = "--allow goes with --out: it says what an apply of the saved plan may do"
        raise click.UsageError(message)
    from ftspec.cli.applying import Shown, run_plan  # noqa: PLC0415 - heavy imports wait for a command

    how = Shown(detailed=detailed_exitcode, drift=drift, out=out, emit=emit_sql, html=html)
    return run_plan(settings, take_choices(chosen, destroy=destroy), take_permits(chosen), how)


@cli.add_command
@command
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@reporting
def show(settings: Settings, file: Path, html: Path | None) -> Exit:
    """Show a plan that was saved with plan --out."""
    from ftspec.cli.reporting import run_show  # noqa: PLC0415 - heavy imports wait for a command

    return run_show(settings, file, html)


@cli.add_command
@command
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@choosing
@changing
@emitting
def apply(
    settings: Settings,
    file: Path | None,
    emit_sql: Path | None,
    **chosen: Any,  # noqa: ANN401 - click's own arguments
) -> Exit:
    """Plan, ask, and do what the plan says. With FILE: apply a saved plan, without asking."""
    from ftspec.cli.applying import run_apply, run_apply_saved  # noqa: PLC0415 - heavy imports wait for a command

    detailed, consent, pace = take_consent(chosen)
    if file is not None:
        refuse_choices({**chosen, "emit_sql": emit_sql})
        return run_apply_saved(settings, file, consent, pace, detailed=detailed)
    return run_apply(settings, take_choices(chosen), consent, pace, detailed=detailed, emit=emit_sql)


@cli.add_command
@command
@choosing
@changing
def destroy(settings: Settings, **chosen: Any) -> Exit:  # noqa: ANN401 - click's own arguments
    """Remove all that the project made. What is protected from deletion stays."""
    from ftspec.cli.applying import run_apply  # noqa: PLC0415 - heavy imports wait for a command

    detailed, consent, pace = take_consent(chosen)
    return run_apply(settings, take_choices(chosen, destroy=True), consent, pace, detailed=detailed)


@cli.add_command
@command
@click.argument("name", required=False, shell_complete=complete_names("FineTunedModel"))
@click.option("--access", is_flag=True, help="Who can call each model, and who can train it on which data.")
@click.option("--watch", is_flag=True, help="Show it again and again, until no job runs.")
@reporting
def status(settings: Settings, *, name: str | None, access: bool, watch: bool, html: Path | None) -> Exit:
    """Show models, jobs, progress and losses; or who may use them."""
    if html is not None and (name or access or watch):
        message = "--html goes by itself: the report has all models, and who may use them"
        raise click.UsageError(message)
    if access and watch:
        message = "--watch goes without --access: who may use a model does not move"
        raise click.UsageError(message)
    from ftspec.cli.commands import run_status, run_watch  # noqa: PLC0415 - heavy imports wait for a command

    if html is not None:
        from ftspec.cli.reporting import run_status_report  # noqa: PLC0415 - the same

        return run_status_report(settings, html)
    return run_watch(settings, name) if watch else run_status(settings, name, access=access)


@cli.add_command
@command
def doctor(settings: Settings) -> Exit:
    """Show what the role can do, and what ftspec can see."""
    from ftspec.cli.commands import run_doctor  # noqa: PLC0415 - heavy imports wait for a command

    return run_doctor(settings)


@cli.add_command
@command
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_names("FineTunedModel", many=True))
def wait(settings: Settings, names: tuple[str, ...]) -> Exit:
    """Wait for running jobs."""
    from ftspec.cli.commands import run_wait  # noqa: PLC0415 - heavy imports wait for a command

    return run_wait(settings, names)


@cli.add_command
@command
@click.argument("name", shell_complete=complete_names("FineTunedModel"))
def cancel(settings: Settings, name: str) -> Exit:
    """Cancel the running job of a model."""
    from ftspec.cli.commands import run_cancel  # noqa: PLC0415 - heavy imports wait for a command

    return run_cancel(settings, name)


@cli.add_command
@command
@click.argument("name", shell_complete=complete_names("FineTunedModel"))
def rollback(settings: Settings, name: str) -> Exit:
    """Bring the previous model back, without training. It is held until resume or another spec."""
    from ftspec.cli.commands import run_rollback  # noqa: PLC0415 - heavy imports wait for a command

    return run_rollback(settings, name)


@cli.add_command
@command
@click.argument("name", shell_complete=complete_names("FineTunedModel"))
def resume(settings: Settings, name: str) -> Exit:
    """End the hold that a rollback left."""
    from ftspec.cli.commands import run_resume  # noqa: PLC0415 - heavy imports wait for a command

    return run_resume(settings, name)


@cli.add_command
@command
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Journal rows, at most.")
def history(settings: Settings, limit: int) -> Exit:
    """Show what the project's runs did, from the journal."""
    from ftspec.cli.commands import run_history  # noqa: PLC0415 - heavy imports wait for a command

    return run_history(settings, limit)


@cli.add_command
@command
@click.argument("lock_id", metavar="ID")
def force_unlock(settings: Settings, lock_id: str) -> Exit:
    """Remove the lock that a dead run left."""
    from ftspec.cli.commands import run_force_unlock  # noqa: PLC0415 - heavy imports wait for a command

    return run_force_unlock(settings, lock_id)


@cli.add_command
@command
@click.argument("name", shell_complete=complete_names("FineTunedModel"))
@click.argument("prompt")
def ask(settings: Settings, name: str, prompt: str) -> Exit:
    """Ask a model. PROMPT `-` reads standard input."""
    from ftspec.cli.commands import run_ask  # noqa: PLC0415 - heavy imports wait for a command

    return run_ask(settings, name, sys.stdin.read() if prompt == "-" else prompt)


@cli.add_command
@command
@click.argument("kind", shell_complete=complete_schemas)
def schema(settings: Settings, kind: str) -> Exit:
    """Print a kind's JSON Schema. KIND `Manifest` is that of them all, `Plan` the form of a plan."""
    from ftspec.cli.commands import run_schema  # noqa: PLC0415 - heavy imports wait for a command

    return run_schema(settings, kind)


@cli.add_command
@command
@click.argument("shell", type=click.Choice(SHELLS))
def completion(settings: Settings, shell: str) -> Exit:
    """Print the script of a shell that completes names."""
    from ftspec.cli.commands import run_text  # noqa: PLC0415 - heavy imports wait for a command
    from ftspec.cli.completion import write_script  # noqa: PLC0415 - only this command needs it

    return run_text(settings, write_script(cli, shell))


cli.add_command(graph)
cli.add_command(embedded)
for entry in (init, import_, adopt, forget):
    cli.add_command(entry)


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
