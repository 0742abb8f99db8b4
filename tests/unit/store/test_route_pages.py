"""Pages of routes: what is read of a server is what its rows say, whatever has changed since they were packed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from mockwave.store.records import RouteRecord, ServerRecord
from mockwave.store.sqlite.route_pages import ROUTES_A_PAGE
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, generated_route, sample_route, sample_server

COUNT = 3 * ROUTES_A_PAGE + 10


def document(server: ServerRecord, without: frozenset[int] = frozenset()) -> list[RouteRecord]:
    return [generated_route(server, number, variants=b"v") for number in range(COUNT) if number not in without]


def packed_positions(database: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT first_position, last_position FROM route_pages ORDER BY first_position"
        ).fetchall()


def pages(*numbers: int) -> list[tuple[int, int]]:
    return [(number * ROUTES_A_PAGE, (number + 1) * ROUTES_A_PAGE - 1) for number in numbers]


async def read_all(store: SqliteStore, server: ServerRecord) -> list[RouteRecord]:
    loaded = await store.load_server(server.id)
    assert loaded is not None
    return loaded.routes


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    server = sample_server(1)
    return await store.create_server(server, b"text", document(server))


async def test_a_document_is_packed_and_read_as_its_rows_are(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    assert packed_positions(database) == pages(0, 1, 2)
    routes = await read_all(store, server)
    assert len(routes) == COUNT
    assert routes == await store.list_routes(server.id)


@pytest.mark.parametrize("count", [1, 50, ROUTES_A_PAGE, 100, COUNT, 1000])
async def test_routes_are_read_as_many_at_a_time_as_asked_for(
    store: SqliteStore, server: ServerRecord, count: int
) -> None:
    await store.delete_route(server.id, generated_route(server, ROUTES_A_PAGE + 5).id)
    read: list[RouteRecord] = []
    sizes: list[int] = []
    while not sizes or sizes[-1] == count:
        loaded = await store.load_server(server.id, read[-1].position if read else -1, count)
        assert loaded is not None
        sizes.append(len(loaded.routes))
        read += loaded.routes
    assert read == await store.list_routes(server.id)
    assert set(sizes[:-1]) <= {count}


async def test_a_changed_route_is_read_as_it_is_now(store: SqliteStore, server: ServerRecord, database: Path) -> None:
    changed = sample_route(server, ROUTES_A_PAGE, id=generated_route(server, ROUTES_A_PAGE).id, body=b"changed")
    await store.update_route(changed)
    assert packed_positions(database) == pages(0, 2)
    routes = await read_all(store, server)
    assert (routes[ROUTES_A_PAGE].body, routes[ROUTES_A_PAGE].generated) == (b"changed", False)
    assert routes == await store.list_routes(server.id)


@pytest.mark.parametrize("number", [0, ROUTES_A_PAGE - 1, COUNT - 1])
async def test_a_deleted_route_is_read_no_more(store: SqliteStore, server: ServerRecord, number: int) -> None:
    gone = generated_route(server, number).id
    await store.delete_route(server.id, gone)
    routes = await read_all(store, server)
    assert gone not in {route.id for route in routes}
    assert (len(routes), routes) == (COUNT - 1, await store.list_routes(server.id))


async def test_a_custom_route_is_read_behind_the_pages(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    await store.create_route(sample_route(server, 5, path="/custom", path_key="/custom"))
    assert packed_positions(database) == pages(0, 1, 2)
    assert (await read_all(store, server))[-1].path == "/custom"


async def test_routes_are_packed_anew_with_the_next_specification(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    """Custom routes stay out of the pages, and no page spans one, since it would then seem not to exist."""
    await store.update_route(sample_route(server, 70, id=generated_route(server, 70).id))
    await store.update_server(server.id, always(server), b"text", document(server, without=frozenset({3, 70, 71})))
    # From 0 on without 3; from 72 on, after the custom one.
    assert packed_positions(database) == [(0, 64), (72, 135), (136, 199)]
    routes = await read_all(store, server)
    assert len(routes) == COUNT - 2
    assert routes == await store.list_routes(server.id)


async def test_a_deleted_server_leaves_no_pages(store: SqliteStore, server: ServerRecord, database: Path) -> None:
    other = sample_server(2)
    await store.create_server(other, b"text", [generated_route(other, COUNT + n) for n in range(ROUTES_A_PAGE)])
    await store.delete_server(server.id)
    assert packed_positions(database) == pages(0)


async def test_servers_made_before_there_were_pages_are_read_from_their_rows(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    routes = await read_all(store, server)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM route_pages")
    assert await read_all(store, server) == routes


@pytest.mark.parametrize("packed", [b"\x90", msgspec.msgpack.encode(("id colour", [])), msgspec.msgpack.encode(["id"])])
async def test_pages_with_other_columns_are_read_from_their_rows(
    store: SqliteStore, server: ServerRecord, database: Path, packed: bytes
) -> None:
    """Of a page of another version nothing but its positions is believed, whether or not a migration has emptied it."""
    routes = await read_all(store, server)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE route_pages SET data = ?", (packed,))
    assert await read_all(store, server) == routes
    loaded = await store.load_server(server.id, after_position=10, count=ROUTES_A_PAGE)
    assert loaded is not None
    assert loaded.routes == routes[11 : 11 + ROUTES_A_PAGE]


async def test_long_rows_are_not_stored_twice(store: SqliteStore, database: Path) -> None:
    """A page holds copies: 1,750 routes with paths of 10 KB took 87 MB, of which two fifths were copies."""
    server = sample_server(2)
    routes = document(server)
    for number in range(ROUTES_A_PAGE, 2 * ROUTES_A_PAGE):
        path = f"/{number}/{'x' * 10_000}"
        routes[number] = msgspec.structs.replace(routes[number], path=path, path_key=path)
    stored = await store.create_server(server, b"text", routes)
    assert packed_positions(database) == pages(0, 2)
    assert await read_all(store, stored) == await store.list_routes(stored.id)
