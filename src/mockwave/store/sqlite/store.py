"""The store in one SQLite file: the protocol's calls, each a transaction on the connection meant for it.

Four connections per process, so that no kind of work waits for another: workers' refreshes, management, the journal's
drain with what upkeep the log needs, and reading the log. In WAL mode readers and the one writer do not wait for each
other. What the transactions do is in the rooms named for it (servers, routes, changes, log, retention).

A caller that is cancelled stops waiting, no more: its write still happens whole, or, where it fails, not at all.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mockwave.pauses import Pauses
from mockwave.store.protocol import StoreError
from mockwave.store.records import (
    ALL_ROUTES,
    AdaptRoute,
    BriefRoute,
    ChangeServer,
    CheckRoute,
    LoadedServer,
    LogChunk,
    LogExtent,
    LogSegment,
    RingPosition,
    RouteFilter,
    RouteRecord,
    ServerChanges,
    ServerImport,
    ServerRecord,
    StoredImport,
    UpdatedRoute,
    UpdatedServer,
)
from mockwave.store.sqlite import (
    changes,
    import_rows,
    log,
    put_routes,
    retention,
    route_rows,
    schema_versions,
    server_rows,
)
from mockwave.store.sqlite.connections import Connection, Result, run_transaction, use_wal
from mockwave.store.sqlite.health import StoreFiles, StoreHealth
from mockwave.store.sqlite.write_lock import WriteLock

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connections:
    write_lock: WriteLock
    refresh: Connection
    management: Connection
    journal: Connection
    log: Connection

    async def close(self) -> None:
        for connection in (self.refresh, self.management, self.log, self.journal):
            await connection.close()
        self.write_lock.close()


class SqliteStore:
    """A Store in the file at `path`, which is made if it is not there; its folder must be.

    Not durable: nothing waits for the disk, for a store that is thrown away. `pauses` tell whether mocks are asked in
    this process, for which long transactions let go of it more often. `note_writing` is told when this process takes
    the write lock, and when it lets go; `note_unreadable`, in any thread, where what is stored could not be read. Text
    with lone surrogates and integers beyond 64 bits are refused with ValueError.
    """

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        pauses: Pauses | None = None,
        note_writing: Callable[[bool], None] | None = None,
        note_unreadable: Callable[[], None] | None = None,
        is_chunk_sound: log.IsChunkSound | None = None,
    ) -> None:
        self._path = path
        self._durable = durable
        self._pauses = pauses
        self._note_writing = note_writing
        self._note_unreadable = note_unreadable
        self._files = StoreFiles(path)
        self._health = StoreHealth(path, self._files)
        self._is_chunk_sound = is_chunk_sound
        self._connections: Connections | None = None
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        if self._connections is not None:
            raise StoreError(f"{self._path}: the store is open already")
        write_lock = WriteLock(self._path, self._note_writing)
        connections = Connections(
            write_lock,
            *(
                Connection(
                    self._path,
                    write_lock,
                    self._files,
                    durable=self._durable,
                    note_unreadable=self._note_unreadable,
                )
                for _ in range(4)
            ),
        )
        migrations = schema_versions.read_migrations()
        try:
            await connections.management.start()
            # A file of another program, or of newer code, is left as it is.
            await connections.management.read(schema_versions.read_version, self._path, len(migrations))
            await connections.management.write_alone(lambda connection: prepare(connection, self._path, migrations))
            for connection in (connections.refresh, connections.journal, connections.log):
                await connection.start()
        except BaseException:
            await connections.close()
            raise
        self._files.remember()
        self._connections = connections
        if await connections.refresh.read(retention.has_dropped_logs):
            self._start_sweeping()

    async def close(self) -> None:
        connections, self._connections = self._connections, None
        if connections is None:
            return
        self._files.forget()
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await connections.close()

    async def list_servers(
        self, workspaces: Collection[str] | None, *, offset: int = 0, count: int = -1
    ) -> list[ServerRecord]:
        return await self._open.management.read(server_rows.list_servers, workspaces, offset, count, self._pauses)

    async def read_server(self, mock_server_id: str) -> ServerRecord | None:
        return await self._open.management.read(server_rows.read_server, mock_server_id)

    async def read_specification(self, mock_server_id: str) -> bytes | None:
        return await self._open.management.read(server_rows.read_compressed_specification, mock_server_id)

    async def create_server(
        self,
        server: ServerRecord,
        compressed_specification: bytes | None,
        routes: Sequence[RouteRecord],
        parts: Sequence[bytes] = (),
    ) -> ServerRecord:
        return await self._open.management.write(
            server_rows.create_server, server, compressed_specification, routes, parts, self._pauses
        )

    async def update_server(
        self,
        mock_server_id: str,
        change: ChangeServer,
        compressed_specification: bytes | None = None,
        generated_routes: Sequence[RouteRecord] | None = None,
        parts: Sequence[bytes] = (),
    ) -> UpdatedServer | None:
        return await self._open.management.write(
            server_rows.update_server,
            mock_server_id,
            change,
            compressed_specification,
            generated_routes,
            parts,
            self._pauses,
        )

    async def import_servers(self, imports: Sequence[ServerImport]) -> list[StoredImport]:
        return await self._open.management.write(import_rows.import_servers, imports, self._pauses)

    async def delete_server(self, mock_server_id: str) -> bool:
        """Its log is out of reach at once; the space it took is freed in the background."""
        deleted = await self._open.management.write(server_rows.delete_server, mock_server_id, self._pauses)
        if deleted:
            self._start_sweeping()
        return deleted

    async def list_routes(
        self, mock_server_id: str, *, offset: int = 0, count: int = -1, wanted: RouteFilter = ALL_ROUTES
    ) -> list[RouteRecord]:
        return await self._open.management.read(
            route_rows.list_routes, mock_server_id, offset, count, wanted, self._pauses
        )

    async def list_brief_routes(
        self, mock_server_id: str, *, offset: int = 0, count: int = -1, wanted: RouteFilter = ALL_ROUTES
    ) -> list[BriefRoute]:
        return await self._open.management.read(route_rows.list_brief_routes, mock_server_id, offset, count, wanted)

    async def read_route_lines(self, mock_server_id: str) -> list[tuple[str, str, str]]:
        return await self._open.management.read(route_rows.read_route_lines, mock_server_id)

    async def read_route(self, mock_server_id: str, route_id: str) -> RouteRecord | None:
        return await self._open.management.read(route_rows.read_route, mock_server_id, route_id)

    async def create_route(self, route: RouteRecord) -> RouteRecord | None:
        return await self._open.management.write(route_rows.create_route, route)

    async def update_route(self, route: RouteRecord) -> UpdatedRoute | None:
        return await self._open.management.write(route_rows.update_route, route)

    async def update_route_rules(
        self, mock_server_id: str, route_id: str, rules: bytes, check: CheckRoute | None = None
    ) -> UpdatedRoute | None:
        return await self._open.management.write(route_rows.update_route_rules, mock_server_id, route_id, rules, check)

    async def delete_route(self, mock_server_id: str, route_id: str) -> bool:
        return await self._open.management.write(route_rows.delete_route, mock_server_id, route_id)

    async def find_routes(self, mock_server_id: str, methods: Collection[str], path_key: str) -> list[RouteRecord]:
        return await self._open.management.read(put_routes.find_routes, mock_server_id, methods, path_key)

    async def put_routes(self, server: ServerRecord, routes: Sequence[RouteRecord], adapt: AdaptRoute) -> bool:
        return await self._open.management.write(put_routes.put_routes, server, routes, adapt)

    async def read_changes(self, after_revision: int, route_servers: Collection[str]) -> ServerChanges:
        return await self._open.refresh.read(changes.read_changes, after_revision, route_servers)

    async def load_server(
        self, mock_server_id: str, after_position: int = -1, count: int = -1, parts: Sequence[bytes] | None = None
    ) -> LoadedServer | None:
        return await self._open.refresh.read(
            server_rows.load_server, mock_server_id, after_position, count, parts, self._pauses
        )

    async def read_ring_positions(self) -> dict[str, int]:
        return await self._open.journal.read(log.read_ring_positions)

    async def append_log(
        self, segments: Sequence[LogSegment], positions: Sequence[RingPosition], forget_rings: Sequence[str] = ()
    ) -> None:
        await self._open.journal.write(log.append_log, segments, positions, forget_rings, self._is_chunk_sound)

    async def read_log_extent(self, mock_server_id: str) -> LogExtent:
        return await self._open.log.read(log.read_log_extent, mock_server_id)

    async def read_log_extents(self, mock_server_ids: Collection[str]) -> dict[str, LogExtent]:
        return await self._open.log.read(log.read_log_extents, mock_server_ids)

    async def read_log_chunks(
        self,
        mock_server_id: str,
        *,
        below_sequence: int,
        count: int,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> list[LogChunk]:
        return await self._open.log.read(log.read_log_chunks, mock_server_id, below_sequence, count, since_us, until_us)

    async def read_log_range(self, mock_server_id: str, from_sequence: int, count: int) -> list[LogChunk]:
        return await self._open.log.read(log.read_log_range, mock_server_id, from_sequence, count)

    async def read_log_chunk(self, mock_server_id: str, chunk_id: int) -> LogChunk | None:
        return await self._open.log.read(log.read_log_chunk, mock_server_id, chunk_id)

    async def clear_log(self, mock_server_id: str) -> int | None:
        journal = self._open.journal
        extent = await journal.read(log.find_log_extent, mock_server_id)
        if extent is None:
            return None
        while await in_turns(journal.write(retention.clear_batch, mock_server_id, extent.next)):
            await self._vacuum()
        return extent.next - extent.first

    async def prune_log(self, keep_entries: int | None, older_than_us: int | None) -> int:
        journal = self._open.journal
        removed_entries = 0
        for server_key in await journal.read(retention.find_prunable, keep_entries, older_than_us):
            while batch := await in_turns(
                journal.write(retention.prune_batch, server_key, keep_entries, older_than_us)
            ):
                removed_entries += batch
                await self._vacuum()
        return removed_entries

    @property
    def write_failure(self) -> str:
        return self._connections.write_lock.failure if self._connections is not None else ""

    async def try_write(self) -> None:
        await self._open.journal.write(log.write_nothing)

    async def find_damage(self, failed_ago_s: float | None) -> str:
        return await self._health.find_damage(failed_ago_s)

    async def compact(self) -> None:
        await self._open.management.write(changes.forget_deletions)

    @property
    def _open(self) -> Connections:
        if self._connections is None:
            raise StoreError(f"{self._path}: the store is not open")
        return self._connections

    def _start_sweeping(self) -> None:
        if self._connections is not None and (self._sweeping is None or self._sweeping.done()):
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Frees what deleted servers' logs took. Whatever stops it, the next deletion or open goes on with it."""
        journal = self._open.journal
        try:
            while await in_turns(journal.write(retention.sweep_batch)):
                await self._vacuum()
        except StoreError as error:
            LOGGER.warning("the logs of deleted mock servers still take space: %s", error)

    async def _vacuum(self) -> None:
        while await in_turns(self._open.journal.write_alone(retention.vacuum_batch)):
            pass


async def in_turns(write: Awaitable[Result]) -> Result:
    """One of many writes in a row, and a pause of its length.

    Other writers poll for the write lock: without pauses they might wait for it for seconds.
    """
    began = time.monotonic()
    result = await write
    await asyncio.sleep(time.monotonic() - began)
    return result


def prepare(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Makes the file ready for this code."""
    use_wal(connection, path)
    run_transaction(connection, "BEGIN IMMEDIATE", lambda: schema_versions.migrate(connection, path, migrations))
