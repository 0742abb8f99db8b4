"""Removing log chunks that are too many, too old, or of a deleted server; and giving their pages back.

Chunks go in batches of bounded size, each a separate transaction, oldest first. So the write lock is held only briefly,
and a kill in the middle does no harm: the rest of a log is always a gapless range up to its newest entry.
"""

import sqlite3

from mockwave.store.sqlite.route_rows import find_server

# A batch ends with the chunk that reaches either bound.
BATCH_CHUNKS = 128
BATCH_BYTES = 8 * 1024 * 1024

# Free pages are kept for chunks to come up to this much; what is more goes back to the file system. SQLite searches the
# list of free pages for each page it gives back, so surplus is given back as it arises, batch by batch.
FREE_BYTES_KEPT = 16 * 1024 * 1024
VACUUM_PAGES = 512

# No log reaches this many entries.
ENDLESS = 1 << 62


def find_prunable(connection: sqlite3.Connection, keep_entries: int | None, older_than_us: int | None) -> list[int]:
    """The row keys of servers whose oldest chunk may go."""
    rows = connection.execute(
        "SELECT head.server_key FROM log_heads AS head "
        "JOIN log_chunks AS chunk USING (server_key, first_sequence) "
        "WHERE chunk.first_sequence + chunk.entry_count <= head.next_sequence - ? OR chunk.newest_us < ?",
        bounds(keep_entries, older_than_us),
    ).fetchall()
    return [server_key for (server_key,) in rows]


def prune_batch(
    connection: sqlite3.Connection, server_key: int, keep_entries: int | None, older_than_us: int | None
) -> int:
    """Removes a batch of a server's oldest chunks; returns the entries removed, 0 if none may go."""
    head = connection.execute(
        "SELECT first_sequence, next_sequence FROM log_heads WHERE server_key = ?", (server_key,)
    ).fetchone()
    if head is None:
        return 0
    first_sequence, next_sequence = head
    keep, older = bounds(keep_entries, older_than_us)
    kept_from = first_sequence
    batch: list[int] = []
    for chunk_id, entry_count, newest_us in select_batch(connection, server_key):
        if kept_from + entry_count > next_sequence - keep and newest_us >= older:
            break
        batch.append(chunk_id)
        kept_from += entry_count
    _delete_oldest(connection, server_key, batch, kept_from)
    return int(kept_from - first_sequence)


def clear_batch(connection: sqlite3.Connection, mock_server_id: str, below_sequence: int) -> bool:
    """Removes a batch of a server's oldest chunks, those that begin below the sequence; returns False if none is
    left."""
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return False
    (first_sequence,) = connection.execute(
        "SELECT first_sequence FROM log_heads WHERE server_key = ?", (server_key,)
    ).fetchone() or (below_sequence,)
    kept_from = first_sequence
    batch: list[int] = []
    for chunk_id, entry_count, _ in select_batch(connection, server_key):
        if kept_from >= below_sequence:
            break
        batch.append(chunk_id)
        kept_from += entry_count
    _delete_oldest(connection, server_key, batch, kept_from)
    return bool(batch)


def _delete_oldest(connection: sqlite3.Connection, server_key: int, batch: list[int], kept_from: int) -> None:
    """Deletes a server's oldest chunks, those before the sequence `kept_from`."""
    if batch:
        delete_chunks(connection, batch)
        connection.execute("UPDATE log_heads SET first_sequence = ? WHERE server_key = ?", (kept_from, server_key))


def drop_log(connection: sqlite3.Connection, server_key: int) -> None:
    """Marks all chunks of a server for removal; part of the transaction that deletes it."""
    connection.execute(
        "INSERT INTO dropped_logs (server_key) SELECT server_key FROM log_heads WHERE server_key = ?", (server_key,)
    )


def has_dropped_logs(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM dropped_logs LIMIT 1").fetchone() is not None


def sweep_batch(connection: sqlite3.Connection) -> bool:
    """Removes a batch of chunks of a deleted server; False if there is none left of any."""
    row = connection.execute("SELECT server_key FROM dropped_logs LIMIT 1").fetchone()
    if row is None:
        return False
    batch = [chunk_id for chunk_id, _, _ in select_batch(connection, row[0])]
    if batch:
        delete_chunks(connection, batch)
    else:
        connection.execute("DELETE FROM dropped_logs WHERE server_key = ?", row)
    return True


def vacuum_batch(connection: sqlite3.Connection) -> bool:
    """Gives some free pages back to the file system, in a separate transaction; False if few enough are free."""
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    (free_pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    surplus = free_pages - FREE_BYTES_KEPT // page_bytes
    if surplus <= 0:
        return False
    # This pragma gives back a page per step: sqlite3's execute would step it once, a script runs it to its end.
    connection.executescript(f"PRAGMA incremental_vacuum({min(surplus, VACUUM_PAGES)})")
    return True


def select_batch(connection: sqlite3.Connection, server_key: int) -> list[tuple[int, int, int]]:
    """(id, entry_count, newest_us) of a server's oldest chunks, up to a batch of them."""
    batch: list[tuple[int, int, int]] = []
    batch_bytes = 0
    for chunk_id, entry_count, newest_us, data_bytes in connection.execute(
        "SELECT id, entry_count, newest_us, length(data) FROM log_chunks "
        "WHERE server_key = ? ORDER BY first_sequence LIMIT ?",
        (server_key, BATCH_CHUNKS),
    ):
        batch.append((chunk_id, entry_count, newest_us))
        batch_bytes += data_bytes
        if batch_bytes >= BATCH_BYTES:
            break
    return batch


def delete_chunks(connection: sqlite3.Connection, chunk_ids: list[int]) -> None:
    connection.executemany("DELETE FROM log_chunks WHERE id = ?", [(chunk_id,) for chunk_id in chunk_ids])


def bounds(keep_entries: int | None, older_than_us: int | None) -> tuple[int, int]:
    """The limits as numbers; a missing limit lets everything stay."""
    return (ENDLESS if keep_entries is None else keep_entries, 0 if older_than_us is None else older_than_us)
