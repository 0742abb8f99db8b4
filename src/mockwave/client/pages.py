"""Lists in pages: a page has a Link to the next one, if there is more (RFC 8288)."""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from mockwave.client.call_plans import Call, Give, Plan, Reply

Item = TypeVar("Item")

PAGE_ITEMS = 500

_NEXT_OFFSET = re.compile(r'[?&]offset=([0-9]+)[^>]*>\s*;[^,]*\brel="?next\b')


class Page(Struct, Generic[Item], frozen=True):
    """`next_offset` is the start of the next page; None if this is the last."""

    items: list[Item]
    next_offset: int | None = None


def reads_page(kind: type[Item]) -> Callable[[Reply], Page[Item]]:
    def read(reply: Reply) -> Page[Item]:
        found = _NEXT_OFFSET.search(reply.headers.get("link", ""))
        items = msgspec.json.decode(reply.body, type=list[kind])  # type: ignore[valid-type]
        return Page(items, int(found[1]) if found else None)

    return read


def give_pages(read_page: Callable[[int], Call[Page[Item]]]) -> Plan[None]:
    """Yields the items of all pages; takes the call for the page at an offset."""
    offset: int | None = 0
    while offset is not None:
        page = yield from read_page(offset)
        yield Give(page.items)
        offset = page.next_offset
