"""Imports: several servers in one transaction, and what an earlier import made brought up to a later one."""

import msgspec
import pytest

from mockwave.store.records import RouteConflict, RouteRecord, ServerImport, ServerRecord
from mockwave.store.sqlite.store import SqliteStore

IDS = tuple(f"mock_{letter * 32}" for letter in "ab")


def server(server_id: str, **fields: object) -> ServerRecord:
    record = ServerRecord(id=server_id, name="s", workspace_id="wrk", created_us=1, modified_us=1)
    return msgspec.structs.replace(record, **fields)


def route(server_id: str, path: str, number: int, **fields: object) -> RouteRecord:
    record = RouteRecord(f"mock-route_{number:032x}", server_id, False, "GET", path, path, 200)
    return msgspec.structs.replace(record, **fields)


async def test_one_that_cannot_be_stored_leaves_nothing_of_the_others(store: SqliteStore) -> None:
    good = ServerImport(server=server(IDS[0]), routes=[route(IDS[0], "/a", 1)])
    bad = ServerImport(server=server(IDS[1]), routes=[route(IDS[1], "/b", 2), route(IDS[1], "/b", 3)])
    with pytest.raises(RouteConflict):
        await store.import_servers([good, bad])
    assert await store.list_servers(None) == []


async def test_the_same_import_again_makes_no_revision(store: SqliteStore) -> None:
    given = ServerImport(server=server(IDS[0], rules=b"[]"), routes=[route(IDS[0], "/a", 1, headers=(("A", "1"),))])
    (first,) = await store.import_servers([given])
    (again,) = await store.import_servers(
        [msgspec.structs.replace(given, server=server(IDS[0], rules=b"[]", modified_us=9))]
    )
    assert (first.outcome, again.outcome) == ("created", "unchanged")
    assert again.record == first.record
    assert (await store.read_changes(first.record.revision, [IDS[0]])).servers == []


async def test_a_changed_import_changes_what_differs_and_leaves_the_rest(store: SqliteStore) -> None:
    await store.import_servers(
        [ServerImport(server=server(IDS[0]), routes=[route(IDS[0], "/a", 1), route(IDS[0], "/b", 2)])]
    )
    await store.create_route(route(IDS[0], "/own", 9))
    later = [route(IDS[0], "/a", 1), route(IDS[0], "/b", 7, status_code=404), route(IDS[0], "/c", 3)]
    (changed,) = await store.import_servers([ServerImport(server=server(IDS[0], name="renamed"), routes=later)])
    assert (changed.outcome, changed.record.name, changed.record.route_count) == ("changed", "renamed", 4)
    routes = {each.path: each for each in await store.list_routes(IDS[0])}
    assert list(routes) == ["/a", "/b", "/own", "/c"]
    assert (routes["/b"].id, routes["/b"].status_code) == (f"mock-route_{2:032x}", 404)
    assert {each.path for each in (await store.read_changes(routes["/a"].revision, [IDS[0]])).routes} >= {"/b", "/c"}


async def test_ids_of_another_workspace_are_replaced(store: SqliteStore) -> None:
    await store.import_servers([ServerImport(server=server(IDS[0]), routes=[route(IDS[0], "/a", 1)])])
    theirs = ServerImport(server=server(IDS[0], workspace_id="wrk_other"), routes=[route(IDS[0], "/a", 1)])
    (stored,) = await store.import_servers([theirs])
    assert stored.outcome == "created"
    assert stored.record.id != IDS[0]
    (made,) = await store.list_routes(stored.record.id)
    assert made.id != f"mock-route_{1:032x}"
