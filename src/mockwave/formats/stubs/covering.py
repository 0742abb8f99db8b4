"""Which path patterns take all paths of another: `/a/{x}` and `/a/**` those of `/a/b`, and `/a/**` those of `/a/{x}`.

The patterns are kept in a tree by their segments, so that a search costs as much as it finds, not as much as there are
patterns:

    a ─┬─ b          /a/b
       ├─ {} ── c    /a/{x}/c
       └─ **         /a/**
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from mockwave.formats.stubs.expressions import escape_regex
from mockwave.paths import Ending, PathPattern, Segment, SegmentKind
from mockwave.patterns.bounded import BoundedPattern, PatternRefused


class _Node:
    __slots__ = ("children", "ends", "partly", "rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}  # by key of the segment; "{}" is a parameter
        self.partly: list[tuple[Segment, _Node]] = []
        self.rest = ""  # key of the pattern whose rest begins here
        self.ends: dict[Ending, str] = {}


class Patterns:
    """Some path patterns, no two of them with one key."""

    def __init__(self, patterns: Iterable[PathPattern]) -> None:
        self._root = _Node()
        self._patterns = {pattern.key: pattern for pattern in patterns}
        for pattern in self._patterns.values():
            if is_literal(pattern):
                continue
            self._add(pattern)

    def covering(self, key: str) -> list[str]:
        """Returns the keys of the other patterns that match all paths of the pattern with this key."""
        return [found for found in self._find(self._root, self._patterns[key], 0) if found != key]

    def covering_pattern(self, pattern: PathPattern) -> list[str]:
        """Returns the keys of the patterns that match all paths of this pattern, which need not be in the tree."""
        return [found for found in self._find(self._root, pattern, 0) if found != pattern.key]

    def _add(self, pattern: PathPattern) -> None:
        node = self._root
        for segment in pattern.segments:
            if segment.kind is SegmentKind.REST:
                node.rest = pattern.key
                return
            child = node.children.get(segment.key)
            if child is None:
                child = node.children[segment.key] = _Node()
                if segment.kind is SegmentKind.PARTLY_LITERAL:
                    node.partly.append((segment, child))
            node = child
        node.ends[pattern.ending] = pattern.key

    def _find(self, node: _Node, pattern: PathPattern, index: int) -> Iterator[str]:
        if node.rest:
            yield node.rest
        if index == len(pattern.segments):
            end = node.ends.get(pattern.ending)
            if end is not None:
                yield end
            return
        segment = pattern.segments[index]
        if segment.kind is SegmentKind.REST:
            return
        for key in dict.fromkeys((segment.key, "{}")):
            child = node.children.get(key)
            if child is not None:
                yield from self._find(child, pattern, index + 1)
        if segment.kind is SegmentKind.LITERAL:
            for partly, child in node.partly:
                if _fits(partly, segment.literals[0]):
                    yield from self._find(child, pattern, index + 1)


def _fits(segment: Segment, literal: bytes) -> bool:
    """Whether a partly literal segment matches this literal one."""
    expression = b".+".join(map(re.escape, segment.literals))
    return re.fullmatch(expression, literal, re.DOTALL) is not None


def is_literal(pattern: PathPattern) -> bool:
    """Whether the pattern matches exactly one path."""
    return not pattern.parameter_names and pattern.ending is not Ending.REST


def literal_path(pattern: PathPattern) -> str:
    """Returns the only path of a literal pattern, without escapes."""
    return unquote(pattern.key) or "/"


def as_operator(pattern: PathPattern) -> dict[str, Any]:
    """Returns the operator on a whole path that matches what the pattern matches."""
    if is_literal(pattern):
        return {"equalTo": literal_path(pattern)}
    expression = ""
    for segment in pattern.segments:
        if segment.kind is SegmentKind.REST:
            return {"matches": expression + "(/.*)?"}
        expression += "/" + "[^/]+".join(escape_regex(_decoded(literal)) for literal in segment.literals)
    return {"matches": expression + ("/" if pattern.ending is Ending.SLASH else "")}


def _decoded(literal: bytes) -> str:
    return literal.decode(errors="replace").replace("%2F", "/").replace("%25", "%")


def may_match(operator: dict[str, Any], pattern: PathPattern) -> bool:
    """Whether an operator on whole paths may hold for a path that the pattern matches."""
    if not is_literal(pattern):
        return True
    path = literal_path(pattern)
    match operator:
        case {"equalTo": str(expected)}:
            return expected.lower() == path.lower()
        case {"matches": str(expression)}:
            compiled = compile_whole(expression)
            return compiled is None or compiled.is_found_in(path) is not False
    return True


@lru_cache(maxsize=256)
def compile_whole(expression: str) -> BoundedPattern | None:
    """The expression, held to a whole text; None where it cannot be compiled."""
    try:
        return BoundedPattern(f"^(?:{expression})$")
    except PatternRefused:
        return None
