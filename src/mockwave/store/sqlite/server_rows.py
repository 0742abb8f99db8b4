"""Servers: their records, their source texts, and one server whole as a worker serves it.

A server's columns are the fields of ServerRecord by name. Deleting one takes its routes and source text along at once;
its log, which may be large, is left to retention.py, out of reach of any later server.
"""

import sqlite3
from collections.abc import Collection, Sequence

import msgspec

from mockwave.pauses import Pauses
from mockwave.store.protocol import StoreError
from mockwave.store.records import ChangeServer, LoadedServer, RouteRecord, ServerRecord, UpdatedServer
from mockwave.store.sqlite.part_rows import read_parts, store_parts
from mockwave.store.sqlite.retention import drop_log
from mockwave.store.sqlite.revisions import raise_revision, read_revision, record_server_deletion
from mockwave.store.sqlite.route_pages import delete_pages, read_rows, store_pages
from mockwave.store.sqlite.route_rows import (
    delete_routes,
    find_server,
    from_rows,
    insert_routes,
    refuse_repetition,
    replace_generated_routes,
)
from mockwave.store.sqlite.write_pauses import with_pauses

COLUMNS = ServerRecord.__struct_fields__
SELECT = f"SELECT key, {', '.join(COLUMNS)} FROM servers"
INSERT = f"INSERT INTO servers ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
UPDATE = f"UPDATE servers SET {', '.join(f'{column} = ?' for column in COLUMNS)} WHERE key = ?"

# SQLite returns numbers for these.
BOOLEANS = tuple(index for index, field in enumerate(msgspec.structs.fields(ServerRecord)) if field.type is bool)

# JSON arrays in their columns.
ARRAYS = tuple(COLUMNS.index(name) for name in ("base_paths", "header_keys", "query_keys"))

SERVERS_AT_A_TIME = 16

# A server's row key and its record.
KeyedServer = tuple[int, ServerRecord]


def list_servers(
    connection: sqlite3.Connection,
    workspaces: Collection[str] | None,
    offset: int = 0,
    count: int = -1,
    pauses: Pauses | None = None,
) -> list[ServerRecord]:
    condition = "" if workspaces is None else "WHERE workspace_id IN (SELECT value FROM json_each(?)) "
    asked = [] if workspaces is None else [msgspec.json.encode(sorted(workspaces)).decode()]
    # Keys grow with every server made.
    rows = connection.execute(f"{SELECT} {condition}ORDER BY key LIMIT ? OFFSET ?", (*asked, count, offset))
    return [from_row(row)[1] for row in with_pauses(rows, SERVERS_AT_A_TIME, pauses)]


def read_server(connection: sqlite3.Connection, mock_server_id: str) -> ServerRecord | None:
    found = select_server(connection, mock_server_id)
    return None if found is None else found[1]


def read_compressed_specification(connection: sqlite3.Connection, mock_server_id: str) -> bytes | None:
    row = connection.execute(
        "SELECT compressed_text FROM specifications JOIN servers ON servers.key = server_key WHERE servers.id = ?",
        (mock_server_id,),
    ).fetchone()
    return None if row is None else row[0]


def create_server(
    connection: sqlite3.Connection,
    server: ServerRecord,
    compressed_specification: bytes | None,
    routes: Sequence[RouteRecord],
    parts: Sequence[bytes] = (),
    pauses: Pauses | None = None,
) -> ServerRecord:
    refuse_repetition(routes)
    if find_server(connection, server.id) is not None:
        raise StoreError(f"a mock server {server.id} exists already")
    revision = raise_revision(connection)
    stored = msgspec.structs.replace(
        server, revision=revision, parts_revision=revision if parts else 0, route_count=len(routes)
    )
    server_key = connection.execute(INSERT, to_row(stored)).lastrowid
    assert server_key is not None
    if compressed_specification is not None:
        store_specification(connection, server_key, compressed_specification)
    store_parts(connection, server_key, parts, pauses)
    insert_routes(
        connection,
        server_key,
        (msgspec.structs.replace(route, position=position, revision=revision) for position, route in enumerate(routes)),
        pauses,
    )
    store_pages(connection, server_key, pauses)
    return stored


