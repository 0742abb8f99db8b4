"""A segment's table of strings is deflated where that is worth its time, and reads the same either way."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mockwave._chunks import ChunkReader
from mockwave._ring import Ring, create_ring_file, monotonic_now_ns
from mockwave._segments import encode_rings

SERVER, ROUTE = b"s" * 16, b"r" * 16
LONG = b"/articles-of-a-catalogue" * 8


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    create_ring_file(str(tmp_path / "ring"), 1 << 20, b"i" * 16)
    return Ring(str(tmp_path / "ring"))


def store(ring: Ring, paths: Sequence[bytes]) -> bytes:
    """The segment of requests for these paths, read back once."""
    for path in paths:
        now_ns = monotonic_now_ns()
        assert ring.append_request(SERVER, ROUTE, 200, 0, now_ns, "GET", path, b"", [(b"host", b"x")], "127.0.0.1")
    segments, *_ = encode_rings([ring], [ring.tail], cut_ns=monotonic_now_ns(), offset_us=0)
    ((_, count, _, _, data),) = segments
    chunk = ChunkReader(data)
    assert count == chunk.entry_count == len(paths)
    assert [chunk.entry(index)[2] for index in range(count)] == list(paths)
    return data


def test_many_long_strings_for_few_entries_are_deflated(ring: Ring) -> None:
    paths = [LONG + b"/%d" % number for number in range(20)]
    assert len(store(ring, paths)) < sum(map(len, paths)) / 4


def test_few_strings_for_many_entries_are_not(ring: Ring) -> None:
    paths = [LONG + b"/%d" % (number % 4) for number in range(100)]
    assert paths[0] in store(ring, paths)


def test_a_short_table_is_not(ring: Ring) -> None:
    assert LONG in store(ring, [LONG])


def test_pauses_change_nothing_of_what_is_encoded(ring: Ring) -> None:
    paths = [LONG + b"/%d" % (number % 700) for number in range(2_500)]
    whole = store(ring, paths)
    now_ns = monotonic_now_ns()
    (segment,), (position,), count, more, broken = encode_rings(
        [ring], [ring.tail], cut_ns=now_ns, offset_us=0, pause_us=1
    )
    assert (segment[4], position, count, more, broken) == (whole, ring.head, len(paths), False, [])
