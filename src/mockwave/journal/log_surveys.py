"""Reads a stretch of a log once for several wishes: how many entries pass their filters, and some of these.

Without filters, `count_entries` counts a chunk without opening it. A chunk is opened for filters, and for the entries
that are shown; an entry that several wishes show is written once.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mockwave._chunk_counts import count_entries
from mockwave._chunks import ChunkReader
from mockwave.journal.log_reading import is_filtered, make_entries, select
from mockwave.journal.log_walks import CHUNKS_A_READ
from mockwave.journal.stored_chunks import count_in, open_chunk
from mockwave.model import LogQuery
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk

NONE = (0,) * 10

_encode = msgspec.json.Encoder().encode

Lines = dict[tuple[int, int], bytes]
"""LogEntries as JSON, by their chunks' ids and their indexes; empty for a damaged one."""


class Wish(Struct, frozen=True):
    """A wish about the log from sequence number `first` on. At most `most` entries of `query` are shown: the last ones,
    or evenly spaced ones of the newest chunks. They end once they have `most_bytes` as JSON, since the caller of the
    mock chose how long an entry is."""

    query: LogQuery
    first: int
    most: int
    from_end: bool = False
    most_bytes: int = 256 * 1024


class Found(Struct, frozen=True):
    """`matching` entries pass; `classes` counts them by the first digit of the status; `shown` has (sequence number,
    LogEntry as JSON)."""

    matching: int
    classes: tuple[int, ...]
    shown: tuple[tuple[int, bytes], ...]


class Passing(Struct, frozen=True):
    """The entries of a chunk that pass, by index, and their classes."""

    chunk_id: int
    indexes: Sequence[int]
    classes: tuple[int, ...]


class Opened:
    """A chunk that is opened when first needed."""

    def __init__(self, chunk: LogChunk) -> None:
        self.chunk = chunk
        self._reader: ChunkReader | None = None
        self._is_open = False

    @property
    def reader(self) -> ChunkReader | None:
        if not self._is_open:
            self._reader, self._is_open = open_chunk(self.chunk), True
        return self._reader


class Survey:
    """Goes over the log of a server to below `end`, some chunks at a time; keeps only those."""

    def __init__(self, store: Store, mock_server_id: str, wishes: Sequence[Wish], end: int) -> None:
        self._store = store
        self._mock_server_id = mock_server_id
        self._wishes = wishes
        self._at = min(wish.first for wish in wishes)
        self._end = end
        self._found: list[list[Passing]] = [[] for _ in wishes]
        self._at_hand: dict[int, Opened] = {}

    async def look(self) -> tuple[int, list[Found]]:
        """Looks only at the next chunks; returns the sequence number that was reached, and the entries found."""
        await self._read_chunks()
        return self._at, await asyncio.to_thread(self._look_and_write)

    async def go_on(self) -> int:
        """Looks at the next chunks; returns the sequence number that was reached, `end` if there are no more."""
        await self._read_chunks()
        await asyncio.to_thread(self._look_at_chunks)
        return self._at

    async def _read_chunks(self) -> None:
        chunks = await self._store.read_log_range(self._mock_server_id, self._at, CHUNKS_A_READ)
        chunks = [chunk for chunk in chunks if chunk.first_sequence < self._end]
        self._at_hand = {chunk.id: Opened(chunk) for chunk in chunks}
        reached = chunks[-1].first_sequence + chunks[-1].entry_count if chunks else self._end
        # Entries that retention has removed meanwhile are left out.
        self._at = min(reached, self._end) if reached > self._at else self._end

    def _look_and_write(self) -> list[Found]:
        self._look_at_chunks()
        return self._write(self._choose())

    def _look_at_chunks(self) -> None:
        for opened in self._at_hand.values():
            chunk = opened.chunk
            high = min(self._end - chunk.first_sequence, chunk.entry_count)
            counted: dict[int, Passing] = {}
            for wish, found in zip(self._wishes, self._found, strict=True):
                low = max(wish.first - chunk.first_sequence, 0)
                if low >= high:
                    continue
                if is_filtered(wish.query):
                    found.append(find_passing(opened, wish.query, low, high))
                else:
                    if low not in counted:
                        counted[low] = count_all(chunk, low, high)
                    found.append(counted[low])

    async def show(self) -> list[Found]:
        """Returns what was found, by wish."""
        wanted = self._choose()
        for chunk_id in dict.fromkeys(each.chunk_id for passing in wanted for each in passing):
            if chunk_id not in self._at_hand:
                chunk = await self._store.read_log_chunk(self._mock_server_id, chunk_id)
                if chunk is not None:
                    self._at_hand[chunk_id] = Opened(chunk)
        return await asyncio.to_thread(self._write, wanted)

    def _choose(self) -> list[list[Passing]]:
        return [choose(found, wish) for found, wish in zip(self._found, self._wishes, strict=True)]

    def _write(self, wanted: list[list[Passing]]) -> list[Found]:
        lines: Lines = {}
        return [
            Found(
                sum(len(each.indexes) for each in found),
                add_classes(found),
                self._write_shown(passing, wish, lines),
            )
            for found, passing, wish in zip(self._found, wanted, self._wishes, strict=True)
        ]

    def _write_shown(self, wanted: list[Passing], wish: Wish, lines: Lines) -> tuple[tuple[int, bytes], ...]:
        """Returns the entries to show; of long ones the first, or the last, that have `most_bytes`."""
        step = -1 if wish.from_end else 1
        shown: list[tuple[int, bytes]] = []
        left_bytes = wish.most_bytes
        for each in wanted[::step]:
            opened = self._at_hand.get(each.chunk_id)
            if opened is None:
                continue
            if left_bytes <= 0:
                break
            written = write_entries(opened, each.indexes[::step], lines, left_bytes)
            left_bytes -= sum(len(line) for _, line in written)
            shown += written
        return tuple(shown[::step])


