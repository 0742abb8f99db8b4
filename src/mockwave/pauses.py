"""Pauses in long work on the event loop, so that mocks are answered in the middle of it."""

import asyncio

PAUSE_S = 0.001


async def let_others_run() -> None:
    """A pause in which the event loop's thread truly waits. Work between two of them takes half a millisecond at most.

    `sleep(0)` would not do: requests come in by threads of the HTTP server, and a thread that never waits leaves them
    the processor only when the kernel takes it away, some four milliseconds later.
    """
    await asyncio.sleep(PAUSE_S)
