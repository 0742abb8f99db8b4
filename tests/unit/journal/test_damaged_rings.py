"""Rings whose header or records are not as they were written: no byte is trusted that a check could refuse."""

import os
import random
from pathlib import Path

import pytest

from mockwave._chunks import ChunkReader
from mockwave._ring import MINIMUM_CAPACITY_BYTES, Ring, RingFault, create_ring_file, monotonic_now_ns
from mockwave._segments import encode_rings, find_record
from mockwave.journal.salvage import read_to_end

HEADER_BYTES, COPY_OFFSET, HEAD_OFFSET, TAIL_OFFSET = 4096, 2048, 128, 192
SERVER = b"s" * 16


def make_ring(path: Path) -> Ring:
    create_ring_file(str(path), MINIMUM_CAPACITY_BYTES, os.urandom(16))
    ring = Ring(str(path))
    ring.claim()
    return ring


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return make_ring(tmp_path / "ring")


def append(ring: Ring, number: int, size: int = 100) -> bool:
    path = b"/%d" % number
    return ring.append_request(SERVER, b"", 200, 0, monotonic_now_ns(), "GET", path, b"q" * size, [], "")


def overwrite(ring: Ring, offset: int, content: bytes) -> None:
    with open(ring.path, "r+b") as file:
        file.seek(offset)
        file.write(content)


def read_numbers(ring: Ring, position: int = 0) -> tuple[list[int], int]:
    """The requests that can be read, and the bytes that cannot."""
    numbers, lost_bytes = [], 0
    for batch in read_to_end(ring, position, 0):
        lost_bytes += batch.lost_bytes
        for segment in batch.segments:
            reader = ChunkReader(segment.data)
            numbers += [int(reader.entry(index)[2][1:]) for index in range(reader.entry_count)]
    return numbers, lost_bytes


@pytest.mark.parametrize("offset", [0, 8, 16, 40])
def test_an_identity_is_taken_from_its_copy_where_it_is_damaged(ring: Ring, offset: int) -> None:
    for number in range(5):
        append(ring, number)
    overwrite(ring, offset, b"\xa5" * 4)
    assert "identity" in ring.find_damage()
    other = Ring(ring.path)
    assert (other.ring_id, other.capacity_bytes) == (ring.ring_id, ring.capacity_bytes)
    assert read_numbers(other)[0] == [0, 1, 2, 3, 4]
    with pytest.raises(RingFault, match="identity"):
        other.claim()


def test_a_damaged_copy_of_an_identity_changes_nothing(ring: Ring) -> None:
    append(ring, 1)
    overwrite(ring, COPY_OFFSET + 16, b"\xa5" * 4)
    assert ring.find_damage() == ""
    assert read_numbers(Ring(ring.path))[0] == [1]


def test_a_ring_without_any_identity_is_refused(ring: Ring) -> None:
    overwrite(ring, 0, bytes(HEADER_BYTES))
    with pytest.raises(RingFault, match="damaged"):
        Ring(ring.path)


@pytest.mark.parametrize("seed", range(20))
def test_appends_and_reads_stay_within_the_ring_whatever_its_header_says(ring: Ring, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(3000):
        if chance.random() < 0.05:
            value = chance.choice([0, 1, 7, 2**20 - 8, 2**20 + 8, 2**31, 2**63, 2**64 - 1, chance.getrandbits(64)])
            overwrite(ring, chance.choice([8, HEAD_OFFSET, TAIL_OFFSET]), value.to_bytes(8, "little"))
        append(ring, number, size=chance.randrange(3000))
        if chance.random() < 0.02:
            _, (position,), _, _, _ = encode_rings([ring], [ring.tail], cut_ns=2**64 - 1, offset_us=0)
            ring.release(position)
    assert 0 <= ring.fill <= 1


def test_what_was_appended_is_found_by_its_checksums_where_head_and_tail_are_gone(ring: Ring) -> None:
    for number in range(50):
        append(ring, number)
    overwrite(ring, HEAD_OFFSET, b"\xff" * 8)
    overwrite(ring, TAIL_OFFSET, b"\xff" * 8)
    assert ring.find_damage()
    assert read_numbers(ring)[0] == list(range(50))


def test_records_of_an_earlier_lap_are_never_found_again(ring: Ring) -> None:
    position = number = 0
    while ring.head < 3 * ring.capacity_bytes:
        while append(ring, number, size=1000):
            number += 1
        _, (position,), _, _, _ = encode_rings([ring], [position], cut_ns=2**64 - 1, offset_us=0)
        ring.release(position)
    append(ring, number)
    overwrite(ring, HEAD_OFFSET, b"\xff" * 8)
    assert read_numbers(ring, position) == ([number], 0)


def test_one_damaged_record_costs_itself_alone(ring: Ring) -> None:
    starts = []
    for number in range(10):
        starts.append(ring.head)
        append(ring, number)
    overwrite(ring, HEADER_BYTES + starts[4] + 60, b"\xa5\xa5")
    assert find_record(ring, starts[4], ring.head) == starts[5]
    assert read_numbers(ring) == ([0, 1, 2, 3, 5, 6, 7, 8, 9], starts[5] - starts[4])


def test_a_file_cut_short_is_told_without_a_look_at_its_memory(ring: Ring) -> None:
    append(ring, 1)
    os.truncate(ring.path, 0)
    assert ring.is_cut_short
    assert "cut short" in ring.find_damage()
    assert list(read_to_end(ring, 0, 0)) == []
    with pytest.raises(RingFault, match="too few"):
        Ring(ring.path)


def test_whoever_knows_a_ring_goes_on_in_the_one_that_it_was_exchanged_for(tmp_path: Path) -> None:
    ring, other = make_ring(tmp_path / "old"), make_ring(tmp_path / "new")
    append(ring, 1)
    ring.exchange(other)
    append(ring, 2)
    assert (ring.path, other.path) == (str(tmp_path / "new"), str(tmp_path / "old"))
    assert read_numbers(ring)[0] == [2]
    assert read_numbers(other)[0] == [1]
    assert ring.find_damage() == other.find_damage() == ""
