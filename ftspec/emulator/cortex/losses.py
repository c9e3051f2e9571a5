"""An interpolated bigram model over token sequences, and its losses.

The model mixes three distributions over the next token: the bigrams of the training texts, their unigrams
(add-k smoothed) and the uniform one. Training moves weight from the uniform distribution to the other two. The
training loss therefore never rises: over the training tokens the mean of 1 / (V q) is at most one for relative
frequencies q and a vocabulary of V, so the log likelihood never falls as q gains weight. The loss on other texts
is measured the same way and is free to rise, as overfitting does.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from ftspec.emulator.cortex.tokens import split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

Bigrams: TypeAlias = "Counter[tuple[str, str]]"

_ADD_K = 0.1
_BIGRAM_SHARE = 0.7
_BEGIN = "\x00begin"  # no token has a NUL and a letter, so no text holds these two
_END = "\x00end"


@dataclass(frozen=True, slots=True)
class Profile:
    """How often each probability q occurs among the tokens of a text: all that its loss depends on."""

    counts: tuple[tuple[float, int], ...]
    tokens: int
    vocabulary: int

    def loss(self, weight: float) -> float:
        """Give the mean negative log likelihood, in nats a token, at a weight of the data in [0, 1)."""
        uniform = (1 - weight) / self.vocabulary
        total = math.fsum(n * math.log(uniform + weight * q) for q, n in self.counts)
        return max(0.0, -total / self.tokens)


def count_bigrams(texts: Iterable[str]) -> Bigrams:
    """Count the pairs of neighbouring tokens, with a begin and an end around each text."""
    bigrams: Bigrams = Counter()
    for text in texts:
        bigrams.update(pairwise((_BEGIN, *split_tokens(text), _END)))
    return bigrams


@dataclass(frozen=True, slots=True)
class BigramModel:
    """The counts of the training texts; `firsts` and `seconds` are the sums of `bigrams` by either token."""

    bigrams: Bigrams
    firsts: Counter[str]
    seconds: Counter[str]
    tokens: int

    def profile(self, texts: Bigrams) -> Profile:
        """Look up the probability of every bigram of some texts."""
        vocabulary = len(self.seconds) + 1  # one more for every token that was never seen
        smoothed = self.tokens + _ADD_K * vocabulary
        counts: Counter[float] = Counter()
        for (first, second), n in texts.items():
            q = (self.seconds[second] + _ADD_K) / smoothed
            if context := self.firsts[first]:
                q = _BIGRAM_SHARE * self.bigrams[first, second] / context + (1 - _BIGRAM_SHARE) * q
            counts[q] += n
        return Profile(tuple(sorted(counts.items())), counts.total(), vocabulary)


def build_bigram_model(bigrams: Bigrams) -> BigramModel:
    """Build the model of texts whose bigrams were counted."""
    firsts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for (first, second), n in bigrams.items():
        firsts[first] += n
        seconds[second] += n
    return BigramModel(bigrams, firsts, seconds, seconds.total())
