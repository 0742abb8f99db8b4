"""The log: numbered without gaps, in chunks that fill up, stored together with the rings' positions."""

from itertools import pairwise

import pytest

from mockwave.store.protocol import StoreError
from mockwave.store.records import LogExtent, LogSegment, RingPosition, ServerRecord
from mockwave.store.sqlite.log import CHUNK_BYTES, CHUNK_ENTRIES
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import sample_segment, sample_server

ALL = 1 << 60


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    return await store.create_server(sample_server(1), None, [])


def full_segment(server: ServerRecord, time_us: int) -> LogSegment:
    """A segment that nothing can join."""
    return LogSegment(
        mock_server_id=server.id, entry_count=CHUNK_ENTRIES, oldest_us=time_us, newest_us=time_us + 9, data=b"full"
    )


async def test_a_server_without_log_has_no_entries(store: SqliteStore, server: ServerRecord) -> None:
    assert await store.read_log_extent(server.id) == LogExtent(0, 0)
    assert await store.read_log_chunks(server.id, below_sequence=ALL, count=10) == []


async def test_small_segments_join_one_chunk(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([sample_segment(server, b"abc", oldest_us=5, newest_us=7)], [])
    await store.append_log(
        [
            sample_segment(server, b"d", oldest_us=4, newest_us=4),
            sample_segment(server, b"ef", oldest_us=8, newest_us=9),
        ],
        [],
    )
    (chunk,) = await store.read_log_chunks(server.id, below_sequence=ALL, count=10)
    assert (chunk.first_sequence, chunk.entry_count, chunk.data) == (0, 6, b"abcdef")
    assert (chunk.oldest_us, chunk.newest_us, chunk.mock_server_id) == (4, 9, server.id)
    assert await store.read_log_extent(server.id) == LogExtent(0, 6)


async def test_no_chunk_grows_beyond_its_bounds_by_joining(store: SqliteStore, server: ServerRecord) -> None:
    for _ in range(3):
        await store.append_log([sample_segment(server, b"x" * 200)] * 3, [])
    await store.append_log(
        [LogSegment(mock_server_id=server.id, entry_count=1, oldest_us=0, newest_us=0, data=bytes(CHUNK_BYTES))], []
    )
    chunks = await store.read_log_chunks(server.id, below_sequence=ALL, count=100)
    assert all(chunk.entry_count <= CHUNK_ENTRIES and len(chunk.data) <= CHUNK_BYTES for chunk in chunks)
    assert sum(chunk.entry_count for chunk in chunks) == 1801


async def test_chunks_come_newest_first_and_tile_the_sequence(store: SqliteStore, server: ServerRecord) -> None:
    for time_us in range(10):
        await store.append_log([full_segment(server, time_us), sample_segment(server, b"ab")], [])
    chunks = await store.read_log_chunks(server.id, below_sequence=ALL, count=100)
    assert len(chunks) == 20
    assert all(older.first_sequence + older.entry_count == newer.first_sequence for newer, older in pairwise(chunks))
    assert await store.read_log_extent(server.id) == LogExtent(0, 10 * (CHUNK_ENTRIES + 2))


async def test_a_page_begins_below_the_sequence_asked_for(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([full_segment(server, 0) for _ in range(4)], [])
    at_start = await store.read_log_chunks(server.id, below_sequence=2 * CHUNK_ENTRIES, count=1)
    inside = await store.read_log_chunks(server.id, below_sequence=2 * CHUNK_ENTRIES + 1, count=2)
    assert [chunk.first_sequence for chunk in at_start] == [CHUNK_ENTRIES]
    assert [chunk.first_sequence for chunk in inside] == [2 * CHUNK_ENTRIES, CHUNK_ENTRIES]


@pytest.mark.parametrize(
    ("since_us", "until_us", "found"),
    [
        (None, None, [300, 200, 100]),
        (209, None, [300, 200]),
        (210, None, [300]),
        (None, 199, [100]),
        (None, 200, [200, 100]),
        (150, 250, [200]),
        (400, None, []),
    ],
)
async def test_chunks_outside_the_times_are_passed_over(
    store: SqliteStore, server: ServerRecord, since_us: int | None, until_us: int | None, found: list[int]
) -> None:
    await store.append_log([full_segment(server, time_us) for time_us in (100, 200, 300)], [])
    chunks = await store.read_log_chunks(server.id, below_sequence=ALL, count=10, since_us=since_us, until_us=until_us)
    assert [chunk.oldest_us for chunk in chunks] == found


async def test_each_server_has_its_own_numbers(store: SqliteStore, server: ServerRecord) -> None:
    other = await store.create_server(sample_server(2), None, [])
    await store.append_log(
        [sample_segment(server, b"a"), sample_segment(other, b"xy"), sample_segment(server, b"b")], []
    )
    (mine,) = await store.read_log_chunks(server.id, below_sequence=ALL, count=10)
    (others,) = await store.read_log_chunks(other.id, below_sequence=ALL, count=10)
    assert (mine.first_sequence, mine.data) == (0, b"ab")
    assert (others.first_sequence, others.data) == (0, b"xy")


async def test_positions_are_stored_with_segments_and_without(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([sample_segment(server, b"a")], [RingPosition(ring_id="one", node="n", position=10)])
    await store.append_log(
        [], [RingPosition(ring_id="one", node="n", position=2**62), RingPosition(ring_id="two", node="n", position=5)]
    )
    assert await store.read_ring_positions() == {"one": 2**62, "two": 5}


async def test_forgotten_rings_have_no_position(store: SqliteStore) -> None:
    await store.append_log([], [RingPosition(ring_id=name, node="n", position=1) for name in ("one", "two")])
    await store.append_log([], [RingPosition(ring_id="three", node="n", position=2)], ["one", "never-there"])
    assert await store.read_ring_positions() == {"two": 1, "three": 2}


async def test_segments_of_a_server_that_is_gone_are_left_out(store: SqliteStore, server: ServerRecord) -> None:
    gone = sample_server(9)
    await store.append_log(
        [sample_segment(gone, b"x"), sample_segment(server, b"a")], [RingPosition(ring_id="r", node="n", position=1)]
    )
    assert await store.read_log_extent(gone.id) == LogExtent(0, 0)
    assert await store.read_log_extent(server.id) == LogExtent(0, 1)
    assert await store.read_ring_positions() == {"r": 1}


async def test_segments_and_positions_are_stored_together_or_not_at_all(
    store: SqliteStore, server: ServerRecord
) -> None:
    with pytest.raises(ValueError, match="number cannot be stored"):
        await store.append_log([sample_segment(server, b"a")], [RingPosition(ring_id="r", node="n", position=2**63)])
    assert await store.read_log_extent(server.id) == LogExtent(0, 0)
    assert await store.read_ring_positions() == {}


async def test_an_empty_segment_makes_no_chunk(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([sample_segment(server, b"")], [])
    assert await store.read_log_chunks(server.id, below_sequence=ALL, count=10) == []


async def test_a_closed_store_says_so(store: SqliteStore, server: ServerRecord) -> None:
    await store.close()
    with pytest.raises(StoreError, match="is not open"):
        await store.append_log([sample_segment(server, b"a")], [])
