"""Requests that get no answer (the fault HOLD), on an engine that does not say when the server stops.

Each waits until its client gives up. When the server stops, all of them end: else they would be waited for, like
requests that are still being answered. One timer per worker looks whether it stops, while any request is held.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

LOOK_S: Final = 0.2


class HeldRequests:
    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping
        self._count = 0
        self._end: asyncio.Future[None] | None = None

    async def wait(self, leaving: Awaitable[None]) -> None:
        """Waits until `leaving` is done, or the server stops."""
        loop = asyncio.get_running_loop()
        if self._end is None:
            self._end = loop.create_future()
        if self._count == 0:
            loop.call_later(LOOK_S, self._look)
        self._count += 1
        gone = asyncio.ensure_future(leaving)
        try:
            await asyncio.wait((gone, self._end), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._count -= 1
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    def _look(self) -> None:
        assert self._end is not None
        if self._is_stopping():
            if not self._end.done():
                self._end.set_result(None)
        elif self._count:
            asyncio.get_running_loop().call_later(LOOK_S, self._look)
