"""Request bodies that are long by one list, that of ten thousand rules: its items are read one after the other, with
pauses in which others are answered.

The body is checked to be JSON in one go, which takes 2 ms a MiB as nothing is made of it; making what it says takes ten
times as long.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.management.long_objects import STEP_S, read_members
from mockwave.management.long_texts import LONG_BYTES
from mockwave.pauses import Pauses

MOST_LIST_BYTES: Final = 4 << 20
"""Of a body that is long by its list."""

_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class LongList(Struct, frozen=True):
    """The items, and the body that they were taken from, with an empty list instead of them."""

    items: list[Any]
    body: bytes


async def take_long_list(chunks: Sequence[bytes], name: str, pauses: Pauses) -> LongList | None:
    """The list that is the member `name` of the body in `chunks`; None if the body is long by something else, or is not
    what it seems. Raises what msgspec and bytes.decode do, of a body that is not JSON."""
    if sum(map(len, chunks)) > MOST_LIST_BYTES:
        return None
    body = b"".join(chunks)
    body.decode()
    msgspec.json.decode(body, type=msgspec.Raw)
    if not body.lstrip().startswith(b"{"):
        return None
    await pauses.let_others_run()
    members: dict[str, msgspec.Raw] = {}
    async for each in read_members(body, pauses):
        members |= each
    given = bytes(members.get(name, b""))
    if not given.startswith(b"[") or len(body) - len(given) > LONG_BYTES:
        return None
    items = []
    for item in _decode_items(given):
        items.append(msgspec.json.decode(item))
        await pauses.let_others_run_after(STEP_S)
    members[name] = msgspec.Raw(b"[]")
    return LongList(items, _encode(members))
