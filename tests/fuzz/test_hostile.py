"""A short run of attacks on a real server with fixed seeds: no beat is missed, and no worker dies."""

import pytest

from tests.fuzz.attacks import ATTACKS
from tests.fuzz.hostile import Bounds, fuzz

BOUNDS = Bounds(within_s=5.0, memory_bytes=1 << 30)
CLASSES = list(ATTACKS)


@pytest.mark.parametrize("workers", [1, 2])
def test_no_attack_stops_a_worker(workers: int) -> None:
    counts = fuzz(CLASSES, seconds=60, workers=workers, first_seed=1, count=len(CLASSES) * 3, bounds=BOUNDS)
    assert counts["faults"] == 0
    assert sum(counts.values()) >= len(CLASSES)
