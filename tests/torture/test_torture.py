"""Whatever happens to a project, in whatever order: the next undisturbed apply repairs it, and pays for nothing twice.

`make test` plays the same sequences each time, `make torture` many new ones. A sequence that fails is printed as
short as it could be made, in words that can be put into ONCE_FAILED.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from torture.actions import Apply, Pass, sequences
from torture.stand import build_stand
from torture.trial import Trial

CHUNKS = int(os.environ.get("FTSPEC_TORTURE_CHUNKS", "8"))
EACH = int(os.environ.get("FTSPEC_TORTURE_EACH", "25"))
LONGEST = int(os.environ.get("FTSPEC_TORTURE_LONGEST", "4"))
SEED = int(os.environ.get("FTSPEC_TORTURE_SEED", "0"))


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with build_stand(tmp_path_factory.mktemp("torture")) as built:
        yield built


def play(stand, sequence):
    with Trial(stand) as trial:
        for action in sequence:
            trial.act(action)
        trial.act(Pass())
        trial.act(Apply())


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
    @given(sequences(LONGEST))
    def explore(sequence):
        play(stand, sequence)

    explore()
