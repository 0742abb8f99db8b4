"""Which requests a stub may take, by its path alone; and which rules of the server leave paths to routes.

A rule of the server that has no state, and takes every request to the path of a route, can stand among the rules of
that route instead (`is_shared`). What each stub says is worked out once: a file may have thousands, each held against
each path.
"""

from typing import Any, Final

from mockwave.formats.stubs.covering import Patterns, is_literal, may_match
from mockwave.formats.stubs.stubs import Stub
from mockwave.paths import PathPattern, parse_path

EVERY_PATH: Final = "/**"

MAXIMUM_LEFT_TO_ROUTES: Final = 50  # paths that a rule of the server leaves out; with more, all are its kind


class StubPaths:
    """The paths of all stubs, by the place of each in their order."""

    def __init__(self, stubs: list[Stub]) -> None:
        self.stubs = stubs
        self.patterns: dict[str, PathPattern] = {
            stub.path: parse_path(stub.path) for stub in stubs if stub.path is not None
        }
        self.by_key = {pattern.key: pattern for pattern in self.patterns.values()}
        self.names_parameters = [stub.names_parameters for stub in stubs]
        earlier_paths = self._count_paths()
        self._can_be_shared = [
            earlier_paths[index] <= MAXIMUM_LEFT_TO_ROUTES
            and not (stub.has_state or self.names_parameters[index] or stub.limits or "method" in stub.when)
            for index, stub in enumerate(stubs)
        ]
        self._matches: dict[tuple[int, str], bool] = {}
        self._trees: dict[str, Patterns] = {}  # by the key of the one pattern in it

    def _count_paths(self) -> list[int]:
        """The number of paths before each stub."""
        counts: list[int] = []
        seen: set[str] = set()
        for stub in self.stubs:
            counts.append(len(seen))
            if stub.path is not None:
                seen.add(self.patterns[stub.path].key)
        return counts

    def pattern_of(self, index: int) -> PathPattern:
        path = self.stubs[index].path
        assert path is not None
        return self.patterns[path]

    def ends_others(self, index: int) -> bool:
        """Whether no later stub is ever asked, for the paths that it matches."""
        return not self.stubs[index].is_conditional and not self.stubs[index].unless_alone

    def can_be_shared(self, index: int) -> bool:
        return self._can_be_shared[index]

    def is_shared(self, index: int, pattern: PathPattern) -> bool:
        """Whether a rule of the server takes every request to the paths of a pattern, by method and path."""
        if not self._can_be_shared[index]:
            return False
        stub = self.stubs[index]
        if stub.path is not None:
            own = self.patterns[stub.path]
            return stub.path == EVERY_PATH or own.key == pattern.key or self._covers(own, pattern)
        operator = stub.path_operator or stub.when.get("path")
        if operator is None:
            return True
        if (
            not isinstance(operator, dict)
            or not is_literal(pattern)
            or operator.keys() not in ({"matches"}, {"equalTo"})
        ):
            return False
        return self._may_match(index, operator, pattern)

    def may_take_by_operator(self, index: int, pattern: PathPattern) -> bool:
        """Whether a stub whose path no pattern says may answer requests to the paths of the pattern."""
        stub = self.stubs[index]
        operator = stub.path_operator or stub.when.get("path")
        return not isinstance(operator, dict) or self._may_match(index, operator, pattern)

    def _may_match(self, index: int, operator: dict[str, Any], pattern: PathPattern) -> bool:
        known = self._matches.get((index, pattern.key))
        if known is None:
            known = self._matches[index, pattern.key] = may_match(operator, pattern)
        return known

    def _covers(self, pattern: PathPattern, other: PathPattern) -> bool:
        """Whether the pattern takes all paths of another, and more."""
        if is_literal(pattern):
            return False
        tree = self._trees.get(pattern.key)
        if tree is None:
            tree = self._trees[pattern.key] = Patterns([pattern])
        return pattern.key in tree.covering_pattern(other)
