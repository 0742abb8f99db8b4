"""The log as it is written and read: chunks of entries per server, numbered without gaps.

`log_heads` says which sequence numbers a server has: from first_sequence up to, not including, next_sequence. Chunks
tile that range. A segment joins the newest chunk while both fit into one of at most CHUNK_ENTRIES and CHUNK_BYTES. So
slow traffic fills chunks instead of making one row per drain, and a page of the log reads a bounded amount. Nothing
joins a chunk that the disk has damaged, since it could not be read.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mockwave.store.records import LogChunk, LogExtent, LogSegment, RingPosition
from mockwave.store.sqlite.route_rows import find_server

CHUNK_ENTRIES = 512
CHUNK_BYTES = 64 * 1024

IsChunkSound = Callable[[bytes, int], bool]
"""Whether a chunk with these bytes has this many readable entries. The Store does not know their form."""


@dataclass(slots=True)
class GrowingChunk:
    """The newest chunk of a server while segments are appended; `id` is None until it has a row."""

    id: int | None
    first_sequence: int
    entry_count: int
    oldest_us: int
    newest_us: int
    data: bytes

    def has_room_for(self, segment: LogSegment) -> bool:
        return (
            self.entry_count + segment.entry_count <= CHUNK_ENTRIES
            and len(self.data) + len(segment.data) <= CHUNK_BYTES
        )

    def join(self, segment: LogSegment) -> None:
        self.entry_count += segment.entry_count
        self.oldest_us = min(self.oldest_us, segment.oldest_us)
        self.newest_us = max(self.newest_us, segment.newest_us)
        self.data += segment.data


def read_ring_positions(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT ring_id, position FROM ring_positions").fetchall())


def append_log(
    connection: sqlite3.Connection,
    segments: Sequence[LogSegment],
    positions: Iterable[RingPosition],
    forget_rings: Iterable[str],
    is_chunk_sound: IsChunkSound | None,
) -> None:
    by_server: dict[str, list[LogSegment]] = {}
    for segment in segments:
        if segment.entry_count:
            by_server.setdefault(segment.mock_server_id, []).append(segment)
    for mock_server_id, server_segments in by_server.items():
        server_key = find_server(connection, mock_server_id)
        if server_key is not None:
            append_segments(connection, server_key, server_segments, is_chunk_sound)
    connection.executemany(
        "INSERT INTO ring_positions (ring_id, node, position) VALUES (?, ?, ?) "
        "ON CONFLICT (ring_id) DO UPDATE SET node = excluded.node, position = excluded.position",
        [(position.ring_id, position.node, position.position) for position in positions],
    )
    connection.executemany("DELETE FROM ring_positions WHERE ring_id = ?", [(ring_id,) for ring_id in forget_rings])


def write_nothing(connection: sqlite3.Connection) -> None:
    """A write that changes nothing, but needs a lock and room on the disk like any other."""
    connection.execute("INSERT OR REPLACE INTO ring_positions (ring_id, node, position) VALUES ('', '', 0)")
    connection.execute("DELETE FROM ring_positions WHERE ring_id = ''")


def append_segments(
    connection: sqlite3.Connection,
    server_key: int,
    segments: Iterable[LogSegment],
    is_chunk_sound: IsChunkSound | None,
) -> None:
    extent = select_extent(connection, server_key)
    next_sequence = extent.next
    chunk = select_newest_chunk(connection, server_key, next_sequence)
    if chunk is not None and is_chunk_sound is not None and not is_chunk_sound(chunk.data, chunk.entry_count):
        chunk = None
    for segment in segments:
        if chunk is not None and chunk.has_room_for(segment):
            chunk.join(segment)
        else:
            if chunk is not None:
                store_chunk(connection, server_key, chunk)
            chunk = GrowingChunk(
                None, next_sequence, segment.entry_count, segment.oldest_us, segment.newest_us, segment.data
            )
        next_sequence += segment.entry_count
    if chunk is not None:
        store_chunk(connection, server_key, chunk)
    connection.execute(
        "INSERT INTO log_heads (server_key, first_sequence, next_sequence) VALUES (?, ?, ?) "
        "ON CONFLICT (server_key) DO UPDATE SET next_sequence = excluded.next_sequence",
        (server_key, extent.first, next_sequence),
    )


def read_log_extent(connection: sqlite3.Connection, mock_server_id: str) -> LogExtent:
    return find_log_extent(connection, mock_server_id) or LogExtent(0, 0)


def read_log_extents(connection: sqlite3.Connection, mock_server_ids: Iterable[str]) -> dict[str, LogExtent]:
    found = ((each, find_log_extent(connection, each)) for each in mock_server_ids)
    return {each: extent for each, extent in found if extent is not None}


def read_log_chunks(
    connection: sqlite3.Connection,
    mock_server_id: str,
    below_sequence: int,
    count: int,
    since_us: int | None,
    until_us: int | None,
) -> list[LogChunk]:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return []
    conditions = ["server_key = ?", "first_sequence < ?"]
    parameters = [server_key, below_sequence]
    for condition, bound_us in (("newest_us >= ?", since_us), ("oldest_us <= ?", until_us)):
        if bound_us is not None:
            conditions.append(condition)
            parameters.append(bound_us)
    rows = connection.execute(
        f"{SELECT_CHUNKS} WHERE {' AND '.join(conditions)} ORDER BY first_sequence DESC LIMIT ?", (*parameters, count)
    )
    return [log_chunk(mock_server_id, row) for row in rows]


def read_log_range(
    connection: sqlite3.Connection, mock_server_id: str, from_sequence: int, count: int
) -> list[LogChunk]:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return []
    rows = connection.execute(
        f"{SELECT_CHUNKS} WHERE server_key = ? AND first_sequence >= coalesce("
        "(SELECT max(first_sequence) FROM log_chunks WHERE server_key = ? AND first_sequence <= ?), 0)"
        " ORDER BY first_sequence LIMIT ?",
        (server_key, server_key, from_sequence, count),
    )
    return [log_chunk(mock_server_id, row) for row in rows]


def read_log_chunk(connection: sqlite3.Connection, mock_server_id: str, chunk_id: int) -> LogChunk | None:
    server_key = find_server(connection, mock_server_id)
    row = connection.execute(f"{SELECT_CHUNKS} WHERE id = ? AND server_key = ?", (chunk_id, server_key)).fetchone()
    return None if row is None else log_chunk(mock_server_id, row)


SELECT_CHUNKS = "SELECT id, first_sequence, entry_count, oldest_us, newest_us, data FROM log_chunks"


def log_chunk(mock_server_id: str, row: tuple[int, int, int, int, int, bytes]) -> LogChunk:
    """A row of SELECT_CHUNKS as a LogChunk."""
    chunk_id, first_sequence, entry_count, oldest_us, newest_us, data = row
    return LogChunk(
        id=chunk_id,
        mock_server_id=mock_server_id,
        first_sequence=first_sequence,
        entry_count=entry_count,
        oldest_us=oldest_us,
        newest_us=newest_us,
        data=data,
    )


def find_log_extent(connection: sqlite3.Connection, mock_server_id: str) -> LogExtent | None:
    """Like read_log_extent; None if there is no such server."""
    server_key = find_server(connection, mock_server_id)
    return None if server_key is None else select_extent(connection, server_key)


def select_extent(connection: sqlite3.Connection, server_key: int) -> LogExtent:
    row = connection.execute(
        "SELECT first_sequence, next_sequence FROM log_heads WHERE server_key = ?", (server_key,)
    ).fetchone()
    return LogExtent(0, 0) if row is None else LogExtent(*row)


def select_newest_chunk(connection: sqlite3.Connection, server_key: int, next_sequence: int) -> GrowingChunk | None:
    """The newest chunk, if a segment can still join it."""
    row = connection.execute(
        "SELECT id, first_sequence, entry_count, oldest_us, newest_us, length(data) FROM log_chunks "
        "WHERE server_key = ? AND first_sequence < ? ORDER BY first_sequence DESC LIMIT 1",
        (server_key, next_sequence),
    ).fetchone()
    if row is None:
        return None
    chunk_id, first_sequence, entry_count, oldest_us, newest_us, size_bytes = row
    if entry_count >= CHUNK_ENTRIES or size_bytes >= CHUNK_BYTES:
        return None
    (data,) = connection.execute("SELECT data FROM log_chunks WHERE id = ?", (chunk_id,)).fetchone()
    return GrowingChunk(chunk_id, first_sequence, entry_count, oldest_us, newest_us, data)


def store_chunk(connection: sqlite3.Connection, server_key: int, chunk: GrowingChunk) -> None:
    values = (chunk.first_sequence, chunk.entry_count, chunk.oldest_us, chunk.newest_us, chunk.data)
    if chunk.id is None:
        connection.execute(
            "INSERT INTO log_chunks (server_key, first_sequence, entry_count, oldest_us, newest_us, data) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (server_key, *values),
        )
    else:
        connection.execute(
            "UPDATE log_chunks SET first_sequence = ?, entry_count = ?, oldest_us = ?, newest_us = ?, data = ? "
            "WHERE id = ?",
            (*values, chunk.id),
        )
