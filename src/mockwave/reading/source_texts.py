"""Source texts: the texts of Specifications, in pieces and in the form in which they came.

A worker never makes a text of many megabytes into one string: joining or encoding it takes tens of milliseconds in
which no mock is answered. It goes unchanged to the process that reads it, and comes back compressed, as it is stored.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

Form = Literal["plain", "json", "zlib"]

# A document shrinks to a tenth, at some 250 MB/s; higher levels gain a tenth more at half the speed.
COMPRESSION_LEVEL: Final = 3
_decode_string = msgspec.json.Decoder(str).decode


class SourceText(Struct, frozen=True):
    """The `pieces`, in order, are by `form`: UTF-8; the inside of a JSON string; or compressed UTF-8.

    They may be malformed: unpacking finds out.
    """

    form: Form
    pieces: Sequence[bytes]

    @classmethod
    def of(cls, text: str) -> "SourceText":
        return cls("plain", (text.encode("utf-8", "surrogatepass"),))


def unpack_source(form: Form, pieces: Iterable[bytes]) -> bytes:
    """Returns the text in UTF-8. Raises NotAString if it has the form `json` and is not a JSON string (RFC 8259 §7)."""
    match form:
        case "plain":
            return b"".join(pieces)
        case "zlib":
            return decompress_text(b"".join(pieces))
        case "json":
            try:
                return b"".join(_decode_string(b'"%b"' % part).encode() for part in _cut_at_commas(pieces))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise NotAString from error


def _cut_at_commas(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cuts the inside of a JSON string into parts that are also valid: no escape, pair of escapes or character extends
    past a comma. So a text can be unpacked part by part while it arrives, which takes half the time."""
    waiting: list[bytes] = []
    for piece in pieces:
        head, comma, tail = piece.rpartition(b",")
        if comma:
            yield b"".join((*waiting, head))
            waiting = [comma + tail]
        else:
            waiting.append(tail)
    yield b"".join(waiting)


class NotAString(Exception):
    """The text is not the inside of a JSON string."""


def compress_text(text: bytes) -> bytes:
    """Compresses a text for storage: zlib (RFC 1950)."""
    return zlib.compress(text, COMPRESSION_LEVEL)


def decompress_text(compressed: bytes) -> bytes:
    return zlib.decompress(compressed)
