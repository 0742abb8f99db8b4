"""A transaction happens whole or not at all, whatever becomes of those who wait for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import generated_route, sample_route, sample_segment, sample_server


async def cancel_after(turns: int, call: Coroutine[Any, Any, object]) -> None:
    """Lets the call run for some turns of the loop, then cancels it and waits for its end."""
    task = asyncio.create_task(call)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_cancelled_create_is_stored_whole_or_not_at_all(store: SqliteStore) -> None:
    for number in range(40):
        server = sample_server(number)
        routes = [generated_route(server, 1000 * number + route) for route in range(50)]
        await cancel_after(number % 8, store.create_server(server, b"text", routes))
    await store.create_server(sample_server(1000), None, [])
    listed = await store.list_servers(None)
    loaded = [await store.load_server(server.id) for server in listed[:-1]]
    assert listed[-1].id == sample_server(1000).id
    assert all(server is not None and len(server.routes) == server.server.route_count == 50 for server in loaded)


async def test_cancelled_writers_do_not_hold_up_the_others(store: SqliteStore, other_store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), None, [])
    for number in range(40):
        await cancel_after(number % 4, store.create_route(sample_route(server, number)))
    created = await other_store.create_route(sample_route(server, 1000))
    # After everything that is still queued there.
    routes = await store.list_routes(server.id)
    read = await store.read_server(server.id)
    assert created in routes
    assert read is not None and read.route_count == len(routes)


async def test_writes_of_many_tasks_and_stores_all_happen(store: SqliteStore, other_store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), None, [])
    stores = (store, other_store)
    created = await asyncio.gather(
        *(stores[number % 2].create_route(sample_route(server, number)) for number in range(200)),
        *(stores[number % 2].append_log([sample_segment(server, b"x")], []) for number in range(200)),
    )
    routes = [route for route in created if route is not None]
    assert len({route.revision for route in routes}) == 200
    assert sorted(route.position for route in routes) == list(range(200))
    assert (await store.read_log_extent(server.id)).next == 200


async def test_a_read_is_one_state_while_others_write(store: SqliteStore, other_store: SqliteStore) -> None:
    server = await store.create_server(sample_server(1), None, [])
    writes = asyncio.gather(*(other_store.create_route(sample_route(server, number)) for number in range(200)))
    loaded = []
    while not writes.done():
        loaded.append(await store.load_server(server.id))
    await writes
    assert all(whole is not None and whole.server.route_count == len(whole.routes) for whole in loaded)
