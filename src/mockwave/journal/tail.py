"""The log as it grows: the entries after a place in it, in order, each once.

Sequence numbers of a server's log have no gaps, and are assigned in the transaction that stores the entries, whichever
worker drains. So a follower that has seen everything up to a number, and reads on after it, misses nothing and sees
nothing twice, even if a worker is killed. A Tail reads once for all followers of the same log with the same filters. It
looks for new entries every POLL_S while somebody follows, and ends when nobody does.

More than RATE entries a second are sampled, and of long ones fewer are shown: what an entry holds is chosen by whoever
called the mock. A Batch says how many there were, and has some of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator

import msgspec
from msgspec import Struct

from mockwave.journal.log_reading import make_entries, select
from mockwave.journal.log_walks import walk_log
from mockwave.journal.stored_chunks import open_chunk
from mockwave.model import LogQuery
from mockwave.store.protocol import Store, StoreError
from mockwave.store.records import LogChunk

POLL_S = 0.25
RATE = 200
"""Entries per second that a follower gets, if the log grows faster."""

BACKLOG_ENTRIES = 10_000
"""The most entries that a returning follower gets of those since it left: the newest."""

BATCH_BYTES = 256 * 1024
BACKLOG_BYTES = 8 * 1024 * 1024
"""Of entries that are shown at once, as JSON; one is, however long."""

QUEUED_BYTES = 2 * 1024 * 1024
QUEUED_BATCHES = 64
"""Batches kept for a slow follower; of earlier ones it learns only the number of entries."""


class Batch(Struct, frozen=True):
    """New entries: sequence numbers from `first` up to, not including, `next`.

    `matching` of them pass the filters; `classes` are their counts by the first digit of the status; `shown` has
    (sequence number, LogEntry as JSON) of all of these, or of as many as may be shown.
    """

    first: int
    next: int
    matching: int
    classes: tuple[int, ...]
    shown: tuple[tuple[int, bytes], ...]

    @property
    def size_bytes(self) -> int:
        """Of what is shown."""
        return sum(len(line) for _, line in self.shown)


class Follower:
    """A follower of a log, with the batches that it has not taken yet."""

    def __init__(self) -> None:
        self.batches: deque[Batch] = deque()
        self.news = asyncio.Event()

    def give(self, batch: Batch) -> None:
        queued_bytes = sum(each.size_bytes for each in self.batches)
        is_full = len(self.batches) >= QUEUED_BATCHES or queued_bytes + batch.size_bytes > QUEUED_BYTES
        if is_full and self.batches:
            batch = join_unshown(self.batches.pop(), batch)
        self.batches.append(batch)
        self.news.set()


class Tails:
    """The Tails of one worker, by server and query."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tails: dict[tuple[str, LogQuery], Tail] = {}

    async def follow(
        self, mock_server_id: str, query: LogQuery, after_sequence: int | None, idle_s: float
    ) -> AsyncGenerator[Batch | None]:
        """Yields the entries after this sequence number (None: from now on), batch by batch; None after each `idle_s`
        without any.

        A new follower first gets an empty batch, which tells it where to continue if it has to come back. Ends when the
        server is gone. Only the filters of `query` count.
        """
        key = mock_server_id, msgspec.structs.replace(query, limit=1, offset=0)
        tail = self._tails.get(key)
        if tail is None:
            extent = await self._store.read_log_extent(mock_server_id)
            tail = self._tails.get(key)  # another follower may have come meanwhile
            if tail is None:
                tail = self._tails[key] = Tail(self._store, mock_server_id, key[1], extent.next)
        follower = Follower()
        begins = tail.join(follower)
        try:
            if after_sequence is None:
                yield Batch(begins, begins, 0, (0,) * 10, ())
            else:
                # This includes entries that the tail has not read yet, of which it may show only a part.
                begins = max(begins, (await self._store.read_log_extent(mock_server_id)).next)
                if after_sequence + 1 < begins:
                    yield await tail.read(after_sequence + 1, begins, BACKLOG_ENTRIES, from_end=True)
            while True:
                while follower.batches:
                    batch = follower.batches.popleft()
                    if batch.first >= begins:
                        yield batch
                    elif batch.next > begins:  # its first part was read above
                        yield await tail.read(begins, batch.next, RATE)
                if tail.is_over:
                    return
                follower.news.clear()
                try:
                    await asyncio.wait_for(follower.news.wait(), idle_s)
                except TimeoutError:
                    yield None
        finally:
            if tail.leave(follower) and self._tails.get(key) is tail:
                del self._tails[key]


