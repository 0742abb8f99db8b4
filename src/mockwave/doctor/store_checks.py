"""The Store's file: whether it is mockwave's, of a known version, whole according to SQLite, and whether its contents
are whole.

It is opened read-only, so a server may be running on it. Log chunks are read one by one, entry by entry; a damaged
chunk is reported by its mock server and its places in the log.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from urllib.parse import quote

from mockwave._chunks import ChunkReader, SegmentFault
from mockwave.data_folder import DataFolder
from mockwave.doctor.findings import Finding
from mockwave.doctor.write_ahead_log import look_at_write_ahead_log
from mockwave.server.lock_holders import find_holder
from mockwave.store.protocol import StoreError
from mockwave.store.sqlite.failures import describe_failure
from mockwave.store.sqlite.schema_versions import read_migrations, read_version

SHOWN_FAULTS = 20
"""How many faults of one kind are shown; the others are counted."""

BUSY_TIMEOUT_S = 5.0
PIECE_BYTES = 1024 * 1024


def look_at_store(folder: DataFolder, with_log: bool) -> Iterator[Finding]:
    """Findings about the database; `with_log` also reads every entry of every log."""
    if not folder.database.exists():
        yield Finding("note", "store", "no database exists yet")
        return
    if find_holder(folder) is None:  # else it grows while it is read, and SQLite tells what is wrong with it
        yield from look_at_write_ahead_log(folder.database)
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(folder.database))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
        if read_version(connection, folder.database, len(read_migrations())) == 0:
            yield Finding(
                "fault", "store", f"{folder.database}: is empty: restore it from a backup; a server starts anew"
            )
            return
        yield from _look_at_version(connection, folder)
        yield from _look_at_integrity(connection)
        yield from _look_at_specifications(connection)
        if with_log:
            yield from _look_at_log(connection)
    except StoreError as error:
        yield Finding("fault", "store", str(error))
    except sqlite3.Error as error:
        yield Finding("fault", "store", str(describe_failure(folder.database, error)))
    finally:
        if connection is not None:
            connection.close()


def _look_at_version(connection: sqlite3.Connection, folder: DataFolder) -> Iterator[Finding]:
    newest = len(read_migrations())
    version = read_version(connection, folder.database, newest)
    if version < newest:
        text = f"has version {version}; the next server migrates it to {newest}"
        yield Finding("note", "store", text)
    else:
        yield Finding("ok", "store", f"has the newest version, {version}")


def _look_at_integrity(connection: sqlite3.Connection) -> Iterator[Finding]:
    said = [row[0] for row in connection.execute(f"PRAGMA integrity_check({SHOWN_FAULTS})")]
    said += [
        f"row {row} of {table} belongs to a missing row of {parent}"
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(SHOWN_FAULTS)
    ]
    faults = [text for text in said if text != "ok"]
    if not faults:
        servers, routes = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("servers", "routes")
        )
        yield Finding("ok", "store", f"is whole: {servers:,} mock servers, {routes:,} routes")
    for text in faults:
        yield Finding("fault", "store", f"{text}: restore it from a backup, or move it away to start over")


def _look_at_specifications(connection: sqlite3.Connection) -> Iterator[Finding]:
    found = 0
    rows = connection.execute(
        "SELECT servers.id, compressed_text FROM specifications JOIN servers ON servers.key = server_key"
    )
    for mock_server_id, compressed in rows:
        try:
            _unpack(compressed)
        except zlib.error as error:
            found += 1
            if found <= SHOWN_FAULTS:
                text = f"the specification of {mock_server_id} cannot be read ({error}): PUT it again"
                yield Finding("fault", "store", text)
    if found > SHOWN_FAULTS:
        yield Finding("fault", "store", f"and {found - SHOWN_FAULTS} more specifications")


def _unpack(compressed: bytes) -> None:
    """Reads the text to its end, in pieces."""
    unpacker = zlib.decompressobj()
    rest = compressed
    while rest and not unpacker.eof:
        unpacker.decompress(rest, PIECE_BYTES)
        rest = unpacker.unconsumed_tail
    if not unpacker.eof:
        unpacker.flush()
        if not unpacker.eof:
            raise zlib.error("it is truncated")


def _look_at_log(connection: sqlite3.Connection) -> Iterator[Finding]:
    chunks, entries, damaged = 0, 0, 0
    rows = connection.execute(
        "SELECT servers.id, log_chunks.id, first_sequence, entry_count, data FROM log_chunks"
        " LEFT JOIN servers ON servers.key = server_key ORDER BY log_chunks.id"
    )
    for mock_server_id, chunk_id, first, count, data in rows:
        chunks += 1
        entries += count
        fault = _find_damage(data, count)
        if fault:
            damaged += 1
            if damaged <= SHOWN_FAULTS:
                owner = mock_server_id or "a mock server that is gone"
                places = f"entries {first} to {first + count - 1} (chunk {chunk_id})"
                yield Finding("fault", "log", f"of {owner}: {places}: {fault}; what cannot be read is left out")
    if damaged > SHOWN_FAULTS:
        yield Finding("fault", "log", f"and {damaged - SHOWN_FAULTS} more damaged chunks")
    if not damaged:
        yield Finding("ok", "log", f"is whole: {entries:,} entries in {chunks:,} chunks")


def _find_damage(data: bytes, count: int) -> str:
    """What is wrong with a chunk; empty if it is whole."""
    try:
        reader = ChunkReader(data)
        if reader.entry_count != count:
            return f"it has {reader.entry_count} entries, not {count}"
        for index in range(count):
            reader.entry(index)
    except SegmentFault as fault:
        return str(fault)
    return ""
