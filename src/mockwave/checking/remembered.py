"""Requests and rules that were too costly to check are remembered for a while, so that their cost is paid only once.

A request is identified by a digest of its checked parts. Headers count only if nothing else does, since clients put
times and numbers into them.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from typing import Final

from mockwave.validation.verdicts import RequestParts, Unchecked

REMEMBERED_S: Final = 60.0
MAXIMUM_REMEMBERED: Final = 256
SLICE_BYTES: Final = 1 << 18
"""The bytes hashed between two pauses, in a fraction of a millisecond."""

Key = tuple[int, bytes]
"""The number of the rules, and the digest of the request; b"" for every request."""


class CostlyRequests:
    """The requests that were too costly, and why."""

    def __init__(self) -> None:
        self._found: OrderedDict[Key, tuple[float, Unchecked]] = OrderedDict()

    async def find(self, rules_number: int, request: RequestParts) -> Unchecked | None:
        """Returns why the request is not tried again; None if it is not known to be too costly."""
        self._forget_old()
        if not any(number == rules_number for number, _ in self._found):
            return None  # hashing a large body takes long
        known = self._found.get((rules_number, b""))
        if known is None:
            known = self._found.get((rules_number, await digest(request)))
        return None if known is None else known[1]

    async def add(self, rules_number: int, request: RequestParts, reason: Unchecked) -> None:
        """Remembers a request."""
        self._add((rules_number, await digest(request)), reason)

    def add_rules(self, rules_number: int, reason: Unchecked) -> None:
        """Remembers all requests to one operation."""
        self._add((rules_number, b""), reason)

    def _add(self, key: Key, reason: Unchecked) -> None:
        self._found[key] = time.monotonic(), reason
        self._found.move_to_end(key)
        if len(self._found) > MAXIMUM_REMEMBERED:
            self._found.popitem(last=False)

    def _forget_old(self) -> None:
        oldest_s = time.monotonic() - REMEMBERED_S
        while self._found and next(iter(self._found.values()))[0] < oldest_s:
            self._found.popitem(last=False)


async def digest(request: RequestParts) -> bytes:
    """Computes the digest of a request, with pauses."""
    found = hashlib.blake2b(digest_size=16)
    content_types = [(name, value) for name, value in request.headers if name == b"content-type"]
    is_bare = not (request.path or request.query or request.body)
    found.update(repr((sorted(request.path.items()), request.query)).encode())
    found.update(repr(request.headers if is_bare else content_types).encode())
    for start in range(0, len(request.body), SLICE_BYTES):
        found.update(memoryview(request.body)[start : start + SLICE_BYTES])
        await asyncio.sleep(0)
    return found.digest()
