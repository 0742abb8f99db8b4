"""Pauses in long work on the event loop, so that mocks are answered in the middle of it."""

import asyncio
import time
from collections.abc import Callable

PAUSE_S = 0.001
ASKED_LATELY_S = 0.1


class Pauses:
    """The pauses of long work, which runs for a fraction of a millisecond between two of them.

    `count_answered` returns how many mock requests were answered so far. If none came lately, nobody is kept waiting,
    and the work goes on at once.
    """

    def __init__(self, count_answered: Callable[[], int]) -> None:
        self._count_answered = count_answered
        self._answered = count_answered()
        self._asked_s = -ASKED_LATELY_S

    async def let_others_run(self) -> None:
        """Pauses; if mocks were called lately, the event loop's thread really waits.

        `sleep(0)` would not be enough: requests come in through threads of the HTTP server. A thread that never waits
        leaves them the processor only when the kernel takes it away, some four milliseconds later.
        """
        await asyncio.sleep(PAUSE_S if self.are_needed() else 0)

    def are_needed(self) -> bool:
        """Whether mocks were called since the last call of this method."""
        now_s = time.monotonic()
        answered = self._count_answered()
        if answered != self._answered:
            self._answered, self._asked_s = answered, now_s
        return now_s - self._asked_s < ASKED_LATELY_S
