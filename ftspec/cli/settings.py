"""Common options: typed values that every command has, whether they stand before or after its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import click

from ftspec.cli.completion import complete_environments, complete_folder

F = TypeVar("F", bound=Callable[..., Any])
_PREFIX = "FTSPEC_VAR_"
EXIT_CODES = """\b
Exit codes:
  0    done
  1    an error, or a resource that is blocked
  2    with --detailed-exitcode: there are changes
  3    with --detailed-exitcode, on apply: jobs still train
  130  interrupted
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The common options of one run; `given` are the variables of the command line alone."""

    folder: Path
    environment: str | None
    variables: Mapping[str, str]
    given: tuple[str, ...]
    format: str
    colour: bool
    quiet: bool
    verbose: bool


class _Formats(click.Choice[str]):
    """The formats of a command; one that only others have is taken here, and refused with their names."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a format."""
        return value if value in _FORMATS else super().convert(value, param, ctx)


def common_options(function: F, command: str = "") -> F:
    """Give a command the common options, the group all formats; it gets them as one value, `settings`."""
    formats = [name for name, commands in _FORMATS.items() if not command or command in commands]
    words = f"How to print (default: human){'' if command else _OF_FORMATS}."
    given = click.option("--format", "format", type=_Formats(["human", "json", *formats]), help=words)
    for option in (*reversed(_AFTER_FORMAT), given, *reversed(_BEFORE_FORMAT)):
        function = option(function)
    return function


def take_settings(context: click.Context, given: dict[str, Any]) -> Settings:
    """Take the common options out of a command's arguments; those before the command's name count too."""
    outer = context.obj if isinstance(context.obj, dict) else {}
    own = {name: given.pop(name) for name in COMMON_NAMES}
    chosen = {name: own[name] if own[name] not in {None, False, ()} else outer.get(name) for name in COMMON_NAMES}
    _check_format(context, chosen["format"])
    pairs = _read_pairs((*(outer.get("variables") or ()), *own["variables"]))
    return Settings(
        folder=Path(chosen["project"] or "."),
        environment=chosen["environment"],
        variables={**_read_process_variables(), **pairs},
        given=tuple(pairs),
        format=chosen["format"] or "human",
        colour=not (chosen["no_color"] or os.environ.get("NO_COLOR")),
        quiet=bool(chosen["quiet"]),
        verbose=bool(chosen["verbose"]),
    )


def wants_json(arguments: list[str]) -> bool:
    """Tell whether a command line that could not be read as a whole asks for JSON."""
    return "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def _check_format(context: click.Context, wanted: str | None) -> None:
    """Refuse a format that the command does not have."""
    commands = _FORMATS.get(wanted or "human")
    if commands is not None and context.info_name not in commands:
        message = f"--format {wanted} goes with {', '.join(commands)}"
        raise click.UsageError(message, context)


def _read_process_variables() -> Mapping[str, str]:
    """Read FTSPEC_VAR_KEY; nothing else of the process environment."""
    listed = sorted(os.environ.items())
    return {key.removeprefix(_PREFIX): value for key, value in listed if key.startswith(_PREFIX)}


def _read_pairs(pairs: tuple[str, ...]) -> Mapping[str, str]:
    """Read --var KEY=VALUE."""
    found = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            message = f"{pair!r} is not of the form KEY=VALUE"
            raise click.BadParameter(message, param_hint="--var")
        found[key] = value
    return found


COMMON_NAMES = ("project", "environment", "variables", "format", "no_color", "quiet", "verbose")
_FORMATS = {
    "markdown": ("plan", "show", "apply", "destroy"),
    "mermaid": ("graph",),
    "sarif": ("validate",),
    "svg": ("graph",),
}
"""The formats that only some commands have."""
_OF_FORMATS = "; markdown: of plans; sarif: of validate; mermaid, svg: of graph"
_BEFORE_FORMAT = (
    click.option(
        "-C",
        "project",
        metavar="DIR",
        shell_complete=complete_folder,
        help="The project's folder (default: this one).",
    ),
    click.option(
        "--env",
        "environment",
        metavar="NAME",
        shell_complete=complete_environments,
        help="The environment (default: the first).",
    ),
    click.option("--var", "variables", metavar="K=V", multiple=True, help="Set a variable; may be repeated."),
)
_AFTER_FORMAT = (
    click.option("--no-color", "no_color", is_flag=True, help="No colour (also NO_COLOR)."),
    click.option("-q", "--quiet", is_flag=True, help="Only results and errors."),
    click.option("-v", "--verbose", is_flag=True, help="More: ignored files, tracebacks."),
)
