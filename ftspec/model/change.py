"""Changes: what the plan decided for each resource, no-ops and blocked ones included."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ftspec.model.address import Address
from ftspec.model.diagnostics import Diagnostics
from ftspec.model.profile import Profile


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
    """What a training would take: rows and tokens of one pass, epochs, and credits where a rate is known.

    `exact`: the base model's own tokens were counted; else about four characters are taken for one. `credit_rate` is
    credits for a million trained tokens, `rate_learnt`: from the account's usage history.
    """

    rows: int
    tokens: int
    epochs: int
    epochs_assumed: bool = False
    validation_rows: int | None = None
    base_model: str = ""
    exact: bool = False
    credit_rate: float | None = None
    rate_learnt: bool = False

    @property
    def trained_tokens(self) -> int:
        """Tokens billed: those of one pass times the epochs (Snowflake: Cortex Fine-tuning, Cost considerations)."""
        return self.tokens * self.epochs

    @property
    def credits(self) -> float | None:
        """Credits that those tokens take; None where no rate is known."""
        return None if self.credit_rate is None else self.trained_tokens * self.credit_rate / _MILLION


_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class SideFigures:
    """The profile of one side of a training, `training` or `validation`.

    `shared_prompts` is the number of validation rows whose prompt also trains.
    """

    side: str
    dataset: str
    profile: Profile
    shared_prompts: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The decision for one resource; `row` is its row in the decision table of the kind, `reason` explains it.

    `fingerprint` is of what a create makes, or a delete removes, where the kind has such a thing; `statements` are what
    the running role may not run, and an administrator must.
    """

    address: Address
    action: Action
    state: State
    row: int = 0
    reason: str = ""
    notes: Diagnostics = ()
    differences: tuple[Difference, ...] = ()
    cost: Cost | None = None
    figures: tuple[SideFigures, ...] = ()
    fingerprint: str = ""
    statements: tuple[str, ...] = ()
