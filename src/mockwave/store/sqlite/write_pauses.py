"""Pauses in a long transaction: the thread of a connection releases interpreter lock and processor while mocks are
called.

Between two statements SQLite releases the lock too, but a thread that never waits takes it back before others get it:
on a busy core mocks would wait for milliseconds. If no mocks were called, the first call waits that long, once.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from mockwave.pauses import Pauses

Item = TypeVar("Item")

PAUSE_S = 0.0002


def with_pauses(items: Iterable[Item], count: int, pauses: Pauses | None) -> Iterator[Item]:
    """Yields the items; while mocks are called, pauses after each `count` of them, about a tenth of a millisecond's
    work, since a request waits for this thread at each change of threads."""
    for number, item in enumerate(items):
        if number % count == 0 and number > 0 and pauses is not None and pauses.are_needed():
            time.sleep(PAUSE_S)
        yield item