class Tail:
    """The end of one server's log, for one query."""

    def __init__(self, store: Store, mock_server_id: str, query: LogQuery, next_sequence: int) -> None:
        self.is_over = False
        self._store = store
        self._mock_server_id = mock_server_id
        self._query = query
        self._next = next_sequence
        self._followers: set[Follower] = set()
        self._task: asyncio.Task[None] | None = None
        self._allowance = float(RATE)
        self._allowed_at_s = time.monotonic()

    def join(self, follower: Follower) -> int:
        """Adds the follower, who gets all batches from now on; returns the first sequence number of the first batch."""
        self._followers.add(follower)
        if self._task is None:
            self._task = asyncio.create_task(self._look_again_and_again())
        return self._next

    def leave(self, follower: Follower) -> bool:
        """Removes the follower; returns whether nobody follows any more."""
        self._followers.discard(follower)
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None
        return not self._followers

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._look()
            except StoreError:
                continue  # the store reports what is wrong, and the next look may succeed
            if self.is_over:
                return

    async def _look(self) -> None:
        extent = await self._store.read_log_extent(self._mock_server_id)
        if extent.next > self._next:
            now_s = time.monotonic()
            self._allowance = min(float(RATE), self._allowance + (now_s - self._allowed_at_s) * RATE)
            self._allowed_at_s = now_s
            batch = await self.read(max(self._next, extent.first), extent.next, int(self._allowance))
            self._allowance -= len(batch.shown)
            self._next = extent.next
            for follower in self._followers:
                follower.give(batch)
        elif extent.next < self._next or await self._store.read_server(self._mock_server_id) is None:
            self.is_over = True
            for follower in self._followers:
                follower.news.set()

    async def read(self, first: int, end: int, most: int, *, from_end: bool = False) -> Batch:
        """Reads the entries from `first` to below `end`, and shows at most `most` of them: the last ones, or evenly
        spaced ones."""
        # 1. Find the entries that pass the filters, chunk by chunk.
        passing = [
            await asyncio.to_thread(find_passing, chunk, self._query, low, high)
            async for chunk, low, high in walk_log(self._store, self._mock_server_id, first, end)
        ]
        # 2. Choose the shown ones: only these become objects.
        matching = sum(len(each.indexes) for each in passing)
        wanted = range(matching)
        if matching > most:
            wanted = range(matching - most, matching) if from_end else range(0, matching, -(-matching // max(most, 1)))
        shown = [] if most == 0 else await self._show(passing, wanted, from_end)
        classes = tuple(sum(column) for column in zip(*(each.classes for each in passing), strict=True)) or (0,) * 10
        return Batch(first, end, matching, classes, tuple(shown))

    async def _show(self, passing: list["Passing"], wanted: range, from_end: bool) -> list[tuple[int, bytes]]:
        """The entries at these places among all that pass; of long ones the first, or the last, that may be shown."""
        chosen: list[tuple[int, list[int]]] = []
        before = 0
        for each in passing:
            after = before + len(each.indexes)
            chosen.append(
                (each.chunk_id, [each.indexes[place - before] for place in places_within(wanted, before, after)])
            )
            before = after
        shown: list[tuple[int, bytes]] = []
        left_bytes = BACKLOG_BYTES if from_end else BATCH_BYTES
        step = -1 if from_end else 1
        for chunk_id, indexes in chosen[::step]:
            chunk = await self._store.read_log_chunk(self._mock_server_id, chunk_id) if indexes else None
            if chunk is None:
                continue
            lines, is_cut = await asyncio.to_thread(write_entries, chunk, indexes[::step], left_bytes)
            left_bytes -= sum(len(line) for _, line in lines)
            shown += lines
            if is_cut or left_bytes <= 0:
                break
        return shown[::step]


class Passing(Struct, frozen=True):
    """The entries of a chunk that pass the filters, by index, and their counts by the first digit of the status."""

    chunk_id: int
    indexes: list[int]
    classes: list[int]


_encode = msgspec.json.Encoder().encode


def find_passing(chunk: LogChunk, query: LogQuery, low: int, high: int) -> Passing:
    """Finds the entries of the chunk that pass, from index `low` to below `high`."""
    reader = open_chunk(chunk)
    indexes = [] if reader is None else select(reader, query, high, low)
    tallies = [] if reader is None else reader.tally(indexes)
    return Passing(chunk.id, indexes, tallies[0][1] if tallies else [0] * 10)


def places_within(wanted: range, first: int, end: int) -> range:
    """The members of the ascending `wanted` in [first, end)."""
    low = max(0, -(-(first - wanted.start) // wanted.step))
    high = max(0, -(-(end - wanted.start) // wanted.step))
    return wanted[low:high]


def write_entries(chunk: LogChunk, indexes: list[int], most_bytes: int) -> tuple[list[tuple[int, bytes]], bool]:
    """(sequence number, LogEntry as JSON) of the entries with these indexes, without those that are damaged, up to the
    one with which they have so many bytes; and whether some are left out."""
    reader = open_chunk(chunk)
    written: list[tuple[int, bytes]] = []
    for index, entry in zip(indexes, make_entries(reader, chunk, indexes), strict=True):
        if most_bytes <= 0:
            return written, True
        if entry is not None:
            line = _encode(entry)
            most_bytes -= len(line)
            written.append((chunk.first_sequence + index, line))
    return written, False


def join_unshown(first: Batch, second: Batch) -> Batch:
    """Joins two batches, without the entries of either."""
    classes = tuple(count + more for count, more in zip(first.classes, second.classes, strict=True))
    return Batch(first.first, second.next, first.matching + second.matching, classes, ())
