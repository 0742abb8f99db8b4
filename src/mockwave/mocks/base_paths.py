"""The routes of a server below base paths, where some have base paths of their own (OpenAPI 3.1 §4.8.9, §4.8.10).

Two Matchers beside the one of all routes: `at_root` has those that the document's base paths may stand before,
`prefixed` the others, once under each of their own. A route that is shadowed in that one is in neither of these.
"""

from typing import Any

from msgspec import Struct

from mockwave._matcher import DuplicateRoute, Matcher, MatcherEditor
from mockwave.paths import StoredPattern


class BuiltRoute(Struct, frozen=True):
    """A route ready to be put into a Matcher."""

    id: bytes
    generated: bool
    method: str
    pattern: StoredPattern
    answer: Any
    position: int
    base_paths: tuple[str, ...] | None = None


class RoutesBelow:
    """Keeps both Matchers as routes come and go, between `begin` and `finish`."""

    def __init__(self) -> None:
        self.at_root: Matcher[Any] = Matcher([])
        self.prefixed: Matcher[Any] = Matcher([])
        self.has_twins = False
        """Two routes are the same below a base path. The first serves; when it goes, all have to be put in anew."""
        self._editors: tuple[MatcherEditor[Any], MatcherEditor[Any]]
        self._numbers: dict[bytes, int] = {}  # at the root, by id
        self._own: dict[bytes, tuple[tuple[str, ...], list[int]]] = {}  # base paths and numbers of the others

    def begin(self) -> None:
        self._editors = MatcherEditor(self.at_root), MatcherEditor(self.prefixed)

    def finish(self) -> None:
        self.at_root, self.prefixed = (editor.finish() for editor in self._editors)

    def put(self, route: BuiltRoute) -> None:
        at_root, prefixed = self._editors
        if route.base_paths is None:
            self._numbers[route.id] = at_root.add(route.method, route.pattern, route.answer, route.position)
            return
        numbers: list[int] = []
        self._own[route.id] = route.base_paths, numbers
        for base_path in route.base_paths:
            pattern = StoredPattern(base_path + route.pattern.key, route.pattern.parameter_names)
            try:
                numbers.append(prefixed.add(route.method, pattern, route.answer, route.position))
            except DuplicateRoute:
                self.has_twins = True

    def remove(self, route_id: bytes) -> tuple[str, ...] | None:
        """Takes the route out, and returns its own base paths."""
        at_root, prefixed = self._editors
        if route_id in self._numbers:
            at_root.remove(self._numbers.pop(route_id))
            return None
        base_paths, numbers = self._own.pop(route_id)
        for number in numbers:
            prefixed.remove(number)
        return base_paths
