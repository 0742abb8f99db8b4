"""Request bodies: what an engine hands to `app` as one, and how they are read.

A body that is there is read to its end: an engine may have to reset a connection whose body is left unread (granian
does), and the client would never see the answer. What exceeds the limit is read and thrown away, up to DISCARD_FACTOR
times the limit.
"""

from collections.abc import Sequence
from typing import Protocol

from mockwave.pauses import Pauses

DISCARD_FACTOR = 4


class RequestBody(Protocol):
    """The body of one request, as it comes in; an engine has its own kind of it.

    Nothing is read before the first `read_piece`, so that is when an engine sends `100 Continue` to a client that
    expects it, and the client is kept waiting (back-pressure) between two calls.
    """

    @property
    def is_there(self) -> bool:
        """Whether the request has a body (RFC 9112 §6.3). One that has none is never read."""

    async def read_piece(self) -> bytes:
        """The next bytes, as many as there are; `b""` at the end, from then on.

        Raises BrokenBody where the body ends too early, its framing is malformed, or the client is gone: what can be
        answered is answered with 400. A call may be cancelled, and the body is not read any further then.
        """

    async def wait_until_gone(self) -> None:
        """Returns when the client has gone, or can no longer be answered; for work that nobody would wait for.

        To be called after the body was read to its end. It may be cancelled, and called again.
        """


class BodyTooLarge(Exception):
    """The request's body exceeds the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the body exceeds {limit_bytes} bytes; send a smaller one")


class BrokenBody(Exception):
    """The request's body was cut short or its framing is malformed; the text says what of the two, if it is known."""


def announces_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the headers of an HTTP/1 request announce a body (RFC 9112 §6.3)."""
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


async def read_body(body: RequestBody, limit_bytes: int) -> bytes:
    """The whole body. Raises BodyTooLarge, once it is read and thrown away; BrokenBody."""
    return b"".join(await read_chunks(body, limit_bytes))


async def read_chunks(body: RequestBody, limit_bytes: int, pauses: Pauses | None = None) -> list[bytes]:
    """The whole body in the chunks that it came in, with pauses between them. Raises as `read_body`."""
    parts: list[bytes] = []
    size = 0
    while piece := await body.read_piece():
        size += len(piece)
        if size <= limit_bytes:
            parts.append(piece)
        elif size > limit_bytes * DISCARD_FACTOR:
            raise BodyTooLarge(limit_bytes)
        if pauses is not None:
            await pauses.let_others_run()
    if size > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    return parts
