"""Waiting, in a test that runs on an event loop, for what happens beside it."""

import asyncio
import time
from collections.abc import Callable

from tests.harness import DEADLINE_S


async def wait_until(holds: Callable[[], bool]) -> None:
    """Waits, up to the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "the deadline has passed"
        await asyncio.sleep(0.001)
