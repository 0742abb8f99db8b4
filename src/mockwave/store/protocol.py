"""The Store protocol: durable state as the planes need it; `sqlite/` implements it.

Every write is one transaction, durable when the call returns, and returns its revision. The caller raises the
generation after a write, since a store knows nothing of workers.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from mockwave.errors import ForeseenError
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


class Store(Protocol):
    async def open(self) -> None:
        """Opens the store, migrating it forward. Raises StoreError if it is newer than the code or not readable."""

    async def close(self) -> None: ...

    async def compact(self) -> None:
        """Forgets deletions: for a start, before any worker has read the store.

        Afterwards read_changes is complete only for readers that begin at revision 0.
        """

    # Servers

    async def list_servers(
        self, workspaces: Collection[str] | None, *, offset: int = 0, count: int = -1
    ) -> list[ServerRecord]:
        """The servers in these workspaces (None: in any), oldest first: `count` of them (-1: all) from `offset` on."""

    async def read_server(self, mock_server_id: str) -> ServerRecord | None: ...

    async def read_specification(self, mock_server_id: str) -> bytes | None:
        """The source text of a server, compressed as stored; None if there is none."""

    async def create_server(
        self,
        server: ServerRecord,
        compressed_specification: bytes | None,
        routes: Sequence[RouteRecord],
        parts: Sequence[bytes] = (),
    ) -> ServerRecord:
        """Stores the server, its source text, its routes and the parts that they share; returns the stored record.

        The text is compressed by `source_texts.compress_text`.
        """

    async def update_server(
        self,
        mock_server_id: str,
        change: ChangeServer,
        compressed_specification: bytes | None = None,
        generated_routes: Sequence[RouteRecord] | None = None,
        parts: Sequence[bytes] = (),
    ) -> UpdatedServer | None:
        """Replaces the record by the result of `change`, within the transaction, and, if given, the source text and all
        generated routes with their parts. Returns None if there is no such server. An exception of `change` is raised
        here, with nothing written.

        A generated route keeps the id of the one it replaces (same method and path_key), so log entries stay readable,
        and its rules.
        """

    async def import_servers(self, imports: Sequence[ServerImport]) -> list[StoredImport]:
        """Stores all of them in ONE transaction, or none.

        A server whose id already exists in its workspace is updated from the import; routes that the import does not
        have stay. If nothing differs, nothing is written, and no revision is made. Raises RouteConflict.
        """

    async def delete_server(self, mock_server_id: str) -> bool:
        """Removes the server with its routes, source text and log; False if there is no such server."""

    # Routes

    async def list_routes(
        self, mock_server_id: str, *, offset: int = 0, count: int = -1, wanted: RouteFilter = ALL_ROUTES
    ) -> list[RouteRecord]:
        """The wanted routes in order of position, custom and generated, shadowed or not: `count` of them (-1: all) from
        the offset on."""

    async def list_brief_routes(
        self, mock_server_id: str, *, offset: int = 0, count: int = -1, wanted: RouteFilter = ALL_ROUTES
    ) -> list[BriefRoute]:
        """The same routes as `list_routes`, of which no more is read than what is shown of them."""

    async def read_route_lines(self, mock_server_id: str) -> list[tuple[str, str, str]]:
        """(id, method, path) of all routes of the server."""

    async def read_route(self, mock_server_id: str, route_id: str) -> RouteRecord | None: ...

    async def create_route(self, route: RouteRecord) -> RouteRecord | None:
        """Adds a custom route, last in position; None if there is no such server. Raises RouteConflict."""

    async def update_route(self, route: RouteRecord) -> UpdatedRoute | None:
        """Replaces the route with this id, which becomes custom and keeps its position; None if there is none.

        Raises RouteConflict if another custom route has the same method and path_key.
        """

    async def update_route_rules(
        self, mock_server_id: str, route_id: str, rules: bytes, check: CheckRoute | None = None
    ) -> UpdatedRoute | None:
        """Replaces the rules of the route, which stays generated if it is; None if there is none.

        `check` is called first, within the transaction; its exceptions are raised here, with nothing written.
        """

    async def delete_route(self, mock_server_id: str, route_id: str) -> bool: ...

    async def find_routes(self, mock_server_id: str, methods: Collection[str], path_key: str) -> list[RouteRecord]:
        """The routes of these methods with this path key: for each the custom one, else the generated one."""

    async def put_routes(self, server: ServerRecord, routes: Sequence[RouteRecord], adapt: AdaptRoute) -> bool:
        """Puts these custom routes on the server, which is created as given if it does not exist.

        For each, `adapt` returns the route to store, within the transaction, from it and the existing custom route of
        the same method and path key. Returns False if all routes were already there, and nothing was written.
        """

    # For the Snapshots of workers

    async def read_changes(self, after_revision: int, route_servers: Collection[str]) -> ServerChanges:
        """All changes after the revision; routes only of the named servers, which the caller has loaded."""

    async def load_server(
        self, mock_server_id: str, after_position: int = -1, count: int = -1, parts: Sequence[bytes] | None = None
    ) -> LoadedServer | None:
        """The server and its routes in order of position, the first `count` after the position, or all of them.

        Returns None if there is no such server. `parts` are those of the server, if an earlier call returned them.

        A server that is read page by page may change between pages. The changes are in read_changes after the first
        page's revision, unless its `parts_revision` is newer or different: then everything has to be read again.
        """

    # Whether it can be written

    @property
    def write_failure(self) -> str:
        """Why the last write failed, if the next one is likely to fail as well; otherwise empty."""

    async def try_write(self) -> None:
        """Makes a write that changes nothing, so that `write_failure` is up to date. Raises StoreError."""

    # Whether it can be read

    async def find_damage(self, failed_ago_s: float | None) -> str:
        """Why the store cannot be read, according to a short look; empty if nothing seems wrong.

        `failed_ago_s` is the number of seconds since anybody last found it unreadable (None: nobody did), which makes
        the look longer. Calls in quick succession share one look.
        """

    # The log

    async def read_ring_positions(self) -> dict[str, int]:
        """ring id → position."""

    async def append_log(
        self, segments: Sequence[LogSegment], positions: Sequence[RingPosition], forget_rings: Sequence[str] = ()
    ) -> None:
        """Stores segments and positions in ONE transaction: both or neither.

        Segments of a deleted server are left out. A segment joins its server's newest chunk while that is small, so
        that slow traffic does not make one row per entry. Rings in `forget_rings` lose their position.
        """

    async def read_log_extent(self, mock_server_id: str) -> LogExtent: ...

    async def read_log_extents(self, mock_server_ids: Collection[str]) -> dict[str, LogExtent]:
        """The extents of those of these servers that are there."""

    async def read_log_chunks(
        self,
        mock_server_id: str,
        *,
        below_sequence: int,
        count: int,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> list[LogChunk]:
        """At most `count` chunks, newest first, with entries below the sequence and perhaps within the times."""

    async def read_log_range(self, mock_server_id: str, from_sequence: int, count: int) -> list[LogChunk]:
        """At most `count` chunks, oldest first, from the one on that holds this sequence number."""

    async def read_log_chunk(self, mock_server_id: str, chunk_id: int) -> LogChunk | None:
        """The chunk with this id; None if there is none, or it is another server's."""

    async def clear_log(self, mock_server_id: str) -> int | None:
        """Removes all stored entries; returns their number, None if there is no such server.

        An entry that comes meanwhile may go with them. Sequence numbers go on from where they were.
        """

    async def prune_log(self, keep_entries: int | None, older_than_us: int | None) -> int:
        """Removes the oldest chunks of each server, whole, if all their entries are too many or too old.

        Returns the number of entries removed.
        """


class StoreError(ForeseenError):
    """The store cannot be used; the text says what is wrong, with which file, and what to do."""
