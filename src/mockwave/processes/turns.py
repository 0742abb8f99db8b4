"""Turns for work that only a few may do at once: reading specifications, and checking requests that take long.

Owners (workspaces; mock servers) take turns; within one owner, first come, first served. No owner has more than one
turn at a time, so many slow jobs of one delay others by at most one job. Waiting jobs are limited by number and by the
memory they hold, per owner and in total; and every wait has an end.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from msgspec import Struct

from mockwave.problems import Refusal

AT_ONCE: Final = 2
WAITING: Final = 64
WAITING_OF_ONE: Final = 16
WAITING_BYTES: Final = 256 << 20
WAIT_LIMIT_S: Final = 60.0
RETRY_AFTER_S: Final = 10


class _Waiting(Struct, eq=False):
    """A waiting job, and the memory that it holds."""

    turn: asyncio.Future[None]
    size: int


class Turns:
    """The turns of one worker."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        waiting_of_one: int = WAITING_OF_ONE,
        waiting_bytes: int = WAITING_BYTES,
        wait_limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._at_once = at_once
        self._limit = waiting
        self._limit_of_one = waiting_of_one
        self._limit_bytes = waiting_bytes
        self._wait_limit_s = wait_limit_s
        self._running: set[str] = set()
        self._queues: dict[str, deque[_Waiting]] = {}  # by owner, the next one first

    @asynccontextmanager
    async def take(self, owner: str, size: int) -> AsyncIterator[None]:
        """Waits for a turn of the owner, while holding this many bytes. Raises Refusal: 429 if the owner has too many
        waiting, 503 if all together have, or the wait takes too long."""
        await self._wait(owner, size)
        try:
            yield
        finally:
            self._running.discard(owner)
            if owner in self._queues:
                self._queues[owner] = self._queues.pop(owner)  # after all others
            self._give()

    async def _wait(self, owner: str, size: int) -> None:
        if len(self._running) < self._at_once and owner not in self._running and not self._queues:
            self._running.add(owner)
            return
        self._refuse_beyond_bounds(owner, size)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), size)
        self._queues.setdefault(owner, deque()).append(waiting)
        self._give()
        try:
            async with asyncio.timeout(self._wait_limit_s):
                await waiting.turn
        except BaseException as error:
            if waiting.turn.done() and not waiting.turn.cancelled():  # the turn came at the last moment
                self._running.discard(owner)
                self._give()
            else:
                self._leave(owner, waiting)
            if isinstance(error, TimeoutError):
                reason = f"the specification waited {self._wait_limit_s:g} s for its turn to be read"
                raise _refuse(503, "imports-busy", f"{reason} in vain; send it again later") from None
            raise

    def _refuse_beyond_bounds(self, owner: str, size: int) -> None:
        queue = self._queues.get(owner, ())
        own, own_bytes = len(queue), sum(each.size for each in queue)
        if own >= self._limit_of_one or (own and own_bytes + size > self._limit_bytes // 2):
            reason = f"{own} specifications of this workspace wait to be read, which is the limit"
            raise _refuse(429, "too-many-imports", f"{reason}; send this one again when they are done")
        everybody = [each for queue in self._queues.values() for each in queue]
        held = sum(each.size for each in everybody)
        if len(everybody) >= self._limit or held + size > self._limit_bytes:
            reason = f"{len(everybody)} specifications of {held >> 20} MiB wait to be read, which is the limit"
            raise _refuse(503, "imports-busy", f"{reason}; send this one again later")

    def _give(self) -> None:
        """Gives turns to the next ones, while there are free turns."""
        for owner in list(self._queues):
            if len(self._running) >= self._at_once:
                return
            if owner in self._running:
                continue
            queue = self._queues.pop(owner)
            turn = queue.popleft().turn
            if queue:
                self._queues[owner] = queue  # after all others
            if not turn.done():  # cancelled, and the waiting task does not know yet
                turn.set_result(None)
                self._running.add(owner)

    def _leave(self, owner: str, waiting: _Waiting) -> None:
        queue = self._queues.get(owner)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[owner]


def _refuse(status: int, name: str, detail: str) -> Refusal:
    return Refusal(status, name, detail, headers=[(b"retry-after", b"%d" % RETRY_AFTER_S)])
