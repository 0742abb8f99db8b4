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
from mockwave.rules.step_budget import Steps

MAXIMUM_CHARACTERS: Final = 1_000
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")

LARGEST_EXACT: Final = 2**63
"""Integers up to this are compared as they are: a longer one may not be a number because of its length."""

COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equalToNumber": eq,
    "greaterThanNumber": gt,
    "greaterThanEqualNumber": ge,
    "lessThanNumber": lt,
    "lessThanEqualNumber": le,
}


class ComparesNumber(Operator):
    __slots__ = ("_compare", "_nearest", "expected", "name", "wanted")

    def __init__(self, name: str, wanted: Decimal) -> None:
        self.name = name
        self.wanted = wanted
        self.expected = str(wanted)
        self._compare = COMPARISONS[name]
        self._nearest = float(wanted)

    def holds(self, text: str | None) -> bool:
        number = None if text is None else read_number(text)
        return number is not None and self._compare(number, self.wanted)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        """Like that of its text, which most numbers need not be turned into. Rounding never changes the order of two
        numbers, so numbers that differ as floats are told apart without it."""
        if type(value) is float and value != self._nearest:
            steps.spend(1)
            return self._compare(value, self._nearest)
        if type(value) is int and abs(value) <= LARGEST_EXACT:
            steps.spend(1)
            return self._compare(value, self.wanted)
        return super().holds_for_value(value, steps)


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
