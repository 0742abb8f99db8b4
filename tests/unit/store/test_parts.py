"""Parts: what the generated routes of a server share, always of the same write as the routes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from mockwave.store.records import RouteRecord, ServerRecord
from mockwave.store.sqlite import part_rows as stored_parts
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, generated_route, sample_route, sample_server

PARTS = [b"first body", b"second body", b""]


def sharing_route(server: ServerRecord, number: int, body_part: int, parts: list[bytes]) -> RouteRecord:
    return generated_route(server, number, body=parts[body_part], body_part=body_part, parts=parts, variants=b"v")


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    server = sample_server(1)
    return await store.create_server(server, b"text", [sharing_route(server, n, n % 2, PARTS) for n in range(4)], PARTS)


async def test_routes_share_their_bodies_and_all_parts_when_they_are_read(
    store: SqliteStore, server: ServerRecord
) -> None:
    loaded = await store.load_server(server.id)
    assert loaded is not None
    assert [route.body for route in loaded.routes] == [b"first body", b"second body"] * 2
    assert loaded.routes[0].body is loaded.routes[2].body
    assert {id(route.parts) for route in loaded.routes} == {id(loaded.routes[0].parts)}
    assert list(loaded.routes[0].parts) == PARTS


async def test_a_body_that_is_shared_is_stored_once(store: SqliteStore, server: ServerRecord, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT sum(length(body)) FROM routes").fetchone() == (0,)


async def test_a_store_that_is_opened_again_gives_the_same(
    store: SqliteStore, server: ServerRecord, database: Path
) -> None:
    before = await store.load_server(server.id)
    await store.close()
    again = SqliteStore(database, durable=False)
    await again.open()
    assert await again.load_server(server.id) == before
    await again.close()


async def test_parts_of_many_chunks_keep_their_numbers(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_parts, "CHUNK_BYTES", 10)
    parts = [b"%d" % number * (number % 7) for number in range(100)]
    server = sample_server(2)
    await store.create_server(server, None, [sharing_route(server, 1, 99, parts)], parts)
    (route,) = await store.list_routes(server.id)
    assert list(route.parts) == parts
    assert route.body == parts[99]


async def test_a_new_specification_replaces_all_parts(store: SqliteStore, server: ServerRecord) -> None:
    renewed = [b"new body"]
    updated = await store.update_server(
        server.id, always(server), b"new", [sharing_route(server, 1, 0, renewed)], renewed
    )
    assert updated is not None
    assert updated.record.parts_revision == updated.record.revision > server.parts_revision
    (route,) = await store.list_routes(server.id)
    assert (route.body, list(route.parts)) == (b"new body", renewed)


async def test_the_same_specification_again_changes_no_route(store: SqliteStore, server: ServerRecord) -> None:
    routes = [sharing_route(server, number, number % 2, list(PARTS)) for number in range(4)]
    updated = await store.update_server(server.id, always(server), b"text", routes, list(PARTS))
    assert updated is not None
    assert updated.record.parts_revision == server.parts_revision
    changes = await store.read_changes(server.revision, {server.id})
    assert (changes.routes, changes.deleted_route_ids) == ([], [])


async def test_an_update_that_fails_leaves_the_parts_as_they_were(store: SqliteStore, server: ServerRecord) -> None:
    before = await store.load_server(server.id)
    twice = [sharing_route(server, 1, 0, [b"new"]), sharing_route(server, 1, 0, [b"new"])]
    with pytest.raises(Exception, match="already"):
        await store.update_server(server.id, always(server), b"new", twice, [b"new"])
    assert await store.load_server(server.id) == before


async def test_of_a_server_with_new_parts_no_routes_are_told(store: SqliteStore, server: ServerRecord) -> None:
    """They are to be loaded with the parts; telling them one by one would read those for nothing."""
    updated = await store.update_server(
        server.id, always(server), b"new", [sharing_route(server, 1, 0, [b"new"])], [b"new"]
    )
    changes = await store.read_changes(server.revision, {server.id})
    assert (changes.servers, changes.routes) == ([updated and updated.record], [])


async def test_a_route_that_becomes_custom_names_no_part(store: SqliteStore, server: ServerRecord) -> None:
    generated = (await store.list_routes(server.id))[0]
    await store.update_route(sample_route(server, 9, id=generated.id, body=b"own"))
    custom = await store.read_route(server.id, generated.id)
    assert custom is not None
    assert (custom.generated, custom.body, custom.body_part, custom.variants, custom.parts) == (
        False, b"own", None, None, ()
    )  # fmt: skip


async def test_a_change_of_a_generated_route_is_told_with_its_parts(store: SqliteStore, server: ServerRecord) -> None:
    routes = [sharing_route(server, number, number % 2, PARTS) for number in range(4)]
    routes[3] = msgspec.structs.replace(routes[3], status_code=201)
    await store.update_server(server.id, always(server), b"text", routes, PARTS)
    (route,) = (await store.read_changes(server.revision, {server.id})).routes
    assert (route.status_code, route.body, list(route.parts)) == (201, b"second body", PARTS)


async def test_a_deleted_server_leaves_no_parts(store: SqliteStore, server: ServerRecord, database: Path) -> None:
    await store.delete_server(server.id)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM shared_parts").fetchone() == (0,)
