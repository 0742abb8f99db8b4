"""From stored chunks to LogEntries: the page for a query, newest first.

Without filters a page is found by sequence numbers, so the millionth page costs as much as the first. With filters,
chunks are read from the newest on until the page is full; only the entries on the page become objects.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import UNSET, UnsetType

from mockwave._chunks import BEGINNING, EQUAL, HOLDING, ChunkReader, SegmentFault, read_header_block
from mockwave.journal.stored_chunks import open_chunk, report_damage
from mockwave.model import FAULT_NAMES, FaultName, LogEntry, LogQuery, MockedBy
from mockwave.store.protocol import Store
from mockwave.store.records import LogChunk
from mockwave.timestamps import show_time_us

MOCKED_BY: tuple[MockedBy, ...] = ("route", "preflight", "none", "rule")
"""The value of mockedBy, by the two lowest bits of an entry's flags (cext/journal/record.h)."""

TRUNCATED = 8
"""The flag bit of an entry of which something was cut off (cext/journal/record.h)."""

SEARCHED_TEXTS = ("path", "query", "body")

KEPT_BLOCKS = 256
SHORT_BLOCK_BYTES = 2048

JOINERS = {"cookie": "; "}
"""Separators between the values of a repeated header, if not a comma (RFC 9113 §8.2.3, RFC 9110 §5.3)."""

FAULTS: tuple[FaultName | UnsetType, ...] = (UNSET, *FAULT_NAMES)
"""The names of faults, by their number in an entry."""

Filter = tuple[int, bytes]
"""How a text is to be (EQUAL, BEGINNING, HOLDING), and to what."""


async def read_entries(
    store: Store, mock_server_id: str, query: LogQuery
) -> AsyncGenerator[Iterator[LogEntry | None], None]:
    """Yields the stored LogEntries of `query`, newest first, chunk by chunk, from its offset on.

    Entries are made as they are taken: the caller applies the limit, and decides how many to take at a time. A chunk
    may have none. None stands in for an entry that is damaged in the store, so that pages never overlap.
    """
    extent = await store.read_log_extent(mock_server_id)
    filtered = is_filtered(query)
    below = extent.next if filtered else extent.next - query.offset
    to_skip = query.offset if filtered else 0
    while below > extent.first:
        chunks = await store.read_log_chunks(
            mock_server_id,
            below_sequence=below,
            count=8 if filtered else 2,
            since_us=query.since_us,
            until_us=query.until_us,
        )
        if not chunks:
            return
        for chunk in chunks:
            # In a thread, since 64 KB of packed data may be a thousand times as long.
            reader = await asyncio.to_thread(open_chunk, chunk)
            indexes: Sequence[int]
            if reader is not None:
                indexes = select(reader, query, below - chunk.first_sequence)
            else:
                indexes = [] if filtered else range(min(chunk.entry_count, below - chunk.first_sequence))
            skipped = min(to_skip, len(indexes))
            to_skip -= skipped
            below = chunk.first_sequence
            yield make_entries(reader, chunk, reversed(indexes[: len(indexes) - skipped]))


def is_filtered(query: LogQuery) -> bool:
    return query != LogQuery(limit=query.limit, offset=query.offset)


def select(reader: ChunkReader, query: LogQuery, below_index: int, from_index: int = 0) -> memoryview:
    """The indexes in the chunk, oldest first, of the entries that fit the query."""
    texts = {} if query.text is None else dict.fromkeys(SEARCHED_TEXTS, (HOLDING, query.text.encode().lower()))
    return reader.select(
        {
            text_name: make_filter(wanted)
            for field, (text_name, make_filter) in TEXT_FILTERS.items()
            if (wanted := getattr(query, field)) is not None
        },
        matched=query.matched,
        status_from=query.status_from,
        status_to=query.status_to,
        since_us=max(query.since_us or 0, 0),
        until_us=2**64 - 1 if query.until_us is None else max(query.until_us, 0),
        faults=numbers_of_faults(query),
        below_index=min(below_index, 2**32 - 1),
        from_index=from_index,
        slower_than_us=query.slower_than_us,
        either=texts,
    )


def numbers_of_faults(query: LogQuery) -> Sequence[int] | None:
    """The numbers of the faults that entries have to have; None if any, or none, will do."""
    if query.fault is None:
        return None
    return range(1, len(FAULTS)) if query.fault == "*" else (FAULTS.index(query.fault),)


