"""Long answers: JSON arrays written item by item, with pauses in which mocks are answered; and pages of them.

Without `limit` a list holds everything, as the contract says. With it, Link leads to the next page (RFC 8288), if
there is one.
"""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from mockwave.management.calls import Call
from mockwave.management.exchange import JSON_MEDIA_TYPE, Answer, Headers, ManagementRequest, answer_bytes
from mockwave.management.queries import PageQuery, read_query
from mockwave.pauses import Pauses

PATH_CHARACTERS = "/%:@!$&'()*+,;=-._~"
"""RFC 3986 §3.3, and the % of escapes that a path has already."""

STEP_S = 0.0003
"""Work between two pauses."""

_encode = msgspec.json.Encoder().encode


class WrittenList:
    """A JSON array in the making."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._pieces: list[bytes] = []
        self._resumed_s = time.monotonic()
        self.size_bytes = 2

    @property
    def count(self) -> int:
        """How many items it has."""
        return len(self._pieces)

    async def add(self, item: Any) -> None:
        """Adds an item (a struct, or what else is JSON)."""
        piece = _encode(item)
        self._pieces.append(piece)
        self.size_bytes += len(piece) + 1
        if time.monotonic() - self._resumed_s >= STEP_S:
            await self._pauses.let_others_run()
            self._resumed_s = time.monotonic()

    def answer(self, headers: Headers | None = None) -> Answer:
        """The whole array, joined once, which is the longest step."""
        pieces = self._pieces
        if not pieces:
            return answer_bytes(200, JSON_MEDIA_TYPE, b"[]", headers)
        pieces[0] = b"[" + pieces[0]
        pieces[-1] += b"]"
        return answer_bytes(200, JSON_MEDIA_TYPE, b",".join(pieces), headers)


async def answer_page(call: Call, items: Iterable[Any], query: PageQuery, parameters: Iterable[str]) -> Answer:
    """The answer with a page of a list: `items` begin at its offset, and hold one more if more follow."""
    page = WrittenList(call.services.begin_pauses())
    for item in items:
        if page.count == query.limit:
            return page.answer([(b"link", link_next(call.request, parameters, query.offset + page.count))])
        await page.add(item)
    return page.answer()


def link_next(request: ManagementRequest, parameters: Iterable[str], offset: int) -> bytes:
    """The value of Link that leads to the page at `offset`, for a request that may have these parameters."""
    values = read_query(request.query, parameters) | {"offset": str(offset)}
    path = quote(request.path, safe=PATH_CHARACTERS)
    return f'<{path}?{urlencode(values)}>; rel="next"'.encode()
