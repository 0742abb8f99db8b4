"""Routes to put, whatever was there before: they are found by method and path, then made or changed.

Functions here run inside a transaction of their caller's.
"""

import sqlite3
from collections.abc import Collection, Sequence

from mockwave.store.records import AdaptRoute, RouteRecord, ServerRecord
from mockwave.store.sqlite.route_columns import SELECT
from mockwave.store.sqlite.route_rows import create_route, find_server, from_rows, update_route
from mockwave.store.sqlite.server_rows import create_server


def find_routes(
    connection: sqlite3.Connection, mock_server_id: str, methods: Collection[str], path_key: str
) -> list[RouteRecord]:
    """For each method, the custom route with this path key, else the generated one."""
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return []
    marks = ", ".join("?" * len(methods))
    rows = connection.execute(
        f"{SELECT} WHERE server_key = ? AND generated IN (0, 1) AND method IN ({marks}) AND path_key = ?"
        " ORDER BY generated DESC, position",
        (server_key, *methods, path_key),
    ).fetchall()
    found = {route.method: route for route in from_rows(connection, server_key, mock_server_id, rows)}
    return list(found.values())


def put_routes(
    connection: sqlite3.Connection, server: ServerRecord, routes: Sequence[RouteRecord], adapt: AdaptRoute
) -> bool:
    """Whether anything had to be written."""
    is_new = find_server(connection, server.id) is None
    if is_new:
        create_server(connection, server, None, ())
    written = 0
    for route in routes:
        found = find_routes(connection, server.id, (route.method,), route.path_key)
        standing = next((each for each in found if not each.generated), None)
        adapted = adapt(route, standing)
        if standing is None:
            create_route(connection, adapted)
            written += 1
        elif adapted != standing:
            update_route(connection, adapted)
            written += 1
    return is_new or written > 0
