"""Walks through a stored log from an entry on, oldest first; `log_reading.py` goes the other way, newest first."""

from collections.abc import AsyncGenerator

from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk

CHUNKS_A_READ = 8


async def walk_log(
    store: Store, mock_server_id: str, first: int, end: int
) -> AsyncGenerator[tuple[LogChunk, int, int]]:
    """Yields the chunks with sequence numbers from `first` to below `end`, each with the range of indexes of its
    entries among them. Entries that retention removes meanwhile are left out."""
    at = first
    while at < end:
        reached = at
        for chunk in await store.read_log_range(mock_server_id, at, CHUNKS_A_READ):
            low, high = max(at - chunk.first_sequence, 0), min(end - chunk.first_sequence, chunk.entry_count)
            if low < high:
                yield chunk, low, high
            reached = max(reached, chunk.first_sequence + chunk.entry_count)
        if reached == at:
            return
        at = reached
