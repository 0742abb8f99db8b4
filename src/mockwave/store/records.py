"""What is stored: the rows behind the contract's nouns, and the parts of the log.

Times are microseconds since the epoch. A `revision` is the store-wide number of the write that last touched the row: a
worker that has seen revision R asks for everything after R.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from mockwave.model import ImportOutcome, SpecificationSource, Status


class ServerRecord(Struct, frozen=True, kw_only=True):
    """A MockServer as stored; its Specification's text is stored and read separately.

    `base_paths` are those of the Specification's servers, without "/" at the end: requests may begin with one. With
    `has_own_base_paths`, some of its routes have others. `header_keys` and `query_keys` name its declared API keys,
    which are not logged. `parts_revision` is that of the write that last changed the parts of its generated routes.
    `rules` is the JSON text of a list of rule objects, or empty. `modified_us` is when the record itself, or the
    Specification, was last written; `routes_modified_us` is when one of its routes was last written separately.
    """

    id: str
    name: str
    workspace_id: str
    status: Status = "running"
    status_reason: str = ""
    specification_source: SpecificationSource = "custom"
    use_examples: bool = True
    validate_requests: bool = False
    dynamic: bool = False
    seed: int | None = None
    log_requests: bool = True
    capture_bodies: bool = False
    cors: bool = True
    base_paths: tuple[str, ...] = ()
    has_own_base_paths: bool = False
    header_keys: tuple[str, ...] = ()
    query_keys: tuple[str, ...] = ()
    created_us: int
    modified_us: int
    route_count: int = 0
    revision: int = 0
    parts_revision: int = 0
    rules: bytes = b""
    routes_modified_us: int = 0


class RouteRecord(Struct, frozen=True, gc=False):
    """A MockRoute as stored. `path_key` is PathPattern.key; `headers` keeps order and repeats, without Content-Type.

    `position` orders the routes of a server as they were made. `variants` is opaque here: the encoded responses from
    which a generated route chooses, None if it has only one. It names some of `parts`, which the generated routes of a
    server share: one list, the same object in each record. If `body_part` is given, `body` is that part. `base_paths`
    override its server's, as keys of path patterns; None if they do not. `rules` are like a server's; `template` is the
    dialect of its body and headers, empty if they are not templates. Its fields never refer back to it, so the cycle
    collector need not track it.
    """

    id: str
    mock_server_id: str
    generated: bool
    method: str
    path: str
    path_key: str
    status_code: int
    position: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = ""
    delay_ms: int = 0
    variants: bytes | None = None
    revision: int = 0
    body_part: int | None = None
    parts: Sequence[bytes] = ()
    base_paths: tuple[str, ...] | None = None
    rules: bytes = b""
    template: str = ""


class UpdatedServer(Struct, frozen=True):
    """The result of writing a server: its stored record, its previous rules, and the removed routes with rules, by
    method and path."""

    record: ServerRecord
    former_rules: bytes = b""
    ruled_routes_gone: Sequence[tuple[str, str]] = ()


class UpdatedRoute(Struct, frozen=True):
    """The result of writing a route: its stored record, and its previous rules."""

    record: RouteRecord
    former_rules: bytes = b""


class ServerImport(Struct, frozen=True, kw_only=True):
    """A server of an import, with its stored Specification, if it has one, its routes, and the parts that they
    share."""

    server: ServerRecord
    specification: bytes | None = None
    routes: Sequence[RouteRecord] = ()
    parts: Sequence[bytes] = ()


class StoredImport(Struct, frozen=True):
    """The result of importing a server: the stored server, whether it was new, changed or unchanged; and replaced
    rules, as (id of the server or route, rules before, rules after)."""

    record: ServerRecord
    outcome: ImportOutcome
    changed_rules: Sequence[tuple[str, bytes, bytes]] = ()


ChangeServer = Callable[[ServerRecord], ServerRecord]
"""Takes the current server, within the transaction, and returns the new one. Raises ChangedMeanwhile if it depends on
something that has changed."""

CheckRoute = Callable[[RouteRecord], None]
"""Checks the current route, within the transaction. Raises ChangedMeanwhile."""


class ChangedMeanwhile(Exception):
    """The data on which a write is based has changed since it was read; nothing was written, and the write has to be
    made again."""


AdaptRoute = Callable[[RouteRecord, RouteRecord | None], RouteRecord]
"""Takes the route to put and the existing custom one, and returns the route to store."""


class RouteFilter(Struct, frozen=True):
    """Which routes of a server are wanted: those of a `method`, with a `text` in their path (ignoring case), and
    without those whose ids are `unwanted`."""

    method: str | None = None
    text: str = ""
    unwanted: tuple[str, ...] = ()


ALL_ROUTES = RouteFilter()


class BriefRoute(Struct, frozen=True):
    """What a route is known by, without what it answers."""

    id: str
    method: str
    path: str
    status_code: int
    generated: bool


class RouteConflict(Exception):
    """A custom route for this method and path exists already; `existing` is that route."""

    def __init__(self, existing: RouteRecord) -> None:
        super().__init__(f"{existing.method} {existing.path} is route {existing.id} already")
        self.existing = existing


class ServerChanges(Struct, frozen=True, kw_only=True):
    """The changes after a revision, read in one transaction, so that they are one state of the store.

    `servers` are the created or changed ones (a change of a route counts as one of its server); `routes` are the
    created or changed ones of the named servers; the two `deleted` lists have ids, for routes (server id, route id). If
    a server's `parts_revision` is new as well, no routes are listed: all may have changed, so it has to be loaded.
    """

    revision: int
    servers: list[ServerRecord]
    deleted_server_ids: list[str]
    routes: list[RouteRecord]
    deleted_route_ids: list[tuple[str, str]]


class LoadedServer(Struct, frozen=True, kw_only=True):
    """One server with some of its routes, in order of position, read in one transaction at `revision`.

    `parts` are those that its generated routes name.
    """

    revision: int
    server: ServerRecord
    routes: list[RouteRecord]
    parts: Sequence[bytes] = ()


class LogSegment(Struct, frozen=True, kw_only=True):
    """Consecutive LogEntries of one server, packed; oldest first. Concatenated segments are readable as a whole."""

    mock_server_id: str
    entry_count: int
    oldest_us: int
    newest_us: int
    data: bytes


class RingPosition(Struct, frozen=True, kw_only=True):
    """How far a ring has been stored: every record before `position` (in bytes, ever growing) is in a chunk."""

    ring_id: str
    node: str
    position: int


class LogChunk(Struct, frozen=True, kw_only=True):
    """A stored row of the log: one or more segments of one server, with entries numbered from `first_sequence`.

    A server's sequence numbers have no gaps; retention removes whole chunks from the low end.
    """

    id: int
    mock_server_id: str
    first_sequence: int
    entry_count: int
    oldest_us: int
    newest_us: int
    data: bytes


class LogExtent(Struct, frozen=True):
    """The entries of a server: sequence numbers from `first` up to, not including, `next`."""

    first: int
    next: int
