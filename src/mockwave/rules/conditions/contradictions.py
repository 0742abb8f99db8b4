"""Proofs that a condition can never hold: conditions that all have to hold, but cannot at the same time.

Only proofs, no guesses: a condition that may hold for some request is never refused. The proofs are about

- one value that has to be two things at once (`value_contradictions.py`). Two names of a kind that is not repeated are
  one value anywhere in the `when`, if all of it has to hold;
- a condition, and a `not` of it, or of what follows from it;
- names that have to be present, but that `strict` excludes;
- an `any`, each of whose conditions contradicts itself or the rest, and a `not` of something that always holds.

A `when` that never holds may be useful within another: below `any` another condition may hold, and its `not` always
holds.
"""

from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Final, NamedTuple

from mockwave.rules.conditions.basic_auth import BasicAuthCondition
from mockwave.rules.conditions.combinations import All, AnyOf, Not
from mockwave.rules.conditions.condition import Condition
from mockwave.rules.conditions.fields import (
    BodyCondition,
    CookieCondition,
    FormCondition,
    HeaderCondition,
    MethodCondition,
    StrictHeaders,
    StrictQuery,
    ValuesCondition,
)
from mockwave.rules.conditions.multipart_parts import MultipartCondition
from mockwave.rules.conditions.operators import GivenMembers
from mockwave.rules.conditions.path_patterns import PatternParameterCondition
from mockwave.rules.conditions.texts import Absent
from mockwave.rules.conditions.value_contradictions import ProofBudget, TriedEnough, ValueProofs, accepts_all, flatten

MAXIMUM_BRANCHES: Final = 20
"""The most conditions of an `any` that are each compared with the rest."""
MAXIMUM_REST: Final = 50

READ_HEADERS: Final = ("authorization", "cookie", "content-type")
"""What conditions of other names read."""

Fault = tuple[str, str]
"""A JSON pointer, and a message."""


