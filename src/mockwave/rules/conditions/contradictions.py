"""What can never hold, where that can be proven: so far as one value is asked to be two things at once.

A value that has to equal a text can only be that text, so all other operators are asked about it; likewise one that has
to be absent. Two names of a kind that is not repeated are one value, wherever in the `when` they stand, if all of it
has to hold.
"""

from collections.abc import Iterator, Sequence

from mockwave.rules.conditions.condition import Condition
from mockwave.rules.conditions.dates import ComparesTime, find_empty_time
from mockwave.rules.conditions.fields import BodyCondition, ValuesCondition
from mockwave.rules.conditions.logic import And
from mockwave.rules.conditions.numbers import ComparesNumber, find_empty_range
from mockwave.rules.conditions.operators import Operator
from mockwave.rules.conditions.texts import Absent, Contains, DoesNotContain, DoesNotMatch, EqualTo, MatchesPattern
from mockwave.rules.step_budget import OutOfSteps

MAXIMUM_TOGETHER = 100
"""Operators on one value that are held against each other."""


def find_contradictions(conditions: Sequence[Condition]) -> Iterator[tuple[str, str]]:
    """Pointer and message of what can never hold, if all `conditions` have to."""
    groups: dict[tuple[str, str], list[ValuesCondition]] = {}
    for condition in conditions:
        if isinstance(condition, ValuesCondition):
            groups.setdefault((condition.where, condition.key), []).append(condition)
    for group in groups.values():
        last = group[-1]
        is_body = isinstance(last, BodyCondition)
        for condition in group:
            message = find_contradiction(flatten(condition.operator), is_body=is_body)
            if message:
                yield condition.pointer, message
                break
        else:
            together = [operator for condition in group for operator in flatten(condition.operator)]
            if len(group) > 1:
                message = find_contradiction(together, is_body=is_body, is_repeatable=last.is_repeatable)
                if message:
                    yield last.pointer, f"together with {group[0].pointer}: {message}"


def flatten(operator: Operator) -> list[Operator]:
    """The operators that all have to hold."""
    if isinstance(operator, And):
        return [each for inner in operator.operators for each in flatten(inner)]
    return [operator]


def find_contradiction(operators: Sequence[Operator], *, is_body: bool, is_repeatable: bool = False) -> str:
    """Why the operators cannot all hold for one value; "" if they may. `is_repeatable`: nor for several values."""
    if not 1 < len(operators) <= MAXIMUM_TOGETHER:
        return ""
    for wanted in operators:
        if isinstance(wanted, Absent):
            for other in operators:
                if not (_may_hold(other, None) or (is_body and _may_hold(other, ""))):
                    return f"absent and {other.describe()} never hold at once"
    if is_repeatable:
        return ""
    for wanted in operators:
        if isinstance(wanted, EqualTo) and not wanted.ignores_case:
            for other in operators:
                if not other.is_multiple and not _may_hold(other, wanted.wanted):
                    return f"{wanted.describe()} and {other.describe()} never hold at once"
    if find_empty_range([each for each in operators if isinstance(each, ComparesNumber)]):
        return "no number is in that range"
    if find_empty_time([each for each in operators if isinstance(each, ComparesTime)]):
        return "no time is before and after these"
    return _find_opposites(operators)


def _may_hold(operator: Operator, text: str | None) -> bool:
    try:
        return operator.holds(text)
    except OutOfSteps:
        return True


def _find_opposites(operators: Sequence[Operator]) -> str:
    """Texts that have to be there and not, patterns that have to match and not."""
    for one in operators:
        for other in operators:
            opposes = type(other) is DoesNotContain and type(one) is Contains and other.wanted in one.wanted
            if opposes or (
                type(other) is DoesNotMatch and type(one) is MatchesPattern and other.pattern == one.pattern
            ):
                return f"{one.describe()} and {other.describe()} never hold at once"
    return ""