def filter_text(wanted: str) -> Filter:
    return EQUAL, wanted.encode()


def filter_path(wanted: str) -> Filter:
    return (BEGINNING, wanted[:-1].encode()) if wanted.endswith("*") else filter_text(wanted)


def filter_route(route_id: str) -> Filter:
    """Filters by the 16 bytes of a route id; with an invalid id no entry passes."""
    try:
        return EQUAL, bytes.fromhex(route_id.removeprefix("mock-route_")) or b"-"
    except ValueError:
        return EQUAL, b"-"


# By the field of a LogQuery: the text of an entry that it is compared with ("method", "path", "query", "headers",
# "client", "route", "body" or "rule": TEXT_NAMES of cext/journal/chunks.pyx), and how.
TEXT_FILTERS: dict[str, tuple[str, Callable[[str], Filter]]] = {
    "method": ("method", filter_text),
    "path": ("path", filter_path),
    "route_id": ("route", filter_route),
    "rule": ("rule", filter_text),
}


def make_entries(reader: ChunkReader | None, chunk: LogChunk, indexes: Iterable[int]) -> Iterator[LogEntry | None]:
    for index in indexes:
        entry = None
        if reader is not None:
            try:
                entry = log_entry(chunk, index, *reader.entry(index))
            except SegmentFault as fault:
                report_damage(chunk, fault)
        yield entry


def log_entry(
    chunk: LogChunk,
    index: int,
    time_us: int,
    method: bytes,
    path: bytes,
    query: bytes,
    header_block: bytes,
    client: bytes,
    route_id: bytes,
    body: bytes | None,
    status: int,
    duration_us: int,
    flags: int,
    rule: bytes,
    fault: int,
) -> LogEntry:
    """Makes one LogEntry. Its id is time-ordered and permanent: a stored entry never changes its place."""
    mocked_by = MOCKED_BY[flags & 3]
    return LogEntry(
        id=entry_id(time_us, chunk.id, index),
        mock_server_id=chunk.mock_server_id,
        route_id=f"mock-route_{route_id.hex()}" if route_id else UNSET,
        request_method=as_text(method),
        request_path=as_text(path),
        request_query=as_text(query) if query else UNSET,
        request_headers=header_map(header_block),
        request_body=UNSET if body is None else as_text(body),
        client_address=as_text(client) if client else UNSET,
        response_status_code=status,
        response_time_ms=duration_us / 1000,
        mocked_by=mocked_by,
        rule=as_text(rule) if rule else UNSET,
        fault=FAULTS[fault] if fault < len(FAULTS) else UNSET,
        matched=mocked_by in ("route", "rule"),
        truncated=True if flags & TRUNCATED else UNSET,
        timestamp=show_time_us(time_us),
    )


def entry_id(time_us: int, chunk_id: int, index: int) -> str:
    return f"log_{time_us:016x}{chunk_id:010x}{index:06x}"


async def read_entry(store: Store, mock_server_id: str, wanted_id: str) -> LogEntry | None:
    """Reads the entry with this id; None if there is none, or it is damaged in the store."""
    found = _ENTRY_ID.fullmatch(wanted_id)
    chunk = None if found is None else await store.read_log_chunk(mock_server_id, int(found[1], 16))
    if found is None or chunk is None:
        return None
    reader = await asyncio.to_thread(open_chunk, chunk)
    index = int(found[2], 16)
    if reader is None or index >= reader.entry_count:
        return None
    (entry,) = make_entries(reader, chunk, [index])
    return entry if entry is not None and entry.id == wanted_id else None


_ENTRY_ID = re.compile("log_[0-9a-f]{16}([0-9a-f]{10})([0-9a-f]{6})")


def header_map(header_block: bytes) -> dict[str, str]:
    """Headers by name, with the values of a repeated one joined (RFC 9110 §5.3). Not to be changed: the requests of one
    client have the same headers, and share the result."""
    return _short_header_map(header_block) if len(header_block) <= SHORT_BLOCK_BYTES else _read_headers(header_block)


def _read_headers(header_block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in read_header_block(header_block):
        name, value = as_text(name_bytes), as_text(value_bytes)
        headers[name] = headers[name] + JOINERS.get(name, ", ") + value if name in headers else value
    return headers


_short_header_map = lru_cache(KEPT_BLOCKS)(_read_headers)


def as_text(data: bytes) -> str:
    """Received bytes as text: UTF-8 if valid, else one character per byte (ISO 8859-1)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
