"""JSON objects and arrays with very many members, read some at a time, with pauses for other requests.

The sender chooses how many members there are, and decoding 200,000 at once takes a tenth of a second. So the text,
which is JSON (RFC 8259), is cut where a member of the outermost object or array ends.
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec

from mockwave.pauses import Pauses

SLICE_BYTES: Final = 1 << 13
STEP_S: Final = 0.00015  # of work between two pauses
LOOKED_AT: Final = 64  # marks between two looks at the clock
COMMA: Final = ord(",")
MOST_TRIES: Final = 4

_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_MEMBER_ENDS = re.compile(rb',(?=[ \t\r\n]*+")')
_ITEM_ENDS = re.compile(rb'(?<=[}\]"0-9el]),')
_decode_values = msgspec.json.Decoder(dict[str, Any]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode

Piece = TypeVar("Piece")


def make_member_decoder(names: Sequence[str]) -> Callable[[bytes], dict[str, msgspec.Raw]]:
    """Returns a decoder that reads these members of an object, as JSON text. It makes no objects of any others, so it
    takes 2 ms per MiB; it raises ValidationError for what is not an object, DecodeError for what is not JSON."""
    attributes = [f"m{number}" for number in range(len(names))]
    fields = [(attribute, msgspec.Raw, msgspec.Raw()) for attribute in attributes]
    members = msgspec.defstruct("Members", fields, rename=dict(zip(attributes, names, strict=True)))
    decode = msgspec.json.Decoder(members).decode

    def decode_members(text: bytes) -> dict[str, msgspec.Raw]:
        found = zip(names, msgspec.structs.astuple(decode(text)), strict=True)
        return {name: raw for name, raw in found if len(raw)}

    return decode_members


async def read_values(text: bytes, pauses: Pauses) -> AsyncIterator[dict[str, Any]]:
    """Yields the members of the object `text`, in pieces and in order; of equal names, each piece has the last."""
    async for piece in _cut(text, b"{%b}", _MEMBER_ENDS, _decode_values, pauses):
        yield piece


async def read_items(text: bytes, pauses: Pauses) -> AsyncIterator[list[msgspec.Raw]]:
    """Yields the items of the array `text`, in pieces and in order."""
    async for piece in _cut(text, b"[%b]", _ITEM_ENDS, _decode_items, pauses):
        yield piece


async def _cut(
    text: bytes, whole: bytes, ends: re.Pattern[bytes], decode: Callable[[bytes], Piece], pauses: Pauses
) -> AsyncIterator[Piece]:
    """Yields what is between the outermost brackets, in pieces of some SLICE_BYTES. `whole` has the brackets of each,
    `ends` finds the commas after which a member may begin."""
    start, end = text.index(whole[:1]) + 1, len(text.rstrip()) - 1
    while end - start > SLICE_BYTES:
        # 1. A guess: what is cut at a comma in a string or a member is not JSON, so what is JSON was cut well.
        for comma in islice(ends.finditer(text, start + SLICE_BYTES, end), MOST_TRIES):
            try:
                piece = decode(whole % text[start : comma.start()])
            except msgspec.DecodeError:
                continue
            place = comma.start()
            break
        else:
            # 2. Else a search, which takes ten times as long.
            place = await _find_end(text, start, end, pauses)
            piece = decode(whole % text[start:place])
        yield piece
        start = place + 1
        await pauses.let_others_run_after(STEP_S)
    if start <= end:
        yield decode(whole % text[start:end])


async def _find_end(text: bytes, start: int, end: int, pauses: Pauses) -> int:
    """Where the member ends in which the piece that begins at `start` becomes long enough."""
    depth = 0
    resumed_s = time.monotonic()
    for count, match in enumerate(_MARK.finditer(text, start, end)):
        place = match.start()
        mark = text[place]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        elif mark == COMMA and depth == 0 and place - start >= SLICE_BYTES:
            return place
        if (count % LOOKED_AT == 0 or match.end() - place >= SLICE_BYTES) and time.monotonic() - resumed_s >= STEP_S:
            await pauses.let_others_run()
            resumed_s = time.monotonic()
    return end  # the last member ends it
