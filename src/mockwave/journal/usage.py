"""How often each route of a server was requested, and when last: counted from its log, so exact as far as the log goes.

Entries never change, so counts are kept by *stretches* of the log. These are few and grow with it: when retention
removes entries, only a part has to be counted again. Removed entries are not counted.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable, Mapping

from msgspec import Struct

from mockwave._chunk_counts import count_routes
from mockwave.journal.log_walks import walk_log
from mockwave.journal.stored_chunks import count_in
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk

KEPT_LOGS = 64
MOST_STRETCHES = 32
SHORTEST_STRETCH = 4096

Usage = Mapping[bytes, tuple[int, int]]
"""Route id (16 bytes, or b"" for none) → hits, and the time of the last one in microseconds since the epoch."""


class Stretch(Struct):
    """The usage of the entries from the sequence number `first` to below `next`."""

    first: int
    next: int
    usage: Usage


class LogUsage:
    """The counted stretches of one server's log, without gaps, oldest first."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.stretches: list[Stretch] = []

    def forget_before(self, first: int, end: int) -> None:
        """Forgets stretches that the log, from `first` to below `end`, no longer has whole."""
        if self.stretches and self.stretches[-1].next > end:  # another server has this id
            self.stretches.clear()
        self.stretches = [each for each in self.stretches if each.first >= first]

    def find_missing(self, first: int, end: int) -> list[tuple[int, int]]:
        """Returns the parts of the log that are not counted yet: before all stretches, and after them."""
        if not self.stretches:
            return [(first, end)]
        return [(first, self.stretches[0].first), (self.stretches[-1].next, end)]

    def take(self, found: Stretch) -> None:
        """Adds a missing stretch; if there are too many, joins neighbours, the shortest pair first."""
        self.stretches.append(found)
        self.stretches.sort(key=lambda each: each.first)
        while len(self.stretches) > MOST_STRETCHES:
            lengths = [
                after.next - before.first for before, after in zip(self.stretches, self.stretches[1:], strict=False)
            ]
            place = lengths.index(min(lengths))
            before, after = self.stretches[place : place + 2]
            self.stretches[place : place + 2] = [
                Stretch(before.first, after.next, add_usages([before.usage, after.usage]))
            ]


class UsageCounter:
    """Counts for one worker, and keeps the counts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, LogUsage] = OrderedDict()

    async def count(self, mock_server_id: str) -> Usage:
        """Returns the usage of all routes in the stored log."""
        log = self._kept.pop(mock_server_id, None) or LogUsage()
        self._kept[mock_server_id] = log
        if len(self._kept) > KEPT_LOGS:
            self._kept.popitem(last=False)
        async with log.lock:  # a request that waited finds it done
            extent = await self._store.read_log_extent(mock_server_id)
            log.forget_before(extent.first, extent.next)
            length = max((extent.next - extent.first) // (MOST_STRETCHES // 2), SHORTEST_STRETCH)
            for first, end in log.find_missing(extent.first, extent.next):
                async for stretch in self._count(mock_server_id, first, end, length):
                    log.take(stretch)
            return add_usages(each.usage for each in log.stretches)

    async def _count(self, mock_server_id: str, first: int, end: int, length: int) -> AsyncGenerator[Stretch]:
        """Yields the usage from `first` to below `end`, in stretches of about this length."""
        usages: list[Usage] = []
        async for chunk, low, high in walk_log(self._store, mock_server_id, first, end):
            usages.append(await asyncio.to_thread(count_chunk, chunk, low, high))
            reached = chunk.first_sequence + high
            if reached - first >= length or reached == end:
                yield Stretch(first, reached, add_usages(usages))
                first, usages = reached, []


def count_chunk(chunk: LogChunk, low: int, high: int) -> Usage:
    return count_in(chunk, lambda data: count_routes(data, low, high)) or {}


def add_usages(usages: Iterable[Usage]) -> Usage:
    total: dict[bytes, tuple[int, int]] = {}
    for usage in usages:
        for route_id, (hits, latest_us) in usage.items():
            known_hits, known_us = total.get(route_id, (0, 0))
            total[route_id] = known_hits + hits, max(known_us, latest_us)
    return total
