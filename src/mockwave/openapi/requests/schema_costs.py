"""The cost of compiling a request schema and of checking a value against it: whether an event loop can wait for it.

A schema is *costly* if one of these holds; any other takes at most some milliseconds for a small value (measured: 64
KiB of schema compile in 7 ms, and so does a pattern of 1 MiB when compiled):

- its text, with the definitions that it needs and a sixteenth of its patterns' compiled size, is longer than
  MAXIMUM_WEIGHT;
- more than MAXIMUM_CHECKS schemas may have to be tried on one value: `anyOf` whose alternatives lead back to the schema
  doubles their number with each level of the value, a chain of definitions with each definition;
- one of its patterns may take more than linear time, and is not known to be harmless.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from mockwave.answers.request_rules import MAXIMUM_CHECKS

MAXIMUM_WEIGHT: Final = 1 << 16

MAXIMUM_STATES: Final = 2_000  # most sets of schemas, governing values together, that are followed to decide

IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE: Final = ("not", "if", "then", "else")
BELOW: Final = (
    "additionalProperties", "unevaluatedProperties", "items", "contains", "unevaluatedItems"
)  # fmt: skip
COMPOSING: Final = frozenset(("$ref", "dependentSchemas", *IN_PLACE_LISTS, *IN_PLACE))
DESCENDING: Final = frozenset(("patternProperties", "prefixItems", "properties", "propertyNames", *BELOW))
LEADING: Final = COMPOSING | DESCENDING

FindDefinition = Callable[[str], Any]  # the start of a `$ref` in rewritten schemas
State = frozenset[tuple[int, int]]  # schemas by identity, with their number of occurrences
Cost = tuple[int, int]  # for one value: how many schemas are tried, and their comparisons (`_count_own`)

NO_COST: Final[Cost] = (0, 0)


def branches(schema: Any, find_definition: FindDefinition, known: dict[str, Cost]) -> bool:
    """Whether more than MAXIMUM_CHECKS schemas may have to be tried on one value, or deciding that takes too long.

    A set of schemas governs a value; what those say of its members governs each member, and so on down. All possible
    sets are followed until they are all known or one is too large. `known` has references that are known not to branch,
    with their cost on one value; further ones are added as they are found.

    If only one reference says anything about a value's parts (`anyOf` with null as its other alternative), that
    reference is followed alone, once for all its users.
    """
    nodes: dict[int, dict[str, Any]] = {}  # held, so that identities stay unique
    seen: set[State] = set()
    alone: dict[str, Cost] = {}  # the most tried beside a reference that is followed alone
    found: dict[str, Cost] = {}  # and its own cost
    waiting: list[tuple[State, str | None]] = []  # with the reference that a set consists of

    def follow(governing: list[Any]) -> bool:
        """Whether these, which all lead on, certainly branch; sets that need a closer look are queued."""
        reference: str | None = None
        if len(governing) == 1:
            alone_there, reference, beside = _follow_alone(governing[0])
            if alone_there is not governing[0]:
                if not _leads_on(alone_there):
                    return False
                governing = [alone_there]
        if reference is not None:
            cost = known.get(reference) or found.get(reference)
            if cost is not None:
                return _is_too_much(cost, beside)
            before = alone.get(reference)
            alone[reference] = beside if before is None else (max(before[0], beside[0]), max(before[1], beside[1]))
            if before is not None:
                return False
        for each in governing:
            nodes[id(each)] = each
        if len(governing) == 1:
            state: State = frozenset(((id(governing[0]), 1),))
        else:
            state = frozenset(Counter(map(id, governing)).items())
        if state not in seen:
            seen.add(state)
            waiting.append((state, reference))
        return False

    if _leads_on(schema) and follow([schema]):
        return True
    while waiting:
        governing: list[dict[str, Any]] = []
        leading: list[tuple[dict[str, Any], str | None]] = []
        state, followed = waiting.pop()
        for identity, times in state:
            for node, reference in _in_place(nodes[identity], find_definition):
                if len(governing) + times > MAXIMUM_CHECKS:
                    return True
                governing += [node] * times
                if not DESCENDING.isdisjoint(node):
                    leading += [(node, reference)] * times
        cost = len(governing), sum(map(_count_own, governing))
        if _is_too_much(cost, NO_COST if followed is None else alone[followed]):
            return True
        if followed is not None:
            found[followed] = cost
        if leading:
            reference = leading[0][1]
            if reference is not None and all(each == reference for _, each in leading) and _are_different(leading):
                if follow([{"$ref": reference}]):
                    return True
            elif any(follow(below) for below in _below([node for node, _ in leading])):
                return True
        if len(seen) > MAXIMUM_STATES:
            return True
    known.update(found)
    return False


def _is_too_much(cost: Cost, beside: Cost) -> bool:
    return cost[0] + beside[0] > MAXIMUM_CHECKS or cost[1] + beside[1] > MAXIMUM_CHECKS


def _follow_alone(schema: dict[str, Any]) -> tuple[Any, str | None, Cost]:
    """Decides what to follow for `schema`, which alone governs a value: the schema of its items, if it demands nothing
    else, or a reference, if only that leads on. Returns that reference, and what is tried beside it."""
    while True:
        says = LEADING.intersection(schema)
        if len(says) != 1 or ("enum" in schema and _count_own(schema) > MAXIMUM_CHECKS):
            return schema, None, NO_COST
        keyword = next(iter(says))
        if keyword == "$ref":
            return (schema, schema["$ref"], NO_COST) if len(schema) == 1 else (schema, None, NO_COST)
        if keyword == "items":
            schema = schema["items"]
            if not _leads_on(schema):
                return schema, None, NO_COST
            continue
        if keyword not in IN_PLACE_LISTS:
            return schema, None, NO_COST
        held = [each for each in schema[keyword] if isinstance(each, dict)]
        leading = [each for each in held if not LEADING.isdisjoint(each)]
        if len(leading) != 1 or len(leading[0]) != 1 or "$ref" not in leading[0]:
            return schema, None, NO_COST
        beside = len(held), _count_own(schema) + sum(map(_count_own, held))
        return leading[0], leading[0]["$ref"], beside


def _leads_on(schema: Any) -> bool:
    """Whether a schema may involve other schemas, or needs more comparisons than it takes to find it."""
    if not isinstance(schema, dict):
        return False
    return not LEADING.isdisjoint(schema) or ("enum" in schema and _count_own(schema) > MAXIMUM_CHECKS)


def _are_different(leading: list[tuple[dict[str, Any], str | None]]) -> bool:
    return len({id(node) for node, _ in leading}) == len(leading)


def _in_place(schema: dict[str, Any], find_definition: FindDefinition) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The schemas that govern the same value as `schema`, including itself, each as often as it is tried, with the
    reference in `schema` that leads to it. A `schema` that is nothing but a reference stands for its target."""
    if COMPOSING.isdisjoint(schema):
        yield schema, None
        return
    skipped = int("$ref" in schema and len(schema) == 1)
    no_references: tuple[str, ...] = ()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(schema, no_references)]  # with the references that led here
    while waiting:
        node, path = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node, path[skipped] if len(path) > skipped else None
        if COMPOSING.isdisjoint(node):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in path:  # validators stop at a circle
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
    """The number of comparisons that `node` itself makes with a value, beside the first of each kind."""
    listed = sum(isinstance(each, dict | list) for each in node["enum"]) if "enum" in node else 0
    return listed + len(node.get("patternProperties", ()))


def _below(governing: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """The schemas that lead on, of each member of a value and of its items, if all of `governing` govern the value."""
    everywhere = [node[keyword] for node in governing for keyword in BELOW if keyword in node]
    names = []
    for node in governing:
        if "prefixItems" in node:
            everywhere += node["prefixItems"]
        if "patternProperties" in node:
            everywhere += node["patternProperties"].values()
        if "propertyNames" in node:
            names.append(node["propertyNames"])
    everywhere = [each for each in everywhere if _leads_on(each)]
    if everywhere:
        yield everywhere
    names = [each for each in names if _leads_on(each)]
    if names:
        yield names
    by_name: dict[str, list[Any]] = {}
    for node in governing:
        for name, child in node.get("properties", {}).items():
            # Most lead nowhere, and a call for each would be half of what telling takes.
            if isinstance(child, dict) and (not LEADING.isdisjoint(child) or ("enum" in child and _leads_on(child))):
                by_name.setdefault(name, []).append(child)
    for children in by_name.values():
        yield [*children, *everywhere] if everywhere else children
