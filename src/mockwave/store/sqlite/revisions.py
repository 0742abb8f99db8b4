"""The store-wide revision: the number of a management write, taken inside its transaction.

Writes are made one at a time, so a reader that has seen revision R has seen all writes up to R. Rows carry the revision
that last touched them; a deletion leaves a row in `deletions`, since the original row is gone.
"""

import sqlite3


def read_revision(connection: sqlite3.Connection) -> int:
    (revision,) = connection.execute("SELECT revision FROM store_revision").fetchone()
    return int(revision)


def raise_revision(connection: sqlite3.Connection) -> int:
    """Returns the number of this write."""
    connection.execute("UPDATE store_revision SET revision = revision + 1")
    return read_revision(connection)


def record_server_deletion(connection: sqlite3.Connection, mock_server_id: str, revision: int) -> None:
    # Its routes are gone with it, so their own deletions are no longer needed.
    connection.execute("DELETE FROM deletions WHERE mock_server_id = ?", (mock_server_id,))
    connection.execute("INSERT INTO deletions (revision, mock_server_id) VALUES (?, ?)", (revision, mock_server_id))


def record_route_deletions(
    connection: sqlite3.Connection, mock_server_id: str, route_ids: list[str], revision: int
) -> None:
    connection.executemany(
        "INSERT INTO deletions (revision, mock_server_id, route_id) VALUES (?, ?, ?)",
        [(revision, mock_server_id, route_id) for route_id in route_ids],
    )
