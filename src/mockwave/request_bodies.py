"""Request bodies: how an engine hands them to the Application, and how a worker reads them.

- A body is read to its end, needed or not: an engine may have to reset a connection whose body is left unread (granian
  does), and the client would never see the answer. Bytes that nobody needs are thrown away as they come.
- A body that is too large, or finds no room, is read and thrown away, up to DISCARD_FACTOR times the limit.
- Bodies are kept in a room that all requests of a worker share; a body gives its room back when its request is
  answered. A part of the room is reserved for small bodies, so that large ones, which wait to be imported, do not stop
  mocks from answering.
- A body has to make progress: PROGRESS_BYTES within each `timeout_s`, or its end.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from mockwave._header_fields import first_value, values_of
from mockwave.pauses import Pauses
from mockwave.problems import Refusal

DISCARD_FACTOR = 4

PROGRESS_BYTES = 1024
"""With less progress, a body that comes byte by byte would hold its connection for ever."""

LOOK_SHARE = 0.2
"""The share of a body's time between two looks at all bodies on their way."""

PAUSE_AFTER_BYTES = 1 << 18
"""So much is read without a pause; a body of ordinary size has none."""


SMALL_CHUNK_BYTES = 4096
"""Chunks up to this size are kept together."""

SMALL_BODY_BYTES = 1 << 16
RESERVED_SHARE = 4
"""One part in this many of the room is reserved for bodies of at most SMALL_BODY_BYTES."""

JOINED_AT_ONCE_BYTES = 1 << 21

MAXIMUM_DIGITS = 18
"""The most digits of a Content-Length that is read as a number."""


class RequestBody(Protocol):
    """The body of one request, as it comes in; each engine has its own subclass.

    Nothing is read before the first `read_piece`, so that is when an engine sends `100 Continue` to a client that
    expects it. Between two calls the client is kept waiting (back-pressure).
    """

    @property
    def is_there(self) -> bool:
        """Whether the request has a body (RFC 9112 §6.3). Without one, nothing is ever read."""

    async def read_piece(self) -> bytes:
        """Returns the next bytes, as many as there are; `b""` from the end on.

        Raises BrokenBody if the body ends too early, its framing is malformed, or the client is gone; a client that is
        still there gets 400. A call may be cancelled; then the body is not read any further.
        """

    async def wait_until_gone(self) -> None:
        """Returns when the client has gone, or can no longer be answered, so that work for it can stop.

        Call it after the body was read to its end. It may be cancelled, and called again.
        """


class BrokenBody(Refusal):
    """The request's body was cut short or its framing is malformed; `detail` says which, if known."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, "broken-body", detail)


def announces_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the headers of an HTTP/1 request announce a body (RFC 9112 §6.3)."""
    lengths = values_of(headers, b"content-length")
    return (bool(lengths) and lengths != [b"0"]) or first_value(headers, b"transfer-encoding") is not None


def announced_bytes(headers: Sequence[tuple[bytes, bytes]]) -> int | None:
    """The body's size according to Content-Length; None if it is unknown."""
    value = first_value(headers, b"content-length")
    return int(value) if value is not None and value.isdigit() and len(value) <= MAXIMUM_DIGITS else None


