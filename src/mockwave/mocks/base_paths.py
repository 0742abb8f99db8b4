"""The routes of a server below base paths, if some have base paths of their own (OpenAPI 3.1 §4.8.9, §4.8.10).

There are two Matchers beside the one of all routes: `at_root` has the routes below the document's base paths,
`prefixed` the others, once under each of their own. A route that is shadowed in the main one is in neither.
"""

from typing import Any

from msgspec import Struct

from mockwave._matcher import DuplicateRoute, Matcher, MatcherEditor
from mockwave.paths import StoredPattern


class BuiltRoute(Struct, frozen=True):
    """A route that is ready for a Matcher."""

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
        """Two routes are the same below a base path. The first one serves; when it goes, all have to be put in
        again."""
        self._editors: tuple[MatcherEditor[Any], MatcherEditor[Any]]
        self._numbers: dict[bytes, int] = {}  # routes at the root, by id
        self._own: dict[bytes, tuple[tuple[str, ...], list[int]]] = {}  # base paths and numbers of the other routes

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
        """Removes the route, and returns its own base paths."""
        at_root, prefixed = self._editors
        if route_id in self._numbers:
            at_root.remove(self._numbers.pop(route_id))
            return None
        base_paths, numbers = self._own.pop(route_id)
        for number in numbers:
            prefixed.remove(number)
        return base_paths
