"""Conditions on names that a request may repeat, as WireMock has them.

An operator there is tried on each value and holds if it does for one of them. Conditions in `all` may be fulfilled by
different values, which `includes` says; `and` asks for one value that fulfils them all. For a `not` condition, which
asks that no value is such, WireMock has no words: its `not` is fulfilled by one value that is not.
"""

from collections.abc import Iterator

from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.tree_values import Tree, dict_of, list_of

REPEATABLE = frozenset(("query", "headers", "form"))
ON_ALL_VALUES = frozenset(("hasExactly", "includes"))
FOR_NOTHING = frozenset(("absent", "not", "or", "and", "doesNotContain", "doesNotMatch", "anything", "includes"))
"""Operators that may hold for a name that is missing."""


def join_operators(kind: str, first: Tree, second: Tree) -> Tree:
    """Returns one operator for two conditions on a name that both have to hold. Raises CannotSay."""
    if first == second:
        return first
    if kind not in REPEATABLE or any(ON_ALL_VALUES & each.keys() for each in (first, second)):
        return {"and": [first, second]}
    if all(FOR_NOTHING & each.keys() for each in (first, second)):
        raise CannotSay("two conditions on a name that may be missing")
    return {"includes": [first, second]}


def find_negated(when: Tree) -> Iterator[str]:
    """Returns the names that a `not` condition asks about, each with its kind: `query a`."""
    for each in list_of(when.get("all")):
        yield from find_negated(dict_of(each))
    for kind, operators in dict_of(when.get("not")).items():
        if kind not in REPEATABLE:
            continue
        for name, operator in dict_of(operators).items():
            if not (dict_of(operator).keys() & (ON_ALL_VALUES | {"absent"})):
                yield f"{kind} {name}"
