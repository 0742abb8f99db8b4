"""Weights of schemas: the most subschemas that may be evaluated for one place of a value.

A validator applies a schema to a place, together with all schemas to which its combinations and references lead. It
applies schemas to a place below once for each way that leads there from above. If several ways lead to the same place,
as with two alternatives that lead back to their schema, the number grows with each level: for two, it doubles. So it is
counted level by level; a number that still grows after LEVELS has the weight UNBOUNDED.

    evaluations of a value ≤ places in it * weight of its schema
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from mockwave.answers.request_rules import MAXIMUM_CHECKS
from mockwave.patterns.bounded import BACKTRACKING
from mockwave.patterns.costs import is_hard
from mockwave.validation.coercion import FindsDefinitions

LEVELS: Final = 16
UNBOUNDED: Final = 1 << 40
BACKTRACKING_WEIGHT: Final = 20_000
"""The weight of a pattern that may backtrack up to its limit, which takes a millisecond."""

# Keywords whose schemas apply to the same place.
_IN_PLACE: Final = ("if", "then", "else", "not")
_IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
_IN_PLACE_MAPS: Final = ("dependentSchemas", "dependencies")  # the latter up to draft 7, also with lists of names
# Keywords whose schemas apply to places below: one of these to each place, and all of the others too.
_EXCLUSIVE: Final = ("additionalItems", "additionalProperties", "items")
_BELOW: Final = ("contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties")
_SLOW: Final = {"multipleOf": 50, "uniqueItems": 20}  # counts as this many evaluations
_LENGTHS: Final = ("enum", "required", "type")  # compared one by one


class Weight(Struct, frozen=True, array_like=True):
    """The most subschemas evaluated for one place, by its level below the schema's place. If `is_hard`, the number does
    not tell how long that takes, since one of the patterns may take long on a single text."""

    levels: tuple[int, ...]
    is_hard: bool = False

    @property
    def most(self) -> int:
        """The weight for a place at any depth."""
        grows = self.levels[-1] > 2 * self.levels[len(self.levels) // 2]
        return UNBOUNDED if grows else max(self.levels)

    def at(self, depth: int) -> int:
        """The weight for each place of a value of this depth; 0 for a value that is neither an array nor an object."""
        return max(self.levels[: depth + 1]) if depth < len(self.levels) else self.most


ASSUMED_WEIGHT: Final = Weight((MAXIMUM_CHECKS,) * (LEVELS + 1))
"""The weight of a schema that is not marked as costly (`openapi/requests/schema_costs.py`)."""


def weigh(schema: Any, definitions: FindsDefinitions) -> Weight:
    """Weighs a schema, whose references lead to `definitions`."""
    counted = _Evaluations(definitions)
    levels = [counted.count(schema, level) for level in range(LEVELS + 1)]
    nodes = list(_reach(schema, definitions))
    if any(
        id(node) not in counted.met for node in nodes
    ):  # the other schemas are further down, and may all govern one place there
        levels.append(min(UNBOUNDED, sum(1 + _count_own(node) for node in nodes)))
    return Weight(tuple(levels), any(is_hard(pattern) for node in nodes for pattern in _backtracking(node)))


def _reach(schema: Any, definitions: FindsDefinitions) -> Iterator[dict[str, Any]]:
    """Each schema in `schema` and in the definitions that it needs, once."""
    waiting, names = [schema], set[str]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node
        waiting += _schemas_in_place(node)
        waiting += _schemas_below(node)
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in names:
            names.add(reference)
            waiting.append(definitions.get(reference.rpartition("/")[2]))


class _Evaluations:
    """Counts evaluations level by level; those of definitions are counted once."""

    def __init__(self, definitions: FindsDefinitions) -> None:
        self._definitions = definitions
        self._known: dict[tuple[str, int], int] = {}
        self.met: set[int] = set()
        """Identities of the schemas that have been counted."""

    def count(self, node: Any, level: int) -> int:
        """The most subschemas evaluated for one place that is `level` levels below that of `node`."""
        if not isinstance(node, dict):
            return 1 if level == 0 else 0
        if level == 0:
            self.met.add(id(node))
        found = 1 + _count_own(node) if level == 0 else self._count_below(node, level - 1)
        for each in _schemas_in_place(node):
            found += self.count(each, level)
        reference = node.get("$ref")
        if isinstance(reference, str):
            found += self._count_definition(reference.rpartition("/")[2], level)
        return min(found, UNBOUNDED)

    def _count_definition(self, name: str, level: int) -> int:
        key = name, level
        known = self._known.get(key)
        if known is None:
            self._known[key] = 0  # a schema that leads back to itself in place adds nothing
            known = self._known[key] = self.count(self._definitions.get(name), level)
        return known

    def _count_below(self, node: dict[str, Any], level: int) -> int:
        found = max((self.count(each, level) for each in _exclusive_schemas(node)), default=0)
        return found + sum(self.count(each, level) for each in _further_schemas(node))


def _exclusive_schemas(node: dict[str, Any]) -> Iterator[Any]:
    for keyword in _EXCLUSIVE:
        if isinstance(node.get(keyword), dict):
            yield node[keyword]
    for keyword in ("items", "prefixItems"):
        if isinstance(node.get(keyword), list):
            yield from node[keyword]
    if isinstance(node.get("properties"), dict):
        yield from node["properties"].values()


def _further_schemas(node: dict[str, Any]) -> Iterator[Any]:
    for keyword in _BELOW:
        if keyword in node:
            yield node[keyword]
    if isinstance(node.get("patternProperties"), dict):
        yield from node["patternProperties"].values()


def _schemas_below(node: dict[str, Any]) -> Iterator[Any]:
    yield from _exclusive_schemas(node)
    yield from _further_schemas(node)


def _count_own(node: dict[str, Any]) -> int:
    found = sum(len(node[keyword]) for keyword in _LENGTHS if isinstance(node.get(keyword), list))
    found += sum(weight for keyword, weight in _SLOW.items() if keyword in node)
    return found + sum(1 for _ in _patterns(node)) + BACKTRACKING_WEIGHT * sum(1 for _ in _backtracking(node))


def _patterns(node: dict[str, Any]) -> Iterator[str]:
    patterns = node.get("patternProperties")
    for pattern in (node.get("pattern"), *(patterns if isinstance(patterns, dict) else ())):
        if isinstance(pattern, str):
            yield pattern


def _backtracking(node: dict[str, Any]) -> Iterator[str]:
    return (pattern for pattern in _patterns(node) if any(mark in pattern for mark in BACKTRACKING))


def _schemas_in_place(node: dict[str, Any]) -> Iterator[Any]:
    for keyword in _IN_PLACE:
        if keyword in node:
            yield node[keyword]
    for keyword in _IN_PLACE_LISTS:
        if isinstance(node.get(keyword), list):
            yield from node[keyword]
    for keyword in _IN_PLACE_MAPS:
        if isinstance(node.get(keyword), dict):
            yield from node[keyword].values()
