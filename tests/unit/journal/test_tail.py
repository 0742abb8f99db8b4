"""Arithmetic of the tail: which places of many are shown, and how two batches become one."""

from itertools import pairwise

import pytest

from mockwave._chunks import BUCKETS
from mockwave.journal.log_figures import end_of_bucket, find_quantile
from mockwave.journal.tail import Batch, Follower, places_within


@pytest.mark.parametrize("wanted", [range(0), range(0, 100, 7), range(90, 100), range(100), range(3, 4)])
def test_the_places_of_all_chunks_together_are_those_wanted(wanted: range) -> None:
    chunks = [(0, 10), (10, 11), (11, 11), (11, 60), (60, 100)]
    assert [place for first, end in chunks for place in places_within(wanted, first, end)] == list(wanted)


def test_a_follower_that_does_not_keep_up_still_learns_how_many_there_were() -> None:
    follower = Follower()
    for number in range(200):
        follower.give(Batch(number, number + 1, 1, (0, 0, 1, *[0] * 7), ((number, b"{}"),)))
    assert sum(batch.matching for batch in follower.batches) == 200
    assert sum(batch.classes[2] for batch in follower.batches) == 200
    assert follower.batches[0].first == 0
    assert follower.batches[-1].next == 200
    for before, after in pairwise(follower.batches):
        assert before.next == after.first


def test_buckets_of_durations_are_exact_to_an_eighth() -> None:
    ends = [end_of_bucket(bucket) for bucket in range(BUCKETS)]
    assert ends == sorted(set(ends))
    for low, high in pairwise(ends[8:]):
        assert high - low <= low / 8


def test_a_quantile_is_the_end_of_its_bucket() -> None:
    durations = [0] * BUCKETS
    durations[3], durations[100] = 98, 2
    assert find_quantile(durations, 0.5) == 0.004
    assert find_quantile(durations, 0.99) == end_of_bucket(100) / 1000
    assert find_quantile([0] * BUCKETS, 0.5) == 0.0
