"""Routes of a server: at most one custom and one generated route per method and path key.

Every write of a route raises its server's revision as well. `position` orders routes as they were made; updates keep
it. Functions here run inside the caller's transaction and take the server's row key.
"""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from mockwave.pauses import Pauses
from mockwave.store.records import (
    ALL_ROUTES,
    BriefRoute,
    CheckRoute,
    RouteConflict,
    RouteFilter,
    RouteRecord,
    UpdatedRoute,
)
from mockwave.store.sqlite.part_rows import read_parts
from mockwave.store.sqlite.revisions import raise_revision, record_route_deletions
from mockwave.store.sqlite.route_columns import (
    GENERATED,
    ID,
    INSERT,
    METHOD,
    PATH,
    PATH_KEY,
    POSITION,
    REVISION,
    RULES,
    SELECT,
    UPDATE,
    Row,
    decode_base_paths,
    make_records,
    to_row,
)
from mockwave.store.sqlite.write_pauses import with_pauses
from mockwave.timestamps import next_time_us

ROUTES_AT_A_TIME = 6
ROUTES_READ_AT_A_TIME = 64


def list_routes(
    connection: sqlite3.Connection,
    mock_server_id: str,
    offset: int = 0,
    count: int = -1,
    wanted: RouteFilter = ALL_ROUTES,
    pauses: Pauses | None = None,
) -> list[RouteRecord]:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return []
    condition, values = write_condition(wanted)
    rows = connection.execute(
        f"{SELECT} WHERE server_key = ?{condition} ORDER BY position LIMIT ? OFFSET ?",
        (server_key, *values, count, offset),
    )
    found = list(with_pauses(rows, ROUTES_READ_AT_A_TIME, pauses))
    has_generated = any(row[GENERATED] for row in found)
    parts = read_parts(connection, server_key, pauses) if has_generated else ()
    slices = range(0, len(found), ROUTES_READ_AT_A_TIME)
    return [
        route
        for start in with_pauses(slices, 1, pauses)
        for route in from_rows(
            connection, server_key, mock_server_id, found[start : start + ROUTES_READ_AT_A_TIME], parts
        )
    ]


def list_brief_routes(
    connection: sqlite3.Connection,
    mock_server_id: str,
    offset: int = 0,
    count: int = -1,
    wanted: RouteFilter = ALL_ROUTES,
) -> list[BriefRoute]:
    condition, values = write_condition(wanted)
    rows = connection.execute(
        "SELECT id, method, path, status_code, generated FROM routes "
        f"WHERE server_key = ?{condition} ORDER BY position LIMIT ? OFFSET ?",
        (find_server(connection, mock_server_id), *values, count, offset),
    )
    return [BriefRoute(route_id, method, path, status, bool(made)) for route_id, method, path, status, made in rows]


def write_condition(wanted: RouteFilter) -> tuple[str, list[str]]:
    """The filter as further SQL conditions, with their values."""
    condition, values = "", []
    if wanted.method is not None:
        condition += " AND method = ?"
        values.append(wanted.method)
    if wanted.text:
        condition += " AND instr(lower(path), lower(?))"
        values.append(wanted.text)
    if wanted.unwanted:
        condition += " AND id NOT IN (SELECT value FROM json_each(?))"
        values.append(msgspec.json.encode(wanted.unwanted).decode())
    return condition, values


def read_route_lines(connection: sqlite3.Connection, mock_server_id: str) -> list[tuple[str, str, str]]:
    server_key = find_server(connection, mock_server_id)
    lines = connection.execute(
        "SELECT id, method, path FROM routes WHERE server_key = ? ORDER BY position", (server_key,)
    )
    return lines.fetchall()


def read_route(connection: sqlite3.Connection, mock_server_id: str, route_id: str) -> RouteRecord | None:
    server_key = find_server(connection, mock_server_id)
    return None if server_key is None else select_route(connection, server_key, mock_server_id, route_id)


def create_route(connection: sqlite3.Connection, route: RouteRecord) -> RouteRecord | None:
    server_key = find_server(connection, route.mock_server_id)
    if server_key is None:
        return None
    refuse_conflict(connection, server_key, route)
    revision = raise_revision(connection)
    stored = msgspec.structs.replace(
        route,
        generated=False,
        position=next_position(connection, server_key),
        revision=revision,
        base_paths=read_base_paths(connection, server_key, route),
    )
    insert_routes(connection, server_key, [stored])
    touch_server(connection, server_key, revision, added_routes=1)
    return stored


