"""What the planes need of durable state; `sqlite/` is its first form.

Every write is one transaction, durable when the call returns, and returns the revision it made. Raising the generation
after a write is the caller's part: a store knows nothing of workers.
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
        """Forgets what was deleted: for a start, before any worker has read the store.

        A read_changes after it is complete only for those that begin at revision 0.
        """

    # Servers

    async def list_servers(
        self, workspaces: Collection[str] | None, *, offset: int = 0, count: int = -1
    ) -> list[ServerRecord]:
        """The servers in these workspaces (None: in any), oldest first: `count` of them (-1: all) from `offset` on."""

    async def read_server(self, mock_server_id: str) -> ServerRecord | None: ...

    async def read_specification(self, mock_server_id: str) -> bytes | None:
        """The source text a server was made from, compressed as it was stored; None if there is none."""

    async def create_server(
        self,
        server: ServerRecord,
        compressed_specification: bytes | None,
        routes: Sequence[RouteRecord],
        parts: Sequence[bytes] = (),
    ) -> ServerRecord:
        """Stores the server, its source text, its routes and the parts they share; returns the record as stored.

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
        """Replaces the record by what `change` makes of it within the transaction, and where given the source text and
        all generated routes with the parts that they share; None: there is no such server. What `change` raises is
        raised here, with nothing written.

        A generated route keeps the id of the one it replaces (same method and path_key), so log entries stay readable,
        and its rules.
        """

    async def import_servers(self, imports: Sequence[ServerImport]) -> list[StoredImport]:
        """Stores all of them in ONE transaction, or none.

        One whose id is there already, in its workspace, is brought to what the import says; routes that it does not
        have stay. Where nothing differs nothing is written, and no revision is made. Raises RouteConflict.
        """

    async def delete_server(self, mock_server_id: str) -> bool:
        """Removes the server with its routes, source text and log; False if there is no such server."""

    # Routes

    async def list_routes(
        self, mock_server_id: str, *, offset: int = 0, count: int = -1, wanted: RouteFilter = ALL_ROUTES
    ) -> list[RouteRecord]:
        """The wanted routes in order of position, custom ones and the generated ones, shadowed or not: `count` of them
        (-1: all) from the offset on."""

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

        `check` is asked first, within the transaction; what it raises is raised here, with nothing written.
        """

    async def delete_route(self, mock_server_id: str, route_id: str) -> bool: ...

    async def find_routes(self, mock_server_id: str, methods: Collection[str], path_key: str) -> list[RouteRecord]:
        """The routes of these methods with this path key: for each the custom one, else the generated one."""

    async def put_routes(self, server: ServerRecord, routes: Sequence[RouteRecord], adapt: AdaptRoute) -> bool:
        """Makes these custom routes stand on the server, which is stored as given if it is not there.

        What is to stand there `adapt` says, within the transaction, of each and the custom route of the same method and
        path key that it replaces. False: all of it stood there already, and nothing was written.
        """

    # What workers serve from

    async def read_changes(self, after_revision: int, route_servers: Collection[str]) -> ServerChanges:
        """All that came after the revision; routes only of the servers named, which the asker has loaded."""

    async def load_server(
        self, mock_server_id: str, after_position: int = -1, count: int = -1, parts: Sequence[bytes] | None = None
    ) -> LoadedServer | None:
        """The server and its routes in order of position, the first `count` after the position, or all of them.

        None: there is no such server. `parts`: those of the server, where an earlier call gave them.

        Read page by page, a server may change between them: what did is in read_changes after the first one's revision,
        unless its `parts_revision` is newer than that, or was another one: then all has to be read anew.
        """

    # Whether it can be written

    @property
    def write_failure(self) -> str:
        """Why the last write failed, where the next one is likely to as well; empty if it did not."""

    async def try_write(self) -> None:
        """Makes a write that changes nothing, so that `write_failure` is up to date. Raises StoreError."""

    # Whether it can be read

    async def find_damage(self, failed_ago_s: float | None) -> str:
        """Why what is stored cannot be read, as far as a short look tells; empty: nothing says that.

        `failed_ago_s`: how many seconds ago anybody last found it unreadable (None: nobody did), which makes the look a
        longer one. Whoever asks again at once shares the last look.
        """

    # The log

    async def read_ring_positions(self) -> dict[str, int]:
        """ring id → position."""

    async def append_log(
        self, segments: Sequence[LogSegment], positions: Sequence[RingPosition], forget_rings: Sequence[str] = ()
    ) -> None:
        """Stores segments and positions in ONE transaction: both or neither.

        Segments of a server that is gone are left out. A segment joins its server's newest chunk while that one is
        small, so that slow traffic does not become one row per entry. Rings in `forget_rings` lose their position.
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
        """At most `count` chunks, newest first, that hold entries below the sequence and may hold some in the times."""

    async def read_log_range(self, mock_server_id: str, from_sequence: int, count: int) -> list[LogChunk]:
        """At most `count` chunks, oldest first, from the one on that holds this sequence number."""

    async def read_log_chunk(self, mock_server_id: str, chunk_id: int) -> LogChunk | None:
        """The chunk with this id; None if there is none, or it is another server's."""

    async def clear_log(self, mock_server_id: str) -> int | None:
        """Removes all entries that are stored; returns how many those were, None if there is no such server.

        An entry that comes meanwhile may go with them. Sequence numbers go on from where they were.
        """

    async def prune_log(self, keep_entries: int | None, older_than_us: int | None) -> int:
        """Removes the oldest chunks of each server, whole, where all their entries are too many or too old.

        Returns the number of entries removed.
        """


class StoreError(ForeseenError):
    """The store cannot be used; the text says what is wrong with which file and what to do."""