class Proofs:
    """Finds what can never hold in one `when`. `given` are the texts of its operators and conditions; `methods` are
    those of its requests, if known."""

    def __init__(self, given: GivenMembers, methods: Collection[str] | None = None) -> None:
        self._given = given
        self._methods = methods
        self._budget = ProofBudget()
        self._values = ValueProofs(given, self._budget)

    def find(self, conditions: Sequence[Condition]) -> list[Fault]:
        """Returns pointer and message of what can never hold, if all `conditions` have to hold."""
        try:
            return self._find(conditions)
        except TriedEnough:
            return []

    def _find(self, conditions: Sequence[Condition]) -> list[Fault]:
        together = list(spread(conditions))
        self._budget.spend(1 + len(together) // 10)
        faults = [fault for condition in together if (fault := self._why_never(condition))]
        if faults:
            return faults
        faults = [
            *self._find_in_values(together),
            *self._find_left_out(together),
            *self._find_opposites(together),
        ]
        return faults or list(self._find_closed(together))

    def _why_never(self, condition: Condition) -> Fault | None:
        """Why the condition alone never holds."""
        if isinstance(condition, ValuesCondition):
            message = self._find_for([condition])
            return (condition.pointer, message) if message else None
        if isinstance(condition, All):
            return next(iter(self._find(condition.conditions)), None)
        if isinstance(condition, AnyOf):
            firsts = [self._why_never(each) for each in condition.conditions]
            if all(firsts) and firsts[0] is not None:
                return condition.pointer, f"none of these ever holds; of the first, {firsts[0][1]}"
        if isinstance(condition, Not) and self._always_holds(condition.condition):
            return condition.pointer, "what must not hold always does"
        return None

    def _always_holds(self, condition: Condition) -> bool:
        if isinstance(condition, ValuesCondition):
            return accepts_all(condition.operator)
        if isinstance(condition, All):
            return all(map(self._always_holds, condition.conditions))
        if isinstance(condition, AnyOf):
            return any(map(self._always_holds, condition.conditions))
        if isinstance(condition, Not):
            return self._why_never(condition.condition) is not None
        return type(condition) is Condition

    def _find_in_values(self, conditions: Sequence[Condition]) -> Iterator[Fault]:
        """Several conditions on one value, or on the values of one name."""
        groups: dict[Hashable, list[ValuesCondition]] = {}
        for condition in conditions:
            if isinstance(condition, ValuesCondition):
                groups.setdefault(place_of(condition), []).append(condition)
        for group in groups.values():
            last = group[-1]
            if self._methods is not None and isinstance(last, MethodCondition):
                operators = [condition.operator for condition in group]
                if not any(all(self._values.may_hold(each, method) for each in operators) for method in self._methods):
                    yield last.pointer, f"requests to this route are {' or '.join(self._methods)}"
            elif len(group) > 1 and (message := self._find_for(group)):
                yield last.pointer, f"together with {group[0].pointer}: {message}"

    def _find_for(self, group: Sequence[ValuesCondition]) -> str:
        """Why conditions on one value, or on one name, cannot all hold; "" if they may."""
        operators = [condition.operator for condition in group]
        is_body = isinstance(group[0], BodyCondition)
        return self._values.find(operators, is_body=is_body, is_repeatable=group[0].is_repeatable)

    def _find_left_out(self, conditions: Sequence[Condition]) -> Iterator[Fault]:
        """Names that have to be present, but that `strict` does not name; what only a header can tell that must be
        absent, or that `strict` does not name."""
        named = [condition for condition in conditions if isinstance(condition, ValuesCondition)]
        for condition in conditions:
            if isinstance(condition, StrictQuery | StrictHeaders):
                where = "query" if isinstance(condition, StrictQuery) else "headers"
                for other in named:
                    is_left_out = other.where == where and not condition.takes(other.key)
                    if is_left_out and self._values.needs_value(other.operator):
                        yield other.pointer, f"{condition.pointer} does not name it, so it is never there"
        stricts = [condition for condition in conditions if isinstance(condition, StrictHeaders)]
        absent = {each.key: each for each in named if isinstance(each, HeaderCondition) and has_absent(each)}
        excluding = {
            header: next((strict for strict in stricts if not strict.takes(header)), None) for header in READ_HEADERS
        }
        for condition in conditions:
            header = self._needed_header(condition)
            strict = excluding.get(header)
            if strict is not None:
                yield condition.pointer, f"{strict.pointer} does not name {header}, so it is never there"
            elif header in absent:
                yield absent[header].pointer, f"{condition.pointer} needs that header"

    def _needed_header(self, condition: Condition) -> str:
        """The header without which the condition never holds, though it does not name it; "" if there is none."""
        if isinstance(condition, BasicAuthCondition):
            return "authorization"
        if isinstance(condition, CookieCondition) and self._values.needs_value(condition.operator):
            return "cookie"
        if isinstance(condition, FormCondition) and self._values.needs_value(condition.operator):
            return "content-type"
        return "content-type" if isinstance(condition, MultipartCondition) else ""

    def _find_opposites(self, conditions: Sequence[Condition]) -> Iterator[Fault]:
        """A condition, and a `not` of something that follows from it and the others."""
        negations = [condition for condition in conditions if isinstance(condition, Not)]
        if not negations:
            return
        atoms = {self._identify(condition) for condition in conditions}
        for negation in negations:
            inner = negation.condition
            if self._follows(inner, atoms):
                yield negation.pointer, "what must not hold here has to hold by what stands beside it"

    def _follows(self, condition: Condition, atoms: set[Hashable]) -> bool:
        """Whether the condition holds whenever all `atoms` do."""
        if isinstance(condition, All):
            return all(self._follows(each, atoms) for each in condition.conditions)
        if self._identify(condition) in atoms:
            return True
        if isinstance(condition, AnyOf):
            return any(self._follows(each, atoms) for each in condition.conditions)
        if isinstance(condition, ValuesCondition) and not condition.operator.is_multiple:
            place, wanted = place_of(condition), self._values.identify(condition.operator)
            beside = [atom for atom in atoms if isinstance(atom, ValuesAtom) and atom.place == place]
            return any(wanted <= atom.operators for atom in beside if not atom.is_multiple)
        return False

    def _identify(self, condition: Condition) -> Hashable:
        """Returns a key that is equal for conditions that hold for the same requests."""
        if isinstance(condition, ValuesCondition):
            operators = self._values.identify(condition.operator)
            return ValuesAtom(place_of(condition), operators, condition.operator.is_multiple)
        if isinstance(condition, All):
            return "all", frozenset(map(self._identify, spread([condition])))
        if isinstance(condition, AnyOf):
            return "any", frozenset(map(self._identify, condition.conditions))
        if isinstance(condition, Not):
            return "not", self._identify(condition.condition)
        return type(condition), self._given.text_of(condition)

    def _find_closed(self, conditions: Sequence[Condition]) -> Iterator[Fault]:
        """An `any`, each of whose conditions contradicts the ones beside it."""
        rest = [condition for condition in conditions if not isinstance(condition, AnyOf)]
        choices = [each for each in conditions if isinstance(each, AnyOf)]
        if not rest or len(rest) > MAXIMUM_REST:
            return
        for choice in choices:
            if len(choice.conditions) > MAXIMUM_BRANCHES:
                continue
            if all(self._why_never(each) or self._find([*rest, each]) for each in choice.conditions):
                yield choice.pointer, "each of these contradicts what stands beside them"


class ValuesAtom(NamedTuple):
    """A condition on the values at a place."""

    place: Hashable
    operators: frozenset[Hashable]
    is_multiple: bool


def spread(conditions: Sequence[Condition]) -> Iterator[Condition]:
    """Yields the conditions that all have to hold, taken out of combinations."""
    for condition in conditions:
        if isinstance(condition, All):
            yield from spread(condition.conditions)
        else:
            yield condition


def place_of(condition: ValuesCondition) -> Hashable:
    """Returns the value that the condition looks at; a path parameter belongs to its pattern."""
    if isinstance(condition, PatternParameterCondition):
        return condition.where, condition.key, condition.pattern_text
    return condition.where, condition.key


def has_absent(condition: ValuesCondition) -> bool:
    return any(isinstance(operator, Absent) for operator in flatten(condition.operator))
