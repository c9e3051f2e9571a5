"""Time the embedded training and its answers at the largest documented size.

    python benchmarks/training.py

Prints seconds for 500 and for 150,000 short pairs (the row limit of llama3.1-8b at one epoch), and for one answer.
"""

from __future__ import annotations

import time

from ftspec.emulator.cortex.base_models import BASE_MODELS
from ftspec.emulator.cortex.inference import answer, build_index
from ftspec.emulator.cortex.training import train

WORDS = 5_000
BASE_MODEL = BASE_MODELS["llama3.1-8b"]


def build_pairs(count: int) -> list[tuple[str | None, str | None]]:
    """Build pairs of eight and twelve words, rare words rarer, the same every time."""
    state = 1
    pairs: list[tuple[str | None, str | None]] = []
    for _ in range(count):
        words = []
        for _ in range(20):
            state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
            share = (state >> 33) / (1 << 31)
            words.append(f"word{int(WORDS * share * share * share)}")
        pairs.append((" ".join(words[:8]), " ".join(words[8:])))
    return pairs


def main() -> None:
    """Time each size."""
    for count in (500, 150_000):
        pairs = build_pairs(count)
        began = time.perf_counter()
        train(pairs, None, base_model=BASE_MODEL, max_epochs=1)
        trained = time.perf_counter()
        index = build_index([(prompt or "", completion or "") for prompt, completion in pairs])
        indexed = time.perf_counter()
        answer(index, "what is word3 word77", 100)
        answered = time.perf_counter()
        print(
            f"{count:>7} pairs: train {trained - began:.3f} s, "
            f"index {indexed - trained:.3f} s, answer {answered - indexed:.3f} s"
        )


if __name__ == "__main__":
    main()
