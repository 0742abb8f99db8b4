"""Steps: the budget of all conditions on one request, so that neither a request nor a rule can stop a worker.

A step is a value that is looked at, about a third of a microsecond. On an event loop there are few, elsewhere more.
"""

from typing import Final

from mockwave.validation.check_limits import TooLongForLoop

STEPS_ON_LOOP: Final = 6_000
STEPS_ASIDE: Final = 1_000_000


class OutOfSteps(Exception):
    """The conditions on one request took too many steps, so it cannot be decided whether they hold."""


class Steps:
    """The remaining steps. When they end on an event loop, there are more elsewhere (TooLongForLoop)."""

    __slots__ = ("is_on_loop", "left")

    def __init__(self, *, is_on_loop: bool = False) -> None:
        self.is_on_loop = is_on_loop
        self.left = STEPS_ON_LOOP if is_on_loop else STEPS_ASIDE

    def spend(self, count: int) -> None:
        """Counts `count` steps. Raises TooLongForLoop, OutOfSteps."""
        self.left -= count
        if self.left < 0:
            raise TooLongForLoop if self.is_on_loop else OutOfSteps
