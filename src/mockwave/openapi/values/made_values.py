"""A made value, with its size, which has bounds, and whether it conforms."""

from typing import Any, Final

from msgspec import Struct

MAXIMUM_NODES: Final = 20_000  # of JSON, in one value
USUAL_NODES: Final = 4_000  # exceeded only for required parts


class Made(Struct, frozen=True):
    """A value, its number of JSON nodes, and whether it conforms (else it is the best that was found)."""

    value: Any
    size: int
    fits: bool = True


class TooLargeError(Exception):
    """The value would exceed the bounds."""
