"""Request bodies that are long because of one list, such as ten thousand rules: its items are read one by one, with
pauses in which other requests are answered.

The body is checked to be JSON in one go, which takes 2 ms per MiB as no objects are made; making them takes ten times
as long.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mockwave.management.long_objects import STEP_S, read_members
from mockwave.management.long_texts import LONG_BYTES
from mockwave.pauses import Pauses

MOST_LIST_BYTES: Final = 4 << 20
"""The most bytes of a body that is long because of its list."""

_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class LongList(Struct, frozen=True):
    """The items, and the body that they were taken from, with an empty list in their place."""

    items: list[Any]
    body: bytes


async def take_long_list(chunks: Sequence[bytes], name: str, pauses: Pauses) -> LongList | None:
    """Returns the list that is the member `name` of the body in `chunks`; None if another part makes the body long, or
    it is not as expected. Raises what msgspec and bytes.decode raise for a body that is not JSON."""
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
