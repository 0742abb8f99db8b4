"""Routes: one custom route per method and path, generated ones beside them, in the order in which they were made."""

import msgspec
import pytest

from mockwave.store.protocol import StoreError
from mockwave.store.records import RouteConflict, ServerRecord
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, generated_route, sample_route, sample_server


@pytest.fixture
async def server(store: SqliteStore) -> ServerRecord:
    return await store.create_server(sample_server(1), None, [])


async def test_a_route_is_read_back_as_it_was_stored(store: SqliteStore, server: ServerRecord) -> None:
    route = sample_route(
        server,
        1,
        path="/caf\u00e9/{a}\x00",
        path_key="/caf\u00e9/{}\x00",
        status_code=999,
        headers=(("Set-Cookie", "a=1"), ("X-\u00fc", ""), ("Set-Cookie", "b=2")),
        body=bytes(range(256)) * 1000,
        content_type="application/octet-stream",
        delay_ms=600_000,
        variants=b"\x00variants\xff",
    )
    stored = await store.create_route(route)
    assert stored == msgspec.structs.replace(route, position=0, revision=server.revision + 1)
    assert await store.read_route(server.id, route.id) == stored


async def test_a_body_and_variants_may_be_empty_or_missing(store: SqliteStore, server: ServerRecord) -> None:
    empty = await store.create_route(sample_route(server, 1, headers=(), body=b"", variants=b""))
    missing = await store.create_route(sample_route(server, 2, variants=None))
    assert await store.list_routes(server.id) == [empty, missing]


async def test_routes_are_listed_in_the_order_they_were_made(store: SqliteStore, server: ServerRecord) -> None:
    third, first, second = [await store.create_route(sample_route(server, number)) for number in (3, 1, 2)]
    changed = await store.update_route(sample_route(server, 3, body=b"changed"))
    assert third is not None and changed is not None and changed.record.position == third.position
    assert await store.list_routes(server.id) == [changed.record, first, second]


async def test_routes_given_with_their_server_keep_their_order(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, number) for number in (5, 3, 4)])
    await store.create_route(sample_route(server, 1))
    paths = [route.path for route in await store.list_routes(server.id)]
    assert paths == ["/items/5", "/items/3", "/items/4", "/items/1"]


async def test_a_second_custom_route_for_a_method_and_path_is_refused(store: SqliteStore, server: ServerRecord) -> None:
    first = await store.create_route(sample_route(server, 1, path="/a/{x}", path_key="/a/{}"))
    with pytest.raises(RouteConflict) as refusal:
        await store.create_route(sample_route(server, 2, path="/a/{y}", path_key="/a/{}"))
    assert refusal.value.existing == first
    assert await store.list_routes(server.id) == [first]


async def test_another_method_or_another_server_is_no_conflict(store: SqliteStore, server: ServerRecord) -> None:
    """Each is stored as it was given, and listed by its own server; that nothing was raised was asserted alone."""
    other = await store.create_server(sample_server(2), None, [])
    first = await store.create_route(sample_route(server, 1, path="/a", path_key="/a"))
    second = await store.create_route(sample_route(server, 2, path="/a", path_key="/a", method="POST", body=b"2"))
    elsewhere = await store.create_route(sample_route(other, 1, path="/a", path_key="/a", body=b"3"))
    assert [first, second] == await store.list_routes(server.id)
    assert [elsewhere] == await store.list_routes(other.id)
    assert second is not None and (second.method, second.body, second.position) == ("POST", b"2", 1)
    assert elsewhere is not None and (elsewhere.mock_server_id, elsewhere.position) == (other.id, 0)
    with pytest.raises(RouteConflict):
        await store.create_route(sample_route(server, 3, path_key="/a", method="POST"))


async def test_a_custom_route_stands_beside_the_generated_one_it_shadows(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, 1)])
    custom = await store.create_route(sample_route(server, 1))
    generated, listed = await store.list_routes(server.id)
    assert (generated.generated, listed) == (True, custom)


async def test_a_created_route_is_custom_and_last_whatever_its_record_says(
    store: SqliteStore, server: ServerRecord
) -> None:
    await store.create_route(sample_route(server, 1))
    route = await store.create_route(sample_route(server, 2, generated=True, position=-7))
    assert route is not None and (route.generated, route.position) == (False, 1)


async def test_an_update_makes_a_generated_route_custom(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, 1)])
    updated = await store.update_route(generated_route(server, 1, body=b"mine"))
    assert updated is not None and (updated.record.generated, updated.record.body) == (False, b"mine")
    assert await store.list_routes(server.id) == [updated.record]


async def test_a_custom_route_has_the_base_paths_of_the_generated_one_in_whose_place_it_stands(
    store: SqliteStore,
) -> None:
    """A request may begin with them, and would pass the custom route by."""
    server = sample_server(1, has_own_base_paths=True)
    own = [generated_route(server, number, base_paths=("/v2",) if number else ()) for number in range(2)]
    await store.create_server(server, None, [*own, generated_route(server, 2)])
    updated = await store.update_route(sample_route(server, 1, id=own[1].id))
    created = [await store.create_route(sample_route(server, number)) for number in (0, 2, 3)]
    assert [route and route.base_paths for route in (updated and updated.record, *created)] == [
        ("/v2",),
        (),
        None,
        None,
    ]
    assert [route.base_paths for route in await store.list_routes(server.id)] == [(), ("/v2",), None, (), None, None]


