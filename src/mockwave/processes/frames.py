"""Frames, in which processes that belong together exchange messages: four bytes of length (big endian), then so many
bytes."""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

LENGTH: Final = struct.Struct(">I")


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame of `source`; None at its end."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return source.read(LENGTH.unpack(head)[0])


def cut_into_slices(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The chunks in their order, in slices of `size` bytes at most."""
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]
