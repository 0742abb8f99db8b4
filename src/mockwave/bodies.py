"""Reading request bodies from an ASGI `receive`.

A body that is there is read to its end: granian resets a connection whose larger body is left unread, and the client
would never see the answer. What exceeds the limit is read and thrown away, up to DISCARD_FACTOR times the limit.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from mockwave.pauses import Pauses

DISCARD_FACTOR = 4


class BodyTooLarge(Exception):
    """The request's body exceeds the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the body exceeds {limit_bytes} bytes; send a smaller one")


class ClientGone(Exception):
    """The client went away before its body was whole."""


def has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the request announces a body (RFC 9112 §6.3)."""
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body. Raises BodyTooLarge, once it is read and thrown away; ClientGone."""
    return b"".join(await read_chunks(receive, limit_bytes))


async def read_chunks(receive: Receive, limit_bytes: int, pauses: Pauses | None = None) -> list[bytes]:
    """The whole body in the chunks that it came in, with pauses between them. Raises as `read_body`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size <= limit_bytes:
            parts.append(part)
        elif size > limit_bytes * DISCARD_FACTOR:
            raise BodyTooLarge(limit_bytes)
        if not message.get("more_body", False):
            break
        if pauses is not None:
            await pauses.let_others_run()
    if size > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    return parts
