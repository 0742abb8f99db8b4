"""Operators that can never hold together for one value: proofs by trying the few possible values, and by bounds.

A value that has to equal a text can only be that text, so all other operators are tried on it; likewise for a value
that has to be absent, and for each text of an `or`. Operators that depend on the time, or take too many steps, may
hold.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from mockwave.rules.conditions.body_operators import JsonOperator, XmlOperator
from mockwave.rules.conditions.dates import ComparesTime, find_empty_time
from mockwave.rules.conditions.json_equality import EqualToJson
from mockwave.rules.conditions.logic import And, Combination, HasExactly, Includes, Not, Or
from mockwave.rules.conditions.numbers import ComparesNumber, find_empty_range
from mockwave.rules.conditions.operators import GivenMembers, Operator
from mockwave.rules.conditions.texts import (
    Absent,
    Anything,
    Contains,
    DoesNotContain,
    DoesNotMatch,
    EqualTo,
    MatchesPattern,
)
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import OutOfSteps, Steps
from mockwave.validation.check_limits import TooLongForLoop

MAXIMUM_TOGETHER: Final = 100
"""The most operators on one value that are compared with each other, and the most values tried."""
MAXIMUM_TRIED: Final = 1_000
"""The most characters of a value that is tried."""
BUDGET: Final = 5_000
"""The most values tried in all proofs about one `when`, at a microsecond or two each."""
MAXIMUM_STEPS: Final = 1_000
"""The most steps for trying one value, some third of a millisecond."""


class TriedEnough(Exception):
    """The budget is spent; whatever is not proven yet may hold."""


class ProofBudget:
    """The budget of all proofs about one `when`."""

    def __init__(self) -> None:
        self._left = BUDGET

    def spend(self, count: int) -> None:
        """Raises TriedEnough."""
        self._left -= count
        if self._left < 0:
            raise TriedEnough


class ValueProofs:
    """Finds contradictions between operators; `given` are the texts from which they were read."""

    def __init__(self, given: GivenMembers, budget: "ProofBudget") -> None:
        self._given = given
        self._budget = budget

    def find(self, operators: Sequence[Operator], *, is_body: bool = False, is_repeatable: bool = False) -> str:
        """Why the operators cannot all hold for a value; "" if they may. With `is_repeatable`, each operator may hold
        for a different value of the name."""
        if is_repeatable:
            for operator in operators:
                # All operators look at one value, unless some look at all values.
                if not operator.is_multiple and (message := self._find_for_one([operator], is_body)):
                    return message
            return self._find_for_many([each for operator in operators for each in flatten(operator)])
        return self._find_for_one(operators, is_body)

    def needs_value(self, operator: Operator) -> bool:
        """Whether the operator never holds for a missing value."""
        return not self.may_hold(operator, None)

    def may_hold(self, operator: Operator, text: str | None, is_body: bool = False) -> bool:
        """Whether the operator holds for the value, or may at another time. With `is_body` the value is a body, where
        no text means no bytes. Raises TriedEnough."""
        self._budget.spend(1 + len(text or "") // 100)
        return may_hold(operator, text, is_body)

    def identify(self, operator: Operator) -> frozenset[Hashable]:
        """Returns the keys of the operators that all have to hold; equal for equal operators."""
        return frozenset(self._identify_one(each) for each in flatten(operator))

    def _identify_one(self, operator: Operator) -> Hashable:
        if isinstance(operator, Combination):
            return operator.name, tuple(map(self.identify, operator.operators))
        return self._given.text_of(operator)

    def _find_for_many(self, operators: Sequence[Operator]) -> str:
        """Looks for contradictions on a repeatable name."""
        exact = {len(each.operators) for each in operators if type(each) is HasExactly}
        if len(exact) > 1:
            return "there cannot be so many values, and so many others"
        if exact == {0} or any(isinstance(each, Absent) for each in operators):
            for other in operators:
                if not self.may_hold(other, None):
                    return f"absent and {other.describe()} never hold at once"
        for each in operators:
            if isinstance(each, HasExactly):
                for inner in each.operators:
                    if message := self.find([inner]):
                        return message
        return ""

    def _find_for_one(self, operators: Sequence[Operator], is_body: bool) -> str:
        found = list(spread_for_one(operators, is_body))
        self._budget.spend(1 + len(found) ** 2 // 10)
        if len(found) > MAXIMUM_TOGETHER:
            return ""
        for operator in found:
            if type(operator) is HasExactly and len(operator.operators) > 1:
                return "there is one value, and several are wanted"
            if message := self._find_alone(operator, is_body):
                return message
        for texts in map(find_texts, found):
            if texts is not None and not any(
                all(self.may_hold(each, text, is_body) for each in found) for text in texts
            ):
                return f"{describe(found)} never hold at once"
        if find_empty_range([each for each in found if isinstance(each, ComparesNumber)]):
            return "no number is in that range"
        if find_empty_time([each for each in found if isinstance(each, ComparesTime)]):
            return "no time is before and after these"
        return find_opposite_texts(found) or find_opposite_json(found) or self._find_opposites(found)

    def _find_alone(self, operator: Operator, is_body: bool) -> str:
        """Why the operator alone never holds."""
        if isinstance(operator, Or):
            messages = [self.find([each], is_body=is_body) for each in operator.operators]
            return messages[0] if messages and all(messages) else ""
        if isinstance(operator, Not) and accepts_all(operator.operator):
            return f"{operator.describe()} never holds"
        return ""

    def _find_opposites(self, operators: Sequence[Operator]) -> str:
        """An operator, and a `not` of it or of something that follows from it."""
        negations = [each for each in operators if isinstance(each, Not) and not each.is_multiple]
        if negations:
            there = frozenset(map(self._identify_one, operators))
            for negation in negations:
                if self.identify(negation.operator) <= there:
                    return f"{negation.describe()} and its opposite never hold at once"
        return ""


def flatten(operator: Operator) -> list[Operator]:
    """Returns the operators that all have to hold."""
    if isinstance(operator, And):
        return [each for inner in operator.operators for each in flatten(inner)]
    return [operator]


def spread_for_one(operators: Sequence[Operator], is_body: bool) -> Iterator[Operator]:
    """The operators that all have to hold for one value, or for none, including those of lists of which it is the only
    value."""
    for operator in operators:
        for each in flatten(operator):
            yield each
            if isinstance(each, HasExactly) and not is_body:
                yield from spread_for_one(each.operators if each.operators else [Absent()], is_body)


def find_texts(operator: Operator) -> list[str | None] | None:
    """Returns all values for which the operator holds, with None for an absent value; None if there are more than a
    few."""
    if isinstance(operator, Absent):
        return [None]
    if isinstance(operator, EqualTo):
        return None if operator.ignores_case or len(operator.wanted) > MAXIMUM_TRIED else [operator.wanted]
    if isinstance(operator, And):
        return next((texts for each in operator.operators if (texts := find_texts(each)) is not None), None)
    if isinstance(operator, Or):
        found: list[str | None] = []
        for each in operator.operators:
            texts = find_texts(each)
            if texts is None or len(found) + len(texts) > MAXIMUM_TOGETHER:
                return None
            found += texts
        return found
    return None


def may_hold(operator: Operator, text: str | None, is_body: bool = False) -> bool:
    """Like the method of ValueProofs."""
    if depends_on_time(operator):
        return True
    is_long = asks_for_steps(operator)
    if not is_body and not (text and is_long):
        return operator.holds(text)
    if is_long and operator.is_multiple:
        return True
    view = RequestView(method="", path=b"", query=b"", headers=(), body=(text or "").encode("utf-8", "replace"))
    steps = view._steps = Steps(is_on_loop=True)
    steps.left = MAXIMUM_STEPS
    try:
        return operator.holds_for_body(view)
    except (OutOfSteps, TooLongForLoop):
        return True


def depends_on_time(operator: Operator) -> bool:
    """Whether it may hold for a text now but not later, or not on another machine."""
    if isinstance(operator, ComparesTime):
        return True
    return any(map(depends_on_time, inner_operators(operator)))


def asks_for_steps(operator: Operator) -> bool:
    """Whether it may take long on a text."""
    if operator.is_deferred or isinstance(operator, JsonOperator | XmlOperator):
        return True
    return any(map(asks_for_steps, inner_operators(operator)))


def inner_operators(operator: Operator) -> Sequence[Operator]:
    if isinstance(operator, Combination):
        return operator.operators
    inner = getattr(operator, "_operator", None)  # of a JSONPath or XPath
    return () if inner is None else (inner,)


def accepts_all(operator: Operator) -> bool:
    """Whether the operator holds for every value, and for a missing one."""
    if isinstance(operator, And):
        return all(map(accepts_all, operator.operators))
    if isinstance(operator, Or):
        return any(map(accepts_all, operator.operators))
    return isinstance(operator, Anything) or (type(operator) is Includes and not operator.operators)


def find_opposite_texts(operators: Sequence[Operator]) -> str:
    """Texts that have to be both present and missing, patterns that have to match and not to match, two texts in any
    case."""
    for one in operators:
        for other in operators:
            opposes = (
                (type(other) is DoesNotContain and type(one) is Contains and other.wanted in one.wanted)
                or (type(other) is DoesNotMatch and type(one) is MatchesPattern and other.pattern == one.pattern)
                or (
                    isinstance(one, EqualTo)
                    and isinstance(other, EqualTo)
                    and one.ignores_case
                    and other.ignores_case
                    and one.wanted != other.wanted
                )
            )
            if opposes:
                return f"{one.describe()} and {other.describe()} never hold at once"
    return ""


def find_opposite_json(operators: Sequence[Operator]) -> str:
    """Two JSON values that it has to equal, one of which is complete."""
    values = [each for each in operators if isinstance(each, EqualToJson)]
    for one in values:
        for other in values:
            if one is not other and one.is_plain and not other.may_take(one.wanted, MAXIMUM_STEPS):
                return f"{one.describe()} and {other.describe()} never hold at once"
    return ""


def describe(operators: Sequence[Operator]) -> str:
    shown = [each.describe() for each in operators if not isinstance(each, HasExactly) or each.operators]
    return " and ".join(shown[:3]) if len(shown) <= 3 else f"{' and '.join(shown[:3])} and others"
