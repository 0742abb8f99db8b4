"""How often a worker stores its log."""

import pytest

from mockwave.journal.journal import DRAIN_INTERVAL_S, SHORTEST_INTERVAL_S, WANTED_FILL, choose_interval


def test_a_ring_that_was_fuller_than_wanted_is_drained_sooner() -> None:
    """A ring that was full before its turn came made one request in twenty wait for room: a browser's headers at full
    speed fill it in less than the interval."""
    assert choose_interval(DRAIN_INTERVAL_S, 1.0) == pytest.approx(DRAIN_INTERVAL_S * WANTED_FILL)
    assert choose_interval(DRAIN_INTERVAL_S, 2 * WANTED_FILL) == pytest.approx(DRAIN_INTERVAL_S / 2)


def test_a_ring_that_fills_steadily_is_drained_when_it_is_as_full_as_wanted() -> None:
    interval_s = DRAIN_INTERVAL_S
    for _ in range(9):
        interval_s = choose_interval(interval_s, min(1.0, interval_s / 0.15))
    assert interval_s / 0.15 == pytest.approx(WANTED_FILL)


def test_intervals_are_neither_shorter_nor_longer_than_they_may_be() -> None:
    assert choose_interval(SHORTEST_INTERVAL_S, 1.0) == SHORTEST_INTERVAL_S
    assert choose_interval(SHORTEST_INTERVAL_S, 0.001) == DRAIN_INTERVAL_S
    assert choose_interval(SHORTEST_INTERVAL_S, 0.0) == DRAIN_INTERVAL_S
