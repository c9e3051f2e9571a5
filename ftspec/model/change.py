"""Changes: what the plan decided for each resource, no-ops and blocked ones included."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ftspec.model.address import Address
from ftspec.model.diagnostics import Diagnostics


class Action(StrEnum):
    """What is to be done with a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    WAIT = "wait"
    FINISH = "finish"
    SWAP = "swap"
    PROMOTE = "promote"
    CANCEL = "cancel"
    NO_OP = "no-op"
    BLOCKED = "blocked"

    @property
    def is_change(self) -> bool:
        """Tell whether an apply would do something."""
        return self not in {Action.NO_OP, Action.BLOCKED}


class State(StrEnum):
    """What is there now, seen from the manifest."""

    ABSENT = "absent"
    TRAINING = "training"
    UNFINISHED = "unfinished"
    LIVE = "live"
    OUTDATED = "outdated"
    FAILED = "failed"
    HELD = "held"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that differs: `before` None means it is new, `after` None that it goes, equal that it stays."""

    path: str
    before: str | None
    after: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training would take: rows and estimated tokens of one pass, epochs, and credits where a rate is known."""

    rows: int
    tokens: int
    epochs: int
    epochs_assumed: bool = False
    validation_rows: int | None = None
    credits: float | None = None

    @property
    def trained_tokens(self) -> int:
        """Tokens billed: those of one pass times the epochs (Snowflake: Cortex Fine-tuning, Cost considerations)."""
        return self.tokens * self.epochs


@dataclass(frozen=True, slots=True)
class Change:
    """The decision for one resource; `row` is its row in the decision table of the kind, `reason` explains it.

    `fingerprint` is of what a create makes, or a delete removes, where the kind has such a thing.
    """

    address: Address
    action: Action
    state: State
    row: int = 0
    reason: str = ""
    notes: Diagnostics = ()
    differences: tuple[Difference, ...] = ()
    cost: Cost | None = None
    fingerprint: str = ""
