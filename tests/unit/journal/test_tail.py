"""Arithmetic of the tail: which places of many are shown, and how two batches become one."""

from itertools import pairwise

import pytest

from mockwave.journal.log_surveys import NONE, Passing, Wish, choose, places_within
from mockwave.journal.tail import Batch, Follower
from mockwave.model import LogQuery


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


PASSING = [
    Passing(chunk_id, range(low, high), NONE) for chunk_id, (low, high) in enumerate([(0, 500), (0, 0), (7, 300)])
]


def chosen(most: int, *, from_end: bool = False) -> list[tuple[int, int]]:
    found = choose(PASSING, Wish(LogQuery(), 0, most, from_end))
    return [(each.chunk_id, index) for each in found for index in each.indexes]


def test_of_few_entries_all_are_shown() -> None:
    assert chosen(1000) == [(0, index) for index in range(500)] + [(2, index) for index in range(7, 300)]


def test_of_many_the_last_are_shown_or_some_of_the_newest_chunks() -> None:
    assert chosen(295, from_end=True) == [(0, 498), (0, 499)] + [(2, index) for index in range(7, 300)]
    sample = chosen(50)
    assert 40 <= len(sample) <= 50
    assert sample == sorted(set(sample))
    assert {chunk_id for chunk_id, _ in sample} == {2}
    assert chosen(0) == []
