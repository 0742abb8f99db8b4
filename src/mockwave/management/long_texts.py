"""Request bodies that are long by one string, a specification's text: it is taken out as it was sent, in pieces.

Decoding 13 MB of JSON in one go takes some 20 ms or more, in which a worker answers no mock. So only the end of the
string is looked for; reading it is left to the process that reads specifications, and the rest of the body, with a
token in the string's place, to whoever knows its fields. Where anything is out of the ordinary there is no long text.
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
HEAD_BYTES: Final = 1 << 16  # in which the string begins
SLICE_BYTES: Final = 1 << 16  # 0.15 ms of looking, and then a pause


class LongText(Struct, frozen=True):
    """The string, and the body that it was taken from, with `token` instead of it."""

    source: SourceText
    token: str
    body: bytes


def are_long(chunks: Sequence[bytes]) -> bool:
    """Whether a body of these chunks is too long to be decoded in one go."""
    return sum(map(len, chunks)) >= LONG_BYTES


async def take_long_text(chunks: Sequence[bytes], name: str, pauses: Pauses) -> LongText | None:
    """The string of the member `name` of the body in `chunks`; None if that is short, or is not what it seems."""
    if not are_long(chunks):
        return None
    count = size = 0
    while size < HEAD_BYTES:
        size += len(chunks[count])
        count += 1
    head = b"".join(chunks[:count])
    # Quotation marks inside of strings are escaped, so this is a name indeed; of which object, the token tells.
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
    """Where in this piece of a JSON string the quotation mark is that ends it, if it is; and whether the first byte
    after the piece is escaped. `is_escaped`: whether the first byte of the piece is."""
    marked = b"." + piece[1:] if is_escaped else piece
    # Escapes of two bytes are blotted out from left to right; what is left of quotation marks is the end, what is left
    # of a backslash at the end is the first half of an escape.
    marked = marked.replace(rb"\\", b"..").replace(rb"\"", b"..")
    end = marked.find(b'"')
    return (None if end < 0 else end), marked.endswith(b"\\")
