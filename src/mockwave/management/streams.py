"""Streams: Server-Sent Events (WHATWG HTML §9.2) of a log as it grows, and of changes of mock servers.

`GET …/logs/stream` sends an event `entry` per LogEntry, whose id is its sequence number in the log, and an event
`counts` per look at the log: how many entries came, how many of them are not shown (`dropped`), and their status
classes. A client that returns with Last-Event-ID gets everything since; a new client first gets the id where its stream
begins. `GET /events` sends an event `server` for each change of a server that the bearer sees, whose id is the
revision, and `deleted`.

A comment goes out after HEARTBEAT_S of silence, so that intermediaries keep the connection open.
"""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakSet

import msgspec

from mockwave.journal.tail import Batch
from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_in_pieces
from mockwave.management.mock_urls import find_public_base
from mockwave.management.queries import read_log_query
from mockwave.management.servers import show_server
from mockwave.problems import Refusal

EVENT_STREAM = b"text/event-stream"
NOT_STORED = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
HEARTBEAT_S = 10.0
HEARTBEAT = b": all is well\n\n"
RETRY = b"retry: 1000\n\n"
LOOK_S = 0.25
BEFORE_ALL = b"-1"
"""The first id in the stream of an empty log."""

MAXIMUM_STREAMS = 100
"""Per worker."""

_open_streams: "WeakSet[OpenStream]" = WeakSet()
_encode = msgspec.json.Encoder().encode


async def stream_log(call: Call) -> Answer:
    query = read_log_query(call.request.query)
    after = read_last_id(call)
    server = await call.read_server()
    batches = call.services.logs.follow(server.id, query, after, LOOK_S)
    return answer_in_pieces(EVENT_STREAM, OpenStream(write_batches(call, batches)), NOT_STORED)


async def stream_events(call: Call) -> Answer:
    after = read_last_id(call)
    return answer_in_pieces(EVENT_STREAM, OpenStream(write_changes(call, after)), NOT_STORED)


async def write_batches(call: Call, batches: AsyncGenerator[Batch | None]) -> AsyncGenerator[bytes]:
    yield RETRY
    idle = Idleness()
    try:
        async for batch in batches:
            if batch is not None:
                idle.looks = 0
                yield write_batch(batch)
            elif call.services.is_stopping():
                yield write_event("end", {"reason": "the server stops"})
                return
            elif idle.is_long():
                yield HEARTBEAT
    finally:
        await batches.aclose()
    yield write_event("end", {"reason": "the mock server is gone"})


def write_batch(batch: Batch) -> bytes:
    lines = [b"id: %d\nevent: entry\ndata: %b\n\n" % line for line in batch.shown]
    counts = {
        "entries": batch.matching,
        "dropped": batch.matching - len(batch.shown),
        "classes": {f"{digit}xx": count for digit, count in enumerate(batch.classes) if count},
    }
    lines.append(write_event("counts", counts, batch.next - 1))
    return b"".join(lines)


async def write_changes(call: Call, after: int | None) -> AsyncGenerator[bytes]:
    """Yields each change that the bearer may see after the revision `after`; None means from now on."""
    services, bearer = call.services, call.bearer
    public_base = find_public_base(services.settings, call.request)
    # The generation is read first: a write that comes after it raises it again.
    generation = services.read_generation()
    changes = await services.store.read_changes(0 if after is None else after, ())
    seen = {server.id for server in await services.store.list_servers(bearer.workspaces)}
    revision = changes.revision
    yield RETRY + b"id: %d\n\n" % (revision if after is None else after)
    pending = changes if after is not None else None
    idle = Idleness()
    while not services.is_stopping():
        if pending is not None:
            revision = pending.revision
            for server in pending.servers:
                if bearer.sees(server.workspace_id):
                    seen.add(server.id)
                    yield write_event("server", show_server(server, public_base), revision)
            for mock_server_id in pending.deleted_server_ids:
                if bearer.workspaces is None or mock_server_id in seen:
                    seen.discard(mock_server_id)
                    yield write_event("deleted", {"_id": mock_server_id}, revision)
            pending = None
        await asyncio.sleep(LOOK_S)
        if services.read_generation() != generation:
            generation, idle.looks = services.read_generation(), 0
            pending = await services.store.read_changes(revision, ())
        elif idle.is_long():
            yield HEARTBEAT
    yield write_event("end", {"reason": "the server stops"})


class Idleness:
    """Counts the looks that found nothing."""

    def __init__(self) -> None:
        self.looks = 0

    def is_long(self) -> bool:
        """Whether HEARTBEAT_S of silence have passed with this look."""
        self.looks += 1
        if self.looks < HEARTBEAT_S / LOOK_S:
            return False
        self.looks = 0
        return True


def write_event(name: str, data: object, number: int | None = None) -> bytes:
    """Writes one event. Encoded JSON has no line breaks, so the data is one line."""
    line = b"" if number is None else b"id: %d\n" % number
    return b"%bevent: %b\ndata: %b\n\n" % (line, name.encode(), _encode(data))


def read_last_id(call: Call) -> int | None:
    """The number in Last-Event-ID, after which the stream is to begin; None without one.

    Raises Refusal for what is not a number."""
    values = call.request.header_values(b"last-event-id")
    if not values or not values[0]:
        return None
    if values[0] != BEFORE_ALL and (not values[0].isdigit() or len(values[0]) > 18):
        raise Refusal(400, "bad-last-event-id", "Last-Event-ID: expected the id of an event of this stream, a number")
    return int(values[0])


class OpenStream:
    """The same pieces, of a stream that counts as open from now on until it ends, is closed or is dropped: whoever
    leaves before the answer has begun, or asks by HEAD, takes no piece of it.

    Raises Refusal where too many are open."""

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        self._pieces: AsyncGenerator[bytes] | None = None
        if len(_open_streams) >= MAXIMUM_STREAMS:
            reason = f"this worker has {MAXIMUM_STREAMS} streams open already; close one, or try again"
            raise Refusal(503, "too-many-streams", reason, headers=[(b"retry-after", b"5")])
        self._pieces = pieces
        _open_streams.add(self)

    def __aiter__(self) -> "OpenStream":
        return self

    async def __anext__(self) -> bytes:
        assert self._pieces is not None
        try:
            return await anext(self._pieces)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        _open_streams.discard(self)
        if self._pieces is not None:
            await self._pieces.aclose()
