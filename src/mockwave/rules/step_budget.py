"""Steps: the budget of all conditions on one request, so that neither a request nor a rule can stop a worker.

A step is a value that is looked at, about a third of a microsecond. On an event loop there are few, elsewhere more;
there the interpreter lock is released now and then, since the event loop waits for it in another thread.
"""

from time import sleep
from typing import Final

from mockwave.validation.check_limits import TooLongForLoop

STEPS_ON_LOOP: Final = 6_000
STEPS_ASIDE: Final = 1_000_000
STEPS_AT_ONCE: Final = 500  # elsewhere


class OutOfSteps(Exception):
    """The conditions on one request took too many steps, so it cannot be decided whether they hold."""


class Steps:
    """The remaining steps. When they end on an event loop, there are more elsewhere (TooLongForLoop)."""

    __slots__ = ("_pause_at", "is_on_loop", "left")

    def __init__(self, *, is_on_loop: bool = False) -> None:
        self.is_on_loop = is_on_loop
        self.left = STEPS_ON_LOOP if is_on_loop else STEPS_ASIDE
        self._pause_at = 0 if is_on_loop else self.left - STEPS_AT_ONCE

    def spend(self, count: int) -> None:
        """Counts `count` steps. Raises TooLongForLoop, OutOfSteps."""
        self.left -= count
        if self.left < self._pause_at:
            if self.left < 0:
                raise TooLongForLoop if self.is_on_loop else OutOfSteps
            self._pause_at = max(0, self.left - STEPS_AT_ONCE)
            sleep(0)
