"""Replies whose bodies are made while they are sent: streams of events, and answers too long for one piece.

The length of the body is unknown before its end. An engine sends the head, asks for the next piece when the client has
taken the previous ones, and closes the generator when the client goes or the server stops.
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

    def __init__(
        self,
        status: int,
        headers: tuple[tuple[bytes, bytes], ...],
        pieces: Pieces,
        *,
        delay_ms: int = 0,
    ) -> None:
        super().__init__(status, headers, b"", delay_ms=delay_ms)
        self.pieces = pieces

    def replacing(
        self,
        *,
        status: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] | None = None,
        body: bytes | None = None,
        delay_ms: int | None = None,
    ) -> Reply:
        """A Reply like this one, but for what is given; with these pieces, unless it is to have a body in one."""
        if body is not None:
            return super().replacing(status=status, headers=headers, body=body, delay_ms=delay_ms)
        return StreamedReply(
            self.status if status is None else status,
            self.headers if headers is None else headers,
            self.pieces,
            delay_ms=self.delay_ms if delay_ms is None else delay_ms,
        )
