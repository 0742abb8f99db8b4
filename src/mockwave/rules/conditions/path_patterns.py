"""Conditions on paths: a pattern as routes have them (`/orders/{id}`, `/files/**`), or operators on the text.

The path parameters of a pattern are there for `pathParameters` in the same `when`, and in what is nested in it.
"""

from collections.abc import Mapping, Sequence

from mockwave._matcher import Match, Matcher
from mockwave.paths import PathError, parse_path
from mockwave.rules.conditions.condition import Condition, Difference, clip
from mockwave.rules.conditions.fields import PathParameterCondition
from mockwave.rules.conditions.operators import Operator
from mockwave.rules.request_view import RequestView

_METHOD = "GET"  # of the only route of the matcher: the method of a request is another condition's


class PathPatternCondition(Condition):
    """The path fits the pattern."""

    __slots__ = ("_matcher", "names", "text")

    def __init__(self, pointer: str, text: str, *, rank: int) -> None:
        """Raises PathError."""
        super().__init__(pointer, rank=rank)
        pattern = parse_path(text)
        self.text = text
        self.names = pattern.parameter_names
        self._matcher: Matcher[bool] = Matcher([(_METHOD, pattern, True)])

    def holds(self, view: RequestView) -> bool:
        return isinstance(self._matcher.match(_METHOD, view.path), Match)

    def explain(self, view: RequestView) -> Difference | None:
        if self.holds(view):
            return None
        return Difference(self.pointer, f"a path like {clip(self.text)}", f'"{clip(view.path_text)}"')

    def find_parameters(self, view: RequestView) -> Mapping[str, str]:
        """The path parameters; none where the path does not fit."""
        found = self._matcher.match(_METHOD, view.path)
        return found.parameters() if isinstance(found, Match) else {}


class PatternParameterCondition(PathParameterCondition):
    """A path parameter of a pattern in the rule itself."""

    __slots__ = ("_pattern",)

    def __init__(
        self,
        pointer: str,
        key: str,
        operator: Operator,
        *,
        pattern: PathPatternCondition,
        rank: int,
        is_negated: bool = False,
    ) -> None:
        super().__init__(pointer, key, operator, rank=rank, is_negated=is_negated)
        self._pattern = pattern

    @property
    def pattern_text(self) -> str:
        return self._pattern.text

    def find_values(self, view: RequestView) -> Sequence[str]:
        value = self._pattern.find_parameters(view).get(self.key)
        return () if value is None else (value,)


__all__ = ["PathError", "PathPatternCondition", "PatternParameterCondition"]
