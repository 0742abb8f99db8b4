"""read_changes and load_server: what a worker needs to serve the newest state, and no more."""

import pytest

from mockwave.store.records import ServerChanges, ServerRecord
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, generated_route, sample_route, sample_segment, sample_server


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    return await store.create_server(sample_server(1), None, [])


def changes(revision: int, **parts: list[object]) -> ServerChanges:
    nothing: dict[str, list[object]] = {
        "servers": [],
        "deleted_server_ids": [],
        "routes": [],
        "deleted_route_ids": [],
    }
    return ServerChanges(revision=revision, **(nothing | parts))  # type: ignore[arg-type]


async def test_an_empty_store_is_at_revision_0(store: SqliteStore) -> None:
    assert await store.read_changes(0, []) == changes(0)


async def test_nothing_new_is_nothing(store: SqliteStore, server: ServerRecord) -> None:
    assert await store.read_changes(server.revision, [server.id]) == changes(server.revision)


async def test_a_write_of_another_worker_is_seen(
    store: SqliteStore, other_store: SqliteStore, server: ServerRecord
) -> None:
    route = await other_store.create_route(sample_route(server, 1))
    assert route is not None
    seen = await store.read_changes(server.revision, [server.id])
    assert seen == changes(route.revision, servers=[await store.read_server(server.id)], routes=[route])


async def test_routes_of_servers_not_named_are_left_out(store: SqliteStore, server: ServerRecord) -> None:
    route = await store.create_route(sample_route(server, 1))
    assert route is not None
    await store.delete_route(server.id, route.id)
    await store.create_route(sample_route(server, 2))
    seen = await store.read_changes(server.revision, ["mock_other"])
    assert [changed.id for changed in seen.servers] == [server.id]
    assert (seen.routes, seen.deleted_route_ids) == ([], [])


async def test_only_what_came_after_the_revision_is_told(store: SqliteStore, server: ServerRecord) -> None:
    first = await store.create_route(sample_route(server, 1))
    assert first is not None
    await store.create_server(sample_server(2), None, [])
    second = await store.create_route(sample_route(server, 2))
    seen = await store.read_changes(first.revision, [server.id])
    assert [changed.id for changed in seen.servers] == [sample_server(2).id, server.id]
    assert seen.routes == [second]


async def test_deletions_are_told(store: SqliteStore, server: ServerRecord) -> None:
    other = await store.create_server(sample_server(2), None, [sample_route(sample_server(2), 1)])
    before = other.revision
    await store.delete_route(other.id, sample_route(other, 1).id)
    await store.delete_server(server.id)
    seen = await store.read_changes(before, [server.id, other.id])
    assert seen.deleted_server_ids == [server.id]
    assert seen.deleted_route_ids == [(other.id, sample_route(other, 1).id)]
    assert [changed.id for changed in seen.servers] == [other.id]


async def test_a_server_made_and_deleted_since_is_told_as_deleted_alone(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [sample_route(server, 1)])
    await store.delete_route(server.id, sample_route(server, 1).id)
    await store.delete_server(server.id)
    seen = await store.read_changes(0, [server.id])
    assert seen == changes(3, deleted_server_ids=[server.id])


async def test_a_new_specification_tells_only_the_routes_that_differ(store: SqliteStore) -> None:
    server = sample_server(2)
    created = await store.create_server(server, None, [generated_route(server, number) for number in (1, 2, 3)])
    updated = await store.update_server(
        server.id,
        always(server),
        None,
        [generated_route(server, 1), generated_route(server, 2, status_code=404), generated_route(server, 4)],
    )
    seen = await store.read_changes(created.revision, [server.id])
    assert seen.servers == [updated and updated.record]
    assert [route.path for route in seen.routes] == ["/items/2", "/items/4"]
    assert seen.deleted_route_ids == [(server.id, generated_route(server, 3).id)]


async def test_the_log_is_no_change(store: SqliteStore, server: ServerRecord) -> None:
    await store.append_log([sample_segment(server, b"abc")], [])
    assert await store.read_changes(server.revision, [server.id]) == changes(server.revision)


async def test_a_refused_write_is_no_change(store: SqliteStore, server: ServerRecord) -> None:
    assert await store.delete_route(server.id, "mock-route_none") is False
    assert await store.update_server(sample_server(9).id, always(sample_server(9))) is None
    assert await store.read_changes(server.revision, [server.id]) == changes(server.revision)


async def test_a_loaded_server_is_whole_and_says_its_revision(store: SqliteStore, server: ServerRecord) -> None:
    await store.create_route(sample_route(server, 1))
    last = await store.create_server(sample_server(2), None, [])
    loaded = await store.load_server(server.id)
    assert loaded is not None and loaded.revision == last.revision
    assert loaded.server == await store.read_server(server.id)
    assert loaded.routes == await store.list_routes(server.id)


async def test_a_compacted_store_forgets_deletions_but_not_its_revision(
    store: SqliteStore, server: ServerRecord
) -> None:
    await store.delete_server(server.id)
    await store.compact()
    assert await store.read_changes(0, []) == changes(server.revision + 1)