def update_route(connection: sqlite3.Connection, route: RouteRecord) -> UpdatedRoute | None:
    server_key = find_server(connection, route.mock_server_id)
    if server_key is None:
        return None
    replaced = connection.execute(
        "SELECT position, base_paths, rules FROM routes WHERE id = ? AND server_key = ?", (route.id, server_key)
    ).fetchone()
    if replaced is None:
        return None
    position, base_paths, former_rules = replaced
    refuse_conflict(connection, server_key, route)
    revision = raise_revision(connection)
    stored = msgspec.structs.replace(
        route, generated=False, position=position, revision=revision, base_paths=decode_base_paths(base_paths)
    )
    rewrite_routes(connection, [stored])
    touch_server(connection, server_key, revision, added_routes=0)
    return UpdatedRoute(stored, former_rules)


def update_route_rules(
    connection: sqlite3.Connection,
    mock_server_id: str,
    route_id: str,
    rules: bytes,
    check: CheckRoute | None = None,
) -> UpdatedRoute | None:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return None
    replaced = select_route(connection, server_key, mock_server_id, route_id)
    if replaced is None:
        return None
    if check is not None:
        check(replaced)
    revision = raise_revision(connection)
    connection.execute(
        "UPDATE routes SET rules = ?, revision = ? WHERE id = ? AND server_key = ?",
        (rules, revision, route_id, server_key),
    )
    touch_server(connection, server_key, revision, added_routes=0)
    return UpdatedRoute(msgspec.structs.replace(replaced, rules=rules, revision=revision), replaced.rules)


def delete_route(connection: sqlite3.Connection, mock_server_id: str, route_id: str) -> bool:
    server_key = find_server(connection, mock_server_id)
    if server_key is None:
        return False
    cursor = connection.execute("DELETE FROM routes WHERE id = ? AND server_key = ?", (route_id, server_key))
    if cursor.rowcount == 0:
        return False
    revision = raise_revision(connection)
    record_route_deletions(connection, mock_server_id, [route_id], revision)
    touch_server(connection, server_key, revision, added_routes=-1)
    return True


def replace_generated_routes(
    connection: sqlite3.Connection,
    server_key: int,
    mock_server_id: str,
    routes: Sequence[RouteRecord],
    revision: int,
    pauses: Pauses | None = None,
) -> tuple[int, list[tuple[str, str]]]:
    """Makes these the server's generated routes; returns by how many their number grew, and method and path of removed
    routes with rules.

    A route whose method and path key existed before keeps id, position and rules, and also its row if nothing else
    differs, so that workers refresh only what changed. Custom routes are not touched. Raises RouteConflict if two of
    the new ones have the same method and path key.
    """
    refuse_repetition(routes)
    rows: list[Row] = connection.execute(f"{SELECT} WHERE server_key = ? AND generated = 1", (server_key,)).fetchall()
    replaced = {(row[METHOD], row[PATH_KEY]): row for row in rows}
    position = next_position(connection, server_key)
    added: list[RouteRecord] = []
    changed: list[RouteRecord] = []
    for route in routes:
        old = replaced.pop((route.method, route.path_key), None)
        if old is None:
            added.append(adopted(route, mock_server_id, position + len(added), revision))
            continue
        new = adopted(route, mock_server_id, old[POSITION], old[REVISION])
        new = msgspec.structs.replace(new, id=old[ID], rules=old[RULES])
        # If a part of the same number has changed, the workers learn of it by the server's parts_revision.
        if to_row(new) != old:
            changed.append(msgspec.structs.replace(new, revision=revision))
    gone = [row[ID] for row in replaced.values()]
    connection.executemany("DELETE FROM routes WHERE id = ?", [(route_id,) for route_id in gone])
    record_route_deletions(connection, mock_server_id, gone, revision)
    rewrite_routes(connection, changed, pauses)
    insert_routes(connection, server_key, added, pauses)
    return len(added) - len(gone), [(row[METHOD], row[PATH]) for row in replaced.values() if row[RULES]]


def adopted(route: RouteRecord, mock_server_id: str, position: int, revision: int) -> RouteRecord:
    """The generated route as this server's, at this position."""
    return msgspec.structs.replace(
        route, generated=True, mock_server_id=mock_server_id, position=position, revision=revision
    )


