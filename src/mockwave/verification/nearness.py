"""Near misses: of requests for which a condition does not hold, those that differ in the fewest places.

A `when` is cut into pieces, one for each field and name that it looks at, each a condition by itself. How many of them
do not hold is how far a request is away.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockwave.model import LogEntry
from mockwave.pointers import pointer_below
from mockwave.rules.conditions import Condition, Difference, compile_condition
from mockwave.rules.request_view import RequestView

SHOWN = 3
MAXIMUM_PIECES = 100
NAMED_FIELDS = frozenset(("pathParameters", "query", "headers", "cookies", "form"))
LISTED_FIELDS = frozenset(("body", "multipart"))


class NearMiss(Struct, rename="camel"):
    """An entry, and where it differs from what was asked for."""

    entry: LogEntry
    differences: list[Difference]


class Nearness:
    """Keeps the nearest of the entries that it takes, the newest of those that are equally near."""

    def __init__(self, when: Any, at: str) -> None:
        self._pieces = [compile_piece(piece, place) for piece, place in cut(when, at)][:MAXIMUM_PIECES]
        self._nearest: list[tuple[int, NearMiss]] = []

    def take(self, entry: LogEntry, view: RequestView) -> None:
        differing = [piece for piece in self._pieces if not piece.holds(view)]
        if len(self._nearest) == SHOWN and len(differing) > self._nearest[-1][0]:
            return
        differences = [difference for piece in differing if (difference := piece.explain(view)) is not None]
        self._nearest.insert(0, (len(differing), NearMiss(entry, differences)))
        self._nearest.sort(key=lambda each: each[0])
        del self._nearest[SHOWN:]

    @property
    def nearest(self) -> list[NearMiss]:
        return [miss for _, miss in self._nearest]


def cut(when: Any, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The pieces of a `when`, each a `when` by itself, and the pointer to its place; `when` is one that compiles."""
    if not isinstance(when, Mapping):
        return
    for field, value in when.items():
        place = pointer_below(at, field)
        if field in NAMED_FIELDS and isinstance(value, Mapping) and "strict" not in value:
            for name, matcher in value.items():
                yield {field: {name: matcher}}, place
        elif field in LISTED_FIELDS and isinstance(value, list):
            for each in value:
                yield {field: [each]}, place
        elif field == "all" and isinstance(value, list):
            for index, each in enumerate(value):
                yield from cut(each, pointer_below(place, index))
        else:
            yield {field: value}, place


def compile_piece(piece: dict[str, Any], at: str) -> Condition:
    # Its faults were found in the whole already.
    return compile_condition(
        piece, at=at.rpartition("/")[0], of_server=True, path_parameters=None, faults=[], may_never_hold=True
    )
