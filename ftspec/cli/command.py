"""What makes a command of a function: the common options, the exit code, and a bug told as one line."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ftspec.cli.output import is_output_error
from ftspec.cli.settings import common_options, take_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ftspec.cli.run import Exit


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

    name = function.__name__.strip("_").replace("_", "-")
    return click.command(name=name)(common_options(invoke, name))
