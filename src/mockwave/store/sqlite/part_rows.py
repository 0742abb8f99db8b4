"""Parts, which the generated routes of a server share: stored once and read whole; opaque here.

Routes name parts by number, so the parts and the generated routes of a server are always written together. Parts that
no route names any more stay until the next specification replaces them all. They are stored in chunks, since a row for
each would take as long to find as to read.
"""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from mockwave.pauses import Pauses
from mockwave.store.sqlite.write_pauses import with_pauses

CHUNK_BYTES = 1 << 18

encode_chunk = msgspec.msgpack.Encoder().encode
CHUNK = msgspec.msgpack.Decoder(list[bytes])


def read_parts(connection: sqlite3.Connection, server_key: int, pauses: Pauses | None = None) -> Sequence[bytes]:
    """All parts of the server, by number."""
    rows = connection.execute("SELECT data FROM shared_parts WHERE server_key = ? ORDER BY chunk", (server_key,))
    return [part for (data,) in with_pauses(rows, 1, pauses) for part in CHUNK.decode(data)] or ()


def store_parts(
    connection: sqlite3.Connection, server_key: int, parts: Sequence[bytes], pauses: Pauses | None = None
) -> bool:
    """Makes these the parts of the server; returns False if they already are."""
    chunks = [encode_chunk(chunk) for chunk in with_pauses(into_chunks(parts), 1, pauses)]
    stored = connection.execute("SELECT data FROM shared_parts WHERE server_key = ? ORDER BY chunk", (server_key,))
    if [data for (data,) in stored] == chunks:
        return False
    connection.execute("DELETE FROM shared_parts WHERE server_key = ?", (server_key,))
    connection.executemany(
        "INSERT INTO shared_parts (server_key, chunk, data) VALUES (?, ?, ?)",
        with_pauses(((server_key, number, data) for number, data in enumerate(chunks)), 1, pauses),
    )
    return True


def into_chunks(parts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    first = size = 0
    for number, part in enumerate(parts):
        size += len(part)
        if size >= CHUNK_BYTES:
            yield parts[first : number + 1]
            first, size = number + 1, 0
    if first < len(parts):
        yield parts[first:]
