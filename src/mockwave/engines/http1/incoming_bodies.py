"""Request bodies as they come in on a connection: this engine's RequestBody (mockwave.request_bodies).

A body that nobody reads is not received: beyond MAX_AHEAD_BYTES the connection stops reading, and the client waits.
"""

import asyncio
from typing import Protocol

from httptools import HttpParserError

from mockwave.engines.http1.heads import ChunkedBody
from mockwave.request_bodies import BrokenBody

MAX_AHEAD_BYTES = 262_144
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Source(Protocol):
    """The part of a connection that a body needs."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def write_at_once(self, data: bytes) -> None: ...
    async def wait_until_gone(self) -> None: ...


class WholeBody:
    """A body that came with its head, or no body."""

    def __init__(self, content: bytes, source: Source) -> None:
        self._content = content
        self._source = source

    @property
    def is_there(self) -> bool:
        return bool(self._content)

    async def read_piece(self) -> bytes:
        content, self._content = self._content, b""
        return content

    async def wait_until_gone(self) -> None:
        await self._source.wait_until_gone()


class ConnectionBody:
    """A body of `length` bytes, or of chunks."""

    def __init__(self, length: int, chunks: ChunkedBody | None, expects_continue: bool, source: Source) -> None:
        self.is_there = True
        self.is_complete = False
        self.expects_continue = expects_continue
        """Whether the client still waits for `100 Continue`."""
        self._missing_bytes = length
        self._chunks = chunks
        self._source = source
        self._pieces: list[bytes] = []
        self._kept_bytes = 0
        self._fault: BrokenBody | None = None
        self._arrival: asyncio.Future[None] | None = None

    # Called by the connection

    def take(self, data: bytes) -> bytes:
        """Takes the part of `data` that belongs to the body; returns the rest. Empty data means that the client sends
        no more."""
        if self._fault is not None:
            return b""
        if not data:
            self.fail("the request body ended before it was whole; send it again")
            return b""
        self.expects_continue = False  # it comes before anyone reads it
        taken = self._take_chunks(data) if self._chunks is not None else self._take_bytes(data)
        if self._kept_bytes > MAX_AHEAD_BYTES and not self.is_complete:
            self._source.pause_reading()
        self._wake()
        return data[taken:]

    def fail(self, reason: str) -> None:
        self._fault = BrokenBody(reason)
        self._wake()

    def _take_bytes(self, data: bytes) -> int:
        taken = min(len(data), self._missing_bytes)
        self._missing_bytes -= taken
        self.is_complete = self._missing_bytes == 0
        self._keep(data[:taken])
        return taken

    def _take_chunks(self, data: bytes) -> int:
        assert self._chunks is not None
        try:
            pieces, taken = self._chunks.take(data)
        except HttpParserError as fault:
            self.fail(f"the request body's chunks are malformed: {fault}")
            return len(data)
        for piece in pieces:
            self._keep(piece)
        self.is_complete = self._chunks.is_complete
        return taken

    def _keep(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._kept_bytes += len(piece)

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    # Called by the application

    async def read_piece(self) -> bytes:
        if self.expects_continue:
            self.expects_continue = False
            self._source.write_at_once(CONTINUE)
        while not self._pieces:
            if self._fault is not None:
                raise self._fault
            if self.is_complete:
                return b""
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces = []
        self._kept_bytes = 0
        self._source.resume_reading()
        return piece

    async def wait_until_gone(self) -> None:
        await self._source.wait_until_gone()
