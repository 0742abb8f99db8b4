"""Turns at what only a few may do at once: reading specifications.

Workspaces take turns, and within one whoever came first; no workspace has more than one turn at a time, so that many
slow documents of one workspace make others wait for one of them at most. Those that wait are bounded in
number and in memory, for each workspace and for all together; and every wait has an end.
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
    """Somebody who waits, and what of memory they hold meanwhile."""

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
        self._queues: dict[str, deque[_Waiting]] = {}  # by workspace, the one whose turn is next first

    @asynccontextmanager
    async def take(self, workspace: str, size: int) -> AsyncIterator[None]:
        """A turn of the workspace, waited for with so many bytes at hand. Raises Refusal: 429 where the workspace has
        too many waiting, 503 where all have, or where the wait takes too long."""
        await self._wait(workspace, size)
        try:
            yield
        finally:
            self._running.discard(workspace)
            self._give()

    async def _wait(self, workspace: str, size: int) -> None:
        if len(self._running) < self._at_once and workspace not in self._running and not self._queues:
            self._running.add(workspace)
            return
        self._refuse_beyond_bounds(workspace, size)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), size)
        self._queues.setdefault(workspace, deque()).append(waiting)
        self._give()
        try:
            async with asyncio.timeout(self._wait_limit_s):
                await waiting.turn
        except BaseException as error:
            if waiting.turn.done() and not waiting.turn.cancelled():  # it came at the last moment
                self._running.discard(workspace)
                self._give()
            else:
                self._leave(workspace, waiting)
            if isinstance(error, TimeoutError):
                reason = f"the specification waited {self._wait_limit_s:g} s for its turn to be read"
                raise _refuse(503, "imports-busy", f"{reason} in vain; send it again later") from None
            raise

    def _refuse_beyond_bounds(self, workspace: str, size: int) -> None:
        own = len(self._queues.get(workspace, ()))
        if own >= self._limit_of_one:
            reason = f"{own} specifications of this workspace wait to be read, which is the limit"
            raise _refuse(429, "too-many-imports", f"{reason}; send this one again when they are done")
        everybody = [each for queue in self._queues.values() for each in queue]
        held = sum(each.size for each in everybody)
        if len(everybody) >= self._limit or held + size > self._limit_bytes:
            reason = f"{len(everybody)} specifications of {held >> 20} MiB wait to be read, which is the limit"
            raise _refuse(503, "imports-busy", f"{reason}; send this one again later")

    def _give(self) -> None:
        """Give turns to those who are next, while there are some."""
        for workspace in list(self._queues):
            if len(self._running) >= self._at_once:
                return
            if workspace in self._running:
                continue
            queue = self._queues.pop(workspace)
            turn = queue.popleft().turn
            if queue:
                self._queues[workspace] = queue  # after all others
            if not turn.done():  # cancelled, and whoever waited does not know yet
                turn.set_result(None)
                self._running.add(workspace)

    def _leave(self, workspace: str, waiting: _Waiting) -> None:
        queue = self._queues.get(workspace)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[workspace]


def _refuse(status: int, name: str, detail: str) -> Refusal:
    return Refusal(status, name, detail, headers=[(b"retry-after", b"%d" % RETRY_AFTER_S)])