async def test_an_update_onto_another_custom_route_is_refused(store: SqliteStore, server: ServerRecord) -> None:
    first = await store.create_route(sample_route(server, 1))
    second = await store.create_route(sample_route(server, 2))
    assert second is not None
    with pytest.raises(RouteConflict) as refusal:
        await store.update_route(msgspec.structs.replace(second, path_key="/items/1"))
    assert refusal.value.existing == first
    assert await store.list_routes(server.id) == [first, second]


async def test_an_update_of_a_shadowed_generated_route_is_refused(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, 1)])
    custom = await store.create_route(sample_route(server, 1))
    with pytest.raises(RouteConflict) as refusal:
        await store.update_route(generated_route(server, 1))
    assert refusal.value.existing == custom


async def test_a_deleted_route_is_gone_and_its_path_free(store: SqliteStore, server: ServerRecord) -> None:
    route = sample_route(server, 1)
    await store.create_route(route)
    assert await store.delete_route(server.id, route.id) is True
    assert await store.read_route(server.id, route.id) is None
    assert await store.delete_route(server.id, route.id) is False
    assert await store.create_route(sample_route(server, 2, path_key=route.path_key)) is not None


async def test_a_route_is_reached_through_its_own_server_only(store: SqliteStore, server: ServerRecord) -> None:
    other = await store.create_server(sample_server(2), None, [])
    route = await store.create_route(sample_route(server, 1))
    assert route is not None
    assert await store.read_route(other.id, route.id) is None
    assert await store.update_route(msgspec.structs.replace(route, mock_server_id=other.id)) is None
    assert await store.delete_route(other.id, route.id) is False
    assert await store.read_route(server.id, route.id) == route


async def test_routes_of_no_server_are_not_stored(store: SqliteStore) -> None:
    nowhere = sample_server(9)
    assert await store.create_route(sample_route(nowhere, 1)) is None
    assert await store.update_route(sample_route(nowhere, 1)) is None
    assert await store.delete_route(nowhere.id, sample_route(nowhere, 1).id) is False
    assert await store.list_routes(nowhere.id) == []


async def test_a_route_with_a_taken_id_is_refused(store: SqliteStore, server: ServerRecord) -> None:
    first = await store.create_route(sample_route(server, 1))
    with pytest.raises(StoreError):
        await store.create_route(sample_route(server, 1, path_key="/elsewhere"))
    assert await store.list_routes(server.id) == [first]


async def test_a_header_that_cannot_be_stored_is_refused_with_its_reason(
    store: SqliteStore, server: ServerRecord
) -> None:
    with pytest.raises(ValueError, match=r"character 1 is U\+D83D"):
        await store.create_route(sample_route(server, 1, headers=(("X-A", "\ud83d"),)))
    assert await store.list_routes(server.id) == []


async def test_new_generated_routes_replace_the_old_ones_and_leave_custom_ones(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, b"old", [generated_route(server, number) for number in (1, 2)])
    custom = await store.create_route(sample_route(server, 1))
    updated = await store.update_server(server.id, always(server), b"new", [generated_route(server, 3)])
    kept, generated = await store.list_routes(server.id)
    assert (kept, generated.path, generated.generated) == (custom, "/items/3", True)
    assert updated is not None and updated.record.route_count == 2
    assert await store.read_specification(server.id) == b"new"


async def test_a_generated_route_keeps_the_id_and_position_of_the_one_it_replaces(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, number) for number in (1, 2)])
    first, second = await store.list_routes(server.id)
    new_ids = [generated_route(server, number, id=f"mock-route_{number + 100:032x}") for number in (2, 1)]
    changed_second = msgspec.structs.replace(new_ids[0], status_code=201)
    updated = await store.update_server(server.id, always(server), None, [changed_second, new_ids[1]])
    assert updated is not None
    # What did not differ was not written again.
    assert await store.list_routes(server.id) == [
        first,
        msgspec.structs.replace(second, status_code=201, revision=updated.record.revision),
    ]


async def test_a_generated_route_that_became_custom_is_left_by_a_new_specification(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, 1)])
    updated = await store.update_route(generated_route(server, 1, body=b"mine"))
    mine = updated and updated.record
    renewed = generated_route(server, 1, id="mock-route_" + "f" * 32)
    await store.update_server(server.id, always(server), b"text", [renewed])
    custom, generated = await store.list_routes(server.id)
    assert (custom, generated.id, generated.generated) == (mine, renewed.id, True)


async def test_generated_routes_that_repeat_are_refused_whole(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, b"old", [generated_route(server, 1)])
    before = await store.load_server(server.id)
    with pytest.raises(RouteConflict):
        await store.update_server(
            server.id,
            always(server),
            b"new",
            [generated_route(server, 2), generated_route(server, 3, path_key="/items/2")],
        )
    assert await store.load_server(server.id) == before
    assert await store.read_specification(server.id) == b"old"


async def test_thousands_of_routes_are_stored_and_replaced_at_once(store: SqliteStore) -> None:
    server = sample_server(2)
    await store.create_server(server, None, [generated_route(server, number) for number in range(10_000)])
    updated = await store.update_server(
        server.id, always(server), None, [generated_route(server, number) for number in range(5000, 9000)]
    )
    loaded = await store.load_server(server.id)
    assert updated is not None and loaded is not None and updated.record.route_count == 4000
    assert [route.path for route in loaded.routes] == [f"/items/{number}" for number in range(5000, 9000)]
