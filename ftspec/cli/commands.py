"""The bodies of the commands that read or change Snowflake."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ftspec import operations
from ftspec.cli.consent import require_yes
from ftspec.cli.run import Exit, Stop, exit_for, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.engine.session import Fault
from ftspec.model.diagnostics import Diagnostic
from ftspec.model.plan import Failed, Hazard, Outcome, Plan, Skipped
from ftspec.planning.guard import check_hazards, list_hazards

_TRAIN_ON = "interrupted: jobs that were started train on; `ftspec apply` goes on from there"


def run_plan(settings: Settings, *, detailed: bool, retry: bool) -> Exit:
    """Show a plan."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            planned = operations.plan(loaded, session, retry=retry)
        view.show_plan(planned.plan)
        return exit_for(planned.plan, detailed=detailed)

    return run(settings, body)


def run_apply(settings: Settings, *, auto_approve: bool, allowed: tuple[str, ...], retry: bool, detailed: bool) -> Exit:
    """Plan, ask, and walk the plan."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            planned = operations.plan(loaded, session, retry=retry)
            if settings.format == "human":
                view.show_plan(planned.plan)
            if not planned.plan.steps:
                view.show_applied(planned.plan, None)
                return exit_for(planned.plan, detailed=False)
            _confirm(planned.plan, view, auto_approve=auto_approve, allowed=allowed)
            applied = operations.apply(loaded, planned, session, view.show_event)
        view.close()
        view.show_applied(planned.plan, applied)
        if applied.failed or exit_for(applied.after, detailed=True) is not Exit.DONE:
            return Exit.ERROR
        return Exit.CHANGES if detailed else Exit.DONE

    return run(settings, body, interrupted=_TRAIN_ON)


def run_status(settings: Settings, name: str | None) -> Exit:
    """Show models and jobs."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        wanted = operations.find_model(loaded, name).address if name else None
        with open_session(settings, loaded, view) as session:
            statuses = operations.status(loaded, session)
        view.show_status(tuple(found for found in statuses if wanted in {None, found.address}))
        return Exit.DONE

    return run(settings, body)


def run_wait(settings: Settings, names: tuple[str, ...]) -> Exit:
    """Wait for running jobs."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            outcomes = operations.wait(loaded, session, names, view.show_event)
        view.close()
        view.show_outcomes(outcomes, "no job of this project is running")
        return _exit_of(outcomes.values())

    return run(settings, body, interrupted=_TRAIN_ON)


def run_cancel(settings: Settings, name: str) -> Exit:
    """Cancel the running job of a model."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            outcomes = operations.cancel(loaded, session, name, view.show_event)
        view.show_outcomes(outcomes, f"no job of {name} is running")
        return _exit_of(outcomes.values())

    return run(settings, body)


def run_ask(settings: Settings, name: str, prompt: str) -> Exit:
    """Ask a model."""

    def body(view: View) -> Exit:
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            answer = operations.ask(loaded, session, name, prompt)
        view.show_answer(name, prompt, answer)
        return Exit.DONE

    return run(settings, body)


def run_schema(settings: Settings, kind: str) -> Exit:
    """Print a kind's JSON Schema."""
    from ftspec.backends.files import read_schema_text, read_schemas  # noqa: PLC0415 - only this command needs it

    def body(view: View) -> Exit:
        text = read_schema_text(kind)
        if text is None:
            known = {name.lower(): name for name in sorted(read_schemas())}
            close = difflib.get_close_matches(kind.lower(), known, n=1)
            hint = f"did you mean {known[close[0]]!r}?" if close else f"known are: {', '.join(known.values())}"
            raise Fault(Diagnostic("FT403", f"{kind!r} is not a kind", hint=hint))
        view.show_text(text.rstrip())
        return Exit.DONE

    return run(settings, body)


def _confirm(plan: Plan, view: View, *, auto_approve: bool, allowed: tuple[str, ...]) -> None:
    """Ask, or check that what runs unattended was allowed; Stop when it may not go on."""
    if auto_approve:
        refused = check_hazards(plan, frozenset(Hazard(name) for name in allowed))
        if refused:
            view.show_diagnostics(refused)
            raise Stop(Exit.ERROR)
        return
    hazards = ", ".join(list_hazards(plan))
    question = f"\nThis would change Snowflake{f' ({hazards})' if hazards else ''}."
    hint = "add --auto-approve where a reviewed plan is applied unattended"
    require_yes(view, question, hint=hint, command="apply")


def _exit_of(outcomes: Iterable[Outcome]) -> Exit:
    return Exit.ERROR if any(isinstance(outcome, Failed | Skipped) for outcome in outcomes) else Exit.DONE
