"""The base of conditions: whether one holds for a request, and if not, where it differs.

Without a body, conditions have three answers: one that cannot be decided does not hold, and neither does its opposite
(`negated`).
"""

from typing import Final

from msgspec import Struct

from mockwave.rules.request_view import RequestView
from mockwave.validation.check_limits import BODY_BYTES_ON_LOOP

__all__ = ["ALWAYS", "BODY_BYTES_ON_LOOP", "Condition", "Difference", "clip"]

MAXIMUM_SHOWN: Final = 200
NOT_KEPT: Final = "the body was not kept"
NOT_WHOLE: Final = "only the beginning of the body was kept"
TOO_LONG: Final = "deciding takes too many steps"


class Difference(Struct, frozen=True):
    """Why a condition does not hold: its RFC 6901 pointer, what it expects, and the actual value."""

    pointer: str
    expected: str
    actual: str


class Condition:
    """A condition on a request; this one always holds.

    `needs_body` if it may need the body. `is_costly` if it must not be evaluated on an event loop for a body of more
    than BODY_BYTES_ON_LOOP.
    """

    __slots__ = ("is_costly", "needs_body", "pointer", "rank")

    def __init__(self, pointer: str, *, needs_body: bool = False, is_costly: bool = False, rank: int = 0) -> None:
        """`rank` orders the conditions of one `when`, cheapest first."""
        self.pointer = pointer
        self.needs_body = needs_body
        self.is_costly = is_costly
        self.rank = rank

    def holds(self, view: RequestView) -> bool:
        """Raises TooLongForLoop if the view is used on an event loop that cannot spare the time."""
        return True

    def explain(self, view: RequestView) -> Difference | None:
        """The first difference; None if the condition holds."""
        return None


ALWAYS: Final = Condition("")


def clip(text: str) -> str:
    """`text`, shortened for a message."""
    return text if len(text) <= MAXIMUM_SHOWN else f"{text[:MAXIMUM_SHOWN]}…"
