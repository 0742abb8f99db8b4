"""What it costs to compile a request schema and to check a value against it: whether an event loop can wait for that.

A schema is *costly* where one of these holds; all else takes less than some milliseconds for a small value (measured:
64 KiB of schema compile in 7 ms, and so does a pattern that holds 1 MiB):

- its text, with the definitions that it needs and a sixteenth of what its patterns hold when compiled, is longer than
  MAXIMUM_WEIGHT;
- more than MAXIMUM_CHECKS schemas may have to be tried on one value: `anyOf` whose alternatives lead back to the schema
  doubles their number with each level of the value, a chain of definitions with each definition;
- one of its patterns may take more than linear time in ways that are not seen to be harmless.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from mockwave.answers.request_rules import MAXIMUM_CHECKS

MAXIMUM_WEIGHT: Final = 1 << 16

MAXIMUM_STATES: Final = 2_000  # sets of schemas that govern values together, followed to tell

IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE: Final = ("not", "if", "then", "else")
BELOW: Final = (
    "additionalProperties", "unevaluatedProperties", "items", "contains", "unevaluatedItems"
)  # fmt: skip
COMPOSING: Final = frozenset(("$ref", "dependentSchemas", *IN_PLACE_LISTS, *IN_PLACE))
DESCENDING: Final = frozenset(("patternProperties", "prefixItems", "properties", "propertyNames", *BELOW))
LEADING: Final = COMPOSING | DESCENDING

FindDefinition = Callable[[str], Any]  # from a `$ref` of the rewritten schemas
State = frozenset[tuple[int, int]]  # schemas by identity, and how many times each


def branches(schema: Any, find_definition: FindDefinition, known: set[str]) -> bool:
    """Whether more than MAXIMUM_CHECKS schemas may have to be tried on one value, or that takes too long to tell.

    A value is governed by a set of schemas, each of its members by what those say of it, and so on down: the sets that
    there can be are followed until they are all known or one is too large. `known` are references of which it is known
    that they do not branch; those that are found not to are added.

    Where all that is said of a value's parts is said behind one reference (`anyOf` with null as its other alternative),
    that reference is followed instead, alone: once for all that hold it.
    """
    nodes: dict[int, dict[str, Any]] = {}  # held, so that identities stay taken
    seen: set[State] = set()
    alone: set[str] = set()
    waiting: list[State] = []

    def follow(schemas: list[Any]) -> None:
        governing = [each for each in schemas if _leads_on(each)]
        reference = governing[0].get("$ref") if len(governing) == 1 and len(governing[0]) == 1 else None
        if not governing or reference in known or reference in alone:
            return
        if isinstance(reference, str):
            alone.add(reference)
        for each in governing:
            nodes[id(each)] = each
        state = frozenset(Counter(map(id, governing)).items())
        if state not in seen:
            seen.add(state)
            waiting.append(state)

    follow([schema])
    while waiting:
        governing: list[dict[str, Any]] = []
        leading: list[tuple[dict[str, Any], str | None]] = []
        for identity, times in waiting.pop():
            for node, reference in _in_place(nodes[identity], find_definition):
                if len(governing) + times > MAXIMUM_CHECKS:
                    return True
                governing += [node] * times
                if not DESCENDING.isdisjoint(node):
                    leading += [(node, reference)] * times
        if sum(map(_count_own, governing)) > MAXIMUM_CHECKS:
            return True
        if leading:
            reference = leading[0][1]
            if reference is not None and all(each == reference for _, each in leading) and _are_different(leading):
                follow([{"$ref": reference}])
            else:
                for below in _below([node for node, _ in leading]):
                    follow(below)
        if len(seen) > MAXIMUM_STATES:
            return True
    known |= alone
    return False


def _leads_on(schema: Any) -> bool:
    """Whether a schema may bring others with it, or has more to compare a value with than it takes to find it."""
    if not isinstance(schema, dict):
        return False
    return not LEADING.isdisjoint(schema) or ("enum" in schema and _count_own(schema) > MAXIMUM_CHECKS)


def _are_different(leading: list[tuple[dict[str, Any], str | None]]) -> bool:
    return len({id(node) for node, _ in leading}) == len(leading)


def _in_place(schema: dict[str, Any], find_definition: FindDefinition) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The schemas that govern the same value as `schema`, itself among them, each as often as it is tried, and the
    reference in `schema` that leads to it. A `schema` that is nothing but a reference is what that leads to."""
    if COMPOSING.isdisjoint(schema):
        yield schema, None
        return
    skipped = int("$ref" in schema and len(schema) == 1)
    no_references: tuple[str, ...] = ()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(schema, no_references)]  # with the references that led to it
    while waiting:
        node, path = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node, path[skipped] if len(path) > skipped else None
        if COMPOSING.isdisjoint(node):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in path:  # validators cut a circle where it closes
            waiting.append((find_definition(reference), (*path, reference)))
            if len(node) == 1:
                continue
        for keyword in IN_PLACE_LISTS:
            if keyword in node:
                waiting += [(each, path) for each in node[keyword]]
        waiting += [(node[keyword], path) for keyword in IN_PLACE if keyword in node]
        if "dependentSchemas" in node:
            waiting += [(each, path) for each in node["dependentSchemas"].values()]


def _count_own(node: dict[str, Any]) -> int:
    """What `node` itself compares a value with one by one, beside the first of each kind."""
    listed = sum(isinstance(each, dict | list) for each in node["enum"]) if "enum" in node else 0
    return listed + len(node.get("patternProperties", ()))


def _below(governing: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """What governs each member of a value, and its items, where all of `governing` govern the value."""
    everywhere = [node[keyword] for node in governing for keyword in BELOW if keyword in node]
    for node in governing:
        everywhere += node.get("prefixItems", ())
        everywhere += node.get("patternProperties", {}).values()
    if everywhere:
        yield everywhere
    yield [node["propertyNames"] for node in governing if "propertyNames" in node]
    if len(governing) == 1 and not everywhere:
        yield from ([child] for child in governing[0].get("properties", {}).values() if _leads_on(child))
        return
    by_name: dict[str, list[Any]] = {}
    for node in governing:
        for name, child in node.get("properties", {}).items():
            by_name.setdefault(name, []).append(child)
    for children in by_name.values():
        yield [*children, *everywhere] if everywhere else children
