"""The changes after a revision, for workers: rows and deletions by their revisions.

A worker starts from revision 0, with nothing loaded. After that it asks for changes after the last answer's revision,
and for routes only of servers that it has loaded; it reads the other servers whole when it needs them (load_server).
"""

import sqlite3
from collections.abc import Collection

from mockwave.store.records import ServerChanges
from mockwave.store.sqlite.revisions import read_revision
from mockwave.store.sqlite.route_rows import select_routes_after
from mockwave.store.sqlite.server_rows import select_servers_after


def read_changes(connection: sqlite3.Connection, after_revision: int, route_servers: Collection[str]) -> ServerChanges:
    revision = read_revision(connection)
    if revision <= after_revision:
        return ServerChanges(revision=revision, servers=[], deleted_server_ids=[], routes=[], deleted_route_ids=[])
    asked = frozenset(route_servers)
    servers = select_servers_after(connection, after_revision)
    deletions = connection.execute(
        "SELECT mock_server_id, route_id FROM deletions WHERE revision > ? ORDER BY revision", (after_revision,)
    ).fetchall()
    return ServerChanges(
        revision=revision,
        servers=[record for _, record in servers],
        deleted_server_ids=[server_id for server_id, route_id in deletions if route_id is None],
        # A write of a route raises its server's revision, so only servers that changed can have routes that did.
        routes=[
            route
            for server_key, record in servers
            if record.id in asked and record.parts_revision <= after_revision
            for route in select_routes_after(connection, server_key, record.id, after_revision)
        ],
        deleted_route_ids=[
            (server_id, route_id) for server_id, route_id in deletions if route_id is not None and server_id in asked
        ],
    )


def forget_deletions(connection: sqlite3.Connection) -> None:
    """Makes read_changes incomplete for every revision except 0. Call it only if nobody has state of an earlier one."""
    connection.execute("DELETE FROM deletions")
