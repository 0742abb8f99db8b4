"""Servers come back as they were stored, until they are deleted."""

import msgspec
import pytest

from mockwave.reading.source_texts import compress_text
from mockwave.store.protocol import StoreError
from mockwave.store.records import RouteConflict
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, generated_route, sample_route, sample_segment, sample_server


async def test_a_server_is_read_back_as_it_was_stored(store: SqliteStore) -> None:
    server = sample_server(
        1,
        name="caf\u00e9 \U0001f600 \x00 end",
        status="error",
        status_reason="line\nbreak",
        specification_source="openapi",
        use_examples=False,
        validate_requests=True,
        dynamic=True,
        seed=-(2**63),
        log_requests=False,
        capture_bodies=True,
        cors=False,
        base_paths=("/v1", "/caf\u00e9"),
    )
    stored = await store.create_server(server, None, [])
    assert await store.read_server(server.id) == stored
    assert stored == msgspec.structs.replace(server, revision=stored.revision)


async def test_a_stored_server_has_booleans_where_its_record_says_so(store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), None, [])
    read = await store.read_server(server.id)
    assert msgspec.json.encode(read) == msgspec.json.encode(server)


async def test_what_was_stored_is_there_after_reopening(store: SqliteStore, other_store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), b"openapi: 3.0.0", [])
    await store.close()
    assert await other_store.list_servers(None) == [server]
    assert await other_store.read_specification(server.id) == b"openapi: 3.0.0"


async def test_servers_are_listed_in_the_order_they_were_made(store: SqliteStore) -> None:
    servers = [await store.create_server(sample_server(number), None, []) for number in (3, 1, 2)]
    changed = await store.update_server(servers[0].id, always(servers[0]))
    assert await store.list_servers(None) == [changed and changed.record, *servers[1:]]


async def test_only_servers_of_the_workspaces_asked_for_are_listed(store: SqliteStore) -> None:
    first, second, third = [
        await store.create_server(sample_server(number, workspace_id=f"workspace-{number}"), None, [])
        for number in (1, 2, 3)
    ]
    assert await store.list_servers({second.workspace_id}) == [second]
    assert await store.list_servers([third.workspace_id, first.workspace_id, "none"]) == [first, third]
    assert await store.list_servers([]) == []


async def test_a_specification_is_read_back_to_the_letter(store: SqliteStore) -> None:
    text = compress_text("openapi: 3.1.0 # \u00fc \U0001f600\r\n\x00\n".encode() * 10_000)
    server = await store.create_server(sample_server(1), text, [])
    assert await store.read_specification(server.id) == text


async def test_an_empty_specification_is_not_a_missing_one(store: SqliteStore) -> None:
    with_text = await store.create_server(sample_server(1), b"", [])
    without = await store.create_server(sample_server(2), None, [])
    assert await store.read_specification(with_text.id) == b""
    assert await store.read_specification(without.id) is None


async def test_an_update_without_specification_leaves_text_and_routes(store: SqliteStore) -> None:
    server = sample_server(1)
    await store.create_server(server, b"text", [generated_route(server, 1)])
    routes = await store.list_routes(server.id)
    updated = await store.update_server(server.id, lambda stored: msgspec.structs.replace(stored, name="other"))
    assert updated is not None and (updated.record.name, updated.record.route_count) == ("other", 1)
    assert await store.read_specification(server.id) == b"text"
    assert await store.list_routes(server.id) == routes


async def test_the_stored_routes_are_counted_whatever_the_record_says(store: SqliteStore) -> None:
    server = sample_server(1, route_count=99)
    created = await store.create_server(server, None, [sample_route(server, 1), generated_route(server, 1)])
    await store.create_route(sample_route(server, 2))
    await store.create_route(sample_route(server, 3))
    await store.delete_route(server.id, sample_route(server, 2).id)
    updated = await store.update_server(server.id, always(server))
    assert (created.route_count, updated and updated.record.route_count) == (2, 3)


async def test_every_write_has_a_higher_revision_than_the_one_before(store: SqliteStore) -> None:
    server = sample_server(1)
    created = await store.create_server(server, None, [])
    route = await store.create_route(sample_route(server, 1))
    updated = await store.update_server(server.id, always(server))
    assert route is not None and updated is not None
    assert 0 < created.revision < route.revision < updated.record.revision


async def test_each_write_of_a_route_raises_its_servers_revision(store: SqliteStore) -> None:
    server = sample_server(1)
    created = await store.create_server(server, None, [])
    created_route = await store.create_route(sample_route(server, 1))
    after_create = await store.read_server(server.id)
    updated_route = await store.update_route(sample_route(server, 1, body=b"new"))
    after_update = await store.read_server(server.id)
    await store.delete_route(server.id, sample_route(server, 1).id)
    after_delete = await store.read_server(server.id)
    assert created_route is not None and updated_route is not None
    assert after_create is not None and after_create.revision == created_route.revision > created.revision
    assert after_update is not None and after_update.revision == updated_route.record.revision > after_create.revision
    assert after_delete is not None and after_delete.revision > after_update.revision


async def test_a_deleted_server_is_gone_with_all_it_had(store: SqliteStore) -> None:
    server = sample_server(1)
    await store.create_server(server, b"text", [sample_route(server, 1)])
    await store.append_log([sample_segment(server, b"abc")], [])
    assert await store.delete_server(server.id) is True
    assert await store.read_server(server.id) is None
    assert await store.read_specification(server.id) is None
    assert await store.list_routes(server.id) == []
    assert await store.load_server(server.id) is None
    assert await store.read_log_chunks(server.id, below_sequence=10, count=10) == []
    assert await store.delete_server(server.id) is False


async def test_what_is_not_there_is_none(store: SqliteStore) -> None:
    server = sample_server(1)
    assert await store.read_server(server.id) is None
    assert await store.update_server(server.id, always(server), b"text", []) is None
    assert await store.read_specification(server.id) is None


async def test_a_server_with_a_taken_id_is_refused(store: SqliteStore) -> None:
    first = await store.create_server(sample_server(1, name="first"), None, [])
    with pytest.raises(StoreError, match=f"{first.id} exists already"):
        await store.create_server(sample_server(1, name="second"), None, [])
    assert await store.list_servers(None) == [first]


async def test_a_server_whose_routes_repeat_is_refused_whole(store: SqliteStore) -> None:
    server = sample_server(1)
    first = generated_route(server, 1)
    with pytest.raises(RouteConflict) as refusal:
        await store.create_server(server, b"text", [first, generated_route(server, 2, path_key=first.path_key)])
    assert refusal.value.existing == first
    assert await store.read_server(server.id) is None


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"name": "a\ud800"}, r"character 2 is U\+D800"), ({"seed": 2**63}, "number cannot be stored")],
)
async def test_a_value_that_cannot_be_stored_is_refused_with_its_reason(
    store: SqliteStore, fields: dict[str, object], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        await store.create_server(sample_server(1, **fields), None, [])
    assert await store.list_servers(None) == []
