"""Operators made of operators: and, or, not; and hasExactly, includes on all values of a repeatable name.

Several operators in one matcher form an `and`. For a repeated name, an `and` of plain operators holds if all of them
hold for the same value; with `hasExactly` or `includes` in it, each operator looks at all values.
"""

from collections.abc import Sequence
from typing import Any, Final

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.conditions.texts import Absent, Anything
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import Steps

MAXIMUM_VALUES: Final = 100


class Combination(Operator):
    """An operator made of other operators."""

    __slots__ = ("expected", "is_costly", "is_multiple", "operators", "parses")

    def __init__(self, operators: Sequence[Operator]) -> None:
        self.operators = tuple(operators)
        self.expected = ", ".join(operator.describe() for operator in self.operators[:5])
        self.is_costly = any(operator.is_costly for operator in self.operators)
        self.parses = any(operator.parses for operator in self.operators)
        self.is_multiple = any(operator.is_multiple for operator in self.operators)


class And(Combination):
    __slots__ = ()
    name = "all of"

    @property
    def holds_for_longer(self) -> bool:
        return all(operator.holds_for_longer for operator in self.operators)

    def holds(self, text: str | None) -> bool:
        return all(operator.holds(text) for operator in self.operators)

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        return all(operator.holds_for_text(text, steps) for operator in self.operators)

    def holds_for_body(self, view: RequestView) -> bool:
        return all(operator.holds_for_body(view) for operator in self.operators)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        return all(operator.holds_for_value(value, steps) for operator in self.operators)

    def holds_for_any(self, values: Sequence[str]) -> bool:
        if self.is_multiple:
            return all(operator.holds_for_any(values) for operator in self.operators)
        return super().holds_for_any(values)

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        if self.is_multiple:
            return all(operator.holds_for_values(values, steps) for operator in self.operators)
        return super().holds_for_values(values, steps)


class Or(Combination):
    __slots__ = ()
    name = "any of"

    def holds(self, text: str | None) -> bool:
        return any(operator.holds(text) for operator in self.operators)

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        return any(operator.holds_for_text(text, steps) for operator in self.operators)

    def holds_for_body(self, view: RequestView) -> bool:
        return any(operator.holds_for_body(view) for operator in self.operators)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        return any(operator.holds_for_value(value, steps) for operator in self.operators)

    def holds_for_any(self, values: Sequence[str]) -> bool:
        return any(operator.holds_for_any(values) for operator in self.operators)

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        return any(operator.holds_for_values(values, steps) for operator in self.operators)


class Not(Combination):
    __slots__ = ("operator",)
    name = "not"

    def __init__(self, operator: Operator) -> None:
        super().__init__([operator])
        self.operator = operator

    def holds(self, text: str | None) -> bool:
        return not self.operator.holds(text)

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        return not self.operator.holds_for_text(text, steps)

    def holds_for_body(self, view: RequestView) -> bool:
        return not self.operator.holds_for_body(view)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        return not self.operator.holds_for_value(value, steps)

    def holds_for_any(self, values: Sequence[str]) -> bool:
        if self.is_multiple:
            return not self.operator.holds_for_any(values)
        return super().holds_for_any(values)

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        if self.is_multiple:
            return not self.operator.holds_for_values(values, steps)
        return super().holds_for_values(values, steps)


class HasExactly(Combination):
    """Each value is paired with a different operator that holds for it, and each operator with a value."""

    __slots__ = ("is_multiple",)
    name = "hasExactly"

    def __init__(self, operators: Sequence[Operator]) -> None:
        super().__init__(operators)
        self.is_multiple = True

    def holds(self, text: str | None) -> bool:
        return self.holds_for_any([] if text is None else [text])

    def holds_for_text(self, text: str, steps: Steps) -> bool:
        return self.holds_for_values([text], steps)

    def holds_for_any(self, values: Sequence[str]) -> bool:
        if len(values) != len(self.operators):
            return False
        return can_pair([[operator.holds(value) for value in values] for operator in self.operators])

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        if len(values) != len(self.operators):
            return False
        fits = [[operator.holds_for_text(value, steps) for value in values] for operator in self.operators]
        steps.spend(len(values) ** 2)
        return can_pair(fits)


