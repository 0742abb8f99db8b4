"""Replies whose bodies are made while they are sent: streams of events, and answers too long for one piece.

The length of the body is unknown before its end. An engine sends the head, asks for the next piece when the client has
taken the previous ones, and closes the generator when the client goes or the server stops.
"""

from collections.abc import AsyncGenerator

from mockwave._responder import Reply


class StreamedReply(Reply):
    """A Reply with a body in pieces, none of which is empty; `body` itself is empty."""

    pieces: AsyncGenerator[bytes]

    def __init__(self, status: int, headers: tuple[tuple[bytes, bytes], ...], pieces: AsyncGenerator[bytes]) -> None:
        super().__init__(status, headers, b"")
        self.pieces = pieces
