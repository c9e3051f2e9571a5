"""What aggregates say of a dataset's rows: figures only, never a row."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Spread:
    """How sizes are spread: their sum, the largest, and the smallest that 50, 95 and 99 of 100 do not exceed."""

    total: int = 0
    largest: int = 0
    median: int = 0
    p95: int = 0
    p99: int = 0


@dataclass(frozen=True, slots=True, order=True)
class PairLimit:
    """How many tokens of a prompt and of a completion a base model is trained with; what is longer is cut."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Overlong:
    """How many pairs have a prompt or a completion that a limit would cut."""

    limit: PairLimit
    pairs: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What one aggregate query says of the rows of a query; NULL counts as an empty text.

    `blank_pairs` have a prompt or a completion that is NULL or blank; `conflicting_prompts` are distinct prompts with
    several completions. `counter` is the base model whose own tokens were counted; empty: they are estimated.
    `is_partial`: the rows were counted one by one, in a file, which tells nothing of prompts that come more than once,
    and of sizes only their sum.
    """

    rows: int
    fingerprint: str
    prompt_characters: Spread = Spread()
    completion_characters: Spread = Spread()
    prompt_tokens: Spread = Spread()
    completion_tokens: Spread = Spread()
    blank_prompts: int = 0
    blank_completions: int = 0
    blank_pairs: int = 0
    distinct_prompts: int = 0
    conflicting_prompts: int = 0
    overlong: tuple[Overlong, ...] = ()
    counter: str = ""
    is_partial: bool = False

    @property
    def tokens(self) -> int:
        """Add up the tokens of prompts and completions: those of one pass."""
        return self.prompt_tokens.total + self.completion_tokens.total

    def count_overlong(self, limit: PairLimit) -> int | None:
        """Say how many pairs a limit would cut; None where they were not counted."""
        return next((found.pairs for found in self.overlong if found.limit == limit), None)

    def join(self, other: Profile) -> Profile:
        """Count two parts of one dataset that share no prompt as one; how sizes are spread is not said of both."""
        both = zip(self.overlong, other.overlong, strict=True)
        return replace(
            self,
            rows=self.rows + other.rows,
            blank_prompts=self.blank_prompts + other.blank_prompts,
            blank_completions=self.blank_completions + other.blank_completions,
            blank_pairs=self.blank_pairs + other.blank_pairs,
            distinct_prompts=self.distinct_prompts + other.distinct_prompts,
            conflicting_prompts=self.conflicting_prompts + other.conflicting_prompts,
            overlong=tuple(replace(mine, pairs=mine.pairs + its.pairs) for mine, its in both),
        )
