"""The store has the contents that a plain model of it has, for any sequence of calls, made through any of the
processes' stores.

Two stores have the same file open, as two workers do. A third party, the worker's part of promise 1, holds what
load_server and read_changes told it and must always come to the model's state.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mockwave.store.records import LogExtent, LogSegment, RingPosition, RouteConflict, RouteRecord, ServerRecord
from mockwave.store.sqlite import route_pages
from mockwave.store.sqlite.store import SqliteStore
from tests.unit.store.samples import always

Result = TypeVar("Result")

METHODS = st.sampled_from(["GET", "POST"])
PATH_KEYS = st.sampled_from(["/a", "/b", "/c"])
WORKSPACES = st.sampled_from(["one", "two"])
BODIES = st.sampled_from([b"", b"body", b"other"])
HEADERS = st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple)

# Few and round, so that sums and bounds meet.
ENTRY_COUNTS = st.sampled_from([0, 1, 100, 300, 400, 512, 600, 1200])
TIMES = st.integers(0, 20).map(lambda steps: 5 * steps)

Contents = st.fixed_dictionaries({"body": BODIES, "headers": HEADERS, "status_code": st.integers(200, 202)})


class ModelServer:
    """A server as the model has it: its record, its text, its routes in order of position, its log as one list."""

    def __init__(self, record: ServerRecord, specification: bytes | None) -> None:
        self.record = record
        self.specification = specification
        self.routes: list[RouteRecord] = []
        self.entries: list[tuple[int, int]] = []
        self.first_sequence = 0

    def find(self, route_id: str) -> RouteRecord | None:
        return next((route for route in self.routes if route.id == route_id), None)

    def custom_at(self, method: str, path_key: str) -> RouteRecord | None:
        at = [r for r in self.routes if not r.generated and (r.method, r.path_key) == (method, path_key)]
        return at[0] if at else None

    def replace_generated(self, routes: list[RouteRecord]) -> list[tuple[str, str]]:
        """Returns the routes that are gone and had rules."""
        new = {(route.method, route.path_key): route for route in routes}
        kept = []
        gone = []
        for route in self.routes:
            replacement = new.pop((route.method, route.path_key), None) if route.generated else None
            if replacement is not None:
                kept.append(msgspec.structs.replace(replacement, id=route.id, rules=route.rules))
            elif not route.generated:
                kept.append(route)
            elif route.rules:
                gone.append((route.method, route.path))
        self.routes = [*kept, *new.values()]
        return gone


def plain(route: RouteRecord) -> RouteRecord:
    """Without what the store numbers by itself."""
    return msgspec.structs.replace(route, position=0, revision=0)


class StoreComparison(RuleBasedStateMachine):
    servers = Bundle("servers")
    routes = Bundle("routes")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        # So small that three paths fill some.
        self.patches = pytest.MonkeyPatch()
        self.patches.setattr(route_pages, "ROUTES_A_PAGE", 2)
        self.stores = [SqliteStore(Path(self.folder.name) / "store.db", durable=False) for _ in range(2)]
        for store in self.stores:
            self.run(store.open())
        self.model: dict[str, ModelServer] = {}
        self.positions: dict[str, int] = {}
        self.number = 0
        self.turn = 0
        self.known_revision = 0
        self.known_routes: dict[str, dict[str, RouteRecord]] = {}

    def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(call)

    @property
    def store(self) -> SqliteStore:
        """One after the other."""
        self.turn += 1
        return self.stores[self.turn % 2]

    def new_id(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}_{self.number:032x}"

    def new_route(self, server_id: str, method: str, path_key: str, generated: bool, **contents: Any) -> RouteRecord:
        return RouteRecord(
            id=self.new_id("mock-route"),
            mock_server_id=server_id,
            generated=generated,
            method=method,
            path=path_key,
            path_key=path_key,
            **contents,
        )

    def generated_routes(self, server_id: str, places: dict[tuple[str, str], dict[str, Any]]) -> list[RouteRecord]:
        return [self.new_route(server_id, *place, True, **contents) for place, contents in places.items()]

    @rule(
        target=servers,
        workspace=WORKSPACES,
        specification=st.none() | st.binary(max_size=5),
        places=st.dictionaries(st.tuples(METHODS, PATH_KEYS), Contents, max_size=4),
    )
    def create_server(
        self, workspace: str, specification: bytes | None, places: dict[tuple[str, str], dict[str, Any]]
    ) -> str:
        server = ServerRecord(id=self.new_id("mock"), name="", workspace_id=workspace, created_us=0, modified_us=0)
        routes = self.generated_routes(server.id, places)
        stored = self.run(self.store.create_server(server, specification, routes))
        self.model[server.id] = ModelServer(server, specification)
        self.model[server.id].routes = routes
        assert stored == msgspec.structs.replace(server, revision=stored.revision, route_count=len(routes))
        return server.id

    @rule(
        server_id=servers,
        name=st.text(max_size=3),
        specification=st.none() | st.binary(max_size=5),
        places=st.none() | st.dictionaries(st.tuples(METHODS, PATH_KEYS), Contents, max_size=4),
    )
    def update_server(
        self,
        server_id: str,
        name: str,
        specification: bytes | None,
        places: dict[tuple[str, str], dict[str, Any]] | None,
    ) -> None:
        routes = None if places is None else self.generated_routes(server_id, places)
        server = ServerRecord(id=server_id, name=name, workspace_id="one", created_us=0, modified_us=1)
        stored = self.run(self.store.update_server(server.id, always(server), specification, routes))
        assert stored is not None
        known = self.model[server_id]
        known.record = server
        known.specification = specification if specification is not None else known.specification
        gone = [] if routes is None else known.replace_generated(routes)
        assert sorted(stored.ruled_routes_gone) == sorted(gone)
        revision = stored.record.revision
        assert stored.record == msgspec.structs.replace(
            server,
            revision=revision,
            route_count=len(known.routes),
            routes_modified_us=stored.record.routes_modified_us,
        )

    @rule(server_id=consumes(servers))
    def delete_server(self, server_id: str) -> None:
        assert self.run(self.store.delete_server(server_id)) == (server_id in self.model)
        self.model.pop(server_id, None)

    @rule(target=routes, server_id=servers, method=METHODS, path_key=PATH_KEYS, contents=Contents)
    def create_route(self, server_id: str, method: str, path_key: str, contents: dict[str, Any]) -> tuple[str, str]:
        route = self.new_route(server_id, method, path_key, False, **contents)
        existing = self.model[server_id].custom_at(method, path_key)
        try:
            stored = self.run(self.store.create_route(route))
        except RouteConflict as conflict:
            assert existing is not None and plain(conflict.existing) == existing
        else:
            assert existing is None and stored is not None and plain(stored) == route
            self.model[server_id].routes.append(route)
        return server_id, route.id

    @rule(server_id=servers, choice=st.integers(0, 5), method=METHODS, path_key=PATH_KEYS, contents=Contents)
    def update_any_route(
        self, server_id: str, choice: int, method: str, path_key: str, contents: dict[str, Any]
    ) -> None:
        known = self.model[server_id]
        if choice >= len(known.routes):
            return
        old = known.routes[choice]
        new = msgspec.structs.replace(old, generated=False, method=method, path=path_key, path_key=path_key, **contents)
        existing = known.custom_at(method, path_key)
        try:
            stored = self.run(self.store.update_route(new))
        except RouteConflict as conflict:
            assert existing is not None and existing.id != old.id and plain(conflict.existing) == existing
        else:
            assert existing is None or existing.id == old.id
            assert stored is not None and plain(stored.record) == new
            known.routes[choice] = new

    @rule(server_id=servers, choice=st.integers(0, 5), rules=st.sampled_from([b"", b"[{}]", b"[{},{}]"]))
    def set_rules_of_any_route(self, server_id: str, choice: int, rules: bytes) -> None:
        known = self.model[server_id]
        if choice >= len(known.routes):
            return
        new = msgspec.structs.replace(known.routes[choice], rules=rules)
        stored = self.run(self.store.update_route_rules(server_id, new.id, rules))
        assert stored is not None and plain(stored.record) == new
        assert stored.former_rules == known.routes[choice].rules
        known.routes[choice] = new

    @rule(place=routes)
    def delete_route(self, place: tuple[str, str]) -> None:
        server_id, route_id = place
        known = self.model.get(server_id)
        route = known.find(route_id) if known else None
        assert self.run(self.store.delete_route(server_id, route_id)) == (route is not None)
        if known and route:
            known.routes.remove(route)

    @rule(
        sizes=st.lists(st.tuples(st.integers(0, 7), ENTRY_COUNTS, TIMES), max_size=5),
        position=st.none() | st.integers(0, 1000),
    )
    def append_log(self, sizes: list[tuple[int, int, int]], position: int | None) -> None:
        """Segments of servers there are, and of one there is not; each entry's data tells its number there."""
        ids = [*self.model, "mock_none"]
        segments = []
        for choice, count, time_us in sizes:
            server_id = ids[choice % len(ids)]
            known = self.model.get(server_id)
            begin = len(known.entries) if known else 0
            data = b"".join((begin + index).to_bytes(4, "big") for index in range(count))
            segments.append(
                LogSegment(
                    mock_server_id=server_id, entry_count=count, oldest_us=time_us, newest_us=time_us + 5, data=data
                )
            )
            if known:
                known.entries += [(time_us, time_us + 5)] * count
        positions = [] if position is None else [RingPosition(ring_id="ring", node="node", position=position)]
        self.run(self.store.append_log(segments, positions))
        if position is not None:
            self.positions["ring"] = position

    @rule(keep=st.none() | ENTRY_COUNTS, older=st.none() | TIMES)
    def prune_log(self, keep: int | None, older: int | None) -> None:
        removed = self.run(self.store.prune_log(keep, older))
        for server_id, known in self.model.items():
            chunks = self.run(self.store.read_log_chunks(server_id, below_sequence=1 << 60, count=10_000))
            end = len(known.entries)
            first = chunks[-1].first_sequence if chunks else end
            for sequence in range(known.first_sequence, first):
                too_many = keep is not None and sequence < end - keep
                too_old = older is not None and known.entries[sequence][1] < older
                assert too_many or too_old
            for oldest in chunks[-1:]:
                assert keep is None or oldest.first_sequence + oldest.entry_count > end - keep
                assert older is None or oldest.newest_us >= older
            removed -= first - known.first_sequence
            known.first_sequence = first
        assert removed == 0

    @rule(server_id=servers, below=st.integers(0, 3000), count=st.integers(1, 4), since=TIMES)
    def read_a_page(self, server_id: str, below: int, count: int, since: int) -> None:
        known = self.model[server_id]
        chunks = self.run(self.store.read_log_chunks(server_id, below_sequence=below, count=count, since_us=since))
        assert len(chunks) <= count
        told = [s for c in chunks for s in range(c.first_sequence, c.first_sequence + c.entry_count)]
        lowest = min((chunk.first_sequence for chunk in chunks), default=below) if len(chunks) == count else 0
        wanted = {
            sequence
            for sequence in range(max(lowest, known.first_sequence), min(below, len(known.entries)))
            if known.entries[sequence][1] >= since
        }
        assert wanted <= set(told)

    @rule(server_id=servers)
    def load_as_a_worker_does(self, server_id: str) -> None:
        loaded = self.run(self.store.load_server(server_id))
        assert loaded is not None
        self.known_routes[server_id] = {route.id: route for route in loaded.routes}

    @rule(server_id=servers, count=st.integers(1, 4))
    def load_in_parts(self, server_id: str, count: int) -> None:
        read: list[RouteRecord] = []
        size = count
        while size == count:
            loaded = self.run(self.store.load_server(server_id, read[-1].position if read else -1, count))
            assert loaded is not None
            read += loaded.routes
            size = len(loaded.routes)
        assert [plain(route) for route in read] == self.model[server_id].routes

    def refresh_as_a_worker_does(self) -> None:
        changes = self.run(self.store.read_changes(self.known_revision, self.known_routes.keys()))
        assert changes.revision >= self.known_revision
        self.known_revision = changes.revision
        for server_id in changes.deleted_server_ids:
            self.known_routes.pop(server_id, None)
        for server_id, route_id in changes.deleted_route_ids:
            self.known_routes.get(server_id, {}).pop(route_id, None)
        for route in changes.routes:
            self.known_routes[route.mock_server_id][route.id] = route

    @invariant()
    def a_worker_that_refreshes_has_the_newest_state(self) -> None:
        self.refresh_as_a_worker_does()
        for server_id, routes in self.known_routes.items():
            by_position = sorted(routes.values(), key=lambda route: route.position)
            assert [plain(route) for route in by_position] == self.model[server_id].routes

    @invariant()
    def servers_and_routes_are_those_of_the_model(self) -> None:
        listed = self.run(self.store.list_servers(None))
        assert [server.id for server in listed] == list(self.model)
        for server in listed:
            known = self.model[server.id]
            routes = self.run(self.store.list_routes(server.id))
            assert [plain(route) for route in routes] == known.routes
            loaded = self.run(self.store.load_server(server.id))
            assert loaded is not None
            assert loaded.routes == routes
            assert msgspec.structs.replace(server, revision=0, routes_modified_us=0) == msgspec.structs.replace(
                known.record, route_count=len(known.routes)
            )
            assert self.run(self.store.read_specification(server.id)) == known.specification

    @invariant()
    def the_log_is_that_of_the_model(self) -> None:
        assert self.run(self.store.read_ring_positions()) == self.positions
        for server_id, known in self.model.items():
            extent = self.run(self.store.read_log_extent(server_id))
            assert extent == LogExtent(known.first_sequence, len(known.entries))
            chunks = self.run(self.store.read_log_chunks(server_id, below_sequence=1 << 60, count=10_000))
            data = b"".join(chunk.data for chunk in reversed(chunks))
            numbers = [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]
            assert numbers == list(range(extent.first, extent.next))

    def teardown(self) -> None:
        for store in self.stores:
            self.run(store.close())
        self.runner.close()
        self.patches.undo()
        self.folder.cleanup()


StoreComparison.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestStorePromises = StoreComparison.TestCase
