"""Request bodies that are long by one string, a specification's text: decoded in slices, so that other requests run.

Decoding 13 MB of JSON in one go takes some 20 ms or more, in which a worker answers no mock. So the string is found and
unescaped piece by piece, and the rest of the body, with a token in the string's place, is left to whoever knows its
fields. Where anything is out of the ordinary there is no long text, and the body is decoded whole, faults and all.
"""

import asyncio
import re
import secrets
from typing import Final

import msgspec
from msgspec import Struct

LONG_BYTES: Final = 1 << 18
SLICE_BYTES: Final = 1 << 16  # well below a millisecond's work

# RFC 8259 §7, up to the quotation mark that ends a string or the end of a slice: characters as they are, two escapes
# that are one character, or one escape. Half of such a pair ends it.
_PAIR = rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = rb"\\(?:%b|u(?![dD][89abAB])[0-9a-fA-F]{4}|[^u])" % _PAIR
_CHARACTERS = re.compile(rb'[^"\\]*(?:%b[^"\\]*)*' % _ESCAPE, re.DOTALL)
_decode_string = msgspec.json.Decoder(str).decode


class LongText(Struct, frozen=True):
    """The string `text`, and the body that it was taken from, with `token` instead of it."""

    text: str
    token: str
    body: bytes


async def take_long_text(body: bytes, name: str) -> LongText | None:
    """The string of the member `name` of `body`; None where the body is short, or is not what it seems."""
    if len(body) < LONG_BYTES:
        return None
    # Quotation marks inside of strings are escaped, so this is a name indeed; of which object, the token tells.
    opening = re.search(rb'"%b"[ \t\r\n]*:[ \t\r\n]*"' % re.escape(name.encode()), body)
    if opening is None:
        return None
    pieces: list[str] = []
    position = opening.end()
    while True:
        await asyncio.sleep(0)
        end = find_end_of_piece(body, position)
        if end is None:
            return None
        try:
            pieces.append(_decode_string(b'"%b"' % body[position:end]))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        position = end
        if body[position : position + 1] == b'"':
            break
    token = secrets.token_hex(16)
    shortened = b"%b%b%b" % (body[: opening.end()], token.encode(), body[position:])
    return LongText("".join(pieces), token, shortened)


def find_end_of_piece(body: bytes, start: int) -> int | None:
    """Where a piece of the string that goes on at `start` ends: at its closing quotation mark, or where no character
    and no escape is cut in two. None where no such place is found."""
    found = _CHARACTERS.match(body, start, start + SLICE_BYTES)
    end = start if found is None else found.end()
    if body[end : end + 1] == b'"':
        return end
    while start < end < len(body) and body[end] & 0xC0 == 0x80:  # inside of a character in UTF-8
        end -= 1
    return end if start < end < len(body) else None
