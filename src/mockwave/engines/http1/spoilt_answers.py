"""Answers that rules spoil or slow down, on this engine: which bytes go out, and when.

WireMock's faults send the same bytes as WireMock on Jetty. The client reads everything written before it sees the end:
the connection is closed softly. A reset is a real RST: the socket is closed with SO_LINGER of 0.

HOLD sends nothing until the client gives up, or the server stops.
"""

import asyncio
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from mockwave._responder import Reply, RuledReply
from mockwave.application import EARLINESS_MS
from mockwave.model import FAULT_NAMES, FaultName

GARBAGE: Final = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"
CHUNKED_HEAD: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OLD_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(GARBAGE) + 1)
LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Wire(Protocol):
    """The part of a connection that a spoilt answer needs."""

    @property
    def transport(self) -> Any: ...
    @property
    def is_closing(self) -> bool: ...
    def write_at_once(self, data: bytes) -> None: ...
    def close_softly(self) -> None: ...
    async def wait_for_room(self) -> None: ...


def say_nothing(wire: Wire, reply: RuledReply, head: bytes, is_old: bool) -> None:
    wire.close_softly()


def send_malformed_chunk(wire: Wire, reply: RuledReply, head: bytes, is_old: bool) -> None:
    """To an HTTP/1.0 client, which knows no chunks (RFC 9112 §6.1), sends one byte less than announced."""
    wire.write_at_once((OLD_HEAD if is_old else CHUNKED_HEAD) + GARBAGE)
    wire.close_softly()


def send_garbage(wire: Wire, reply: RuledReply, head: bytes, is_old: bool) -> None:
    wire.write_at_once(GARBAGE)
    wire.close_softly()


def reset(wire: Wire, reply: RuledReply, head: bytes, is_old: bool) -> None:
    found = wire.transport.get_extra_info("socket")
    # A duplicate of the transport's descriptor: socket options belong to the socket below both.
    with socket.socket(fileno=os.dup(found.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    wire.transport.abort()


def send_half(wire: Wire, reply: RuledReply, head: bytes, is_old: bool) -> None:
    """Sends the head of the whole answer, and half of the body."""
    wire.write_at_once(head + reply.body[: len(reply.body) // 2])
    wire.close_softly()


SPOIL: Final[dict[FaultName, Callable[[Wire, RuledReply, bytes, bool], None]]] = {
    "EMPTY_RESPONSE": say_nothing,
    "MALFORMED_RESPONSE_CHUNK": send_malformed_chunk,
    "RANDOM_DATA_THEN_CLOSE": send_garbage,
    "CONNECTION_RESET_BY_PEER": reset,
    "TRUNCATED_BODY": send_half,
}
HOLD: Final = FAULT_NAMES.index("HOLD") + 1
TRUNCATED: Final = FAULT_NAMES.index("TRUNCATED_BODY") + 1
FAULT_ACTS: Final = {number: SPOIL[name] for number, name in enumerate(FAULT_NAMES, 1) if name in SPOIL}
"""Fault number → the act, for faults that happen at once."""


def whole(reply: RuledReply, with_body: bool) -> Reply:
    """The Reply whose head is sent: if a body to be cut short is empty, one byte is announced."""
    return reply if reply.body or reply.fault != TRUNCATED or not with_body else reply.replacing(body=b"\0")


async def send_pieces(wire: Wire, reply: RuledReply, head: bytes) -> bool:
    """Sends the answer at its pace. Returns False if the client went away before its end."""
    wire.write_at_once(head)
    began_s = time.monotonic()
    for due_s, piece in reply.pacing.cut(reply.body):
        wait_s = began_s + due_s - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s + EARLINESS_MS / 1000)
        if wire.is_closing:
            return False
        wire.write_at_once(piece)
        await wire.wait_for_room()
    return not wire.is_closing
