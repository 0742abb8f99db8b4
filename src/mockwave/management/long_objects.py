"""JSON objects and arrays with very many members, read some at a time, with pauses for other requests.

The sender chooses how many members there are, and decoding 200,000 at once takes a tenth of a second. So the text,
which is JSON (RFC 8259), is cut where a member of the outermost object or array ends.
"""

import re
import time
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from mockwave.pauses import Pauses

SLICE_BYTES: Final = 1 << 13
STEP_S: Final = 0.0003  # scanned between two pauses
LOOKED_AT: Final = 64  # marks between two looks at the clock
COMMA: Final = ord(",")

_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


async def read_members(text: bytes, pauses: Pauses) -> AsyncIterator[dict[str, msgspec.Raw]]:
    """Yields the members of the object `text`, in pieces and in order; of equal names, each piece has the last."""
    async for piece in _cut(text, b"{", pauses):
        yield _decode_members(b"{%b}" % piece)


async def read_items(text: bytes, pauses: Pauses) -> AsyncIterator[list[msgspec.Raw]]:
    """Yields the items of the array `text`, in pieces and in order."""
    async for piece in _cut(text, b"[", pauses):
        yield _decode_items(b"[%b]" % piece)


async def _cut(text: bytes, opening: bytes, pauses: Pauses) -> AsyncIterator[bytes]:
    """Yields what is between the outermost brackets, cut at commas."""
    start, depth = text.index(opening) + 1, 0
    resumed_s = time.monotonic()
    for count, match in enumerate(_MARK.finditer(text)):
        place, end = match.span()
        mark = text[place]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        elif mark == COMMA and depth == 1 and place - start >= SLICE_BYTES:
            yield text[start:place]
            start = end
        if (count % LOOKED_AT == 0 or end - place >= SLICE_BYTES) and time.monotonic() - resumed_s >= STEP_S:
            await pauses.let_others_run()
            resumed_s = time.monotonic()
    yield text[start : len(text.rstrip()) - 1]
