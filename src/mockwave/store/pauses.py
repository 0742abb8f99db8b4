"""Pauses in a long transaction: the thread of a connection lets go of interpreter and processor now and then.

Between two statements SQLite lets go of the interpreter too, but a thread that never waits takes it back before others
have it: on a busy core mocks would wait for milliseconds.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

PAUSE_S = 0.0002


def with_pauses(items: Iterable[Item], count: int) -> Iterator[Item]:
    """The items, with a pause between each `count` of them and the next: half a millisecond's work at most."""
    for number, item in enumerate(items):
        if number and number % count == 0:
            time.sleep(PAUSE_S)
        yield item
