"""The rules of a long list by a value that they require, so that a request is tested against a few of them.

Each rule is listed under one value that its `when` requires with `equalTo` (or a literal path): the one that the fewest
other rules require. Rules that require none are among the `others`. If a request does not have that value, the rule
cannot hold: only such rules are left out, and the order stays the list's.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from heapq import merge
from typing import Final, NamedTuple

from mockwave.rules.conditions.combinations import All
from mockwave.rules.conditions.condition import Condition
from mockwave.rules.conditions.fields import ValuesCondition
from mockwave.rules.conditions.logic import And
from mockwave.rules.conditions.operators import Operator
from mockwave.rules.conditions.path_patterns import PathPatternCondition, PatternParameterCondition
from mockwave.rules.conditions.texts import EqualTo
from mockwave.rules.request_view import RequestView

Given = Mapping[str, str | Sequence[str]]
"""The values of a request by name: one or several."""

PATTERN: Final = "pattern"
BATCH: Final = 512

GIVEN: Final[Mapping[str, Callable[[RequestView], Given]]] = {
    "method": lambda view: {"": view.method},
    "path": lambda view: {"": view.path_text},
    PATTERN: lambda view: {"": view.path_text.rstrip("/")},
    "client": lambda view: {"": view.client},
    "pathParameters": lambda view: view.path_parameters,
    "headers": lambda view: view.header_values,
    "cookies": lambda view: view.cookies,
    "query": lambda view: view.query_values,
}
"""The values that rules may be listed under, by the member of `when`."""


class Equality(NamedTuple):
    """A value that a request must have for a condition to hold."""

    where: str
    name: str
    value: str


class RuleIndex:
    """The numbers of rules, by the values they require (`find_asked` of each of their conditions)."""

    __slots__ = ("_others", "_tables")

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, dict[str, list[int]]]] = {}
        """Member of `when` → name → value → numbers, ascending."""
        self._others: list[int] = []

    @staticmethod
    def find_asked(condition: Condition | None) -> tuple[Equality, ...]:
        return () if condition is None else tuple(find_equalities(condition))

    def take_in_steps(self, asked: Sequence[Sequence[Equality]]) -> Generator[None, None, None]:
        """Adds the rules that require these; yields now and then."""
        counts: Counter[Equality] = Counter()
        for start in range(0, len(asked), BATCH):
            counts.update(equality for each in asked[start : start + BATCH] for equality in each)
            yield
        for number, equalities in enumerate(asked):
            if equalities:
                where, name, value = min(equalities, key=counts.__getitem__)
                self._tables.setdefault(where, {}).setdefault(name, {}).setdefault(value, []).append(number)
            else:
                self._others.append(number)
            if number % BATCH == 0:
                yield

    def find_candidates(self, view: RequestView) -> Iterable[int]:
        """Returns the numbers of all rules that may hold, ascending."""
        found: list[list[int]] = []
        for where, names in self._tables.items():
            given = GIVEN[where](view)
            # Either may be long: the author of a request chooses one, that of a rule the other.
            for name in names if len(names) <= len(given) else given:
                table, values = names.get(name), given.get(name)
                if table is None or values is None:
                    continue
                for value in (values,) if isinstance(values, str) else set(values):
                    numbers = table.get(value)
                    if numbers is not None:
                        found.append(numbers)
        if not found:
            return self._others
        if len(found) == 1 and not self._others:
            return found[0]
        return merge(*found, self._others)


def find_equalities(condition: Condition) -> Iterable[Equality]:
    """Returns the values that a request must have for the condition to hold, as far as equality tells."""
    if isinstance(condition, All):
        for each in condition.conditions:
            yield from find_equalities(each)
    elif isinstance(condition, PathPatternCondition):
        # Only a literal pattern. Escapes, and characters that requests need not escape, are left to the matcher.
        if condition.text.isascii() and not any(mark in condition.text for mark in "{}*%"):
            yield Equality(PATTERN, "", condition.text.rstrip("/"))
    elif (
        isinstance(condition, ValuesCondition)
        and condition.where in GIVEN
        and not isinstance(condition, PatternParameterCondition)
    ):
        for text in find_texts(condition.operator):
            yield Equality(condition.where, condition.key, text)


def find_texts(operator: Operator) -> Iterable[str]:
    """Returns texts one of which a value must be for the operator to hold."""
    if isinstance(operator, EqualTo) and not operator.ignores_case:
        yield operator.wanted
    elif isinstance(operator, And) and not operator.is_multiple:
        for each in operator.operators:
            yield from find_texts(each)
