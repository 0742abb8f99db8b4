"""The coherence of workers: how this worker's Snapshots keep up with the Store.

Every management write raises the generation in the control block after its commit. A worker that is out of date
refreshes before it answers: it reads the generation first and the Store after it, so what it then serves is at least
that new. One refresh runs at a time; requests that come meanwhile share it or the next. The worker that made the write
reads the Store before it raises the generation, so its own mocks do not wait for that.

A server's routes are read at its first request, page by page, so that other mocks are answered between pages. From then
on only changes are read.
"""

import asyncio
import logging

from mockwave._control import ControlBlock
from mockwave._matcher import Matcher
from mockwave._responder import Responder, Snapshot
from mockwave.liveness.steps import Steps
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.pauses import Pauses
from mockwave.store.protocol import Store
from mockwave.store.records import LoadedServer, ServerChanges, ServerRecord

logger = logging.getLogger("mockwave.coherence")

ROUTES_A_PAGE = 1024
ROUTES_A_PAGE_WHILE_ASKED = 64
ROUTES_AT_A_TIME = 64
ROUTES_AT_A_TIME_WHILE_ASKED = 16
"""Built in about a tenth of a millisecond."""


class SnapshotKeeper:
    """Keeps `responder.snapshots` at least as new as the generation."""

    def __init__(self, store: Store, control: ControlBlock, responder: Responder, steps: Steps | None = None) -> None:
        self._store = store
        self._control = control
        self._responder = responder
        self._steps = steps or Steps(control, 0)
        self._revision = 0
        self._servers: dict[str, ServerRecord] = {}
        self._builders: dict[str, SnapshotBuilder] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._refreshes_begun = 0
        self._loading: dict[str, asyncio.Task[None]] = {}

    async def refresh(self) -> None:
        """Returns when the Snapshots are at least as new as the generation was at the call."""
        while not self._responder.is_current:
            await self._join_refresh()

    async def announce_write(self) -> None:
        """Raises the generation after a write that this worker has committed."""
        begun = self._refreshes_begun
        try:
            # A refresh that began earlier may have read the Store before the commit.
            while await self._join_refresh() <= begun:
                pass
        except Exception:
            logger.exception("a write could not be read back; the next request will try again")
            self._control.raise_generation()
            return
        served = self._responder.generation
        generation = self._control.raise_generation()
        # A higher number would stand for another worker's write, which the Snapshots may lack.
        if generation == served + 1:
            self._responder.set_generation(generation)

    async def find_snapshot(self, mock_server_id: str) -> Snapshot | None:
        """Returns the server's Snapshot, loaded if need be; None if there is no such server. Call it after a refresh.

        Raises Refusal if a worker hung a while ago while loading this server.
        """
        while mock_server_id in self._servers:
            snapshot = self._responder.snapshots.get(mock_server_id.encode())
            if snapshot is not None:
                return snapshot
            self._steps.refuse_known(
                self._steps.key_of_loading(mock_server_id), f"loading mock server {mock_server_id}"
            )
            task = self._loading.get(mock_server_id)
            if task is None:
                task = asyncio.create_task(self._load(mock_server_id))
                self._loading[mock_server_id] = task
                task.add_done_callback(lambda _: self._loading.pop(mock_server_id, None))
            await asyncio.shield(task)
        return None

    def last_known_snapshot(self, mock_server_id: str) -> Snapshot | None:
        """The last known Snapshot of the server, or one without routes, to record a request that cannot be answered;
        None if there was no such server."""
        snapshot = self._responder.snapshots.get(mock_server_id.encode())
        if snapshot is None and mock_server_id in self._servers:
            return Snapshot(Matcher([]), self._servers[mock_server_id], 0)
        return snapshot

    async def _join_refresh(self) -> int:
        """Waits for the refresh that runs, or for a new one; returns its number."""
        if self._refreshing is None or self._refreshing.done():
            # A separate task: a request whose client goes away must not cancel what others wait for.
            self._refreshing = asyncio.create_task(self._read_changes())
            self._refreshes_begun += 1
        number = self._refreshes_begun
        await asyncio.shield(self._refreshing)
        return number

    async def _read_changes(self) -> None:
        generation = self._control.generation
        asked = set(self._builders)
        changes = await self._store.read_changes(self._revision, asked)
        for mock_server_id in changes.deleted_server_ids:
            self._forget(mock_server_id)
        for server in changes.servers:
            self._servers[server.id] = server
            builder = self._builders.get(server.id)
            if builder is None or builder.revision >= changes.revision:
                continue
            needs_all = builder.has_twins or builder.needs_all_routes(server)
            if server.id not in asked or server.parts_revision > self._revision or needs_all:
                # It was loaded from an older state meanwhile, or must be rebuilt: the next request loads it.
                self._unload(server.id)
                continue
            try:
                take_over(builder, server, changes)
            except Exception:
                # The next request loads it, or learns why it cannot be loaded.
                logger.exception("mock server %s cannot follow a change and is loaded anew", server.id)
                self._unload(server.id)
                continue
            self._serve(builder)
        self._revision = changes.revision
        # Own writes may have raised it meanwhile: their changes are here already, from the refresh before.
        self._responder.set_generation(max(generation, self._responder.generation))

    async def _load(self, mock_server_id: str) -> None:
        while mock_server_id in self._servers:
            builder = await self._read_routes(mock_server_id)
            known = self._servers.get(mock_server_id)
            if builder is None:
                self._forget(mock_server_id)
            # A refresh may have learned of a later write while this was read: then it is read again.
            elif known is not None and builder.revision >= known.revision:
                self._builders[mock_server_id] = builder
                self._serve(builder)
                return

    async def _read_routes(self, mock_server_id: str) -> SnapshotBuilder | None:
        """A builder with all the server's routes; None if the server is gone."""
        pauses = Pauses(self._responder.count_answered)
        count = ROUTES_A_PAGE_WHILE_ASKED  # as far as is known
        while (page := await self._store.load_server(mock_server_id, -1, count)) is not None:
            builder, first, parts = SnapshotBuilder(page.server), page, page.parts
            while page is not None and not needs_reading_anew(builder, first, page.server):
                if len(page.routes) == count:
                    count = ROUTES_A_PAGE_WHILE_ASKED if pauses.are_needed() else ROUTES_A_PAGE
                    last = page.routes[-1].position
                    # Read and build take turns: both need the interpreter lock, and would only take it from each other.
                    await self._build(builder, page, pauses)
                    page = await self._store.load_server(mock_server_id, last, count, parts)
                    continue
                await self._build(builder, page, pauses)
                if page.revision == first.revision:
                    return builder
                # The store may have changed between the pages, so changes since the first page are applied again.
                changes = await self._store.read_changes(first.revision, [mock_server_id])
                server = next((server for server in changes.servers if server.id == mock_server_id), page.server)
                if mock_server_id in changes.deleted_server_ids or builder.has_twins:
                    break
                if needs_reading_anew(builder, first, server):
                    break
                take_over(builder, server, changes)
                return builder
        return None

    async def _build(self, builder: SnapshotBuilder, page: LoadedServer, pauses: Pauses) -> None:
        key = self._steps.key_of_loading(page.server.id)
        built = 0
        while built == 0 or built < len(page.routes):
            count = ROUTES_AT_A_TIME_WHILE_ASKED if pauses.are_needed() else ROUTES_AT_A_TIME
            # Noted as a step, since the document's author decides how long this takes.
            self._steps.run(
                key,
                b"loading " + page.server.id.encode(),
                builder.change,
                page.server,
                page.revision,
                page.routes[built : built + count],
                [],
            )
            built += count
            await pauses.let_others_run()

    def _serve(self, builder: SnapshotBuilder) -> None:
        snapshot = builder.build()
        self._responder.snapshots[snapshot.server.id.encode()] = snapshot

    def _unload(self, mock_server_id: str) -> None:
        self._builders.pop(mock_server_id, None)
        self._responder.snapshots.pop(mock_server_id.encode(), None)

    def _forget(self, mock_server_id: str) -> None:
        self._servers.pop(mock_server_id, None)
        self._unload(mock_server_id)


def needs_reading_anew(builder: SnapshotBuilder, first: LoadedServer, server: ServerRecord) -> bool:
    """Whether the server was replaced since its first page was read."""
    return server.parts_revision != first.server.parts_revision or builder.needs_all_routes(server)


def take_over(builder: SnapshotBuilder, server: ServerRecord, changes: ServerChanges) -> None:
    """Brings this server's builder up to the revision of the changes."""
    builder.change(
        server,
        changes.revision,
        [route for route in changes.routes if route.mock_server_id == server.id],
        [route_id for mock_server_id, route_id in changes.deleted_route_ids if mock_server_id == server.id],
    )
