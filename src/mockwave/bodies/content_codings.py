"""Content codings of request bodies, undone within limits: gzip, deflate, br (RFC 9110 §8.4.1, RFC 7932).

A body of a few kilobytes may unpack to gigabytes. So the result is made in pieces, and bounded both absolutely and by
the size of the input. A body that has another coding, or cannot be unpacked, is left as it is.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

MAXIMUM_UNPACKED_BYTES: Final = 32 << 20
MAXIMUM_RATIO: Final = 1_100
"""How many times as long as the input the result may be, beyond FREE_BYTES. DEFLATE reaches 1,032."""
FREE_BYTES: Final = 1 << 20
MAXIMUM_CODINGS: Final = 3
PIECE_BYTES: Final = 1 << 16
GZIP_HEAD: Final = b"\x1f\x8b"


class CannotUnpack(Exception):
    """The body has an unknown coding, is malformed, or is too long unpacked."""


class TooLongUnpacked(CannotUnpack):
    """It is longer than the limit."""


def read_codings(value: str) -> list[str]:
    """Returns the codings that a Content-Encoding names, in the order of their application, without `identity`."""
    names = [name.strip().lower() for name in value.split(",")]
    return [name.removeprefix("x-") for name in names if name not in ("", "identity")]


def unpack(body: bytes, codings: Sequence[str], most: int = MAXIMUM_UNPACKED_BYTES) -> bytes:
    """Returns the body before `codings` were applied to it, of at most `most` bytes. Raises CannotUnpack."""
    if len(codings) > MAXIMUM_CODINGS:
        raise CannotUnpack
    if len(body) > most:  # reading it takes long, whatever the result
        raise TooLongUnpacked
    limit = min(most, max(FREE_BYTES, MAXIMUM_RATIO * len(body)))
    for coding in reversed(codings):
        pieces_of = UNPACKERS.get(coding)
        if pieces_of is None:
            raise CannotUnpack
        pieces: list[bytes] = []
        size = 0
        for piece in pieces_of(body):
            size += len(piece)
            if size > limit:
                raise TooLongUnpacked
            pieces.append(piece)
        body = b"".join(pieces)
    return body


def _inflate(body: bytes, wbits: int) -> Iterator[bytes]:
    """Yields the pieces of a zlib stream; of several gzip members one after the other."""
    inflating = zlib.decompressobj(wbits=wbits)
    position = 0
    waiting = b""
    while True:
        if not waiting:
            waiting = body[position : position + PIECE_BYTES]
            position += len(waiting)
        is_last = not waiting
        try:
            piece = inflating.decompress(waiting, PIECE_BYTES)
        except zlib.error:
            raise CannotUnpack from None
        waiting = inflating.unconsumed_tail
        yield piece
        if inflating.eof:
            # What follows the end is another member, or padding.
            waiting = inflating.unused_data
            if not (waiting + body[position : position + 2]).startswith(GZIP_HEAD):
                return
            inflating = zlib.decompressobj(wbits=wbits)
        elif is_last and not piece:
            raise CannotUnpack


def _undo_gzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, zlib.MAX_WBITS | 16)


def _undo_deflate(body: bytes) -> Iterator[bytes]:
    """Reads the zlib format, as it should be, or bare DEFLATE, as some send it (RFC 9110 §8.4.1.2)."""
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    return _inflate(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def _undo_brotli(body: bytes) -> Iterator[bytes]:
    import brotli  # type: ignore[import-untyped]  # takes 5 ms, so only when such a body comes

    inflating: Any = brotli.Decompressor()
    try:
        piece = inflating.process(body, output_buffer_limit=PIECE_BYTES)
        while not inflating.is_finished():
            if not piece and inflating.can_accept_more_data():
                raise CannotUnpack
            yield piece
            piece = inflating.process(b"", output_buffer_limit=PIECE_BYTES)
        yield piece
    except brotli.error:
        raise CannotUnpack from None


UNPACKERS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "br": _undo_brotli,
}