class Includes(HasExactly):
    """Each operator holds for some value; there may be others."""

    __slots__ = ()
    name = "includes"

    def holds_for_any(self, values: Sequence[str]) -> bool:
        return all(any(map(operator.holds, values)) for operator in self.operators)

    def holds_for_values(self, values: Sequence[str], steps: Steps) -> bool:
        return all(any(operator.holds_for_text(value, steps) for value in values) for operator in self.operators)


def can_pair(fits: Sequence[Sequence[bool]]) -> bool:
    """Whether each row can get a different column in which it is True (Kuhn's augmenting paths)."""
    row_of: dict[int, int] = {}
    for first in range(len(fits)):
        seen: set[int] = set()
        # Breadth first, since a path may be as long as there are rows: `came_from` leads back to `first`.
        came_from: dict[int, int] = {}
        waiting = [first]
        free = -1
        while waiting and free < 0:
            row = waiting.pop()
            for column, fit in enumerate(fits[row]):
                if fit and column not in seen:
                    seen.add(column)
                    came_from[column] = row
                    if column not in row_of:
                        free = column
                        break
                    waiting.append(row_of[column])
        if free < 0:
            return False
        _shift(row_of, came_from, free, first)
    return True


def _shift(row_of: dict[int, int], came_from: dict[int, int], free: int, first: int) -> None:
    """Moves each row on the path to the column `free` to the column over which it was reached."""
    column_of = {row: column for column, row in row_of.items()}
    column = free
    while True:
        row = came_from[column]
        row_of[column] = row
        if row == first:
            return
        column = column_of[row]


def make_one(operators: Sequence[Operator]) -> Operator:
    """Joins several operators of one matcher into one."""
    return operators[0] if len(operators) == 1 else And(operators)


def holds_for_nothing(operator: Operator) -> bool:
    """Whether it holds if a path finds nothing: as in WireMock, if it asks for absence. `doesNotContain`, `not` and the
    like need a value there, unlike those of a missing header."""
    if operator.is_multiple:
        return operator.holds_for_any(())
    if isinstance(operator, And):
        return all(map(holds_for_nothing, operator.operators))
    if isinstance(operator, Or):
        return any(map(holds_for_nothing, operator.operators))
    return isinstance(operator, Absent | Anything)


def read_and(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    operators = read_list(reading, given["and"], pointer_below(at, "and"))
    return None if operators is None else And(operators)


def read_or(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    at = pointer_below(at, "or")
    operators = read_list(reading, given["or"], at)
    if operators == []:
        reading.refuse(at, "never", "an empty or never holds; name an operator")
        return None
    return None if operators is None else Or(operators)


def read_not(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    operators = reading.read_operators(given["not"], pointer_below(at, "not"))
    return None if operators is None else Not(make_one(operators))


def read_has_exactly(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    operators = read_values_list(reading, given["hasExactly"], pointer_below(at, "hasExactly"))
    return None if operators is None else HasExactly(operators)


def read_includes(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    operators = read_values_list(reading, given["includes"], pointer_below(at, "includes"))
    return None if operators is None else Includes(operators)


def read_list(reading: Reading, given: Any, at: str) -> list[Operator] | None:
    """Reads the matchers of a list, each as one operator."""
    if not isinstance(given, list):
        reading.refuse_type(at, 'an array of operators, like [{"equalTo": "a"}]', given)
        return None
    found = []
    for index, each in enumerate(given):
        operators = reading.read_operators(each, pointer_below(at, index))
        if operators is not None:
            found.append(make_one(operators))
    return found if len(found) == len(given) else None


def read_values_list(reading: Reading, given: Any, at: str) -> list[Operator] | None:
    """Reads the matchers of a list for all values of a name; each operator may be tried on each value."""
    if isinstance(given, list) and len(given) > MAXIMUM_VALUES:
        reading.refuse(at, "limit", f"it has at most {MAXIMUM_VALUES} items")
        return None
    return read_list(reading, given, at)


LOGIC_KINDS = {
    "and": Kind(read_and),
    "or": Kind(read_or),
    "not": Kind(read_not),
    "hasExactly": Kind(read_has_exactly),
    "includes": Kind(read_includes),
}
