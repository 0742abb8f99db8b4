"""Long answers: lists and their pages as JSON, written piece by piece, with pauses in which mocks are answered.

A long answer is sent in pieces, without a length, while the rest of it is made. Without `limit` a list has all items,
as the contract says. With it, Link leads to the next page (RFC 8288), if there is one.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from mockwave.management.calls import Call
from mockwave.management.exchange import (
    JSON_MEDIA_TYPE,
    Answer,
    Headers,
    ManagementRequest,
    answer_bytes,
    answer_in_pieces,
)
from mockwave.management.queries import PageQuery, read_query
from mockwave.pauses import Pauses

PATH_CHARACTERS = "/%:@!$&'()*+,;=-._~"
"""RFC 3986 §3.3, and the % of existing escapes in a path."""

STEP_S = 0.0003
"""The length of work between two pauses."""

WHOLE_BYTES = 1 << 19
"""An answer of up to this many bytes is complete before it is sent, and has a Content-Length."""
PIECE_BYTES = 1 << 16

Item = TypeVar("Item")

encode = msgspec.json.Encoder().encode


class WrittenList:
    """A JSON array in the making."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._items: list[bytes] = []
        self._resumed_s = time.monotonic()
        self.size_bytes = 2

    @property
    def count(self) -> int:
        """How many items it has."""
        return len(self._items)

    async def add(self, item: Any) -> None:
        """Adds an item (a struct, or any JSON value)."""
        written = encode(item)
        self._items.append(written)
        self.size_bytes += len(written) + 1
        if time.monotonic() - self._resumed_s >= STEP_S:
            await self._pauses.let_others_run()
            self._resumed_s = time.monotonic()

    async def answer(self, call: Call, headers: Headers | None = None) -> Answer:
        """The whole array."""
        return await answer_pieces(call, write_array((item,) for item in self._items), headers=headers)


async def answer_page(
    call: Call,
    records: Sequence[Item],
    write: Callable[[Item], Iterable[bytes]],
    query: PageQuery,
    parameters: Iterable[str],
) -> Answer:
    """Answers with a page of a list. `records` begin at its offset, with one more if more follow; `write` makes the
    JSON text of a record, in pieces."""
    link: Headers = []
    if query.limit is not None and len(records) > query.limit:
        records = records[: query.limit]
        link = [(b"link", link_next(call.request, parameters, query.offset + len(records)))]
    return await answer_pieces(call, write_array(map(write, records)), headers=link)


async def answer_pieces(
    call: Call,
    pieces: Iterable[bytes],
    *,
    status: int = 200,
    media_type: bytes = JSON_MEDIA_TYPE,
    headers: Headers | None = None,
) -> Answer:
    """Answers with a body of these pieces. If it is long, the last pieces are made while it is sent."""
    making = _make_in_steps(pieces, call.services.begin_pauses())
    made: list[bytes] = []
    size = 0
    async for piece in making:
        made.append(piece)
        size += len(piece)
        if size > WHOLE_BYTES:
            return answer_in_pieces(media_type, _go_on(made, making), headers, status=status)
    return answer_bytes(status, media_type, b"".join(made), headers)


async def _make_in_steps(pieces: Iterable[bytes], pauses: Pauses) -> AsyncGenerator[bytes]:
    """Yields the pieces, with short ones joined."""
    waiting: list[bytes] = []
    size, resumed_s = 0, time.monotonic()
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
        if time.monotonic() - resumed_s >= STEP_S:
            await pauses.let_others_run()
            resumed_s = time.monotonic()
    if waiting:
        yield b"".join(waiting)


async def _go_on(made: list[bytes], making: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        made.reverse()
        while made:
            yield made.pop()
        async for piece in making:
            yield piece
    finally:
        await making.aclose()


def write_array(items: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """Yields the JSON array of these items, each in pieces."""
    separator = b"["
    for item in items:
        yield separator
        yield from item
        separator = b","
    yield b"[]" if separator == b"[" else b"]"


def link_next(request: ManagementRequest, parameters: Iterable[str], offset: int) -> bytes:
    """The value of Link for the page at `offset`, for a request with these possible parameters."""
    values = read_query(request.query, parameters) | {"offset": str(offset)}
    path = quote(request.path, safe=PATH_CHARACTERS)
    return f'<{path}?{urlencode(values)}>; rel="next"'.encode()