def update_server(
    connection: sqlite3.Connection,
    mock_server_id: str,
    change: ChangeServer,
    compressed_specification: bytes | None,
    generated_routes: Sequence[RouteRecord] | None,
    parts: Sequence[bytes] = (),
    pauses: Pauses | None = None,
) -> UpdatedServer | None:
    found = select_server(connection, mock_server_id)
    if found is None:
        return None
    server_key, replaced = found
    server = change(replaced)
    revision = raise_revision(connection)
    added_routes = 0
    ruled_routes_gone: list[tuple[str, str]] = []
    parts_revision = replaced.parts_revision
    if compressed_specification is not None:
        store_specification(connection, server_key, compressed_specification)
    if generated_routes is not None:
        if store_parts(connection, server_key, parts, pauses):
            parts_revision = revision
        delete_pages(connection, server_key)
        added_routes, ruled_routes_gone = replace_generated_routes(
            connection, server_key, server.id, generated_routes, revision, pauses
        )
        store_pages(connection, server_key, pauses)
    stored = msgspec.structs.replace(
        server,
        revision=revision,
        parts_revision=parts_revision,
        route_count=replaced.route_count + added_routes,
        routes_modified_us=replaced.routes_modified_us,
    )
    connection.execute(UPDATE, (*to_row(stored), server_key))
    return UpdatedServer(stored, replaced.rules, ruled_routes_gone)


def delete_server(connection: sqlite3.Connection, mock_server_id: str, pauses: Pauses | None = None) -> bool:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return False
    drop_log(connection, server_key)
    delete_pages(connection, server_key)
    delete_routes(connection, server_key, pauses)
    connection.execute("DELETE FROM servers WHERE key = ?", (server_key,))
    record_server_deletion(connection, mock_server_id, raise_revision(connection))
    return True


def load_server(
    connection: sqlite3.Connection,
    mock_server_id: str,
    after_position: int = -1,
    count: int = -1,
    parts: Sequence[bytes] | None = None,
    pauses: Pauses | None = None,
) -> LoadedServer | None:
    found = select_server(connection, mock_server_id)
    if found is None:
        return None
    server_key, server = found
    parts = read_parts(connection, server_key, pauses) if parts is None else parts
    return LoadedServer(
        revision=read_revision(connection),
        server=server,
        routes=from_rows(
            connection, server_key, mock_server_id, read_rows(connection, server_key, after_position, count), parts
        ),
        parts=parts,
    )


def select_server(connection: sqlite3.Connection, mock_server_id: str) -> KeyedServer | None:
    row = connection.execute(f"{SELECT} WHERE id = ?", (mock_server_id,)).fetchone()
    return None if row is None else from_row(row)


def select_servers_after(connection: sqlite3.Connection, revision: int) -> list[KeyedServer]:
    """Those of which anything was written after the revision."""
    rows = connection.execute(f"{SELECT} WHERE revision > ? ORDER BY revision", (revision,)).fetchall()
    return [from_row(row) for row in rows]


def store_specification(connection: sqlite3.Connection, server_key: int, compressed_text: bytes) -> None:
    connection.execute(
        "INSERT INTO specifications (server_key, compressed_text) VALUES (?, ?) "
        "ON CONFLICT (server_key) DO UPDATE SET compressed_text = excluded.compressed_text",
        (server_key, compressed_text),
    )


def to_row(server: ServerRecord) -> tuple[object, ...]:
    values = list(msgspec.structs.astuple(server))
    for index in ARRAYS:
        values[index] = msgspec.json.encode(values[index]).decode()
    return tuple(values)


def from_row(row: tuple[object, ...]) -> KeyedServer:
    key, *values = row
    for index in BOOLEANS:
        values[index] = bool(values[index])
    for index in ARRAYS:
        values[index] = () if values[index] == "[]" else msgspec.json.decode(str(values[index]), type=tuple[str, ...])
    return key, ServerRecord(**dict(zip(COLUMNS, values, strict=True)))  # type: ignore[arg-type, return-value]
