"""Pauses in long work on the event loop, so that mocks are answered in the middle of it.

However many pieces of long work there are, a request to a mock waits for one step of one of them: they pause one after
another.
"""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

PAUSE_S = 0.001
ASKED_LATELY_S = 0.1

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""By event loop: held by the work that pauses, while others wait to begin their pauses."""


class Pauses:
    """The pauses of long work, which runs for a fraction of a millisecond between two of them.

    `count_answered` returns how many mock requests were answered so far. If none came lately, nobody is kept waiting,
    and the work goes on at once.
    """

    def __init__(self, count_answered: Callable[[], int]) -> None:
        self._count_answered = count_answered
        self._answered = count_answered()
        self._asked_s = -ASKED_LATELY_S
        self._resumed_s = time.monotonic()

    async def let_others_run(self) -> None:
        """Pauses; if mocks were called lately, the event loop's thread really waits.

        `sleep(0)` would not be enough: requests come in through threads of the HTTP server. A thread that never waits
        leaves them the processor only when the kernel takes it away, some four milliseconds later.
        """
        if not self.are_needed():
            await asyncio.sleep(0)
            return
        async with _find_turn():
            await asyncio.sleep(PAUSE_S)

    async def let_others_run_after(self, step_s: float) -> None:
        """A pause, unless the one before is less than `step_s` ago: between pieces of work that may be very short."""
        if time.monotonic() - self._resumed_s >= step_s:
            await self.let_others_run()
            self._resumed_s = time.monotonic()

    def are_needed(self) -> bool:
        """Whether mocks were called since the last call of this method."""
        now_s = time.monotonic()
        answered = self._count_answered()
        if answered != self._answered:
            self._answered, self._asked_s = answered, now_s
        return now_s - self._asked_s < ASKED_LATELY_S


def _find_turn() -> asyncio.Lock:
    loop = asyncio.get_running_loop()
    turn = _turns.get(loop)
    if turn is None:
        turn = _turns[loop] = asyncio.Lock()
    return turn
