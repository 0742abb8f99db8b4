"""Pauses in a long transaction: the thread of a connection lets go of interpreter and processor while mocks are asked.

Between two statements SQLite lets go of the interpreter too, but a thread that never waits takes it back before others
have it: on a busy core mocks would wait for milliseconds. Where nobody asks, the first who does waits for as long,
once.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from mockwave.pauses import Pauses

Item = TypeVar("Item")

PAUSE_S = 0.0002


def with_pauses(items: Iterable[Item], count: int, pauses: Pauses | None) -> Iterator[Item]:
    """The items; while mocks are asked, with a pause after each `count` of them, a tenth of a millisecond's work or so:
    a request on its way waits for this thread at each change of threads."""
    for number, item in enumerate(items):
        if number % count == 0 and number > 0 and pauses is not None and pauses.are_needed():
            time.sleep(PAUSE_S)
        yield item