def awaits_continue(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the client sends its body only when asked to, or after a while (RFC 9110 §10.1.1)."""
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in headers)


class BodyReader:
    """Reads the bodies of one worker's requests. One timer serves all of them, since each is too short to be worth a
    timer."""

    def __init__(
        self, *, room_bytes: int, largest_bytes: int, timeout_s: float, count_answered: Callable[[], int]
    ) -> None:
        """`room_bytes` bounds all bodies kept at once, but is raised so that one body of `largest_bytes` fits.
        `count_answered` is that of Pauses."""
        room_bytes = max(room_bytes, largest_bytes * RESERVED_SHARE // (RESERVED_SHARE - 1) + 1)
        self.free_bytes = room_bytes
        self.reserved_bytes = room_bytes // RESERVED_SHARE
        self.timeout_s = timeout_s
        self.count_answered = count_answered
        self._in_progress: set[IncomingBody] = set()
        self._is_watching = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def expect(self, body: RequestBody, headers: Sequence[tuple[bytes, bytes]], limit_bytes: int) -> "IncomingBody":
        """Returns the body of a request with these headers, which may have at most `limit_bytes`."""
        return IncomingBody(self, body, headers, limit_bytes)

    def watch(self, body: "IncomingBody") -> "asyncio.Task[object] | None":
        """Gives the body up if it makes no progress, until `forget`. Returns the task that reads it, the current
        one."""
        loop = self._loop
        self._in_progress.add(body)
        if not self._is_watching:
            loop = self._loop = asyncio.get_running_loop()
            self._is_watching = True
            loop.call_later(self.timeout_s * LOOK_SHARE, self._look)
        # Passing the time in spares a system call for asking the loop.
        return asyncio.current_task(loop)

    def forget(self, body: "IncomingBody") -> None:
        self._in_progress.discard(body)

    def _look(self) -> None:
        self._is_watching = bool(self._in_progress)
        if self._is_watching:
            asyncio.get_running_loop().call_later(self.timeout_s * LOOK_SHARE, self._look)
            latest_s = monotonic() - self.timeout_s
            for body in [body for body in self._in_progress if body.progress_s <= latest_s]:
                body.give_up()


class IncomingBody:
    """One body on its way in. A context manager, which gives the kept room back at its end."""

    __slots__ = (
        "_body",
        "_chunks",
        "_headers",
        "_is_given_up",
        "_kept_bytes",
        "_limit_bytes",
        "_reader",
        "_task",
        "is_over",
        "progress_s",
    )

    def __init__(
        self, reader: BodyReader, body: RequestBody, headers: Sequence[tuple[bytes, bytes]], limit_bytes: int
    ) -> None:
        self.progress_s = 0.0
        """When it last made progress, by the monotonic clock."""
        self._reader = reader
        self._body = body
        self._headers = headers
        self._limit_bytes = limit_bytes
        self._chunks: list[bytes] = []
        self._kept_bytes = 0
        self.is_over = not body.is_there
        """Whether everything has been read."""
        self._task: asyncio.Task[object] | None = None
        self._is_given_up = False

    def __enter__(self) -> "IncomingBody":
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept_bytes:
            self._let_go()

    async def read(self, keep_bytes: int, limit_bytes: int | None = None) -> Sequence[bytes]:
        """Reads the whole body, and returns its first `keep_bytes` in pieces as they came.

        Raises Refusal: 413 for more than `limit_bytes` (None: the limit of `expect`), 400 for a broken body
        (BrokenBody), 408 for one that makes no progress, 503 if there is no room.
        """
        if self.is_over:
            return self._chunks
        if limit_bytes is None or limit_bytes > self._limit_bytes:
            limit_bytes = self._limit_bytes
        self.is_over = True
        announced = announced_bytes(self._headers)
        if announced is not None and announced > limit_bytes:
            # A client that waits for 100 Continue need not be asked; one that sends this much would be cut off anyway.
            if awaits_continue(self._headers) or announced > self._limit_bytes * DISCARD_FACTOR:
                raise too_large(limit_bytes)
            keep_bytes = 0
        self.progress_s = monotonic()
        self._task = self._reader.watch(self)
        try:
            piece = await self._body.read_piece()
            # Small bodies come in one piece; the engine sees to it that nothing follows.
            is_whole = len(piece) == announced and len(piece) <= limit_bytes
            if is_whole and (not keep_bytes or self._keep(piece[:keep_bytes])):
                return self._chunks
            refusal = await self._read(piece, keep_bytes, limit_bytes)
        except asyncio.CancelledError:
            if not self._is_given_up or self._task is None or self._task.uncancel() > 0:
                raise
            refusal = too_slow(self._reader.timeout_s)
        finally:
            self._reader.forget(self)
            self._task = None
        if refusal is not None:
            raise refusal
        return self._chunks

    def give_up(self) -> None:
        """Ends the reading; called from outside."""
        if self._task is not None and not self._is_given_up:
            self._is_given_up = True
            self._task.cancel()

    def beginning(self, size_bytes: int) -> bytes:
        """Returns the kept part of a refused body, up to this many bytes."""
        beginning = b""
        for chunk in self._chunks:
            if len(beginning) >= size_bytes:
                break
            beginning += chunk
        return beginning[:size_bytes]

    async def discard(self) -> None:
        """Reads and throws away what has not been read, for a request that was answered without it.

        It reads nothing if the client waits for 100 Continue, which is answered before it has sent anything.
        """
        if self.is_over or awaits_continue(self._headers):
            return
        # Whatever is wrong with the body, the request has been answered.
        with contextlib.suppress(Exception):
            await self.read(keep_bytes=0)

    async def _read(self, piece: bytes, keep_bytes: int, limit_bytes: int) -> Refusal | None:
        """Reads from this piece to the end; returns what is wrong with the body."""
        refusal: Refusal | None = None
        pauses: Pauses | None = None
        size = progress_at = pause_at = 0
        while piece:
            if refusal is None and self._kept_bytes < keep_bytes and not self._keep(piece[: keep_bytes - size]):
                refusal = no_room()
                self._let_go()
            size += len(piece)
            if size > limit_bytes:
                refusal = refusal or too_large(limit_bytes)
                self._let_go()
                if size > self._limit_bytes * DISCARD_FACTOR:
                    return refusal
            if size - progress_at >= PROGRESS_BYTES:
                progress_at = size
                self.progress_s = monotonic()
            if size - pause_at >= PAUSE_AFTER_BYTES:
                pause_at = size
                pauses = pauses or Pauses(self._reader.count_answered)
                await pauses.let_others_run()
            piece = await self._body.read_piece()
        return refusal

    def _keep(self, piece: bytes) -> bool:
        """Keeps the piece, if there is room."""
        reader, size = self._reader, len(piece)
        is_small = self._kept_bytes + size <= SMALL_BODY_BYTES
        if size > reader.free_bytes - (0 if is_small else reader.reserved_bytes):
            return False
        reader.free_bytes -= size
        self._kept_bytes += size
        if self._chunks and len(self._chunks[-1]) + len(piece) <= SMALL_CHUNK_BYTES:
            # A bytes object for each byte that was sent as a chunk would take forty times its size.
            self._chunks[-1] += piece
        else:
            self._chunks.append(piece)
        return True

    def _let_go(self) -> None:
        self._reader.free_bytes += self._kept_bytes
        self._kept_bytes = 0
        self._chunks = []


async def join_pieces(pieces: Sequence[bytes]) -> bytes:
    """The body of which these are the pieces. A long one is put together in a thread, without the interpreter's lock:
    20 MB take 18 ms."""
    if len(pieces) > 1 and sum(map(len, pieces)) > JOINED_AT_ONCE_BYTES:
        return await asyncio.to_thread(b"".join, pieces)
    return b"".join(pieces)


def too_large(limit_bytes: int) -> Refusal:
    return Refusal(413, "body-too-large", f"the body exceeds {limit_bytes} bytes; send a smaller one")


def too_slow(timeout_s: float) -> Refusal:
    detail = (
        f"the body made no progress: less than {PROGRESS_BYTES} bytes of it came in {timeout_s:g} s (--body-timeout)"
    )
    return Refusal(408, "body-too-slow", detail, headers=[(b"connection", b"close")])


def no_room() -> Refusal:
    detail = "too many large bodies are being read at once (--body-memory); send this one again in a moment"
    return Refusal(503, "no-room-for-body", detail, headers=[(b"retry-after", b"1")])
