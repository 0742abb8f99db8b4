"""Source texts: what a Specification is read from, in pieces and in the form that it came in.

A text of many megabytes is never made into one string in a worker: joining or encoding it takes tens of milliseconds
in which no mock is answered. It goes as it came to the process that reads it, and comes back as it is stored,
compressed.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

Form = Literal["plain", "json", "zlib"]

# An OpenAPI document shrinks to a tenth, at some 250 MB/s; higher levels gain a tenth more at half the speed.
COMPRESSION_LEVEL: Final = 3
_decode_string = msgspec.json.Decoder(str).decode


class SourceText(Struct, frozen=True):
    """`pieces` in order are, by `form`: UTF-8; what is between the quotation marks of a JSON string; UTF-8 compressed.

    Nothing says that they are well formed: whoever unpacks them finds out.
    """

    form: Form
    pieces: Sequence[bytes]

    @classmethod
    def of(cls, text: str) -> "SourceText":
        return cls("plain", (text.encode("utf-8", "surrogatepass"),))


def unpack_source(form: Form, pieces: Iterable[bytes]) -> bytes:
    """The text in UTF-8. Raises NotAString if it has the form `json` and is not a JSON string (RFC 8259 §7)."""
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
    """The inside of a JSON string in parts that are such, too: no escape, no pair of them and no character goes on
    after a comma. While a text is read from its sender it can be unpacked part by part, which takes half the time."""
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
    """What was to be the inside of a JSON string is not."""


def compress_text(text: bytes) -> bytes:
    """As source texts are stored: zlib (RFC 1950)."""
    return zlib.compress(text, COMPRESSION_LEVEL)


def decompress_text(compressed: bytes) -> bytes:
    return zlib.decompress(compressed)
