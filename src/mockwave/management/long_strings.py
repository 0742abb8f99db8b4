"""Long JSON strings (RFC 8259 §7), read and written part by part, with pauses: at once, 12 MB of escapes would take as
long as a mock may take to answer.

A part never ends within an escape, a pair of escapes or a character, so that each is itself the inside of a string.
"""

import codecs
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from mockwave.pauses import Pauses
from mockwave.reading.source_texts import NotAString

PART_BYTES: Final = 1 << 16
ESCAPE_BYTES: Final = 6
"""Of the longest one, `\\uXXXX`; a character beyond the BMP takes two of them."""
FIRST_HALVES: Final = (b"\\ud8", b"\\ud9", b"\\uda", b"\\udb")
"""The beginnings of the first half of such a pair, in lower case."""

_decode_string = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode


async def read_string(pieces: Iterable[bytes], pauses: Pauses) -> bytes:
    """Returns the text, in UTF-8, of a string with these pieces between its quotation marks. Raises NotAString."""
    parts = []
    try:
        for part in cut_string(pieces):
            parts.append(_decode_string(b'"%b"' % part).encode())
            await pauses.let_others_run()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAString from error
    return b"".join(parts)


def cut_string(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the pieces, with an unfinished end moved to the next piece."""
    waiting = b""
    for piece in pieces:
        text = waiting + piece
        end = find_end_of_whole(text)
        waiting = text[end:]
        if end:
            yield text[:end]
    if waiting:
        yield waiting


def find_end_of_whole(text: bytes) -> int:
    """The start of the last escape or character that may continue after the text; its length if none does."""
    size = len(text)
    last = text.rfind(b"\\", max(0, size - ESCAPE_BYTES))
    if last >= 0 and begins_escape(text, last):
        # The halves of a surrogate pair stay together.
        before = last - ESCAPE_BYTES
        is_half = before >= 0 and text[before : before + 4].lower() in FIRST_HALVES and begins_escape(text, before)
        return before if is_half else last
    start = size
    while start and size - start < 4 and text[start - 1] & 0xC0 == 0x80:
        start -= 1
    return start - 1 if start and text[start - 1] >= 0xC0 else size


def begins_escape(text: bytes, place: int) -> bool:
    """Whether the backslash begins an escape, and is not itself escaped."""
    before = text[:place]
    return (place - len(before.rstrip(b"\\"))) % 2 == 0


def write_string(text: bytes) -> Iterator[bytes]:
    """Yields the JSON string of a text in UTF-8, in parts; bytes that are not UTF-8 become U+FFFD."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    yield b'"'
    for start in range(0, len(text), PART_BYTES):
        part = decode(text[start : start + PART_BYTES], start + PART_BYTES >= len(text))
        yield _encode(part)[1:-1]
    yield b'"'
