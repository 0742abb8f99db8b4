"""JSON objects with very many members, read some members at a time, with pauses in which other requests are answered.

The sender chooses how many members an object has, and decoding 200,000 at once takes a tenth of a second. So the text,
which is JSON (RFC 8259), is cut where a member of the outermost object ends.
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


async def read_members(text: bytes, pauses: Pauses) -> AsyncIterator[dict[str, msgspec.Raw]]:
    """Yields the members of the object `text`, in pieces and in order; of equal names, each piece has the last."""
    start, depth = text.index(b"{") + 1, 0
    resumed_s = time.monotonic()
    for count, match in enumerate(_MARK.finditer(text)):
        place, end = match.span()
        mark = text[place]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        elif mark == COMMA and depth == 1 and place - start >= SLICE_BYTES:
            yield _decode_members(b"{%b}" % text[start:place])
            start = end
        if (count % LOOKED_AT == 0 or end - place >= SLICE_BYTES) and time.monotonic() - resumed_s >= STEP_S:
            await pauses.let_others_run()
            resumed_s = time.monotonic()
    yield _decode_members(b"{%b" % text[start:])
