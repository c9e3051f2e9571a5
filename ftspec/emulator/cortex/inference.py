"""How a tuned model answers: with the completion of the most similar training prompt, or that it has none.

Nothing is generated. Similarity is the cosine of the prompts' words, weighted by inverse document frequency.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftspec.emulator.cortex.tokens import truncate_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ftspec.emulator.cortex.training import Pair

NO_ANSWER = "This model was trained on no prompt that is similar to this one, so it has no answer."
"""What a model says when nothing that it was trained on is similar."""

_LEAST_SIMILAR = 0.35  # below this, prompts share little more than their common words
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class AnswerIndex:
    """The training pairs of a model, prepared for asking; built once, never changed.

    `first` gives the row of each whole prompt, `postings` the rows of each word with the word's share of the row's
    length, `rarity` each word's weight.
    """

    completions: tuple[str, ...]
    first: Mapping[str, int]
    postings: Mapping[str, Sequence[tuple[int, float]]]
    rarity: Mapping[str, float]
    unseen: float


def build_index(pairs: Sequence[Pair]) -> AnswerIndex:
    """Build the index of a model's training pairs."""
    bags = [Counter(_words(prompt)) for prompt, _ in pairs]
    documents = Counter(word for bag in bags for word in bag)
    rarity = {word: _weight(len(pairs), n) for word, n in documents.items()}
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, bag in enumerate(bags):
        length = _length(n * rarity[word] for word, n in bag.items())
        for word, n in bag.items():
            postings[word].append((row, n * rarity[word] / length))
    first: dict[str, int] = {}
    for row, (prompt, _) in enumerate(pairs):
        first.setdefault(prompt, row)
    completions = tuple(completion for _, completion in pairs)
    return AnswerIndex(completions, first, dict(postings), rarity, _weight(len(pairs), 0))


def answer(index: AnswerIndex, prompt: str, max_tokens: int) -> str:
    """Answer a prompt with the completion that was learnt for the most similar one, or `NO_ANSWER`.

    The very prompt of a training pair is answered by its (first) completion. Among equally similar prompts the
    first row wins. The answer is cut after `max_tokens` tokens.
    """
    row = find_row(index, prompt)
    return truncate_tokens(NO_ANSWER if row is None else index.completions[row], max_tokens)


def find_row(index: AnswerIndex, prompt: str) -> int | None:
    """Find the row of the most similar training prompt, None when none is similar enough."""
    if (exact := index.first.get(prompt)) is not None:
        return exact
    bag = Counter(_words(prompt))
    weights = {word: n * index.rarity.get(word, index.unseen) for word, n in bag.items()}
    scores: dict[int, float] = defaultdict(float)
    for word, weight in weights.items():
        for row, share in index.postings.get(word, ()):
            scores[row] += weight * share
    if not scores:
        return None
    best = max(scores.values())
    if best / _length(weights.values()) < _LEAST_SIMILAR:
        return None
    return min(row for row, score in scores.items() if score == best)


def _words(text: str) -> list[str]:
    # Sorted, so that prompts of the same words have lengths and scores that are equal to the last bit.
    return sorted(_WORD.findall(text.casefold()))


def _weight(rows: int, documents: int) -> float:
    return math.log((1 + rows) / (documents + 0.5))


def _length(weights: Iterable[float]) -> float:
    return math.hypot(*weights)
