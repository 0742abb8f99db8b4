"""Counting the requests on record for which a condition holds, and finding requests that came one after another.

The log is read from its oldest entry on, chunk by chunk, each in a thread: the number is exact, however long the log
is. Counted entries are not read again while a client waits for more.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from mockwave._chunks import ChunkReader
from mockwave.journal.log_reading import make_entries, select
from mockwave.journal.log_walks import walk_log
from mockwave.journal.stored_chunks import open_chunk
from mockwave.model import LogEntry, LogQuery
from mockwave.rules.conditions import Condition
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk
from mockwave.verification.logged_requests import LoggedRequests
from mockwave.verification.nearness import NearMiss, Nearness

SHOWN = 10


class Scan(Protocol):
    """A scan takes the entries of the log, in order."""

    def take(self, entry: LogEntry) -> None: ...


class LogScanner:
    """Passes the entries of a log to a scan, each once; a later call continues where the previous one ended."""

    def __init__(self, store: Store, mock_server_id: str, query: LogQuery) -> None:
        self._store = store
        self._mock_server_id = mock_server_id
        self._query = query
        self._next = 0

    async def go_on(self, scan: Scan) -> None:
        """Takes what came since the last call."""
        extent = await self._store.read_log_extent(self._mock_server_id)
        self._next = max(self._next, extent.first)
        async for chunk, low, high in walk_log(self._store, self._mock_server_id, self._next, extent.next):
            await asyncio.to_thread(scan_chunk, chunk, self._query, low, high, scan)
            self._next = chunk.first_sequence + high


def scan_chunk(chunk: LogChunk, query: LogQuery, low: int, high: int, scan: Scan) -> None:
    reader: ChunkReader | None = open_chunk(chunk)
    if reader is None:
        return
    for entry in make_entries(reader, chunk, select(reader, query, high, low)):
        if entry is not None:
            scan.take(entry)


class Counting:
    """Counts entries for which the condition holds; keeps the newest of them, and the nearest of the others."""

    def __init__(self, condition: Condition, nearness: Nearness, requests: LoggedRequests) -> None:
        self.count = 0
        self.newest: deque[LogEntry] = deque(maxlen=SHOWN)
        self._condition = condition
        self._requests = requests
        self._nearness = nearness

    def take(self, entry: LogEntry) -> None:
        view = self._requests.view(entry)
        if self._condition.holds(view):
            self.count += 1
            self.newest.append(entry)
        elif not self.count:
            self._nearness.take(entry, view)

    @property
    def nearest(self) -> list[NearMiss]:
        return self._nearness.nearest


class Following:
    """Looks for entries that fulfil the conditions one after another; others may come in between."""

    def __init__(self, steps: Sequence[tuple[Condition, Nearness]], requests: LoggedRequests) -> None:
        self.found: list[LogEntry] = []
        self._steps = steps
        self._requests = requests

    @property
    def is_complete(self) -> bool:
        return len(self.found) == len(self._steps)

    def take(self, entry: LogEntry) -> None:
        if self.is_complete:
            return
        view = self._requests.view(entry)
        condition, nearness = self._steps[len(self.found)]
        if condition.holds(view):
            self.found.append(entry)
        else:
            nearness.take(entry, view)

    @property
    def nearest(self) -> list[NearMiss]:
        return [] if self.is_complete else self._steps[len(self.found)][1].nearest
