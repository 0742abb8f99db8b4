"""What it costs to compile a request schema and to check a value against it: whether an event loop can wait for that.

A schema is *costly* where one of these holds; all else takes less than some milliseconds for a small value (measured:
64 KiB of schema compile in 7 ms, and so does a pattern that holds 1 MiB):

- its text, with the definitions that it needs and a sixteenth of what its patterns hold when compiled, is longer than
  MAXIMUM_WEIGHT;
- more than MAXIMUM_CHECKS schemas may have to be tried on one value: `anyOf` whose alternatives lead back to the schema
  doubles their number with each level of the value, a chain of definitions with each definition;
- one of its patterns may take more than linear time in ways that are not seen to be harmless.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf
from typing import Any, Final

from mockwave.bounded_patterns import LARGEST_BYTES, SMALL_BYTES, Measured, PatternRefused, measure_pattern
from mockwave.openapi.schemas.patterns import (
    UNBOUNDED,
    Alternation,
    Assertion,
    Characters,
    Lookaround,
    Pattern,
    PatternError,
    Repetition,
    Sequence,
    parse_pattern,
)

MAXIMUM_WEIGHT: Final = 1 << 16
PATTERN_BYTES: Final = 16  # of a compiled pattern that weigh as much as one of a schema's text
LARGE_PATTERN: Final = 1 << 18
MAXIMUM_MEASURED: Final = 512 << 20
MAXIMUM_REPEATED: Final = 4  # times: more count as without end

MAXIMUM_CHECKS: Final = 100  # schemas on one value
MAXIMUM_STATES: Final = 2_000  # sets of schemas that govern values together, followed to tell

IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE: Final = ("not", "if", "then", "else")
BELOW: Final = (
    "additionalProperties", "unevaluatedProperties", "items", "contains", "unevaluatedItems"
)  # fmt: skip
COMPOSING: Final = frozenset(("$ref", "dependentSchemas", *IN_PLACE_LISTS, *IN_PLACE))
LEADING: Final = frozenset(
    (
        "patternProperties", "prefixItems", "properties", "propertyNames", *COMPOSING, *BELOW,
    )
)  # fmt: skip

FindDefinition = Callable[[str], Any]  # from a `$ref` of the rewritten schemas
State = frozenset[tuple[int, int]]  # schemas by identity, and how many times each


class PatternSizes:
    """How much the patterns of one document hold when they are compiled.

    To know that they are compiled. Once the large ones among them have taken MAXIMUM_MEASURED, only small ones are.
    """

    def __init__(self) -> None:
        self._measured: dict[str, int] = {}
        self._total = 0

    def measure(self, pattern: str) -> int:
        """The bytes that `pattern` holds at most. Raises PatternRefused."""
        size = self._measured.get(pattern)
        if size is None:
            most = LARGEST_BYTES if self._total < MAXIMUM_MEASURED else SMALL_BYTES
            try:
                size = measure(pattern, most).size_bytes
            except PatternRefused:
                self._total += LARGEST_BYTES if most == LARGEST_BYTES and _is_understood(pattern) else 0
                raise
            self._total += size
            self._measured[pattern] = size
        return size


def _is_understood(pattern: str) -> bool:
    try:
        parse_pattern(pattern)
    except (PatternError, RecursionError):
        return False
    return True


def measure(pattern: str, most_bytes: int = LARGEST_BYTES) -> Measured:
    """What `pattern` costs; of most it is seen without an engine, which takes longer to load than they do to compile.
    Raises PatternRefused."""
    return Measured(SMALL_BYTES, True) if is_plain(pattern) else measure_pattern(pattern, most_bytes)


def is_plain(pattern: str) -> bool:
    """Whether any engine surely takes `pattern`, in time proportional to the text, and compiles it to something
    small."""
    if _PLAIN.fullmatch(pattern) is None or len(pattern) > MAXIMUM_PLAIN or _NOT_PLAIN.search(pattern):
        return False
    try:
        return _count_states(parse_pattern(pattern)) <= MAXIMUM_PLAIN
    except (PatternError, RecursionError):
        return False


def _count_states(pattern: Pattern) -> int:
    if isinstance(pattern, Characters):
        return len(pattern.ranges) if pattern.ranges and pattern.ranges[-1][1] < 128 else 12
    if isinstance(pattern, Sequence):
        return 1 + sum(map(_count_states, pattern.nodes))
    if isinstance(pattern, Alternation):
        return 1 + sum(map(_count_states, pattern.options))
    if isinstance(pattern, Repetition):
        times = pattern.minimum + 1 if pattern.maximum == UNBOUNDED else pattern.maximum
        return 1 + times * _count_states(pattern.node)
    return 1


# Letters, digits, classes, groups and repetitions; of escapes those that mean one thing to all engines.
_PLAIN = re.compile(r"""(?:[A-Za-z0-9_ \-^$.*+?()|:/@#%&=!~;'",\[\]{}]|\\[dDwWsS.\-/+*?()\[\]{}|^$])*+""")
_NOT_PLAIN = re.compile(r"\(\?(?!:)|[*+?}][+]|[?}*+][?][?*+{]")
MAXIMUM_PLAIN: Final = 400


def is_hard(pattern: str) -> bool:
    """Whether matching `pattern` may take long on a short text, or more than linear time on a long one."""
    try:
        measured = measure(pattern)
    except PatternRefused:
        return False
    if measured.size_bytes > LARGE_PATTERN:
        return True
    if measured.is_linear:
        return False
    try:
        tree = parse_pattern(pattern)
        return _count_repeated(tree) > 1 or not (_is_anchored(tree) or _is_short(tree))
    except (PatternError, RecursionError):
        return True


def _is_anchored(pattern: Pattern) -> bool:
    """Whether `pattern` is tried at the start of a text and nowhere else."""
    if isinstance(pattern, Alternation):
        return all(map(_is_anchored, pattern.options))
    if isinstance(pattern, Sequence):
        return any(_is_anchored(node) for node in pattern.nodes[:1])
    return isinstance(pattern, Assertion) and pattern.sign == "^"


def _is_short(pattern: Pattern) -> bool:
    """Whether `pattern` looks at a few characters only, from each position; in its lookarounds too."""
    if isinstance(pattern, Sequence):
        return all(map(_is_short, pattern.nodes))
    if isinstance(pattern, Alternation):
        return all(map(_is_short, pattern.options))
    if isinstance(pattern, Repetition):
        return pattern.maximum <= MAXIMUM_REPEATED and _is_short(pattern.node)
    return not isinstance(pattern, Lookaround) or _is_short(pattern.node)


def _count_repeated(pattern: Pattern) -> float:
    """How many repetitions may share out the same text, in the part of `pattern` where they are most: with one, an
    engine that backtracks takes time in proportion to the text, from each position."""
    if isinstance(pattern, Sequence):
        found: float = 0
        for node in pattern.nodes:
            # What a lookaround repeats, it repeats from wherever the repetition before it may end.
            found += _count_repeated(node.node if found and isinstance(node, Lookaround) else node)
        return found
    if isinstance(pattern, Alternation):
        return sum(map(_count_repeated, pattern.options))
    if isinstance(pattern, Repetition):
        if pattern.maximum <= 1:
            return _count_repeated(pattern.node)
        if not isinstance(pattern.node, Characters):
            return inf
        return int(pattern.maximum > MAXIMUM_REPEATED)
    if isinstance(pattern, Lookaround):  # it is left as soon as it is known to hold
        return 0 if _count_repeated(pattern.node) <= 1 else inf
    return 0


def branches(schema: Any, find_definition: FindDefinition, known: set[str]) -> bool:
    """Whether more than MAXIMUM_CHECKS schemas may have to be tried on one value, or that takes too long to tell.

    A value is governed by a set of schemas, each of its members by what those say of it, and so on down: the sets that
    there can be are followed until they are all known or one is too large. `known` are references of which it is known
    that they do not branch; those that are found not to are added.
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
        for identity, times in waiting.pop():
            for node in _in_place(nodes[identity], find_definition):
                if len(governing) + times > MAXIMUM_CHECKS:
                    return True
                governing += [node] * times
        if sum(map(_count_own, governing)) > MAXIMUM_CHECKS:
            return True
        for below in _below(governing):
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


def _in_place(schema: dict[str, Any], find_definition: FindDefinition) -> Iterator[dict[str, Any]]:
    """The schemas that govern the same value as `schema`, itself among them, each as often as it is tried."""
    if COMPOSING.isdisjoint(schema):
        yield schema
        return
    no_references: tuple[str, ...] = ()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(schema, no_references)]  # with the references that led to it
    while waiting:
        node, path = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node
        if COMPOSING.isdisjoint(node):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in path:  # validators cut a circle where it closes
            waiting.append((find_definition(reference), (*path, reference)))
        for keyword in IN_PLACE_LISTS:
            waiting += [(each, path) for each in node.get(keyword, ())]
        waiting += [(node[keyword], path) for keyword in IN_PLACE if keyword in node]
        waiting += [(each, path) for each in node.get("dependentSchemas", {}).values()]


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
