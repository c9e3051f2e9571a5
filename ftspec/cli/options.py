"""Options that plan, apply and destroy share, and the typed values that they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ftspec.cli.completion import complete_names

if TYPE_CHECKING:
    from ftspec.cli.applying import Consent
    from ftspec.engine.apply import Pace
    from ftspec.engine.choice import Choices

F = TypeVar("F", bound=Callable[..., Any])
_HAZARDS = click.Choice(["billed", "inference", "cancels", "prunes", "deletes", "revokes", "public"])
_CHOOSING = (
    click.option(
        "--target",
        "targets",
        metavar="NAME",
        multiple=True,
        shell_complete=complete_names("Dataset", "FineTunedModel", "Privileges"),
        help="Only this, and what it depends on.",
    ),
    click.option("--retry", is_flag=True, help="Start failed trainings again; each is billed."),
    click.option(
        "--replace",
        metavar="NAME",
        multiple=True,
        shell_complete=complete_names("FineTunedModel"),
        help="Train this model again, whatever is there.",
    ),
    click.option("--role-change", is_flag=True, help="Take another role than the last apply had."),
    click.option("--exact-tokens", is_flag=True, help="Count tokens in Snowflake instead of estimating them."),
    click.option("--learn-rate", is_flag=True, help="Learn credit rates from the account's usage history."),
    click.option("--orphans", is_flag=True, help="Also delete what lies in schemas that no manifest names."),
)
_PERMITTING = (
    click.option("--allow", "allowed", multiple=True, type=_HAZARDS, help="Allow a hazard unattended."),
    click.option("--deny", "denied", multiple=True, type=_HAZARDS, help="Refuse a plan with this hazard."),
)
_LOCK_TIMEOUT = click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    default=60,
    show_default=True,
    help="Wait so long for another run.",
)
_CHANGING = (
    click.option("--auto-approve", is_flag=True, help="Do not ask; hazards beyond the usual need --allow."),
    *_PERMITTING,
    click.option("--no-wait", is_flag=True, help="Leave jobs training; the next apply goes on from there."),
    click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait for jobs so long at most."),
    _LOCK_TIMEOUT,
    click.option(
        "--parallelism",
        type=click.IntRange(1, 32),
        metavar="N",
        default=4,
        show_default=True,
        help="Statements side by side.",
    ),
    click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there were changes, 3 when jobs still train."),
)


def choosing(function: F) -> F:
    """Give a command the options that say what is asked for beside the manifests."""
    for option in reversed(_CHOOSING):
        function = option(function)
    return function


def changing(function: F) -> F:
    """Give a command the options of a run that changes things."""
    for option in reversed(_CHANGING):
        function = option(function)
    return function


def taking_over(function: F) -> F:
    """Give a command the options of a run that takes over what is there."""
    return click.option("--auto-approve", is_flag=True, help="Do not ask.")(_LOCK_TIMEOUT(function))


def take_takeover(chosen: dict[str, Any]) -> tuple[bool, Pace]:
    """Take out of a command's arguments whether it may go on without asking, and its pace."""
    from ftspec.engine.apply import Pace  # noqa: PLC0415 - heavy imports wait for a command

    return chosen["auto_approve"], Pace(lock_timeout=chosen["lock_timeout"])


def permitting(function: F) -> F:
    """Give a command the options that say which hazards are taken unattended."""
    for option in reversed(_PERMITTING):
        function = option(function)
    return function


def emitting(function: F) -> F:
    """Give a command the option to hand over what the running role may not do."""
    return click.option(
        "--emit-sql",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write what the role may not do, for an administrator.",
    )(function)


def reporting(function: F) -> F:
    """Give a command the option to write a report."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--html", type=kind, metavar="FILE", help="Write a report for a browser.")(function)


def take_choices(chosen: dict[str, Any], *, destroy: bool = False) -> Choices:
    """Take what is asked for out of a command's arguments."""
    from ftspec.engine.choice import Choices  # noqa: PLC0415 - heavy imports wait for a command

    return Choices(
        retry=chosen["retry"],
        replace=frozenset(chosen["replace"]),
        targets=chosen["targets"],
        role_change=chosen["role_change"],
        orphans=chosen["orphans"],
        exact_tokens=chosen["exact_tokens"],
        learn_rate=chosen["learn_rate"],
        destroy=destroy,
    )


_CHOICES = ("targets", "retry", "replace", "role_change", "orphans", "emit_sql")


def refuse_choices(chosen: dict[str, Any]) -> None:
    """Refuse choices beside a saved plan, which holds those that it was made with."""
    if chosen["allowed"]:
        message = "--allow goes with a plan that is made now: a saved plan holds what was allowed when it was made"
        raise click.UsageError(f"{message}; make it anew with plan --out FILE --allow {chosen['allowed'][0]}")
    given = [name for name in _CHOICES if chosen[name]]
    if given:
        option = {"targets": "--target"}.get(given[0], f"--{given[0].replace('_', '-')}")
        message = f"{option} goes with a plan that is made now: a saved plan holds what it was made with"
        raise click.UsageError(message)


def take_permits(chosen: dict[str, Any]) -> Consent:
    """Take which hazards are allowed, and which are ruled out, out of a command's arguments."""
    from ftspec.cli.applying import Consent  # noqa: PLC0415 - heavy imports wait for a command
    from ftspec.model.plan import Hazard  # noqa: PLC0415 - the same

    allowed, denied = (frozenset(map(Hazard, chosen[name])) for name in ("allowed", "denied"))
    return Consent(allowed=allowed, denied=denied)


def take_consent(chosen: dict[str, Any]) -> tuple[bool, Consent, Pace]:
    """Take how a run goes out of a command's arguments: a detailed exit code, what may be done, and its pace."""
    from ftspec.engine.apply import Pace  # noqa: PLC0415 - heavy imports wait for a command

    consent = replace(take_permits(chosen), auto_approve=chosen["auto_approve"])
    pace = Pace(
        parallelism=chosen["parallelism"],
        waits=not chosen["no_wait"],
        timeout=chosen["timeout"],
        lock_timeout=chosen["lock_timeout"],
    )
    return chosen["detailed_exitcode"], consent, pace
