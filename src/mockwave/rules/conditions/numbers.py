"""Operators on numbers: equalToNumber, greaterThanNumber, greaterThanEqualNumber, lessThanNumber, lessThanEqualNumber.

Values are compared as numbers, however they are written: `1`, `1.0` and `1e0` are equal. A value that is not a number
is neither equal, greater nor less.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.operators import Kind, Operator, Reading

MAXIMUM_CHARACTERS: Final = 1_000
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")

COMPARISONS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "equalToNumber": eq,
    "greaterThanNumber": gt,
    "greaterThanEqualNumber": ge,
    "lessThanNumber": lt,
    "lessThanEqualNumber": le,
}


class ComparesNumber(Operator):
    __slots__ = ("_compare", "expected", "name", "wanted")

    def __init__(self, name: str, wanted: Decimal) -> None:
        self.name = name
        self.wanted = wanted
        self.expected = str(wanted)
        self._compare = COMPARISONS[name]

    def holds(self, text: str | None) -> bool:
        number = None if text is None else read_number(text)
        return number is not None and self._compare(number, self.wanted)


def read_number(text: str) -> Decimal | None:
    """Reads `text` as a number; None if it is not one."""
    text = text.strip()
    if len(text) > MAXIMUM_CHARACTERS or _NUMBER.fullmatch(text) is None:
        return None
    return Decimal(text)


def _make_reader(name: str) -> Callable[[Reading, dict[str, Any], str], Operator | None]:
    def read(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
        wanted = given[name]
        number = None
        if isinstance(wanted, int | float | str) and not isinstance(wanted, bool):
            number = read_number(str(wanted))
        if number is None:
            reading.refuse_type(pointer_below(at, name), "a number", wanted)
            return None
        return ComparesNumber(name, number)

    return read


def find_empty_range(operators: list[ComparesNumber]) -> bool:
    """Whether no number lies in the ranges of all of them."""
    lows = [each for each in operators if each.name in ("greaterThanNumber", "greaterThanEqualNumber", "equalToNumber")]
    highs = [each for each in operators if each.name in ("lessThanNumber", "lessThanEqualNumber", "equalToNumber")]
    if not lows or not highs:
        return False
    low, high = max(each.wanted for each in lows), min(each.wanted for each in highs)
    if low != high:
        return low > high
    return not all(each.holds(str(low)) for each in operators)


NUMBER_KINDS = {name: Kind(_make_reader(name)) for name in COMPARISONS}
