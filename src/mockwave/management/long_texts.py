"""Request bodies that are long because of one string, a specification's text: the string is taken out as it was sent,
in pieces.

Decoding 13 MB of JSON in one go takes at least some 20 ms, in which a worker answers no mock. So only the end of the
string is searched for. The process that reads Specifications reads the string; the rest of the body, with a token in
the string's place, goes to the decoder of its fields. If anything is unusual, there is no long text.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mockwave.pauses import Pauses
from mockwave.processes.frames import cut_into_slices
from mockwave.reading.source_texts import SourceText

LONG_BYTES: Final = 1 << 18
HEAD_BYTES: Final = 1 << 16  # the string has to begin within so many bytes
SLICE_BYTES: Final = 1 << 16  # 0.15 ms of searching between two pauses


class LongText(Struct, frozen=True):
    """The string, and the body from which it was taken, with `token` in its place."""

    source: SourceText
    token: str
    body: bytes


def are_long(chunks: Sequence[bytes]) -> bool:
    """Whether a body of these chunks is too long to be decoded at once."""
    return sum(map(len, chunks)) >= LONG_BYTES


async def take_long_text(chunks: Sequence[bytes], name: str, pauses: Pauses) -> LongText | None:
    """Takes the string of the member `name` out of the body in `chunks`; None if it is short, or not what it seems."""
    if not are_long(chunks):
        return None
    count = size = 0
    while size < HEAD_BYTES:
        size += len(chunks[count])
        count += 1
    head = b"".join(chunks[:count])
    # Quotation marks inside of strings are escaped, so this is really a name; the token tells of which object.
    opening = re.search(rb'"%b"[ \t\r\n]*:[ \t\r\n]*"' % re.escape(name.encode()), head)
    if opening is None:
        return None
    slices = cut_into_slices((head[opening.end() :], *chunks[count:]), SLICE_BYTES)
    pieces: list[bytes] = []
    is_escaped = False
    looked_at = 0
    for piece in slices:
        looked_at += len(piece)
        if looked_at >= SLICE_BYTES:
            looked_at = 0
            await pauses.let_others_run()
        end, is_escaped = find_closing_mark(piece, is_escaped)
        if end is None:
            pieces.append(piece)
            continue
        pieces.append(piece[:end])
        token = secrets.token_hex(16)
        rest = b"".join((piece[end:], *slices))
        return LongText(SourceText("json", pieces), token, b"%b%b%b" % (head[: opening.end()], token.encode(), rest))
    return None


def find_closing_mark(piece: bytes, is_escaped: bool) -> tuple[int | None, bool]:
    """Returns the position of the closing quotation mark in this piece of a JSON string, if it is there, and whether
    the first byte after the piece is escaped. `is_escaped` says whether the first byte of the piece is."""
    marked = b"." + piece[1:] if is_escaped else piece
    # Two-byte escapes are blotted out from left to right. A remaining quotation mark is the end; a remaining backslash
    # at the end is the first half of an escape.
    marked = marked.replace(rb"\\", b"..").replace(rb"\"", b"..")
    end = marked.find(b'"')
    return (None if end < 0 else end), marked.endswith(b"\\")
