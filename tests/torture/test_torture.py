"""Whatever happens to a project, in whatever order: the next undisturbed apply repairs it, and pays for nothing twice.

`make test` plays the same sequences each time, `make torture` many new ones. A sequence that fails is printed as short
as it could be made, with what each run said, in words that `play` takes.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from torture.actions import sequences, starts
from torture.stand import build_stand
from torture.trial import Trial, prepare_first_apply

MEMORY = "/dev/shm"
CHUNKS = int(os.environ.get("FTSPEC_TORTURE_CHUNKS", "4"))
EACH = int(os.environ.get("FTSPEC_TORTURE_EACH", "50"))
LONGEST = int(os.environ.get("FTSPEC_TORTURE_LONGEST", "1"))
SEED = int(os.environ.get("FTSPEC_TORTURE_SEED", "0"))


@pytest.fixture
def stand():
    # In memory where that can be: a database that waits for a disk at each commit takes twice as long.
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with TemporaryDirectory(dir=place) as folder, build_stand(Path(folder)) as built:
        prepare_first_apply(built)
        yield built


def play(stand, start, sequence):
    with Trial(stand, start) as trial:
        for action in sequence:
            trial.act(action)
        trial.settle()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens_is_repaired_and_nothing_is_paid_for_twice(stand, chunk):
    @seed(SEED * 1_000_003 + chunk)
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(starts, sequences(LONGEST))
    def explore(start, sequence):
        play(stand, start, sequence)

    explore()
