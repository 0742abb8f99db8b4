"""Conditions made of conditions: all, any, not."""

from collections.abc import Sequence

from mockwave.rules.conditions.condition import NOT_KEPT, NOT_WHOLE, Condition, Difference
from mockwave.rules.request_view import RequestView

RANK_OF_NESTED = 7  # rank among conditions that need no body
RANK_WITH_BODY = 20


class Combined(Condition):
    """Several conditions, cheapest first."""

    __slots__ = ("conditions",)

    def __init__(self, pointer: str, conditions: Sequence[Condition]) -> None:
        needs_body = any(condition.needs_body for condition in conditions)
        super().__init__(
            pointer,
            needs_body=needs_body,
            is_costly=any(condition.is_costly for condition in conditions),
            rank=RANK_WITH_BODY if needs_body else RANK_OF_NESTED,
        )
        self.conditions = tuple(sorted(conditions, key=lambda condition: condition.rank))


class All(Combined):
    """All of them hold."""

    __slots__ = ()

    def holds(self, view: RequestView) -> bool:
        for condition in self.conditions:  # noqa: SIM110 - twice as fast as `all`, which makes a generator
            if not condition.holds(view):
                return False
        return True

    def explain(self, view: RequestView) -> Difference | None:
        for condition in self.conditions:
            difference = condition.explain(view)
            if difference is not None:
                return difference
        return None


class AnyOf(Combined):
    """At least one of them holds."""

    __slots__ = ()

    def holds(self, view: RequestView) -> bool:
        for condition in self.conditions:  # noqa: SIM110
            if condition.holds(view):
                return True
        return False

    def explain(self, view: RequestView) -> Difference | None:
        first: Difference | None = None
        for condition in self.conditions:
            difference = condition.explain(view)
            if difference is None:
                return None
            first = first or difference
        expected = f"any of {len(self.conditions)} conditions to hold"
        if first is None:
            return Difference(self.pointer, expected, "there is none")
        actual = f"none does; {first.pointer}: expected {first.expected}, got {first.actual}"
        return Difference(self.pointer, expected, actual)


class Not(Condition):
    """The other condition does not hold. Without a body that cannot be decided, and the other one, read `negated`,
    holds."""

    __slots__ = ("condition",)

    def __init__(self, pointer: str, condition: Condition) -> None:
        needs_body = condition.needs_body
        rank = RANK_WITH_BODY if needs_body else RANK_OF_NESTED
        super().__init__(pointer, needs_body=needs_body, is_costly=condition.is_costly, rank=rank)
        self.condition = condition

    def holds(self, view: RequestView) -> bool:
        return not self.condition.holds(view)

    def explain(self, view: RequestView) -> Difference | None:
        if not self.condition.holds(view):
            return None
        actual = "they do"
        if self.needs_body and (view.body is None or view.is_cut):
            actual = NOT_WHOLE if view.is_cut else NOT_KEPT
        return Difference(self.pointer, "the conditions not to hold", actual)
