"""A worker serves the newest state of the store, even of a server that changes while it is read in parts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from pathlib import Path

import msgspec
import pytest

from mockwave._control import ControlBlock, create_control_block
from mockwave._matcher import Match
from mockwave._responder import Responder
from mockwave._ring import Ring, create_ring_file
from mockwave.coherence import ROUTES_A_PAGE, SnapshotKeeper
from mockwave.store.protocol import StoreError
from mockwave.store.records import LoadedServer, RouteRecord, ServerChanges, ServerRecord
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always, sample_route, sample_server

ROUTES = 2 * ROUTES_A_PAGE + 10


class InterruptedStore(SqliteStore):
    """A store in which something happens once, after the first part of a server was read."""

    happens: Callable[[], Awaitable[object]] | None = None

    async def load_server(
        self, mock_server_id: str, after_position: int = -1, count: int = -1, parts: Sequence[bytes] | None = None
    ) -> LoadedServer | None:
        loaded = await super().load_server(mock_server_id, after_position, count, parts)
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()
        return loaded


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[InterruptedStore]:
    store = InterruptedStore(tmp_path / "store.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def server(store: InterruptedStore) -> ServerRecord:
    server = sample_server(1)
    return await store.create_server(server, None, [sample_route(server, number) for number in range(ROUTES)])


@pytest.fixture
async def keeper(store: InterruptedStore, server: ServerRecord, tmp_path: Path) -> SnapshotKeeper:
    create_control_block(str(tmp_path / "control"))
    create_ring_file(str(tmp_path / "ring"), 1 << 20, b"r" * 16)
    control = ControlBlock(str(tmp_path / "control"))
    keeper = SnapshotKeeper(store, control, Responder(control, Ring(str(tmp_path / "ring")), 0))
    await keeper.refresh()
    return keeper


async def served(keeper: SnapshotKeeper, server: ServerRecord, paths: list[str]) -> list[bytes | None]:
    """The body that each path is answered with, None where it is unknown."""
    snapshot = await keeper.find_snapshot(server.id)
    assert snapshot is not None
    found = [snapshot.matcher.match("GET", path.encode()) for path in paths]
    return [match.value.body if isinstance(match, Match) else None for match in found]


async def test_a_server_of_many_pages_is_served_whole(keeper: SnapshotKeeper, server: ServerRecord) -> None:
    paths = [sample_route(server, number).path for number in range(ROUTES)]
    bodies = [sample_route(server, number).body for number in range(ROUTES)]
    assert await served(keeper, server, paths) == bodies


async def test_an_own_write_is_served_before_others_learn_of_it(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    await served(keeper, server, [])
    responder = keeper._responder
    for number in range(3):
        added = sample_route(server, ROUTES + number)
        await store.create_route(added)
        before = keeper._control.generation
        await keeper.announce_write()
        assert responder.is_current and keeper._control.generation == before + 1
        assert await served(keeper, server, [added.path]) == [added.body]


async def test_own_writes_at_the_same_time_are_all_served(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    await served(keeper, server, [])
    added = [sample_route(server, ROUTES + number) for number in range(20)]

    async def write(route: RouteRecord) -> None:
        await store.create_route(route)
        await keeper.announce_write()
        assert await served(keeper, server, [route.path]) == [route.body]

    await asyncio.gather(*map(write, added))
    assert keeper._control.generation == keeper._responder.generation


async def test_a_write_of_another_worker_is_not_taken_for_served(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    """It is announced after this worker has read the store for its own write, and before that is announced."""
    await served(keeper, server, [])
    read_changes = store.read_changes
    foreign = sample_route(server, ROUTES)

    async def read_then_be_overtaken(after_revision: int, route_servers: Collection[str]) -> ServerChanges:
        changes = await read_changes(after_revision, route_servers)
        await store.create_route(foreign)
        keeper._control.raise_generation()
        return changes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "read_changes", read_then_be_overtaken)
        await keeper.announce_write()
    assert not keeper._responder.is_current
    await keeper.refresh()
    assert await served(keeper, server, [foreign.path]) == [foreign.body]


async def test_a_write_that_cannot_be_read_back_is_announced_all_the_same(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    before = keeper._control.generation

    async def fail(after_revision: int, route_servers: Collection[str]) -> ServerChanges:
        raise StoreError("the disk is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "read_changes", fail)
        await keeper.announce_write()
    assert keeper._control.generation == before + 1
    assert not keeper._responder.is_current


async def test_what_changes_between_the_pages_is_served_as_it_is_then(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    routes = await store.list_routes(server.id)

    async def change_routes() -> None:
        await store.delete_route(server.id, routes[0].id)
        await store.update_route(msgspec.structs.replace(routes[1], body=b"changed"))
        await store.delete_route(server.id, routes[-1].id)
        await store.create_route(sample_route(server, ROUTES))

    store.happens = change_routes
    paths = [route.path for route in (routes[0], routes[1], routes[2], routes[-1], sample_route(server, ROUTES))]
    assert await served(keeper, server, paths) == [
        None,
        b"changed",
        routes[2].body,
        None,
        sample_route(server, ROUTES).body,
    ]


async def test_a_server_that_is_set_anew_between_the_pages_is_read_again(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    changed = msgspec.structs.replace(server, cors=not server.cors)
    store.happens = lambda: store.update_server(changed.id, always(changed))
    snapshot = await keeper.find_snapshot(server.id)
    assert snapshot is not None
    assert (snapshot.answers_cors, len(snapshot.matcher)) == (changed.cors, ROUTES)


async def test_a_server_that_is_deleted_between_the_pages_is_unknown(
    store: InterruptedStore, keeper: SnapshotKeeper, server: ServerRecord
) -> None:
    store.happens = lambda: store.delete_server(server.id)
    assert await keeper.find_snapshot(server.id) is None
