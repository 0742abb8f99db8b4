"""Replies whose bodies are made while they are sent: streams of events, and answers too long for one piece.

The body has no length that is known before its end. An engine sends the head, asks for the next piece when the client
has taken those before it, and closes the generator when the client goes or the server stops.
"""

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from mockwave._responder import Reply


class Pieces(Protocol):
    """A body in pieces, as an asynchronous generator has them; whoever takes them closes it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def __anext__(self) -> Awaitable[bytes]: ...
    def aclose(self) -> Awaitable[None]: ...


class StreamedReply(Reply):
    """A Reply with a body in pieces, none of which is empty; `body` itself is empty."""

    pieces: Pieces

    def __init__(self, status: int, headers: tuple[tuple[bytes, bytes], ...], pieces: Pieces) -> None:
        super().__init__(status, headers, b"")
        self.pieces = pieces