def count_all(chunk: LogChunk, low: int, high: int) -> Passing:
    """Returns the entries of the chunk from index `low` to below `high`; none if it is damaged."""
    counted = count_in(chunk, lambda data: count_entries(data, low, high))
    if not counted:
        return Passing(chunk.id, (), NONE)
    ((_, classes, *_),) = counted
    return Passing(chunk.id, range(low, low + sum(classes)), classes)


def find_passing(opened: Opened, query: LogQuery, low: int, high: int) -> Passing:
    """Returns the entries of the chunk from index `low` to below `high` that pass."""
    reader = opened.reader
    if reader is None:
        return Passing(opened.chunk.id, (), NONE)
    indexes = select(reader, query, high, low)
    return Passing(opened.chunk.id, indexes, reader.count_classes(indexes))


def choose(found: Sequence[Passing], wish: Wish) -> list[Passing]:
    """Chooses which passing entries are shown: in few chunks, since each of them has to be opened."""
    newest: list[Passing] = []
    have = 0
    for each in reversed(found):
        if have >= wish.most:
            break
        if each.indexes:
            newest.append(each)
            have += len(each.indexes)
    newest.reverse()
    if have <= wish.most:
        return newest
    places = range(have - wish.most, have) if wish.from_end else range(0, have, -(-have // wish.most))
    chosen, before = [], 0
    for each in newest:
        after = before + len(each.indexes)
        own = places_within(places, before, after)
        chosen.append(Passing(each.chunk_id, [each.indexes[place - before] for place in own], each.classes))
        before = after
    return chosen


def places_within(wanted: range, first: int, end: int) -> range:
    """Returns the part of `wanted`, which ascends, that lies in [first, end)."""
    low = max(0, -(-(first - wanted.start) // wanted.step))
    high = max(0, -(-(end - wanted.start) // wanted.step))
    return wanted[low:high]


def write_entries(opened: Opened, indexes: Sequence[int], lines: Lines, most_bytes: int) -> list[tuple[int, bytes]]:
    """Returns (sequence number, LogEntry as JSON) of the entries with these indexes, except damaged ones, up to the one
    that reaches `most_bytes`; `lines` are those already written."""
    chunk = opened.chunk
    missing = [index for index in indexes if (chunk.id, index) not in lines]
    entries = iter(make_entries(opened.reader, chunk, missing))
    written: list[tuple[int, bytes]] = []
    for index in indexes:
        if most_bytes <= 0:
            break
        line = lines.get((chunk.id, index))
        if line is None:
            entry = next(entries)
            line = lines[chunk.id, index] = b"" if entry is None else _encode(entry)
        most_bytes -= len(line)
        if line:
            written.append((chunk.first_sequence + index, line))
    return written


def add_classes(found: Sequence[Passing]) -> tuple[int, ...]:
    return tuple(map(sum, zip(NONE, *(each.classes for each in found), strict=True)))
