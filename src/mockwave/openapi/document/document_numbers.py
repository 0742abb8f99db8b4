"""Numbers of a document that Python or JSON cannot represent.

Reading an integer takes time in proportion to the square of its digits, so no more than MAXIMUM_DIGITS of them are
read. Infinities and NaN are not JSON (RFC 8259 §6): null takes their place, as in JavaScript's JSON.stringify.
"""

from math import isfinite
from typing import Any, Final

from mockwave.openapi.document.report import Problems
from mockwave.openapi.document.trees import Place, change_values, find_pointer

MAXIMUM_DIGITS: Final = 4_300  # Python's default limit (sys.int_info.default_max_str_digits)
MAXIMUM_BITS: Final = 14_284  # no integer of so many bytes has more digits


class NumberTooLong(ValueError):
    """An integer has too many digits to be read."""

    def __init__(self, digits: int) -> None:
        super().__init__(f"a number has {digits} digits; at most {MAXIMUM_DIGITS} can be read")


def read_integer(digits: str, base: int = 10) -> int:
    """Returns the integer of the digits, in base 10, with an optional sign. Raises NumberTooLong."""
    if len(digits) > MAXIMUM_DIGITS:
        raise NumberTooLong(len(digits))
    integer = int(digits, base)
    if integer.bit_length() > MAXIMUM_BITS:
        raise NumberTooLong(len(digits))
    return integer


def read_finite(digits: str) -> float:
    """Returns the float of the digits. Raises OverflowError if it is beyond a double's range."""
    number = float(digits)
    if isfinite(number):
        return number
    raise OverflowError


def replace_infinities(tree: Any, problems: Problems) -> Any:
    """Returns `tree` with null in place of each infinity and NaN; objects and arrays are changed in place."""

    def replace(value: Any, place: Place) -> Any:
        if not isinstance(value, float) or isfinite(value):
            return value
        problems.add(find_pointer(place), "JSON has no infinite numbers and no NaN; null takes the place of this one")
        return None

    return change_values(tree, replace)
