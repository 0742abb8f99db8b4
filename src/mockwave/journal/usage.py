"""How often each route of a server was called, and when last: counted from its log, so exact as far back as that goes.

A full chunk never changes, so its counts are kept. Entries that retention has removed are not counted.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from mockwave.journal.log_walks import walk_log
from mockwave.journal.stored_chunks import open_chunk
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk

KEPT_CHUNKS = 4096

Usage = Mapping[bytes, tuple[int, int]]
"""Route id (16 bytes, or b"" for none) → hits, and the last one's time in microseconds since the epoch."""


class UsageCounter:
    """Counts for one worker; the counts of chunks are kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[int, int], Usage] = OrderedDict()
        """The counts, by chunk and its number of entries."""

    async def count(self, mock_server_id: str) -> Usage:
        """The usage of all routes, as the stored log has it."""
        total: dict[bytes, tuple[int, int]] = {}
        extent = await self._store.read_log_extent(mock_server_id)
        async for chunk, _, _ in walk_log(self._store, mock_server_id, extent.first, extent.next):
            for route_id, (hits, latest_us) in (await self._count_chunk(chunk)).items():
                known_hits, known_us = total.get(route_id, (0, 0))
                total[route_id] = known_hits + hits, max(known_us, latest_us)
        return total

    async def _count_chunk(self, chunk: LogChunk) -> Usage:
        key = chunk.id, chunk.entry_count
        found = self._kept.get(key)
        if found is None:
            found = await asyncio.to_thread(count_routes, chunk)
            self._kept[key] = found
            if len(self._kept) > KEPT_CHUNKS:
                self._kept.popitem(last=False)
        return found


def count_routes(chunk: LogChunk) -> Usage:
    reader = open_chunk(chunk)
    return {} if reader is None else reader.count_texts("route")