def select_routes_after(
    connection: sqlite3.Connection, server_key: int, mock_server_id: str, revision: int
) -> list[RouteRecord]:
    """Those written after the revision."""
    rows = connection.execute(
        f"{SELECT} WHERE server_key = ? AND revision > ? ORDER BY revision, position", (server_key, revision)
    ).fetchall()
    return from_rows(connection, server_key, mock_server_id, rows)


def select_route(
    connection: sqlite3.Connection, server_key: int, mock_server_id: str, route_id: str
) -> RouteRecord | None:
    rows = connection.execute(f"{SELECT} WHERE id = ? AND server_key = ?", (route_id, server_key)).fetchall()
    return next(iter(from_rows(connection, server_key, mock_server_id, rows)), None)


def insert_routes(
    connection: sqlite3.Connection, server_key: int, routes: Iterable[RouteRecord], pauses: Pauses | None = None
) -> None:
    rows = ((*to_row(route), server_key) for route in routes)
    connection.executemany(INSERT, with_pauses(rows, ROUTES_AT_A_TIME, pauses))


def delete_routes(connection: sqlite3.Connection, server_key: int, pauses: Pauses | None = None) -> None:
    """All routes of the server. Deleting it would take them along, but all at once."""
    steps = range(0, next_position(connection, server_key), ROUTES_AT_A_TIME)
    connection.executemany(
        "DELETE FROM routes WHERE server_key = ? AND position >= ? AND position < ?",
        with_pauses(((server_key, start, start + ROUTES_AT_A_TIME) for start in steps), 1, pauses),
    )


def rewrite_routes(connection: sqlite3.Connection, routes: Iterable[RouteRecord], pauses: Pauses | None = None) -> None:
    rows = ((*to_row(route)[1:], route.id) for route in routes)
    connection.executemany(UPDATE, with_pauses(rows, ROUTES_AT_A_TIME, pauses))


def refuse_conflict(connection: sqlite3.Connection, server_key: int, route: RouteRecord) -> None:
    """Raises RouteConflict if another custom route has this one's method and path key."""
    row = connection.execute(
        f"{SELECT} WHERE server_key = ? AND generated = 0 AND method = ? AND path_key = ? AND id != ?",
        (server_key, route.method, route.path_key, route.id),
    ).fetchone()
    if row is not None:
        raise RouteConflict(*from_rows(connection, server_key, route.mock_server_id, [row]))


def refuse_repetition(routes: Iterable[RouteRecord]) -> None:
    """Raises RouteConflict if two custom, or two generated ones of these have the same method and path key."""
    first: dict[tuple[bool, str, str], RouteRecord] = {}
    for route in routes:
        existing = first.setdefault((route.generated, route.method, route.path_key), route)
        if existing is not route:
            raise RouteConflict(existing)


def read_base_paths(connection: sqlite3.Connection, server_key: int, route: RouteRecord) -> tuple[str, ...] | None:
    """The base paths of the generated route that this one shadows: it stands in its place, wherever that answers."""
    row = connection.execute(
        "SELECT base_paths FROM routes WHERE server_key = ? AND generated = 1 AND method = ? AND path_key = ?",
        (server_key, route.method, route.path_key),
    ).fetchone()
    return None if row is None else decode_base_paths(row[0])


def next_position(connection: sqlite3.Connection, server_key: int) -> int:
    (position,) = connection.execute(
        "SELECT coalesce(max(position) + 1, 0) FROM routes WHERE server_key = ?", (server_key,)
    ).fetchone()
    return int(position)


def find_server(connection: sqlite3.Connection, mock_server_id: str) -> int | None:
    """The server's row key."""
    row = connection.execute("SELECT key FROM servers WHERE id = ?", (mock_server_id,)).fetchone()
    return None if row is None else row[0]


def touch_server(connection: sqlite3.Connection, server_key: int, revision: int, *, added_routes: int) -> None:
    connection.execute(
        "UPDATE servers SET revision = ?, route_count = route_count + ?,"
        " routes_modified_us = max(?, routes_modified_us + 1) WHERE key = ?",
        (revision, added_routes, next_time_us(0), server_key),
    )


def from_rows(
    connection: sqlite3.Connection,
    server_key: int,
    mock_server_id: str,
    rows: Sequence[Row],
    parts: Sequence[bytes] | None = None,
) -> list[RouteRecord]:
    """The routes of these rows, with the parts of their server, which are read if one of them may name some."""
    if parts is None:
        parts = read_parts(connection, server_key) if any(row[GENERATED] for row in rows) else ()
    return make_records(mock_server_id, rows, parts)
