"""Request bodies that are long because of one list, such as ten thousand rules: its items are read one by one, with
pauses in which other requests are answered.

The body is checked to be JSON in one go, which takes 2 ms per MiB as no objects are made; making them takes ten times
as long. Items stay JSON text, as compact as it is stored: they are read again where they are checked, and thousands of
objects would be freed in one go.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mockwave.management.long_objects import STEP_S, read_items
from mockwave.management.long_texts import LONG_BYTES
from mockwave.pauses import Pauses
from mockwave.rules.rule_sizes import MOST_VALUES, count_values

FEWEST_BYTES: Final = 1 << 14
"""A body of fewer bytes is decoded in one go whatever it has, in a few tenths of a millisecond."""
MOST_LIST_BYTES: Final = 4 << 20
"""The most bytes of a body that is long because of its list."""

_encode = msgspec.json.Encoder().encode


class TooManyValues(Exception):
    """The item at `index` consists of more than a rule may."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class LongList(Struct, frozen=True):
    """The items as JSON text, and the body that they were taken from, with an empty list in their place. If there are
    more than were asked for, some are missing."""

    items: list[msgspec.Raw]
    body: bytes


async def take_long_list(
    chunks: Sequence[bytes],
    name: str,
    most: int,
    decode_members: Callable[[bytes], dict[str, msgspec.Raw]],
    pauses: Pauses,
) -> LongList | None:
    """Returns the list that is the member `name` of the body in `chunks`; None if another part makes the body long, or
    it is not as expected. Stops soon after `most` items. Raises TooManyValues, and what msgspec and bytes.decode raise
    for a body that is not JSON."""
    if sum(map(len, chunks)) > MOST_LIST_BYTES:
        return None
    body = b"".join(chunks)
    body.decode()
    try:
        members = decode_members(body)
    except msgspec.ValidationError:
        return None
    await pauses.let_others_run()
    given = bytes(members.get(name, b""))
    if not given.startswith(b"[") or len(body) - len(given) > LONG_BYTES:
        return None
    items: list[msgspec.Raw] = []
    async for piece in read_items(given, pauses):
        for item in piece:
            for count in count_values(bytes(item)):
                if count > MOST_VALUES:
                    raise TooManyValues(len(items))
                await pauses.let_others_run_after(STEP_S)
            items.append(msgspec.Raw(_encode(msgspec.json.decode(item))))
            await pauses.let_others_run_after(STEP_S)
        if len(items) > most:
            break
    members[name] = msgspec.Raw(b"[]")
    return LongList(items, _encode(members))
