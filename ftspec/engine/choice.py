"""What is asked for beside the manifests, who runs it and how, and what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ftspec.engine.apply import Pace
from ftspec.model.diagnostics import Diagnostic
from ftspec.model.plan import Blocked, Failed, Outcome, Plan, Skipped
from ftspec.planning.desired import DesiredState


@dataclass(frozen=True, slots=True)
class Choices:
    """What was asked for beside the manifests: see Scope; `targets` leave everything else alone, by name."""

    retry: bool = False
    replace: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    role_change: bool = False
    orphans: bool = False
    destroy: bool = False
    exact_tokens: bool = False
    learn_rate: bool = False

    def choose_desired(self, declared: DesiredState) -> DesiredState:
        """Give what there is to be: what is declared, or nothing of it."""
        return DesiredState({}, declared.diagnostics) if self.destroy else declared

    def once(self) -> Choices:
        """Give what still holds once a plan was applied: trainings that were asked for are not asked for again."""
        return replace(self, retry=False, replace=frozenset())


CHOICES = Choices()


@dataclass(frozen=True, slots=True)
class Run:
    """One run that changes things: its id, who runs it, how it goes, and the way to stop it from outside.

    `on_wait` is told once each time that it must wait for somebody else's lock, and for whom.
    """

    id: str
    who: str
    pace: Pace = field(default_factory=Pace)
    stop: threading.Event = field(default_factory=threading.Event)
    on_wait: Callable[[Diagnostic], None] | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each step, by id, and the plan that was made afterwards."""

    outcomes: Mapping[str, Outcome]
    after: Plan

    @property
    def failed(self) -> bool:
        """Tell whether any step failed, was blocked, or was skipped for another reason than a job that trains."""
        return any(
            isinstance(outcome, Failed | Blocked) or (isinstance(outcome, Skipped) and not outcome.waits)
            for outcome in self.outcomes.values()
        )

    @property
    def waits(self) -> bool:
        """Tell whether a job still trains that steps were left for."""
        return any(isinstance(outcome, Skipped) and outcome.waits for outcome in self.outcomes.values())
