"""Frames, in which related processes exchange messages: four bytes of length (big endian), then that many bytes."""

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:  # a tenth of the time in which the process that reads specifications starts
    from asyncio import StreamReader

_LENGTH: Final = struct.Struct(">I")


def frame_head(length: int) -> bytes:
    """The head of a frame with this many bytes."""
    return _LENGTH.pack(length)


def make_frame(payload: bytes) -> bytes:
    return frame_head(len(payload)) + payload


def read_frame(source: BinaryIO) -> bytes | None:
    """Reads the next frame of `source`; None at its end."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return source.read(_LENGTH.unpack(head)[0])


async def receive_frame(source: "StreamReader") -> bytes:
    """Receives the next frame of `source`. Raises EOFError if it ends before."""
    head = await source.readexactly(_LENGTH.size)
    return await source.readexactly(_LENGTH.unpack(head)[0])


def take_frame(received: bytearray) -> bytes | None:
    """Removes the first frame from the received bytes and returns it; None while it is incomplete."""
    if len(received) < _LENGTH.size:
        return None
    end = _LENGTH.size + _LENGTH.unpack_from(received)[0]
    if len(received) < end:
        return None
    frame = bytes(received[_LENGTH.size : end])
    del received[:end]
    return frame


def cut_into_slices(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yields the chunks in order, in slices of at most `size` bytes."""
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]
