"""Servers of an import, all in one transaction: those that are new, and those that an earlier import made.

An id that a file has is kept. Where a server of that id is in the same workspace, it is brought to what the file says:
its routes by their ids, or by method and path; routes that the file does not have stay. What is the same already is not
written, so an import of the same file again writes nothing. An id that somebody else has is replaced by a new one.
"""

import secrets
import sqlite3
from collections.abc import Sequence

import msgspec

from mockwave.pauses import Pauses
from mockwave.store.records import RouteRecord, ServerImport, ServerRecord, StoredImport
from mockwave.store.sqlite.revisions import raise_revision
from mockwave.store.sqlite.route_rows import (
    insert_routes,
    list_routes,
    next_position,
    rewrite_routes,
)
from mockwave.store.sqlite.server_rows import UPDATE, create_server, select_server, to_row

# What a server keeps of its own where it is imported again.
KEPT = (
    "id",
    "created_us",
    "route_count",
    "revision",
    "parts_revision",
    "status",
    "status_reason",
    "log_requests",
    "routes_modified_us",
)


def import_servers(
    connection: sqlite3.Connection, imports: Sequence[ServerImport], pauses: Pauses | None = None
) -> list[StoredImport]:
    return [_import_server(connection, each, pauses) for each in imports]


def _import_server(connection: sqlite3.Connection, given: ServerImport, pauses: Pauses | None) -> StoredImport:
    found = select_server(connection, given.server.id)
    if found is not None and found[1].workspace_id == given.server.workspace_id and given.specification is None:
        return _bring_up(connection, found[0], found[1], given, pauses)
    server = given.server
    if found is not None:
        server = msgspec.structs.replace(server, id=f"mock_{secrets.token_hex(16)}")
    routes = [
        msgspec.structs.replace(_with_free_id(connection, route, None), mock_server_id=server.id)
        for route in given.routes
    ]
    stored = create_server(connection, server, given.specification, routes, given.parts, pauses)
    return StoredImport(stored, "created")


def _bring_up(
    connection: sqlite3.Connection, server_key: int, stored: ServerRecord, given: ServerImport, pauses: Pauses | None
) -> StoredImport:
    """Brings a server to what the file says."""
    known = [route for route in list_routes(connection, stored.id, pauses=pauses) if not route.generated]
    by_id = {route.id: route for route in known}
    by_path = {(route.method, route.path_key): route for route in known}
    added: list[RouteRecord] = []
    changed: list[RouteRecord] = []
    changed_rules = [] if given.server.rules == stored.rules else [(stored.id, stored.rules, given.server.rules)]
    for route in given.routes:
        old = by_path.get((route.method, route.path_key)) or by_id.get(route.id)
        if old is None:
            added.append(_with_free_id(connection, route, server_key))
            continue
        new = msgspec.structs.replace(
            route, id=old.id, position=old.position, revision=old.revision, base_paths=old.base_paths
        )
        if msgspec.structs.astuple(new) != msgspec.structs.astuple(old):
            changed.append(new)
            if new.rules != old.rules:
                changed_rules.append((old.id, old.rules, new.rules))
    kept = {name: getattr(stored, name) for name in KEPT}
    server = msgspec.structs.replace(given.server, **kept)
    is_same = msgspec.structs.replace(server, modified_us=stored.modified_us) == stored
    if is_same and not added and not changed:
        return StoredImport(stored, "unchanged")
    revision = raise_revision(connection)
    position = next_position(connection, server_key)
    rewrite_routes(connection, (msgspec.structs.replace(each, revision=revision) for each in changed), pauses)
    insert_routes(
        connection,
        server_key,
        (msgspec.structs.replace(each, revision=revision, position=position + n) for n, each in enumerate(added)),
        pauses,
    )
    server = msgspec.structs.replace(server, revision=revision, route_count=stored.route_count + len(added))
    connection.execute(UPDATE, (*to_row(server), server_key))
    return StoredImport(server, "changed", changed_rules)


def _with_free_id(connection: sqlite3.Connection, route: RouteRecord, server_key: int | None) -> RouteRecord:
    """The route, under another id where a route of another server has its own."""
    row = connection.execute("SELECT server_key FROM routes WHERE id = ?", (route.id,)).fetchone()
    if row is None or row[0] == server_key:
        return route
    return msgspec.structs.replace(route, id=f"mock-route_{secrets.token_hex(16)}")
