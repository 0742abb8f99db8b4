"""Pruning takes whole chunks from the old end; deleted servers' logs go in the background; files shrink again."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest

from mockwave.store.records import LogExtent, LogSegment, ServerRecord
from mockwave.store.sqlite.log import CHUNK_BYTES, CHUNK_ENTRIES
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import sample_segment, sample_server
from tests.waiting import wait_until

ALL = 1 << 60


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    return await store.create_server(sample_server(1), None, [])


def chunk_segments(server: ServerRecord, count: int, data: bytes = b"data") -> list[LogSegment]:
    """Segments that become a chunk each; the n-th one's entries are all of time n."""
    return [
        LogSegment(mock_server_id=server.id, entry_count=CHUNK_ENTRIES, oldest_us=time_us, newest_us=time_us, data=data)
        for time_us in range(count)
    ]


def count_chunks(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        (count,) = connection.execute("SELECT count(*) FROM log_chunks").fetchone()
    finally:
        connection.close()
    return int(count)


@pytest.mark.parametrize(
    ("keep_entries", "older_than_us", "kept_chunks"),
    [
        (None, None, 10),
        (3 * CHUNK_ENTRIES, None, 3),
        (3 * CHUNK_ENTRIES - 1, None, 3),
        (3 * CHUNK_ENTRIES + 1, None, 4),
        (0, None, 0),
        (ALL, None, 10),
        (None, 4, 6),
        (None, 0, 10),
        (None, ALL, 0),
        (8 * CHUNK_ENTRIES, 4, 6),
        (2 * CHUNK_ENTRIES, 4, 2),
    ],
)
async def test_the_oldest_chunks_go_where_all_their_entries_are_too_many_or_too_old(
    store: SqliteStore, server: ServerRecord, keep_entries: int | None, older_than_us: int | None, kept_chunks: int
) -> None:
    await store.append_log(chunk_segments(server, 10), [])
    removed = await store.prune_log(keep_entries, older_than_us)
    assert removed == (10 - kept_chunks) * CHUNK_ENTRIES
    assert await store.read_log_extent(server.id) == LogExtent((10 - kept_chunks) * CHUNK_ENTRIES, 10 * CHUNK_ENTRIES)
    chunks = await store.read_log_chunks(server.id, below_sequence=ALL, count=100)
    assert [chunk.oldest_us for chunk in chunks] == list(range(9, 9 - kept_chunks, -1))


async def test_an_old_chunk_above_a_young_one_stays(store: SqliteStore, server: ServerRecord) -> None:
    old, *_, young = chunk_segments(server, 5)
    await store.append_log([old, young, old], [])
    assert await store.prune_log(None, 3) == CHUNK_ENTRIES
    assert await store.read_log_extent(server.id) == LogExtent(CHUNK_ENTRIES, 3 * CHUNK_ENTRIES)


async def test_numbers_go_on_after_everything_was_pruned(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([sample_segment(server, b"abc")], [])
    assert await store.prune_log(0, None) == 3
    await store.append_log([sample_segment(server, b"de")], [])
    (chunk,) = await store.read_log_chunks(server.id, below_sequence=ALL, count=10)
    assert (chunk.first_sequence, chunk.data) == (3, b"de")
    assert await store.read_log_extent(server.id) == LogExtent(3, 5)


async def test_each_server_is_pruned_by_its_own_count(store: SqliteStore, server: ServerRecord) -> None:
    other = await store.create_server(sample_server(2), None, [])
    await store.append_log([*chunk_segments(server, 300), *chunk_segments(other, 2)], [])
    assert await store.prune_log(CHUNK_ENTRIES, None) == (299 + 1) * CHUNK_ENTRIES
    assert await store.read_log_extent(server.id) == LogExtent(299 * CHUNK_ENTRIES, 300 * CHUNK_ENTRIES)
    assert await store.read_log_extent(other.id) == LogExtent(CHUNK_ENTRIES, 2 * CHUNK_ENTRIES)


async def test_the_chunks_of_a_deleted_server_are_removed_in_the_end(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    other = await store.create_server(sample_server(2), None, [])
    await store.append_log([*chunk_segments(server, 500), *chunk_segments(other, 1)], [])
    await store.delete_server(server.id)
    await wait_until(lambda: count_chunks(database) == 1)
    assert len(await store.read_log_chunks(other.id, below_sequence=ALL, count=10)) == 1


async def test_removing_a_deleted_servers_chunks_goes_on_after_reopening(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    await store.append_log(chunk_segments(server, 2000), [])
    await store.delete_server(server.id)
    await store.close()
    reopened = SqliteStore(database, durable=False)
    await reopened.open()
    await wait_until(lambda: count_chunks(database) == 0)
    await reopened.close()


async def test_a_server_with_the_id_of_a_deleted_one_does_not_see_its_log(
    store: SqliteStore, server: ServerRecord
) -> None:
    await store.append_log([sample_segment(server, b"old")], [])
    await store.delete_server(server.id)
    await store.create_server(sample_server(1), None, [])
    await store.append_log([sample_segment(server, b"new")], [])
    (chunk,) = await store.read_log_chunks(server.id, below_sequence=ALL, count=10)
    assert (chunk.first_sequence, chunk.data) == (0, b"new")


async def test_a_pruned_file_becomes_small_again(store: SqliteStore, server: ServerRecord, database: Path) -> None:
    for _ in range(20):
        await store.append_log(chunk_segments(server, 50, bytes(CHUNK_BYTES)), [])
    await store.prune_log(0, None)
    await store.close()
    assert os.path.getsize(database) < 20 * 1024 * 1024


async def test_readers_that_never_pause_do_not_keep_the_wal_growing(
    store: SqliteStore, other_store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    await store.append_log(chunk_segments(server, 100, bytes(CHUNK_BYTES)), [])
    ended = asyncio.Event()

    async def read_on(reader: SqliteStore) -> None:
        while not ended.is_set():
            await reader.read_log_chunks(server.id, below_sequence=ALL, count=100)

    readers = [asyncio.create_task(read_on(reader)) for reader in (store, other_store, store, other_store)]
    for _ in range(30):
        await store.append_log(chunk_segments(server, 100, bytes(CHUNK_BYTES)), [])
    wal_bytes = os.path.getsize(f"{database}-wal")
    ended.set()
    await asyncio.gather(*readers)
    assert wal_bytes < 100 * 1024 * 1024
