"""Pauses in a long transaction: the thread of a connection lets go of interpreter and processor now and then.

Between two statements SQLite lets go of the interpreter too, but a thread that never waits takes it back before others
have it: on a busy core mocks would wait for milliseconds.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from mockwave.pauses import Pauses

Item = TypeVar("Item")

PAUSE_S = 0.0002
SHARE_WHILE_ASKED = 5


def with_pauses(items: Iterable[Item], count: int, pauses: Pauses | None) -> Iterator[Item]:
    """The items, with a pause after each `count` of them, half a millisecond's work at most.

    While mocks are asked, after a fifth of that: a request on its way waits for this thread at each change of threads.
    """
    few = max(count // SHARE_WHILE_ASKED, 1)
    passed = 0
    for item in items:
        if passed >= few and (passed >= count or (pauses is not None and pauses.are_needed())):
            time.sleep(PAUSE_S)
            passed = 0
        passed += 1
        yield item
